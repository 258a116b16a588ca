"""How pictures are taken, and whether they hold fields."""

from fractions import Fraction

import numpy as np
import pytest
from interlaced_factory import FieldClip, make_interlaced
from media_factory import Clip, make_video
from scene_factory import Waves

from rfr_video.errors import RfrVideoError
from rfr_video.media.fields import FieldOrder
from rfr_video.media.idet import Combing, measure_combing
from rfr_video.media.probe import probe
from rfr_video.media.reader import open_reader
from rfr_video.media.rgb_video import rgb_writer
from rfr_video.media.scan import Scan


@pytest.mark.parametrize("top_first", [True, False], ids=["top first", "bottom first"])
def test_fields_that_follow_each_other_are_seen(tmp_path, top_first):
    clip = FieldClip(top_first=top_first, frames=10)
    combing = measure_combing(make_interlaced(tmp_path / "clip.mkv", clip, stated=False, flagged=False))
    assert combing.order == (FieldOrder.TT if top_first else FieldOrder.BB)


@pytest.mark.parametrize("step", [(3, 0), (0, 1)], ids=["pan", "tilt"])
@pytest.mark.parametrize(
    "doubled", [None, 0, 1], ids=["progressive", "from top fields", "from bottom fields"]
)
def test_pictures_that_hold_no_fields_are_not_taken_for_some(tmp_path, step, doubled):
    """Those that were deinterlaced earlier look to the filter alone like fields."""
    scene = Waves(2, shortest_px=4.0).view(90, 130)
    with rgb_writer(tmp_path / "clip.mkv", width=96, height=64, rate=Fraction(25)) as write:
        for number in range(10):
            x, y = (px * number for px in step)
            picture = scene[y : y + 64, x : x + 96].copy()
            if doubled is not None:
                other = slice(2 - doubled, 63, 2)
                near = [picture[other.start + by : 63 + by : 2].astype(int) for by in (-1, 1)]
                picture[other.start : 63 : 2] = (near[0] + near[1]) // 2
            write(picture)
    combing = measure_combing(tmp_path / "clip.mkv")
    assert combing.order == FieldOrder.PROGRESSIVE
    assert combing.progressive > 10


def test_one_picture_tells_nothing(tmp_path):
    combing = measure_combing(make_video(tmp_path / "clip.mkv", Clip(frames=1)))
    assert combing == Combing()
    assert combing.order == FieldOrder.PROGRESSIVE


@pytest.mark.parametrize(
    ("combing", "order"),
    [
        (Combing(top_first=40, progressive=60), FieldOrder.TT),
        (Combing(top_first=2, bottom_first=40, undecided=100), FieldOrder.BB),
        (Combing(top_first=20, bottom_first=20), FieldOrder.PROGRESSIVE),
        (Combing(bottom_first=10, progressive=90), FieldOrder.PROGRESSIVE),
        (Combing(bottom_first=2), FieldOrder.PROGRESSIVE),
    ],
)
def test_an_order_needs_a_clear_vote(combing, order):
    assert combing.order == order


def test_a_flag_of_the_picture_counts_where_the_stream_states_nothing(tmp_path):
    clip = FieldClip(frames=3, top_first=False)
    video = probe(make_interlaced(tmp_path / "clip.mkv", clip, stated=False)).video
    assert (video.field_order, video.fields_flagged) == (FieldOrder.BB, True)


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p10le", "nv12", "bgr0", "gray", "yuva444p10le"])
def test_deinterlaced_frames_keep_times_numbers_and_format(tmp_path, pix_fmt):
    codec = "rawvideo" if pix_fmt == "nv12" else "ffv1"
    clip = Clip(
        codec=codec, pix_fmt=pix_fmt, frames=5, time_base=Fraction(1, 1000), pts=(7, 47, 90, 127, 200)
    )
    path = make_video(tmp_path / "clip.mkv", clip)
    with open_reader(path) as reader:
        plain = [(frame.pts, frame.time_base, frame.duration, frame.moment) for frame in reader.frames()]
    with open_reader(path, scan=Scan(FieldOrder.TT, deinterlaces=True)) as reader:
        frames = list(reader.frames())
    assert [(frame.pts, frame.time_base, frame.duration, frame.moment) for frame in frames] == plain
    with open_reader(path) as reader:
        for before, after in zip(reader.frames(), frames, strict=True):
            assert not after.is_interlaced
            for was, now in zip(before.planes(), after.planes(), strict=True):
                assert now.shape == was.shape
                assert np.array_equal(now[0::2], was[0::2])


def test_a_format_that_cannot_be_deinterlaced_is_an_error(tmp_path):
    path = make_video(tmp_path / "clip.mkv", Clip(codec="ffv1", pix_fmt="gray10le", frames=2))
    with (
        open_reader(path, scan=Scan(FieldOrder.TT, deinterlaces=True)) as reader,
        pytest.raises(RfrVideoError, match="gray10le cannot be deinterlaced"),
    ):
        list(reader.frames())


def test_pictures_are_flagged_where_their_own_flags_are_wrong(tmp_path):
    source = make_interlaced(tmp_path / "clip.mkv", FieldClip(frames=3), stated=False, flagged=False)
    with open_reader(source, scan=Scan(FieldOrder.BB, marks=True)) as reader:
        frames = list(reader.frames())
    assert all(frame.is_interlaced for frame in frames)
    assert all(frame.picture_for_encoder().interlaced_frame for frame in frames)
    with open_reader(source) as reader:
        for was, now in zip(reader.frames(), frames, strict=True):
            assert all(np.array_equal(a, b) for a, b in zip(was.planes(), now.planes(), strict=True))
