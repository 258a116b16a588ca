"""What the tests of the network share."""

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
