"""The staged path on an NVIDIA card; skipped where there is none."""

import numpy as np
import pytest
import torch
from rfrnet_factory import random_network

from rfr_video.rfrnet.network import RFRConfig
from rfr_video.rfrnet.runtime import Crop, Runtime, RuntimeConfig

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA card")


@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 1e-4), ("bfloat16", 2e-2), ("auto", 2e-2)])
def test_batches_in_flight_give_what_the_cpu_gives(precision, tolerance):
    network = random_network(RFRConfig(width=16))
    draw = np.random.default_rng(1)
    hole_hw = np.zeros((96, 96), bool)
    hole_hw[30:60, 30:60] = True
    crops = [Crop(draw.random((96, 96, 3), np.float32), hole_hw) for _ in range(40)]
    wanted = np.stack(list(Runtime(network, config=RuntimeConfig(device="cpu")).fill(crops)))
    config = RuntimeConfig(device="cuda", precision=precision, batch=4, deterministic=True)
    seen, again = (np.stack(list(Runtime(network, config=config).fill(crops))) for _ in range(2))
    assert np.linalg.norm(seen - wanted) / np.linalg.norm(wanted) < tolerance
    assert np.array_equal(seen, again)
