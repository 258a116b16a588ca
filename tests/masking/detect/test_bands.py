"""Bands of noise: found where they were laid over pictures, whatever their neighbours show."""

import cv2
import numpy as np
import pytest
from detector_factory import f1
from panning_scene import SIZE, scene

from rfr_video.masking.detect.bands import band_mask
from rfr_video.masking.detect.neighbours import compared
from rfr_video.masking.detect.planes import Planes

HIGH = 18


def noisy(pictures, tops):
    """Lay a band of streaky noise over pictures, at a row each, or none."""
    generator = np.random.default_rng(2)
    result, truths = [], []
    for picture, top in zip(pictures, tops, strict=True):
        luma, truth = picture.luma.copy(), np.zeros(SIZE, bool)
        if top is not None:
            noise = cv2.blur(generator.uniform(-500, 900, (HIGH, SIZE[1])), (15, 1))
            luma[top : top + HIGH] = np.clip(noise, 16, 235).astype(np.uint8)
            truth[top : top + HIGH] = True
        result.append(Planes(luma, picture.chroma))
        truths.append(truth)
    return result, truths


def found(pictures, *, sensitivity=0.5):
    masks = [band_mask(one, sensitivity=sensitivity) for one in compared(pictures)]
    return [np.zeros(SIZE, bool) if mask is None else mask > 0 for mask in masks]


def test_nothing_is_found_in_clean_pictures():
    assert not any(mask.any() for mask in found(scene()))


def test_a_band_in_one_picture_is_found_there_only():
    pictures, truths = noisy(scene(), [None, None, None, 60, None, None, None])
    masks = found(pictures)
    assert [mask.any() for mask in masks] == [truth.any() for truth in truths]
    assert f1(masks, truths) > 0.85


@pytest.mark.parametrize("step", [40, 25])
def test_bands_that_move_from_picture_to_picture_are_found(step):
    pictures, truths = noisy(scene(), [(10 + step * number) % (SIZE[0] - HIGH) for number in range(7)])
    assert f1(found(pictures), truths) > 0.75


def test_a_thing_that_moves_across_is_no_band():
    pictures = scene(speed_px=0)
    for number, picture in enumerate(pictures):
        picture.luma[30:110, 30 * number : 30 * number + 40] = 230
    assert not any(mask.any() for mask in found(pictures))


def test_a_band_that_stays_is_none():
    pictures, _ = noisy(scene(1), [60])
    assert not any(mask.any() for mask in found(pictures * 7))


def test_sensitivity_finds_more_or_less():
    pictures, _ = noisy(scene(), [None, 20, None, 60, None, 90, None])
    counts = [sum(mask.sum() for mask in found(pictures, sensitivity=part)) for part in (0.0, 0.5, 1.0)]
    assert counts[0] == 0
    assert 0 < counts[1] <= counts[2]


@pytest.mark.parametrize("size", [(16, 16), (17, 33), (2, 64), (1, 1), (64, 2)])
def test_odd_and_tiny_pictures_are_taken(size):
    generator = np.random.default_rng(0)
    pictures = [Planes(generator.integers(0, 255, size, np.uint8)) for _ in range(5)]
    for one in compared(pictures):
        band_mask(one, sensitivity=1.0)
