"""Scratches: found where they are, from their first picture to their last, and no edges of the scene."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from detector_factory import most_held_back
from panning_scene import scene as panning

from rfr_video.evaluation.detect.scratches import Scratch, burn_scratch
from rfr_video.masking.detect.planes import Planes
from rfr_video.masking.detect.scratches import LOOK_AHEAD_FRAMES, scratch_masks

SIZE = (288, 512)
SCRATCH = Scratch(
    x=190.0,
    slant=1.0,
    width=2.0,
    top=0.0,
    bottom=1.0,
    gap=(0.5, 0.5),
    alpha=0.8,
    level=235.0,
    drift=0.6,
    drift_frames=40.0,
    frames=range(100),
)
KINDS = {
    "bright": SCRATCH,
    "dark": replace(SCRATCH, level=10.0),
    "faint": replace(SCRATCH, alpha=0.6),
    "wide": replace(SCRATCH, width=3.0),
    "of a part of the height": replace(SCRATCH, top=0.3, bottom=0.8),
    "with a gap": replace(SCRATCH, gap=(0.4, 0.6)),
}


def scene(count):
    return panning(count, size=SIZE)


def scratched(pictures, scratch):
    """Draw a scratch into the pictures that have it; return them, and where it is."""
    generator = np.random.default_rng(1)
    result, masks = [], []
    for number, picture in enumerate(pictures):
        luma, mask = picture.luma.copy(), np.zeros(SIZE, bool)
        if number in scratch.frames:
            mask = burn_scratch(luma, scratch, number, generator) > 0.25
        result.append(Planes(luma, picture.chroma))
        masks.append(mask)
    return result, masks


def found(pictures, *, sensitivity=0.5):
    masks = list(scratch_masks(iter(pictures), sensitivity=sensitivity))
    assert len(masks) == len(pictures)
    return [np.zeros(SIZE, bool) if mask is None else mask > 0 for mask in masks]


def covered(masks, truths):
    return sum((mask & truth).sum() for mask, truth in zip(masks, truths, strict=True)) / np.sum(truths)


def test_nothing_is_found_in_clean_pictures():
    assert not any(mask.any() for mask in found(scene(12)))


@pytest.mark.parametrize("scratch", KINDS.values(), ids=KINDS)
def test_every_kind_is_found_where_it_is(scratch):
    pictures, truths = scratched(scene(12), scratch)
    masks = found(pictures)
    assert covered(masks, truths) > 0.8
    near = [np.abs(np.nonzero(mask)[1] - 190) for mask in masks]
    assert max(columns.max() for columns in near) <= 6


def test_it_is_found_from_its_first_picture_to_its_last():
    pictures, truths = scratched(scene(18), replace(SCRATCH, frames=range(5, 12)))
    masks = found(pictures)
    assert [mask.any() for mask in masks] == [truth.any() for truth in truths]


def test_a_line_that_moves_with_the_scene_is_of_the_scene():
    pictures = scene(12)
    for number, picture in enumerate(pictures):
        left = 350 - 2 * number
        picture.luma[:, left : left + 2] = 235
    assert not any(mask.any() for mask in found(pictures))


def test_what_is_there_for_a_few_pictures_only_is_none():
    pictures, _ = scratched(scene(14), replace(SCRATCH, frames=range(5, 5 + LOOK_AHEAD_FRAMES)))
    assert not any(mask.any() for mask in found(pictures))


def test_the_frame_around_a_picture_is_none():
    pictures = scene(12)
    for picture in pictures:
        picture.luma[:, :4] = 16
        picture.luma[:, -3:] = 16
    assert not any(mask.any() for mask in found(pictures))


def test_sensitivity_finds_more_or_less():
    pictures, _ = scratched(scene(8), SCRATCH)
    counts = [sum(mask.sum() for mask in found(pictures, sensitivity=part)) for part in (0, 0.5, 1)]
    assert counts[0] == 0
    assert counts == sorted(counts)
    assert counts[1] < counts[2]


def test_a_video_of_four_pictures_is_left_alone():
    pictures, _ = scratched(scene(4), SCRATCH)
    assert not any(mask.any() for mask in found(pictures))


def test_few_pictures_are_held_back():
    assert most_held_back(partial(scratch_masks, sensitivity=0.5), scene(20)) <= LOOK_AHEAD_FRAMES


@pytest.mark.parametrize("size", [(16, 16), (17, 33), (2, 64), (1, 1)])
def test_odd_and_tiny_pictures_are_taken(size):
    pictures = [Planes(np.full(size, 90 + number, np.uint8)) for number in range(6)]
    assert list(scratch_masks(iter(pictures), sensitivity=0.5)) == [None] * 6
