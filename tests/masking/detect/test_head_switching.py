"""Head switching: found where it was drawn, at its height, and in no clean picture."""

from dataclasses import replace

import numpy as np
import pytest
from media_factory import Clip, make_video
from panning_scene import scene

from rfr_video.config import DetectConfig
from rfr_video.config.detect import Region
from rfr_video.evaluation.detect.bands import Band, burn_band
from rfr_video.geometry import Rect
from rfr_video.masking.detect import head_switching as module
from rfr_video.masking.detect.head_switching import LineProfile, find_head_switching
from rfr_video.masking.detect.planes import Planes
from rfr_video.media.probe import probe
from rfr_video.timecode import Span

BAND = Band(
    lines=10,
    black_lines=0,
    is_whole=False,
    jitter_lines=1,
    shear_px=20.0,
    decay_lines=3.0,
    wobble_px=2.0,
    grain_codes=25.0,
    lift_codes=15.0,
    colour=0.5,
    tints=(8.0, -5.0),
)
KINDS = {
    "of two fields": BAND,
    "deinterlaced": replace(BAND, is_whole=True),
    "over black lines": replace(BAND, black_lines=5),
    "only torn": replace(BAND, wobble_px=5.0, grain_codes=3.0, lift_codes=0.0, colour=1.0, tints=(0.0, 0.0)),
    "of two lines": replace(BAND, lines=2, jitter_lines=0),
}


def spoilt(band, pictures):
    generator = np.random.default_rng(2)
    for one in pictures:
        burn_band([one.luma, *one.chroma], band, generator)
    return pictures


def found(pictures, *, sensitivity=0.5):
    profile = LineProfile()
    for one in pictures:
        profile.add(one)
    return profile.band(sensitivity=sensitivity)


@pytest.mark.parametrize("band", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("gray", [False, True], ids=["colour", "gray"])
def test_its_height_is_measured(band, gray):
    measured = found(spoilt(band, scene(8, gray=gray)))
    assert abs(measured.lines - band.lines) <= 3
    assert measured.black_lines == band.black_lines


def test_a_still_scene_has_it_too():
    assert abs(found(spoilt(BAND, scene(8, speed_px=0))).lines - BAND.lines) <= 2


def test_clean_pictures_have_none():
    assert found(scene(8)) is None


def test_black_lines_alone_are_none():
    pictures = scene(8)
    for one in pictures:
        one.luma[-9:] = 16
        for plane in one.chroma:
            plane[-4:] = 128
    assert found(pictures) is None


def test_lines_that_differ_more_and_more_are_the_scene():
    generator = np.random.default_rng(4)
    pictures = scene(8)
    for one in pictures:
        grain = generator.normal(0, 1, one.luma.shape) * np.linspace(-30, 30, len(one.luma)).clip(0)[:, None]
        one.luma[:] = np.clip(one.luma + grain, 0, 255)
    assert found(pictures) is None


def test_black_pictures_do_not_count():
    black = Planes(np.full((144, 256), 16, np.uint8), (np.full((72, 128), 128, np.uint8),) * 2)
    assert found([black] * 3) is None
    assert found([*spoilt(BAND, scene(8)), *[black] * 20]).lines == found(spoilt(BAND, scene(8))).lines


def test_sensitivity_decides_how_sure_it_must_be():
    weak = spoilt(replace(BAND, lines=2, jitter_lines=0), scene(8))
    assert found(weak, sensitivity=0) is None
    assert found(weak, sensitivity=1) is not None


@pytest.mark.parametrize("size", [(1, 1), (2, 64), (12, 12), (17, 33)])
def test_tiny_pictures_are_taken(size):
    assert found([Planes(np.full(size, 90 + number, np.uint8)) for number in range(5)]) is None


@pytest.mark.parametrize(
    ("region", "rect"),
    [("bottom", Rect(0, 39, 64, 9)), ("0,0,20,44", Rect(0, 39, 20, 5)), ("top", None)],
)
def test_a_region_narrows_it(tmp_path, monkeypatch, region, rect):
    monkeypatch.setattr(LineProfile, "band", lambda *_, **__: module.Band(7, 2, 0.8))
    info = probe(make_video(tmp_path / "clip.mkv", Clip(width=64, height=48, frames=3)))
    config = DetectConfig(region=Region.parse(region))
    scan = find_head_switching(info, config, span=Span(), report=lambda *_: None)
    assert [one.rect for one in scan.overlays] == ([] if rect is None else [rect])
    assert all(one.mask.all() for one in scan.overlays)
    assert scan.notes[0].startswith("7 lines at the bottom, and 2 black lines below, confidence 0.80")
