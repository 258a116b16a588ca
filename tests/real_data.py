"""Where the real clips lie that some tests and no commit may use."""

import os
from pathlib import Path


def folder() -> Path:
    """Return ``$RFR_SHARED_DATA``, or else the folder beside the checkout; it may not exist."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    return Path(os.environ.get("RFR_SHARED_DATA", beside))
