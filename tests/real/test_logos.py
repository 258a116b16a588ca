"""The logos of real broadcasts, and clean clips without any."""

import pytest

from rfr_video.config import DetectConfig
from rfr_video.geometry import Rect
from rfr_video.masking.detect.logo.finder import find_logos
from rfr_video.media.probe import probe
from rfr_video.timecode import Span

LOGO, SCORES = Rect(60, 57, 325, 36), Rect(196, 912, 300, 80)
REAL = {
    "tennis_3": (LOGO, SCORES),  # the camera stands still
    "tennis_5": (LOGO, SCORES),
    "tennis_8": (LOGO, SCORES),
    "whitehouse": (Rect(577, 19, 30, 30),),
}


def search(path):
    return find_logos(probe(path), DetectConfig(), span=Span(), report=lambda done, expected: None)


@pytest.mark.parametrize("name", REAL)
def test_logo_and_score_box_are_found_and_nothing_else(shared_data, name):
    scan = search(shared_data / "real_logo" / f"{name}.mp4")
    assert len(scan.overlays) == len(REAL[name])
    for rect in REAL[name]:
        (found,) = [one for one in scan.overlays if one.rect.overlaps(rect)]
        union, shared = found.rect.union(rect), found.rect.intersection(rect)
        assert shared.width * shared.height > 0.6 * union.width * union.height
        assert [str(one) for one in found.presence] == ["the start to the end"]


@pytest.mark.parametrize("name", ["davis_camel.mp4", "tokenflow_wolf.mp4"])
def test_nothing_is_found_in_clean_clips(shared_data, name):
    scan = search(shared_data / "clips" / name)
    assert scan.overlays == ()
    assert "draw a mask" in scan.notes[0]
