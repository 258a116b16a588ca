"""What the tests of the network share."""

import pytest
from rfrnet_factory import random_network

from rfr_video.rfrnet.network import RFRNet


@pytest.fixture(scope="session")
def tiny() -> RFRNet:
    """A random network of 8 channels."""
    return random_network()
