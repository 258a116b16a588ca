"""What the tests of the feature networks share."""

from pathlib import Path

import numpy as np
import pytest
from perception_factory import random_arrays


@pytest.fixture(scope="session")
def squeezenet_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SqueezeNet with random weights as an .npz."""
    path = tmp_path_factory.mktemp("perception") / "squeezenet.npz"
    np.savez(path, **random_arrays())
    return path
