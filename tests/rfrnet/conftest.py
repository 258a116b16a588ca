"""What the tests of the network share."""

import os
from collections.abc import Iterator

import pytest
import torch
from rfrnet_factory import random_network

from rfr_video.rfrnet.network import RFRNet


@pytest.fixture(scope="session")
def tiny() -> RFRNet:
    """A random network of 8 channels."""
    return random_network()


@pytest.fixture
def one_torch_thread() -> Iterator[None]:
    """Run each operation in the thread that calls it.

    Two threads with a team of their own each can spin at each other's barriers on a small machine.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _gpu(kind: str, *, is_there: bool) -> str:
    """The device; without one the test is skipped, or fails where RFR_REQUIRE_GPU names it (cuda, mps)."""
    if not is_there:
        reason = f"torch {torch.__version__} sees no {kind} device on this machine"
        if kind in os.environ.get("RFR_REQUIRE_GPU", "").split(","):
            pytest.fail(f"{reason}, but RFR_REQUIRE_GPU promises one")
        pytest.skip(reason)
    return kind


@pytest.fixture(scope="session")
def cuda() -> str:
    """An NVIDIA card."""
    return _gpu("cuda", is_there=torch.cuda.is_available())


@pytest.fixture(scope="session")
def mps() -> str:
    """An Apple GPU."""
    return _gpu("mps", is_there=torch.backends.mps.is_available())
