"""Every estimator of optical flow that needs no weights measures what is known to have moved."""

import cv2
import numpy as np
import pytest
from flow_contract import check_form, check_measures, moved, texture

from rfr_video.motion.flow import DisFlow, DisPreset


@pytest.mark.parametrize("preset", DisPreset)
def test_dense_inverse_search(preset):
    estimator = DisFlow(preset)
    check_form(estimator)
    check_measures(estimator)


def test_dense_inverse_search_at_half_size():
    check_measures(DisFlow(largest_px=100 * 100))


@pytest.mark.parametrize("preset", DisPreset)
@pytest.mark.parametrize("shape", [(16, 200), (200, 16), (31, 90), (20, 80), (16, 16)])
def test_thin_pictures_are_measured(preset, shape):
    picture = texture(*shape)
    flow_hw2 = DisFlow(preset).flow(picture, moved(picture, right=1, down=1))
    assert np.abs(np.median(flow_hw2, axis=(0, 1)) - 1).max() < 0.5


@pytest.mark.parametrize("preset", DisPreset)
@pytest.mark.parametrize("shape", [(96, 128), (61, 83)])
def test_flow_does_not_depend_on_what_was_measured_before(preset, shape):
    first, second = texture(*shape), moved(texture(*shape), right=3, down=-2)
    alone = DisFlow(preset).flow(first, second)
    used = DisFlow(preset)
    for other in (shape, (40, 44), (150, 90)):
        used.flow(texture(*other, seed=5), texture(*other, seed=6))
        assert np.array_equal(used.flow(first, second), alone)


@pytest.mark.parametrize("preset", DisPreset)
@pytest.mark.parametrize("size", [(16, 128), (24, 100), (29, 130), (29, 640), (130, 29), (16, 16)], ids=str)
def test_dense_inverse_search_survives_strips(preset, size):
    height, width = size
    noise = np.random.default_rng(0).integers(0, 255, (height, width + 1)).astype(np.uint8)
    wide = cv2.GaussianBlur(noise, (0, 0), 2)
    flow = DisFlow(preset).flow(wide[:, :-1], wide[:, 1:])
    assert flow.shape == (height, width, 2)
    assert np.isfinite(flow).all()
