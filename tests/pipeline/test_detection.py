"""Finding what to repair before the repair, with detectors that find what a test wants."""

import json

import numpy as np
import pytest
from detector_factory import LateDetector
from media_factory import Clip, decode, make_video, packets

from rfr_video import Box, FillConfig, MaskConfig, RestoreConfig, restore
from rfr_video.config import DetectConfig, FindConfig
from rfr_video.geometry import Rect
from rfr_video.masking.detect.detector import FrameMask, OverlayScan
from rfr_video.masking.detect.overlay import Overlay, Presence
from rfr_video.masking.placement import Cutout
from rfr_video.media.hole import CHROMA_ONLY
from rfr_video.media.probe import probe
from rfr_video.pipeline import detection as module
from rfr_video.pipeline.detection import detected
from rfr_video.timecode import Instant, Moment, Span

SIZE = (64, 96)
FILL = FillConfig(fill="classical")


class Blinks(LateDetector):
    """Finds a row of samples in every other frame, after a look at so many frames ahead."""

    def __init__(self, row, *, ahead, code=255):
        super().__init__(ahead=ahead)
        self.row = row
        self.code = code

    def notes(self):
        return ("as expected",)

    def found(self, frame):
        if frame.moment.index % 2:
            return FrameMask(frame.moment, None)
        mask = np.zeros(SIZE, np.uint8)
        mask[self.row, 10:20] = self.code
        return FrameMask(frame.moment, mask)


@pytest.fixture
def source(tmp_path):
    return make_video(tmp_path / "source.mkv", Clip(codec="ffv1", audio_tracks=1, audio_codec="flac"))


@pytest.fixture
def use(monkeypatch):
    """Let kinds be found by what a test gives."""

    def put(*, overlays=None, defects=None):
        monkeypatch.setattr(module, "OVERLAYS", overlays or {})
        monkeypatch.setattr(module, "DEFECTS", defects or {})

    return put


def scan(*overlays):
    return lambda info, config, *, span, report: OverlayScan(overlays, () if overlays else ("give a mask",))


def square(*presence):
    mask = np.zeros(SIZE, np.uint8)
    mask[40:50, 60:70] = 255
    return Overlay(
        kind="logo", cutout=Cutout.of(mask, Rect(60, 40, 10, 10)), confidence=0.9, presence=presence
    )


def masks_of(detection, frames=12, *, tight=False):
    picture = Rect(0, 0, 96, 64)
    source = detection.tight_masks(picture) if tight else detection.masks(picture)
    return [source.mask_at(Moment(index, index * Instant.parse("0.04").seconds)) for index in range(frames)]


def test_detectors_of_different_look_ahead_see_the_same_frames(source, use):
    use(defects={"short": lambda *_: Blinks(3, ahead=0), "long": lambda *_: Blinks(5, ahead=4)})
    with detected(["short", "long"], DetectConfig(), probe(source), span=Span()) as detection:
        for _ in range(2):  # they may be read more than once
            masks = masks_of(detection)
            assert [mask is not None for mask in masks] == [True, False] * 6
            assert sorted(np.unique(np.nonzero(masks[0])[0])) == [3, 5]
    short, long = detection.found
    assert (short.kind, short.frames, short.samples, short.notes) == ("short", 6, 60, ("as expected",))
    assert (long.kind, long.frames) == ("long", 6)


def test_nothing_is_found_outside_the_span(source, use):
    use(defects={"short": lambda *_: Blinks(3, ahead=2)})
    span = Span(Instant(frame=3), Instant(frame=7))
    with detected(["short"], DetectConfig(), probe(source), span=span) as detection:
        assert [mask is not None for mask in masks_of(detection, 7)] == [
            index in (4, 6) for index in range(7)
        ]
    assert detection.found[0].frames == 2


def test_overlays_and_defects_add_up(source, use):
    use(overlays={"logo": scan(square(Presence()))}, defects={"short": lambda *_: Blinks(3, ahead=0)})
    with detected(["logo", "short"], DetectConfig(), probe(source), span=Span()) as detection:
        masks = masks_of(detection, tight=True)
        repaired = masks_of(detection)
    assert [int(np.count_nonzero(mask)) for mask in masks[:3]] == [110, 100, 110]
    assert [int(np.count_nonzero(mask)) for mask in repaired[:3]] == [150, 140, 150]  # a sample all around
    assert [one.kind for one in detection.overlays] == ["logo"]


def test_what_is_found_is_repaired_and_reported(source, use, tmp_path):
    use(overlays={"logo": scan(square(Presence(stop=Instant.parse("0.2").seconds)))})
    activities = []
    report = restore(
        source,
        tmp_path / "result.mkv",
        RestoreConfig(find=FindConfig(kinds=("logo",)), mask=MaskConfig(box=(Box(2, 2, 4, 4),)), fill=FILL),
        progress=lambda progress: activities.append(progress.activity),
    )
    before, after = decode(source), decode(tmp_path / "result.mkv")
    changed = [np.argwhere(old[0] != new[0]) for old, new in zip(before, after, strict=True)]
    assert [bool((rows[:, 0] >= 40).any()) for rows in changed] == [True] * 5 + [False] * 7
    assert all(rows.size for rows in changed)  # the box is repaired everywhere
    data = json.loads(report.to_json())
    assert data["found"][0]["overlays"][0]["box"] == [60, 40, 10, 10]
    assert ("found by itself", "logo") in [(one.name, one.value) for one in report.plan.choices]


def test_where_nothing_is_found_all_streams_are_copied(source, use, tmp_path):
    use(overlays={"logo": scan()})
    report = restore(
        source, tmp_path / "result.mkv", RestoreConfig(find=FindConfig(kinds=("logo",)), fill=FILL)
    )
    assert report.nothing_found
    assert not report.plan.reencodes
    was, is_now = (packets(path, skip_video=False) for path in (source, tmp_path / "result.mkv"))
    for number, rows in was.items():
        assert [row[-1] for row in is_now[number]] == [row[-1] for row in rows]


def test_where_nothing_is_found_a_mask_still_counts(source, use, tmp_path):
    use(overlays={"logo": scan()})
    config = RestoreConfig(
        find=FindConfig(kinds=("logo",)), mask=MaskConfig(box=(Box(2, 2, 4, 4),)), fill=FILL
    )
    report = restore(source, tmp_path / "result.mkv", config)
    assert not report.nothing_found
    assert report.frames_repaired == 12


@pytest.mark.parametrize(("pix_fmt", "kept"), [("yuv420p", [True, False, False]), ("bgr0", [False] * 3)])
def test_sound_luma_is_kept(use, tmp_path, pix_fmt, kept):
    source = make_video(tmp_path / "source.mkv", Clip(codec="ffv1", pix_fmt=pix_fmt))
    use(defects={"short": lambda *_: Blinks(7, ahead=0, code=CHROMA_ONLY)})
    restore(source, tmp_path / "result.mkv", RestoreConfig(find=FindConfig(kinds=("short",)), fill=FILL))
    pictures = [decode(path)[0] for path in (source, tmp_path / "result.mkv")]
    if pix_fmt == "bgr0":
        pictures = [[packed.reshape(*SIZE, 4)[..., index] for index in range(3)] for (packed,) in pictures]
    assert [np.array_equal(old, new) for old, new in zip(*pictures, strict=True)] == kept
