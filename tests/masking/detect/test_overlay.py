"""What a scan found, as masks over time."""

from fractions import Fraction

import numpy as np
import pytest

from rfr_video.geometry import Rect
from rfr_video.masking.detect.overlay import Overlay, Presence, overlay_masks
from rfr_video.masking.placement import Cutout
from rfr_video.timecode import Moment

PICTURE = Rect(0, 0, 40, 30)
RATE = Fraction(25)


def moment(index):
    return Moment(index, index / RATE)


def overlay(*presence):
    rect = Rect(5, 6, 13, 7)
    mask = np.zeros((30, 40), np.uint8)
    mask[rect.slices] = np.random.default_rng(1).integers(0, 2, (rect.height, rect.width)) * 255
    return Overlay(kind="logo", cutout=Cutout.of(mask, rect), confidence=0.8, presence=presence), mask


def test_a_cutout_gives_back_what_was_packed():
    one, mask = overlay(Presence())
    assert np.array_equal(one.mask, mask[one.rect.slices])
    assert one.mask.dtype == np.uint8


def test_an_overlay_is_masked_while_it_is_there_and_no_longer():
    one, mask = overlay(
        Presence(stop=Fraction(3, 25)),
        Presence(start=Fraction(5, 25), stop=Fraction(8, 25), fade_in_frames=1),
    )
    masks = overlay_masks([one], picture=PICTURE)
    assert not masks.is_empty()
    given = [masks.mask_at(moment(index)) for index in range(10)]
    assert [index for index, one in enumerate(given) if one is not None] == [0, 1, 2, 5, 6, 7]
    assert all(np.array_equal(one, mask) for one in given if one is not None)


def test_nothing_found_is_an_empty_mask():
    masks = overlay_masks([], picture=PICTURE)
    assert masks.is_empty()
    assert masks.mask_at(moment(0)) is None


def test_opacity_grows_and_falls_along_fades():
    presence = Presence(start=Fraction(10, 25), stop=Fraction(20, 25), fade_in_frames=3, fade_out_frames=1)
    opacity = [presence.opacity_at(moment(index), rate=RATE) for index in range(8, 22)]
    expected = [0, 0, 0.25, 0.5, 0.75, *[1] * 6, 0.5, 0, 0]
    assert opacity == pytest.approx(expected[: len(opacity)])


def test_an_overlay_says_where_and_when():
    one, _ = overlay(Presence(stop=Fraction(3, 25), fade_out_frames=2))
    assert str(one) == (
        "logo at 5,6,13,7, confidence 0.80, the start to 0:00:00.120, fades out over 2 frames"
    )
    assert one.to_dict()["presence"] == [
        {
            "start_seconds": None,
            "stop_seconds": 0.12,
            "start_frame": None,
            "stop_frame": None,
            "fade_in_frames": 0,
            "fade_out_frames": 2,
        }
    ]
