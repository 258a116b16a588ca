"""Snow: crowds of specks are found sample by sample, and what looks like them is left alone."""

import cv2
import numpy as np
import pytest
from detector_factory import f1
from panning_scene import scene

from rfr_video.masking.detect.dropouts import dropout_masks
from rfr_video.masking.detect.neighbours import compared
from rfr_video.masking.detect.planes import Planes
from rfr_video.masking.detect.specks import suspected_rows, with_specks
from rfr_video.media.hole import CHROMA_ONLY

SIZE = (144, 256)
LINES = slice(104, 144)


def snowy(pictures, *, lines=LINES, columns=slice(None), share=0.06, level=90):
    """Strew specks over lines of pictures, three samples long; return the pictures, and where specks are."""
    generator = np.random.default_rng(3)
    result, truths = [], []
    for picture in pictures:
        starts = np.zeros(picture.luma.shape, np.uint8)
        part = starts[lines, columns]
        part[:] = generator.random(part.shape) < share
        truth = cv2.dilate(starts, np.ones((1, 3), np.uint8)) > 0
        luma = picture.luma.copy()
        luma[truth] = np.clip(luma[truth].astype(int) + np.where(luma[truth] > 127, -level, level), 0, 255)
        result.append(Planes(luma, picture.chroma))
        truths.append(truth)
    return result, truths


def found(pictures, *, sensitivity=0.5):
    masks = [with_specks(one, None, sensitivity=sensitivity) for one in compared(pictures)]
    return [np.zeros(pictures[0].luma.shape, bool) if mask is None else mask > 0 for mask in masks]


def test_nothing_is_found_in_clean_pictures():
    assert not any(mask.any() for mask in found(scene()))


@pytest.mark.parametrize("level", [20, 90])
@pytest.mark.parametrize("top", [0, 50, 104])
def test_specks_of_crowds_are_found(level, top):
    pictures, truths = snowy(scene(), lines=slice(top, top + 40), level=level)
    assert f1(found(pictures), truths) > 0.8


def test_specks_of_large_pictures_are_found():
    pictures, truths = snowy(scene(4, size=(720, 320)), lines=slice(640, 720))
    assert f1(found(pictures), truths) > 0.6


def test_what_crowds_in_a_part_of_the_lines_is_no_snow():
    pictures, _ = snowy(scene(), columns=slice(100, 170))
    assert not any(mask.any() for mask in found(pictures))


def test_few_specks_are_no_crowd():
    pictures, _ = snowy(scene(), share=0.001)
    assert not any(mask.any() for mask in found(pictures))


def test_texture_that_jumps_is_no_snow():
    pictures = scene()
    generator = np.random.default_rng(4)
    texture = cv2.GaussianBlur(generator.uniform(0, 255, SIZE).astype(np.float32), (0, 0), 1.5)
    texture = np.clip((texture - 127) * 3 + 127, 0, 255).astype(np.uint8)
    for number, picture in enumerate(pictures):
        picture.luma[LINES] = np.roll(texture, 37 * number, axis=1)[LINES]
    assert not any(mask.any() for mask in found(pictures))


def test_only_suspected_rows_are_looked_at():
    pictures, _ = snowy(scene())
    rows = [suspected_rows(one) for one in compared(pictures)]
    assert all(part is not None and part.start > 60 and part.stop == SIZE[0] for part in rows)
    assert all(suspected_rows(one) is None for one in compared(scene()))


def test_between_specks_streaks_are_cut_to_what_is_damaged():
    pictures, truths = snowy(scene())
    before = np.zeros(SIZE, np.uint8)
    before[20, 50:90], before[120, 50:90], before[130, 50:90] = 255, 255, CHROMA_ONLY
    for one, truth in zip(compared(pictures), truths, strict=True):
        mask = with_specks(one, before, sensitivity=0.5)
        assert (mask[20] == before[20]).all()
        assert (mask[130, 50:90] > 0).all()
        assert (mask[120, 50:90] > 0).sum() < 40
        assert (mask[120, 50:90] > 0)[truth[120, 50:90]].mean() > 0.5
    assert (before[120] > 0).sum() == 40


def test_dropouts_hold_snow():
    pictures, truths = snowy(scene())
    masks = [mask > 0 for mask in dropout_masks(iter(pictures), sensitivity=0.5)]
    assert f1(masks, truths) > 0.8


def test_sensitivity_finds_more_or_less():
    pictures, _ = snowy(scene())
    counts = [sum(mask.sum() for mask in found(pictures, sensitivity=part)) for part in (0.0, 0.2, 0.5, 1.0)]
    assert counts[0] == 0
    assert 0 < counts[1] < counts[2] < counts[3]


@pytest.mark.parametrize("size", [(16, 16), (17, 133), (8, 64), (9, 64), (1, 1), (64, 2), (2, 300)])
@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_odd_and_tiny_pictures_and_short_shots_are_taken(size, count):
    generator = np.random.default_rng(0)
    pictures = [Planes(generator.integers(0, 255, size, np.uint8)) for _ in range(count)]
    for one in compared(pictures):
        with_specks(one, None, sensitivity=1.0)
