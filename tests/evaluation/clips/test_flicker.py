"""The warping error: known answers, and what is counted."""

import numpy as np
import pytest
from clips_factory import panning

from rfr_video.evaluation.clips.flicker import WarpingError, flicker_ratio, trusted_flow


def hole(*, top=40, bottom=80, left=60, right=110):
    hole_hw = np.zeros((120, 160), np.bool_)
    hole_hw[top:bottom, left:right] = True
    return hole_hw


def still_flow():
    return np.zeros((120, 160, 2), np.float16)


def error_of(pictures, *, holes=None, flows=None):
    warping = WarpingError()
    for index, picture in enumerate(pictures):
        flow = None if index == 0 else (flows[index - 1] if flows else still_flow())
        warping.add(picture, hole_hw=holes[index] if holes else hole(), flow_hw2=flow)
    return warping.mean


def flat(value):
    return np.full((120, 160, 3), value, np.uint8)


def test_the_flow_of_a_pan_leads_back_to_where_a_pixel_was():
    before, after = panning(2, step_px=3)
    flow = trusted_flow(before, after)
    assert (flow.dtype, flow.shape) == (np.float16, (120, 160, 2))
    middle = flow[30:90, 30:130].astype(np.float32)
    assert np.isnan(middle).mean() < 0.02
    assert np.nanmedian(middle[..., 0]) == pytest.approx(3, abs=0.1)
    assert np.nanmedian(middle[..., 1]) == pytest.approx(0, abs=0.1)


def test_flow_is_not_trusted_across_a_cut():
    before = panning(1)[0]
    flow = trusted_flow(before, np.random.default_rng(1).integers(0, 256, before.shape, np.uint8))
    assert np.isnan(flow).mean() > 0.5


def test_the_error_is_the_mean_square_over_samples_and_frames():
    assert error_of([flat(100), flat(100)]) == 0
    assert error_of([flat(100), flat(104)]) == pytest.approx(16)
    assert error_of([flat(100), flat(104), flat(104)]) == pytest.approx(8)
    assert error_of([flat(100)]) is None


def test_what_moves_with_the_flow_does_not_flicker():
    pictures = panning(4, step_px=2)
    along = np.full((120, 160, 2), (2, 0), np.float16)
    inside = [hole(left=40, right=120)] * 4
    assert error_of(pictures, holes=inside, flows=[along] * 3) == pytest.approx(0, abs=1e-6)
    assert error_of(pictures, holes=inside) > 1


def test_only_pixels_in_both_holes_with_a_trusted_flow_count():
    changed = flat(100)
    changed[:, :80] = 200
    left, right = hole(left=60, right=80), hole(left=80, right=110)
    assert error_of([flat(100), changed], holes=[right, right]) == 0
    assert error_of([flat(100), changed], holes=[hole(), right]) == 0
    assert error_of([flat(100), changed], holes=[right, hole()]) == 0
    assert error_of([flat(100), changed], holes=[left, right]) is None
    flow = still_flow()
    flow[:, :80] = np.nan
    assert error_of([flat(100), changed], flows=[flow]) == 0
    none = np.full((120, 160, 2), np.nan, np.float16)
    assert error_of([flat(100), changed], flows=[none]) is None
    outside = np.full((120, 160, 2), (500, 0), np.float16)
    assert error_of([flat(100), changed], flows=[outside]) is None


def test_frames_without_a_hole_are_passed_over():
    nothing = np.zeros((120, 160), np.bool_)
    assert error_of([flat(9), flat(99), flat(99), flat(100)], holes=[nothing, nothing, hole(), hole()]) == 1


def test_the_ratio_says_nothing_where_there_is_nothing_to_compare_with():
    assert flicker_ratio(3, clean=2) == 1.5
    assert flicker_ratio(0, clean=0) == 1
    assert flicker_ratio(3, clean=0) is None
    assert flicker_ratio(None, clean=2) is None
    assert flicker_ratio(3, clean=None) is None
