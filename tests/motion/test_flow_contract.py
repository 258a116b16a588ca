"""Every estimator of optical flow that needs no weights measures what is known to have moved."""

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
