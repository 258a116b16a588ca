"""Captions of real clips. The frames were told by eye, from sheets of the frames around every change."""

import pytest

from rfr_video.config import DetectConfig
from rfr_video.geometry import Rect
from rfr_video.masking.detect.text.scan import find_text
from rfr_video.media.probe import probe
from rfr_video.timecode import Span

CAPTIONS = {
    "real_logo/subtitles.mp4": [
        ((0, 20), Rect(568, 668, 146, 14)),
        ((20, 42), Rect(598, 669, 85, 13)),
        ((42, 90), Rect(412, 669, 455, 15)),
        ((90, 134), Rect(524, 668, 232, 17)),
        ((134, 191), Rect(574, 669, 133, 15)),
        ((191, 229), Rect(572, 668, 137, 15)),
        ((229, 240), Rect(537, 669, 207, 15)),
    ],
    "real_logo/moving_text.mp4": [
        ((75, 150), Rect(50, 50, 111, 12)),
        ((150, 225), Rect(901, 100, 124, 14)),
        ((225, 300), Rect(80, 598, 107, 14)),
        ((300, 324), Rect(851, 648, 118, 18)),
    ],
}
CLEAN = ["clips/davis_libby.mp4", "clips/mmaction2_test_mp3.avi", "clips/trackanything_kitten_vfr.mp4"]


@pytest.mark.parametrize("name", CAPTIONS)
def test_captions_are_found_when_they_are_there(shared_data, name):
    overlays = scan(shared_data / name)
    assert len(overlays) == len(CAPTIONS[name])
    for overlay, ((start, stop), place) in zip(overlays, CAPTIONS[name], strict=True):
        (presence,) = overlay.presence
        assert abs(presence.start_frame - start) <= 3
        assert abs(presence.stop_frame - stop) <= 3
        assert overlay.rect.union(place) == overlay.rect


@pytest.mark.parametrize("name", CLEAN)
def test_nothing_is_found_where_nothing_is(shared_data, name):
    assert scan(shared_data / name) == ()


def scan(path):
    return find_text(probe(path), DetectConfig(), span=Span(), report=lambda done, expected: None).overlays
