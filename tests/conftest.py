"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest
import real_data


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real clips beside the checkout; where it is promised, its absence is a failure."""
    folder = real_data.folder()
    if not folder.is_dir():
        if os.environ.get("RFR_REQUIRE_SHARED") == "1":
            pytest.fail(f"real clips are required, but {folder} is missing")
        pytest.skip(f"no real clips at {folder}")
    return folder
