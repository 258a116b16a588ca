"""The contract of every source of masks."""

from fractions import Fraction

import numpy as np
import pytest

from rfr_video.geometry import Rect
from rfr_video.masking.carry.spool import MaskSpool
from rfr_video.masking.combine import SpannedMask, UnionMask
from rfr_video.masking.detect.overlay import Overlay, Presence, overlay_masks
from rfr_video.masking.placement import Cutout
from rfr_video.masking.sequence import MaskSequence
from rfr_video.masking.still import StillMask
from rfr_video.masking.timeline import Timeline
from rfr_video.masking.video import open_mask_video
from rfr_video.timecode import Instant, Moment, Span

KINDS = ("still", "sequence", "video", "timeline", "carried", "found", "union", "span")


@pytest.fixture(params=KINDS)
def make_source(request, tmp_path, write_mask, write_video, mp4, picture):
    """Make a source that gives a mask to all ten frames."""

    def make(mask):
        image = write_mask(tmp_path / "mask.png", mask)
        if request.param == "still":
            return StillMask.read(image, picture=picture)
        if request.param == "sequence":
            for index in range(10):
                write_mask(tmp_path / "folder" / f"{index}.png", mask)
            return MaskSequence.open(tmp_path / "folder", info=mp4)
        if request.param == "video":
            path = write_video(tmp_path / "masks.mkv", [mask] * 10)
            masks = open_mask_video(path, info=mp4)
            request.addfinalizer(lambda: masks.__exit__(None, None, None))
            return masks.__enter__()
        if request.param == "timeline":
            (tmp_path / "cut.toml").write_text("[[hole]]\nmask = 'mask.png'\n")
            return Timeline.read(tmp_path / "cut.toml", picture=picture, rate=Fraction(25))
        if request.param == "carried":
            spool = MaskSpool()
            request.addfinalizer(lambda: spool.__exit__(None, None, None))
            for index in range(10):
                spool.append(Moment(index, Fraction(index, 25)), mask)
            return spool.masks(height=picture.height, width=picture.width)
        if request.param == "found":
            cutout = Cutout.of(mask, Rect(4, 4, 30, 30))
            found = Overlay(kind="logo", cutout=cutout, confidence=1.0, presence=(Presence(),))
            return overlay_masks([found] if mask.any() else [], picture=picture)
        still = StillMask.read(image, picture=picture)
        if request.param == "union":
            return UnionMask([still, StillMask.read(image, picture=picture)])
        return SpannedMask(still, Span(Instant(frame=0), Instant(seconds=Fraction(1))))

    return make


def test_every_frame_gets_the_same_array_which_nobody_changed(make_source, square, moments):
    source = make_source(square())
    given = [source.mask_at(moment) for moment in moments]
    source.finish(len(moments))
    assert all(mask is given[0] for mask in given)
    assert given[0].dtype == np.uint8
    assert np.array_equal(given[0], square())


def test_nothing_to_fill_is_none_for_every_frame(make_source, nothing, moments):
    source = make_source(nothing)
    assert source.is_empty()
    assert [source.mask_at(moment) for moment in moments] == [None] * 10
    source.finish(len(moments))


def test_asking_whether_it_is_empty_leaves_the_masks_where_they_are(make_source, square, moments):
    source = make_source(square())
    assert not source.is_empty()
    assert all(np.array_equal(source.mask_at(moment), square()) for moment in moments)
    source.finish(len(moments))


def test_frames_may_be_left_out(make_source, square, moments):
    source = make_source(square())
    assert [source.mask_at(moment) is not None for moment in moments[2:9:3]] == [True] * 3
    source.finish(len(moments))
