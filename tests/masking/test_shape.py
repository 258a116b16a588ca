"""From masks to holes: what belongs to which region."""

from itertools import combinations

import cv2
import numpy as np
import pytest

from rfr_video.geometry import Rect
from rfr_video.masking import shape
from rfr_video.masking.shape import MAX_PARTS, HoleShaper
from rfr_video.media.colour import Subsampling
from rfr_video.media.hole import CHROMA_ONLY

PICTURE = Rect(0, 0, 321, 181)
FULL = Subsampling(1, 1)


@pytest.fixture
def shaped():
    """Shape a mask into a hole."""

    def make(mask, *, subsampling=FULL, grow_px=0, feather_px=0, merge_px=8):
        picture = Rect(0, 0, mask.shape[1], mask.shape[0])
        shaper = HoleShaper(
            picture, subsampling=subsampling, grow_px=grow_px, feather_px=feather_px, merge_px=merge_px
        )
        return shaper.shape(mask)

    return make


def specks(count, *, seed=0, picture=PICTURE):
    """A mask of single samples at random places."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((picture.height, picture.width), np.uint8)
    mask[rng.integers(0, picture.height, count), rng.integers(0, picture.width, count)] = 255
    return mask


def blended(mask, *, grow_px, feather_px):
    """The weights, from the distance of every sample to every sample of the mask."""
    rows, columns = np.mgrid[: mask.shape[0], : mask.shape[1]]
    nearest = np.full(mask.shape, np.inf)
    for y, x in np.argwhere(mask):
        np.minimum(nearest, (rows - y) ** 2 + (columns - x) ** 2, out=nearest)
    return np.clip((grow_px + feather_px + 1 - np.sqrt(nearest)) / (feather_px + 1), 0, 1)


@pytest.mark.parametrize("subsampling", [FULL, Subsampling(2, 2), Subsampling(4, 1)])
@pytest.mark.parametrize(("grow_px", "feather_px", "merge_px"), [(0, 0, 0), (0, 0, 8), (2, 3, 5), (4, 0, 1)])
@pytest.mark.parametrize("count", [1, 12, 60, 900])
def test_every_sample_of_random_specks_is_in_exactly_one_region(
    shaped, subsampling, grow_px, feather_px, merge_px, count
):
    mask = specks(count, seed=count)
    hole = shaped(mask, subsampling=subsampling, grow_px=grow_px, feather_px=feather_px, merge_px=merge_px)
    expected = blended(mask, grow_px=grow_px, feather_px=feather_px)
    assert np.array_equal(hole.mask > 0, expected > 0)
    covered = np.zeros_like(mask)
    weights = np.zeros(mask.shape, np.float32)
    for region in hole.regions:
        covered[region.rect.slices] += 1
        weights[region.rect.slices] = region.weights.luma
    assert covered.max() == 1
    assert np.allclose(weights, expected, atol=1e-5)
    for rect in (region.rect for region in hole.regions):
        assert rect == rect.aligned(subsampling.x, subsampling.y, within=PICTURE)
        assert rect == rect.grown(0, within=PICTURE)


@pytest.mark.parametrize("merge_px", [1, 4, 5])
@pytest.mark.parametrize("grow_px", [0, 3])
@pytest.mark.parametrize(("step_x", "step_y"), [(1, 0), (0, 1), (1, 1), (1, -1)])
def test_parts_become_one_region_when_they_are_closer_than_the_merge_distance(
    shaped, merge_px, grow_px, step_x, step_y
):
    for between_px, regions in ((merge_px - 1, 1), (merge_px, 2)):
        step = 1 + between_px + 2 * grow_px
        mask = np.zeros((PICTURE.height, PICTURE.width), np.uint8)
        mask[60, 50] = mask[60 + step * step_y, 50 + step * step_x] = 255
        assert len(shaped(mask, grow_px=grow_px, merge_px=merge_px).regions) == regions


def test_regions_stay_apart_by_the_merge_distance_and_are_no_larger_than_their_parts(shaped):
    hole = shaped(specks(40, seed=3), merge_px=8)
    rects = [region.rect for region in hole.regions]
    assert len(rects) > 5
    assert not any(one.overlaps(other, closer_than_px=8) for one, other in combinations(rects, 2))
    for rect in rects:
        inside = hole.mask[rect.slices]
        assert inside[0].any()
        assert inside[-1].any()
        assert inside[:, 0].any()
        assert inside[:, -1].any()


def test_many_specks_become_few_regions(shaped):
    mask = np.zeros((PICTURE.height, PICTURE.width), np.uint8)
    mask[::5, ::5] = 255
    assert 1 <= len(shaped(mask, merge_px=0).regions) <= MAX_PARTS
    clusters = np.zeros((600, 600), np.uint8)
    for y in range(0, 600, 150):
        for x in range(0, 600, 150):
            clusters[y : y + 40 : 4, x : x + 40 : 4] = 255
    assert len(shaped(clusters, merge_px=0).regions) == 16


def test_only_few_boxes_are_compared_with_each_other(shaped, monkeypatch):
    counts = []
    merge = shape.merge_overlapping

    def counting(rects, **options):
        listed = list(rects)
        counts.append(len(listed))
        return merge(listed, **options)

    monkeypatch.setattr(shape, "merge_overlapping", counting)
    shaped(specks(3000), merge_px=1)
    assert counts
    assert max(counts) <= MAX_PARTS


def test_only_the_touched_part_of_the_picture_is_labelled(shaped, monkeypatch):
    sizes = []
    label = cv2.connectedComponentsWithStats

    def recording(image, **options):
        sizes.append(image.shape)
        return label(image, **options)

    monkeypatch.setattr(cv2, "connectedComponentsWithStats", recording)
    mask = np.zeros((PICTURE.height, PICTURE.width), np.uint8)
    mask[20:30, 300:320] = 255
    hole = shaped(mask, subsampling=Subsampling(2, 2), grow_px=2)
    assert [region.rect for region in hole.regions] == [Rect.from_edges(298, 18, 321, 32)]
    assert sizes == [(10, 20)]


def test_far_parts_are_measured_each_for_itself(shaped, monkeypatch):
    sizes = []
    measure = cv2.distanceTransform

    def recording(image, *options):
        sizes.append(image.shape)
        return measure(image, *options)

    monkeypatch.setattr(cv2, "distanceTransform", recording)
    mask = np.zeros((PICTURE.height, PICTURE.width), np.uint8)
    mask[0, 0] = mask[-1, -1] = 255
    assert len(shaped(mask, grow_px=3, feather_px=1).regions) == 2
    assert sizes == [(5, 5), (5, 5)]


def test_an_empty_mask_is_no_hole(shaped):
    assert shaped(np.zeros((48, 64), np.uint8)) is None


@pytest.mark.parametrize("grow_px", [0, 3])
def test_where_only_the_chroma_is_to_be_filled_the_luma_is_kept(shaped, grow_px):
    mask = np.zeros((40, 60), np.uint8)
    mask[10:12, 10:50] = CHROMA_ONLY
    mask[10:12, 30:50] = 255
    (region,) = shaped(mask, subsampling=Subsampling(2, 2), grow_px=grow_px).regions
    both = shaped(np.where(mask, 255, 0).astype(np.uint8), subsampling=Subsampling(2, 2), grow_px=grow_px)
    assert np.array_equal(region.weights.chroma, both.regions[0].weights.chroma)
    kept = np.flatnonzero(region.weights.luma[10 - region.rect.y] == 0) + region.rect.x
    replaced = np.flatnonzero(region.weights.luma[10 - region.rect.y]) + region.rect.x
    assert (replaced.min(), replaced.max()) == (30 - grow_px, 49 + grow_px)
    assert kept.min() == region.rect.x
    assert not shaped(np.where(mask == 255, 0, mask)).regions[0].weights.luma.any()
