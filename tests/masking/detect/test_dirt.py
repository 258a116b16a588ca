"""Dirt: found where it was drawn, and nowhere else."""

import cv2
import numpy as np
import pytest
from panning_scene import scene

from rfr_video.masking.detect.dirt import dirt_masks
from rfr_video.masking.detect.planes import Planes


def found(pictures, **settings):
    masks = list(dirt_masks(iter(pictures), **{"sensitivity": 0.5, **settings}))
    assert len(masks) == len(pictures)
    return [np.zeros(pictures[0].luma.shape, bool) if mask is None else mask > 0 for mask in masks]


def test_nothing_is_found_in_clean_pictures():
    assert not any(mask.any() for mask in found(scene()))


@pytest.mark.parametrize("level", [5, 250])
def test_blotches_of_one_picture_are_found(level):
    pictures = scene()
    truths = []
    for number, picture in enumerate(pictures):
        truth = np.zeros(picture.luma.shape, np.uint8)
        cv2.ellipse(truth, (40 + 25 * number, 30 + 13 * number), (9, 5), 30, 0, 360, 255, -1)
        picture.luma[truth > 0] = level
        truths.append(truth > 0)
    masks = found(pictures)
    hits = sum((mask & truth).sum() for mask, truth in zip(masks, truths, strict=True))
    assert 2 * hits / (sum(mask.sum() for mask in masks) + sum(truth.sum() for truth in truths)) > 0.75


def test_flicker_of_exposure_is_no_dirt():
    pictures = [
        Planes(np.clip(picture.luma.astype(int) + 12 * (number % 2), 0, 255).astype(np.uint8))
        for number, picture in enumerate(scene())
    ]
    assert sum(mask.mean() for mask in found(pictures)) / len(pictures) < 0.001


def test_sensitivity_finds_more_or_less():
    pictures = scene()
    pictures[3].luma[60:64, 100:108] = 255
    assert [found(pictures, sensitivity=part)[3].any() for part in (0.0, 1.0)] == [False, True]


def test_what_comes_into_the_picture_is_no_dirt():
    masks = found(scene(speed_px=9))
    assert not any(mask[:, -20:].any() for mask in masks)


def test_the_first_picture_needs_more_to_be_believed():
    pictures = scene()
    for number in (0, 3):
        pictures[number].luma[60:66, 100:106] = np.clip(pictures[number].luma[60:66, 100:106] + 40.0, 0, 255)
    counts = [
        [found(pictures, sensitivity=part)[number].sum() for part in (0.3, 0.5, 0.7, 0.9)]
        for number in (0, 3)
    ]
    assert sum(counts[0]) < sum(counts[1])
