"""How crops are run: resolution, recurrences and tiles."""

import numpy as np
import pytest

from rfr_video.errors import MaskError
from rfr_video.geometry import Rect
from rfr_video.rfrnet.network import PUBLISHED, SMALLER_HOLES
from rfr_video.rfrnet.workload import (
    bucket_px,
    crop_around,
    needed_recurrences,
    plan_workload,
    shrink_hole,
    shrink_image,
)

LIMITS = {"extra_recurrences": 2, "tile_px": 512, "overlap_px": 64}


def hole(height: int, width: int, *rects: Rect) -> np.ndarray:
    hole_hw = np.zeros((height, width), bool)
    for rect in rects:
        hole_hw[rect.slices] = True
    return hole_hw


@pytest.mark.parametrize(
    ("side", "factor", "recurrences"), [(20, 1, 6), (160, 1, 6), (180, 1, 7), (206, 1, 8), (300, 2, 6)]
)
def test_a_deeper_hole_takes_more_recurrences_then_a_lower_resolution(side, factor, recurrences):
    hole_hw = hole(400, 400, Rect(48, 48, side, side))
    plan = plan_workload(hole_hw, config=PUBLISHED, **LIMITS)
    assert (plan.factor, plan.recurrences) == (factor, recurrences)
    assert plan.tiles == (Rect(0, 0, 400 // factor, 400 // factor),)


def test_a_long_thin_hole_stays_at_full_resolution():
    plan = plan_workload(hole(160, 1800, Rect(100, 50, 1600, 60)), config=SMALLER_HOLES, **LIMITS)
    assert (plan.factor, plan.recurrences) == (1, 6)
    assert [tile.x for tile in plan.tiles] == [0, 429, 858, 1288]


def test_every_tile_that_is_run_is_reached_and_all_holes_are_covered():
    hole_hw = hole(700, 1300, Rect(30, 30, 900, 640), Rect(1200, 600, 20, 20))
    plan = plan_workload(hole_hw, config=PUBLISHED, **LIMITS)
    small_hw = shrink_hole(hole_hw, factor=plan.factor)
    covered_hw = np.zeros_like(small_hw)
    for tile in plan.tiles:
        covered_hw[tile.slices] = True
        assert (
            needed_recurrences(small_hw[tile.slices], config=PUBLISHED, at_most=plan.recurrences) is not None
        )
    assert (covered_hw | ~small_hw).all()


def test_the_bound_from_the_box_agrees_with_the_growth_of_the_mask():
    for side in range(155, 175):
        hole_hw = hole(240, 240, Rect(31, 33, side, side))
        needed = needed_recurrences(hole_hw, config=PUBLISHED, at_most=20)
        assert needed is not None
        assert PUBLISHED.reach_px(needed) + 1 >= (side + 1) // 2


@pytest.mark.parametrize("known", [(0, 0), (99, 0), (37, 63)])
def test_one_known_pixel_is_enough_for_a_plan(known):
    hole_hw = np.ones((100, 64), bool)
    hole_hw[known] = False
    assert plan_workload(hole_hw, config=PUBLISHED, **LIMITS).tiles


def test_a_crop_that_is_all_hole_is_an_error():
    with pytest.raises(MaskError, match="covers all of the 64×100 crop"):
        plan_workload(np.ones((100, 64), bool), config=PUBLISHED, **LIMITS)


def test_shrinking_averages_what_is_known():
    image_hw3 = np.arange(12, dtype=np.float32).reshape(2, 2, 3) / 12
    hole_hw = np.array([[True, False], [False, True]])
    assert np.allclose(shrink_image(image_hw3, hole_hw, factor=2), (image_hw3[0, 1] + image_hw3[1, 0]) / 2)
    assert not shrink_hole(hole_hw, factor=2).any()


def test_buckets_are_few_and_hold_their_lengths():
    buckets = {bucket_px(length) for length in range(1, 513)}
    assert buckets == {32, 64, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512}
    assert all(bucket_px(length) >= length for length in range(1, 513))


@pytest.mark.parametrize("place", [Rect(5, 5, 60, 40), Rect(900, 500, 600, 300), Rect(1900, 1070, 20, 10)])
def test_the_crop_around_a_hole_has_a_margin_and_a_buckets_size(place):
    picture = Rect(0, 0, 1920, 1080)
    crop = crop_around(place, within=picture)
    assert crop.union(place) == crop
    assert crop.union(picture) == picture
    assert crop.width == bucket_px(crop.width)
    assert crop.height == bucket_px(crop.height)


@pytest.mark.parametrize(
    ("side", "crop_side"), [(60, 160), (200, 448), (260, 512), (400, 512), (416, 512), (417, 832)]
)
def test_a_crop_takes_no_second_tile_for_its_margin_alone(side, crop_side):
    crop = crop_around(Rect(900, 500, side, 20), within=Rect(0, 0, 1920, 1080))
    assert crop.width == crop_side
