"""RAFT with a stand-in for torchvision, and with torchvision itself where it is installed."""

from importlib.util import find_spec

import numpy as np
import pytest
import safetensors.torch
import torch
from flow_contract import check_form, texture
from raft_factory import StandIn, hide_torchvision, install_stand_in, write_stand_in

from rfr_video.errors import UsageError, WeightsError
from rfr_video.motion.raft import RaftEstimator


@pytest.fixture
def torchvision(monkeypatch):
    return install_stand_in(monkeypatch)


@pytest.fixture
def checkpoint(tmp_path):
    return write_stand_in(tmp_path / "raft.pth")


def test_form_of_the_flow(torchvision, checkpoint):
    check_form(RaftEstimator(checkpoint, "cpu"))


def test_padding_repeats_the_border_and_is_cut_off_again(torchvision, checkpoint):
    picture = texture(150, 203)
    flow_hw2 = RaftEstimator(checkpoint, "cpu", updates=5).flow(picture, 255 - picture)
    _, first, second, updates = StandIn.seen[-1]
    assert updates == 5
    assert first.shape == (1, 3, 152, 208)
    across, down = np.meshgrid(np.arange(203), np.arange(150))
    assert np.array_equal(flow_hw2, np.dstack([across + 2, down + 1]))
    inside = first[0, :, 1:151, 2:205].permute(1, 2, 0)
    assert np.allclose((inside + 1) * 127.5, picture, atol=1e-3)
    assert torch.allclose(first[..., 0], first[..., 2])
    assert torch.allclose(second[0, :, 1:151, 2:205], -first[0, :, 1:151, 2:205], atol=1e-5)


def test_a_large_picture_is_measured_at_half_size(torchvision, checkpoint):
    picture = texture(256, 320)
    flow_hw2 = RaftEstimator(checkpoint, "cpu", largest_px=256 * 319).flow(picture, picture)
    assert StandIn.seen[-1][1].shape == (1, 3, 128, 160)
    across, down = np.meshgrid(np.arange(320), np.arange(256))
    assert np.abs(flow_hw2 - np.dstack([across, down]))[2:-2, 2:-2].max() <= 1


def test_the_names_in_the_file_tell_the_network(torchvision, tmp_path):
    for large in (True, False):
        safetensors.torch.save_file(StandIn(large=large).state_dict(), tmp_path / "raft.safetensors")
        RaftEstimator(tmp_path / "raft.safetensors", "cpu")
    assert torchvision.built == ["large", "small"]


def test_a_missing_torchvision_is_said_with_what_to_do(monkeypatch, checkpoint):
    hide_torchvision(monkeypatch)
    with pytest.raises(UsageError, match=r"RAFT needs torchvision.*pip install 'rfr-video\[raft\]'"):
        RaftEstimator(checkpoint, "cpu")


def changed(state, change):
    change(state)
    return state


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state: state.pop("norm.weight"), r"lacks norm\.weight"),
        (lambda state: state.update({"fnet.weight": torch.zeros(1)}), r"unexpected fnet\.weight"),
        (lambda state: state.update({"norm.weight": torch.zeros(3)}), r"shape \(3,\), not \(4,\)"),
        (lambda state: state["norm.weight"].fill_(float("nan")), "no finite number"),
        (lambda state: state.update({"step": 7}), "no state dict"),
    ],
)
def test_other_parameters_are_refused(torchvision, checkpoint, change, message):
    torch.save(changed(torch.load(checkpoint), change), checkpoint)
    with pytest.raises(WeightsError, match=message):
        RaftEstimator(checkpoint, "cpu")


class Code:
    def __reduce__(self):
        return print, ("a checkpoint may not run code",)


@pytest.mark.parametrize("name", ["raft.pth", "raft.safetensors"])
def test_what_is_no_checkpoint_is_refused(torchvision, tmp_path, capsys, name):
    path = tmp_path / name
    with pytest.raises(WeightsError, match="cannot be read"):
        RaftEstimator(path, "cpu")
    path.write_bytes(b"PK\x03\x04 damaged")
    with pytest.raises(WeightsError, match="damaged, or no checkpoint"):
        RaftEstimator(path, "cpu")
    torch.save({"code": Code()}, path)
    with pytest.raises(WeightsError, match="damaged, or no checkpoint"):
        RaftEstimator(path, "cpu")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("device", ["quantum", "cuda:99"])
def test_a_device_that_is_not_there_is_refused(torchvision, checkpoint, device):
    with pytest.raises(UsageError, match=f"cannot run on device '{device}'.*give cpu, cuda or mps"):
        RaftEstimator(checkpoint, device)


def test_wrong_pictures_and_numbers_are_refused(torchvision, checkpoint):
    estimator = RaftEstimator(checkpoint, "cpu")
    picture = texture(40, 50)
    for second in (picture[:, :-1], picture.astype(np.float32), picture[:, :, 0]):
        with pytest.raises(UsageError, match="two uint8 pictures"):
            estimator.flow(picture, second)
    with pytest.raises(UsageError, match="0 updates"):
        RaftEstimator(checkpoint, "cpu", updates=0)


@pytest.mark.skipif(find_spec("torchvision") is None, reason="torchvision is not installed")
@pytest.mark.parametrize("name", ["raft_small", "raft_large"])
def test_torchvision_itself_with_random_weights(tmp_path, name):
    from torchvision.models import optical_flow

    torch.manual_seed(1)
    network = getattr(optical_flow, name)().eval()
    torch.save(network.state_dict(), tmp_path / "raft.pth")
    estimator = RaftEstimator(tmp_path / "raft.pth", "cpu", updates=2)
    check_form(estimator)
    first, second = texture(128, 136), texture(128, 136, seed=2)
    images = [torch.from_numpy(each).permute(2, 0, 1)[None] / 127.5 - 1 for each in (first, second)]
    with torch.inference_mode():
        expected = network(*images, num_flow_updates=2)[-1][0].permute(1, 2, 0).numpy()
    assert np.allclose(estimator.flow(first, second), expected, atol=1e-4)
