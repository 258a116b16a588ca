"""Every estimator of optical flow that needs no weights measures what is known to have moved."""

import cv2
import numpy as np
import pytest
from flow_contract import check_form, check_measures

from rfr_video.motion.flow import DisFlow, DisPreset


@pytest.mark.parametrize("preset", DisPreset)
def test_dense_inverse_search(preset):
    estimator = DisFlow(preset)
    check_form(estimator)
    check_measures(estimator)


def test_dense_inverse_search_at_half_size():
    check_measures(DisFlow(largest_px=100 * 100))


@pytest.mark.parametrize("preset", DisPreset)
@pytest.mark.parametrize("size", [(16, 128), (24, 100), (29, 130), (29, 640), (130, 29), (16, 16)], ids=str)
def test_dense_inverse_search_survives_strips(preset, size):
    height, width = size
    noise = np.random.default_rng(0).integers(0, 255, (height, width + 1)).astype(np.uint8)
    wide = cv2.GaussianBlur(noise, (0, 0), 2)
    flow = DisFlow(preset).flow(wide[:, :-1], wide[:, 1:])
    assert flow.shape == (height, width, 2)
    assert np.isfinite(flow).all()
