"""Fixtures that every test may use."""

import os
import signal
from pathlib import Path

import pytest
import real_data

# Tests run side by side: each in one thread, unless it asks for more. Read when the libraries are loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENCV_FOR_THREADS_NUM", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def pytest_configure() -> None:
    """Let signals reach the programs that tests start, also in the background and under nohup."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)  # ignored here as before, but not by programs


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
