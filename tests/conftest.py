"""Fixtures that every test may use."""

import os
import signal
from pathlib import Path

import pytest
import real_data


def pytest_configure() -> None:
    """Let Ctrl-C reach the programs that tests start, also where tests run in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real clips beside the checkout; where it is promised, its absence is a failure."""
    folder = real_data.folder()
    if not folder.is_dir():
        if os.environ.get("RFR_REQUIRE_SHARED") == "1":
            pytest.fail(f"real clips are required, but {folder} is missing")
        pytest.skip(f"no real clips at {folder}")
    return folder


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory) -> Path:
    """A folder with the weights ``tiny`` and ``other`` of a random network that runs in no time."""
    from rfrnet_factory import install_weights  # loads torch, which most tests do without

    return install_weights(tmp_path_factory.mktemp("weights"), "tiny", "other")


@pytest.fixture
def nothing_installed(tmp_path, monkeypatch) -> None:
    """A machine on which no weights are installed, whatever ships with the program."""
    monkeypatch.delenv("RFR_VIDEO_WEIGHTS", raising=False)
    monkeypatch.setattr("rfr_video.rfrnet.manifest.SHIPPED", tmp_path / "nowhere")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "nowhere"))


@pytest.fixture
def tiny_installed(nothing_installed, tiny_weights, monkeypatch) -> Path:
    """A machine on which only the tiny weights are installed."""
    monkeypatch.setenv("RFR_VIDEO_WEIGHTS", str(tiny_weights))
    return tiny_weights
