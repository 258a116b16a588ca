"""Holes of interlaced frames: each field by itself."""

import numpy as np
import pytest

from rfr_video.geometry import Rect
from rfr_video.masking.field_shape import FieldShaper
from rfr_video.media.colour import Subsampling
from rfr_video.media.fields import Parity

PICTURE = Rect(0, 0, 90, 61)
HALVES = Subsampling(2, 2)


def shaper(*, grow_px=0, feather_px=0, subsampling=HALVES):
    return FieldShaper(PICTURE, subsampling=subsampling, grow_px=grow_px, feather_px=feather_px, merge_px=4)


def test_a_mask_of_one_field_never_reaches_the_other():
    mask = np.zeros((PICTURE.height, PICTURE.width), np.uint8)
    mask[20:30:2, 30:50] = 255
    hole = shaper(grow_px=4, feather_px=3).shape(mask)
    assert hole.fields[Parity.BOTTOM] is None
    assert not hole.mask[1::2].any()
    (region,) = hole.regions
    assert not region.weights.luma[1::2].any()
    assert not region.weights.chroma[1::2].any()
    assert region.weights.luma.max() == region.weights.chroma.max() == 1


@pytest.mark.parametrize(("grow_px", "lines"), [(0, 0), (1, 1), (2, 1), (3, 2), (4, 2)])
def test_growth_counts_a_line_of_a_field_as_two_samples(grow_px, lines):
    mask = np.zeros((PICTURE.height, PICTURE.width), np.uint8)
    mask[21, 40] = 255
    hole = shaper(grow_px=grow_px).shape(mask)
    rows, columns = np.nonzero(hole.mask)
    assert (rows.min(), rows.max()) == (21 - 2 * lines, 21 + 2 * lines)
    assert (columns.min(), columns.max()) == (40 - grow_px, 40 + grow_px)


@pytest.mark.parametrize("subsampling", [Subsampling(1, 1), Subsampling(2, 2), Subsampling(4, 1)])
def test_the_hole_of_the_frame_is_that_of_its_fields(subsampling):
    random = np.random.default_rng(2)
    mask = np.where(random.random((PICTURE.height, PICTURE.width)) > 0.99, 255, 0).astype(np.uint8)
    mask[-1, -1] = 255
    hole = shaper(grow_px=1, feather_px=2, subsampling=subsampling).shape(mask)
    for parity in Parity:
        field = hole.fields[parity]
        assert np.array_equal(hole.mask[parity.lines], field.mask)
        weights = np.zeros(hole.mask.shape, np.float32)
        for region in hole.regions:
            weights[region.rect.slices] += region.weights.luma
        assert np.array_equal(weights > 0, hole.mask > 0)
    for number, region in enumerate(hole.regions):
        assert region.rect.y % (2 * subsampling.y) == region.rect.x % subsampling.x == 0
        assert not any(region.rect.overlaps(other.rect) for other in hole.regions[number + 1 :])


def test_the_same_mask_gives_the_same_hole_and_equal_fields_the_same_fields():
    shape = shaper().shape
    mask = np.zeros((PICTURE.height, PICTURE.width), np.uint8)
    assert shape(None) is None
    assert shape(mask) is None
    mask = mask.copy()
    mask[20:24, 30:50] = 255
    first = shape(mask)
    assert shape(mask) is first
    other = mask.copy()
    other[20, 5] = 255
    second = shape(other)
    assert second.fields[Parity.BOTTOM] is first.fields[Parity.BOTTOM]
    assert second.fields[Parity.TOP] is not first.fields[Parity.TOP]
