"""Dropouts: found where they were drawn, and nowhere else."""

from functools import partial

import numpy as np
import pytest
from detector_factory import f1, most_held_back
from panning_scene import SIZE, scene

from rfr_video.evaluation.detect.streaks import Streak, burn_streaks, draw_streaks
from rfr_video.masking.detect.dropouts import dropout_masks
from rfr_video.masking.detect.planes import Planes
from rfr_video.media.colour import Subsampling
from rfr_video.media.hole import CHROMA_ONLY

HALVES = Subsampling(2, 2)


def damaged(pictures, streaks):
    """Draw the streaks of each picture; return the pictures, and where they were drawn."""
    generator = np.random.default_rng(1)
    result, masks = [], []
    for picture, here in zip(pictures, streaks, strict=True):
        planes = [plane.copy() for plane in (picture.luma, *picture.chroma)]
        masks.append(burn_streaks(planes, here, generator, subsampling=HALVES).mask > 0)
        result.append(Planes(planes[0], tuple(planes[1:])))
    return result, masks


def found(pictures, **settings):
    masks = list(dropout_masks(iter(pictures), **{"sensitivity": 0.5, **settings}))
    assert len(masks) == len(pictures)
    return [np.zeros(pictures[0].luma.shape, bool) if mask is None else mask > 0 for mask in masks]


def test_nothing_is_found_in_clean_pictures():
    assert not any(mask.any() for mask in found(scene()))


@pytest.mark.parametrize("kind", ["bright", "dark", "noise", "chroma"])
def test_every_kind_of_streak_is_found(kind):
    streaks = [[Streak(30 + 20 * number, 20 + 9 * number, 70, 2, kind)] for number in range(7)]
    pictures, truths = damaged(scene(), streaks)
    assert f1(found(pictures), truths) > 0.8


@pytest.mark.parametrize(("kind", "code"), [("chroma", CHROMA_ONLY), ("bright", 255), ("noise", 255)])
def test_luma_that_is_sound_is_told(kind, code):
    streaks = [[Streak(30 + 20 * number, 20 + 9 * number, 70, 2, kind)] for number in range(7)]
    pictures, truths = damaged(scene(), streaks)
    masks = dropout_masks(iter(pictures), sensitivity=0.5)
    codes = np.concatenate([mask[truth & (mask > 0)] for mask, truth in zip(masks, truths, strict=True)])
    assert (codes == code).mean() > 0.9


def test_the_first_and_the_last_picture_are_looked_at():
    streaks = [[Streak(40, 30, 60, 2, "bright")] if number in (0, 6) else [] for number in range(7)]
    pictures, truths = damaged(scene(), streaks)
    masks = found(pictures)
    assert [mask.any() for mask in masks] == [bool(here) for here in streaks]
    assert f1(masks, truths) > 0.9


def test_a_gray_picture_has_dropouts_too():
    lines = [[Streak(20, 30 + 8 * number, 80, 1, "dark")] for number in range(7)]
    pictures, truths = damaged(scene(gray=True), lines)
    assert f1(found(pictures), truths) > 0.9


def test_what_stays_is_no_dropout():
    pictures = scene(speed_px=0)
    for picture in pictures:
        picture.luma[30:32, 40:120] = 240
    assert not any(mask.any() for mask in found(pictures))


def test_nothing_is_compared_across_a_cut():
    first, second = scene(4), [Planes(255 - one.luma, one.chroma) for one in scene(4, speed_px=5)]
    masks = found([*first, *second])
    assert sum(mask.sum() for mask in masks) < 0.001 * 8 * SIZE[0] * SIZE[1]


def test_a_shot_of_two_pictures_is_left_alone():
    pictures, _ = damaged(scene(2), [[Streak(40, 30, 80, 2, "bright")], []])
    assert not any(mask.any() for mask in found(pictures))


def test_sensitivity_finds_more_or_less():
    generator = np.random.default_rng(3)
    pictures, _ = damaged(scene(), [draw_streaks(generator, width=SIZE[1], height=SIZE[0]) for _ in range(7)])
    counts = [sum(mask.sum() for mask in found(pictures, sensitivity=part)) for part in (0.0, 0.2, 0.8, 1.0)]
    assert counts[0] == 0
    assert counts == sorted(counts)
    assert counts[1] < counts[3]


def test_few_pictures_are_held_back():
    assert most_held_back(partial(dropout_masks, sensitivity=0.5), scene(20)) <= 5


@pytest.mark.parametrize("size", [(16, 16), (17, 33), (2, 64), (1, 1)])
def test_odd_and_tiny_pictures_are_taken(size):
    pictures = [Planes(np.full(size, 90 + number, np.uint8)) for number in range(5)]
    assert not any(mask.any() for mask in found(pictures))
