"""What the tests of training share."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
import torch
from training_factory import image_folder


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Leave the numbers of threads as they were; with one each, sums come out the same on every machine."""
    torch_threads, cv2_threads = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(torch_threads)
    cv2.setNumThreads(cv2_threads)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder of seven pictures of 64×48."""
    return image_folder(tmp_path / "images")
