"""What measures motion from frame to frame, and what is said about it."""

import hashlib
import sys

import pytest
import torch
from media_factory import Clip, make_video
from raft_factory import StandIn, hide_torchvision, install_stand_in, write_stand_in

from rfr_video import probe, restore
from rfr_video.config import FillConfig, MaskConfig, RestoreConfig
from rfr_video.errors import UsageError, WeightsError
from rfr_video.geometry import Box
from rfr_video.pipeline.fill_choice import choose_video_fill
from rfr_video.pipeline.flow_choice import installed_raft
from rfr_video.pipeline.plan import make_plan

BOX = MaskConfig(box=(Box(30, 20, 17, 13),))


@pytest.fixture
def torchvision(monkeypatch):
    return install_stand_in(monkeypatch)


@pytest.fixture
def source(tmp_path):
    return make_video(tmp_path / "source.mkv", Clip(frames=3))


@pytest.fixture
def installed(tmp_path, tiny_installed, monkeypatch):
    """A machine on which the tiny weights and weights of RAFT are installed."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("RFR_VIDEO_WEIGHTS", f"{tiny_installed}:{folder}")
    return write_stand_in(folder / "raft_large_C_T.pth")


@pytest.fixture
def cuda(monkeypatch):
    """A machine with a GPU, as far as choices are concerned."""
    monkeypatch.setattr("rfr_video.rfrnet.precision.choose_device", lambda name: torch.device("cuda:0"))


def chosen(source, config):
    settings, choices = choose_video_fill(config, probe(source))
    (motion,) = (choice for choice in choices if choice.name == "motion")
    return settings.temporal.raft, motion.value, motion.reason


@pytest.mark.usefixtures("torchvision", "cuda")
def test_auto_is_raft_on_cuda_with_torchvision_and_weights(source, installed):
    raft, value, reason = chosen(source, FillConfig())
    assert (raft.weights, raft.device) == (installed, "cuda:0")
    assert raft.sha256 == hashlib.sha256(installed.read_bytes()).hexdigest()
    assert (value, reason) == (
        "RAFT",
        f"its weights and torchvision are installed; {installed} on cuda:0",
    )
    assert chosen(source, FillConfig(fill="temporal"))[0] == raft


def test_auto_is_dis_where_anything_lacks(source, installed, monkeypatch):
    install_stand_in(monkeypatch)
    assert chosen(source, FillConfig(device="cpu")) == (
        None,
        "DIS",
        "RAFT would be slow on cpu; OpenCV's, on the CPU",
    )
    monkeypatch.setattr("rfr_video.rfrnet.precision.choose_device", lambda name: torch.device("cuda:0"))
    hide_torchvision(monkeypatch)
    assert chosen(source, FillConfig())[1:] == (
        "DIS",
        "RAFT needs torchvision, which cannot be imported; OpenCV's, on the CPU",
    )
    install_stand_in(monkeypatch)
    installed.unlink()
    assert chosen(source, FillConfig())[1:] == (
        "DIS",
        "no weights of RAFT are installed; OpenCV's, on the CPU",
    )


@pytest.mark.usefixtures("torchvision", "cuda", "installed")
def test_dis_is_dis_whatever_is_installed(source):
    assert chosen(source, FillConfig(flow="dis")) == (None, "DIS", "as asked; OpenCV's, on the CPU")


@pytest.mark.usefixtures("torchvision", "nothing_installed")
@pytest.mark.parametrize("fill", ["auto", "temporal"])
def test_weights_of_ones_own_are_raft_on_any_device(source, tmp_path, fill):
    mine = write_stand_in(tmp_path / "mine.pth")
    raft, value, reason = chosen(source, FillConfig(fill=fill, flow=str(mine), device="cpu"))
    assert (raft.weights, raft.device) == (mine, "cpu")
    assert (value, reason) == ("RAFT", f"as asked; {mine} on cpu")


def test_installed_weights_large_before_small_and_nothing_else(installed, monkeypatch):
    folder = installed.parent
    (folder / "raft_small_a.safetensors").touch()
    (folder / "raft_large.md").touch()
    assert installed_raft() == installed
    installed.unlink()
    assert installed_raft() == folder / "raft_small_a.safetensors"
    monkeypatch.setenv("RFR_VIDEO_WEIGHTS", "x" * 5000)
    assert installed_raft() is None


@pytest.mark.usefixtures("nothing_installed")
def test_raft_measures_what_the_window_needs_and_the_plan_tells(torchvision, source, tmp_path):
    mine = write_stand_in(tmp_path / "mine.pth")
    config = RestoreConfig(mask=BOX, fill=FillConfig(fill="temporal", flow=str(mine), device="cpu"))
    report = restore(source, tmp_path / "a.mkv", config)
    assert torchvision.built == ["large"]
    assert len(StandIn.seen) == 4  # two steps, there and back
    assert report.to_dict()["plan"]["fill"]["temporal"]["raft"]["weights"] == mine
    StandIn.seen.clear()
    dis = RestoreConfig(mask=BOX, fill=FillConfig(fill="temporal", flow="dis"))
    assert restore(source, tmp_path / "b.mkv", dis).to_dict()["plan"]["fill"]["temporal"]["raft"] is None
    assert StandIn.seen == []


@pytest.mark.usefixtures("nothing_installed")
def test_a_plan_loads_no_network(torchvision, source, tmp_path):
    mine = write_stand_in(tmp_path / "mine.pth")
    make_plan(source, tmp_path / "a.mkv", RestoreConfig(mask=BOX, fill=FillConfig(flow=str(mine))))
    assert torchvision.built == []


@pytest.mark.usefixtures("torchvision", "nothing_installed")
def test_damaged_weights_are_never_passed_over(source, tmp_path):
    mine = tmp_path / "mine.pth"
    mine.write_bytes(b"noise")
    config = RestoreConfig(mask=BOX, fill=FillConfig(flow=str(mine), device="cpu"))
    with pytest.raises(WeightsError, match=r"mine\.pth: damaged, or no checkpoint"):
        restore(source, tmp_path / "a.mkv", config)
    assert {path.name for path in tmp_path.iterdir()} == {"source.mkv", "mine.pth"}


def test_a_missing_torchvision_is_an_error_where_raft_is_asked_for(source, tmp_path, monkeypatch):
    hide_torchvision(monkeypatch)
    mine = write_stand_in(tmp_path / "mine.pth")
    with pytest.raises(UsageError, match=r"RAFT needs torchvision.*pip install 'rfr-video\[raft\]'"):
        chosen(source, FillConfig(flow=str(mine)))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"fill": "rfr", "flow": "dis"}, "--fill rfr works frame by frame: leave out --flow, or give"),
        ({"fill": "classical", "flow": "a.pth"}, "--fill classical works frame by frame: leave out --flow"),
        ({"fill": "temporal", "flow": "dis", "device": "cpu"}, "--fill temporal needs no network"),
        ({"fill": "temporal", "weights": "tiny"}, "--fill temporal needs no network"),
    ],
)
def test_wrong_settings_are_usage_errors(settings, message):
    with pytest.raises(UsageError, match=message):
        FillConfig(**settings)


@pytest.mark.usefixtures("nothing_installed")
def test_without_weights_of_raft_nothing_is_loaded_for_it(source, monkeypatch):
    monkeypatch.setitem(sys.modules, "rfr_video.motion.raft", None)
    monkeypatch.setitem(sys.modules, "rfr_video.rfrnet.precision", None)
    assert chosen(source, FillConfig(fill="temporal"))[1] == "DIS"
