"""SqueezeNet: what it sees, and the error that a wrong file gets."""

import cv2
import numpy as np
import pytest
import torch
from perception_factory import random_arrays

from rfr_video.errors import WeightsError
from rfr_video.perception.squeezenet import SqueezeNet, load_squeezenet

BATHING_CAP, BONNET = 433, 452  # places among the classes of ImageNet
RED_HAT, CAPS = "kodim04.png", "kodim03.png"


@pytest.fixture(scope="module")
def network(squeezenet_file):
    return load_squeezenet(squeezenet_file)


@pytest.mark.parametrize(("height", "width"), [(13, 13), (64, 96), (51, 38)])
def test_activations_have_the_documented_channels_and_resolutions(network, height, width):
    features = network(torch.rand(2, 3, height, width))
    assert len(features) == len(network.depths)
    for feature, channels, part in zip(features, (96, 128, 256, 512), (2, 4, 8, 8), strict=True):
        assert feature.shape[:2] == (2, channels)
        assert height / part - 3 <= feature.shape[2] <= height / part
        assert width / part - 3 <= feature.shape[3] <= width / part
        assert float(feature.min()) >= 0


def test_a_smaller_picture_than_stated_cannot_be_seen(network):
    side = network.smallest_px - 1
    with pytest.raises(RuntimeError):
        network(torch.rand(1, 3, side, side))


def test_gradients_reach_the_picture_and_leave_the_parameters_alone(network):
    images_n3hw = torch.rand(1, 3, 32, 32, requires_grad=True)
    sum(feature.sum() for feature in network(images_n3hw)).backward()
    assert images_n3hw.grad is not None
    assert float(images_n3hw.grad.abs().sum()) > 0
    assert not network.training
    assert all(not value.requires_grad and value.grad is None for value in network.parameters())


def test_it_recognises_photographs(shared_data):
    network = load_squeezenet(shared_data / "perceptual" / "squeezenet1_0.npz")
    for name, expected in ((RED_HAT, BONNET), (CAPS, BATHING_CAP)):
        image = cv2.imread(str(shared_data / "stills" / name), cv2.IMREAD_COLOR_RGB)
        height, width = image.shape[:2]
        image = cv2.resize(image, (227 * width // height, 227), interpolation=cv2.INTER_AREA)
        with torch.inference_mode():
            chances = network.classify(torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255)[0]
        assert int(chances.argmax()) == expected
        assert float(chances[expected]) > 0.5


def changed(**arrays):
    return {**random_arrays(), **arrays}


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"conv1.weight": np.zeros((96, 3, 7, 7), np.float32)}, "lacks conv1.bias, fire2.conv1x1_1.weight"),
        (changed(extra=np.zeros(1)), "has unexpected extra;"),
        (changed(**{"conv1.bias": np.zeros(95)}), r"conv1.bias has shape \(95,\), not \(96,\)"),
        (changed(**{"conv1.bias": np.full(96, np.nan)}), "conv1.bias holds what is no finite number"),
        (changed(**{"conv1.bias": np.zeros(96, np.int64)}), "conv1.bias holds int64"),
        (changed(**{"conv1.bias": np.array(["x"] * 96)}), "conv1.bias holds <U1"),
        ({}, "lacks conv1.weight, conv1.bias, .* and 49 more"),
    ],
)
def test_other_arrays_are_errors_that_name_them(tmp_path, arrays, message):
    np.savez(tmp_path / "wrong.npz", **arrays)
    with pytest.raises(WeightsError, match=message) as caught:
        load_squeezenet(tmp_path / "wrong.npz")
    assert "\n" not in str(caught.value)


def test_other_files_are_errors(tmp_path, squeezenet_file):
    whole = squeezenet_file.read_bytes()
    for content in (b"", b"no archive at all", b"PK\x03\x04rubbish", whole[:1000], whole[:-5000]):
        (tmp_path / "other.npz").write_bytes(content)
        with pytest.raises(WeightsError, match=r"other.npz: (damaged|cannot be read|holds a single array)"):
            load_squeezenet(tmp_path / "other.npz")
    np.save(tmp_path / "single.npy", np.zeros(3))
    with pytest.raises(WeightsError, match="holds a single array"):
        load_squeezenet(tmp_path / "single.npy")
    np.savez(tmp_path / "objects.npz", **changed(extra=np.array([{}], object)))
    with pytest.raises(WeightsError, match="damaged"):
        load_squeezenet(tmp_path / "objects.npz")
    with pytest.raises(WeightsError, match="No such file"):
        load_squeezenet(tmp_path / "none.npz")


def test_float16_arrays_load_as_float32(tmp_path):
    np.savez(tmp_path / "half.npz", **{k: v.astype(np.float16) for k, v in random_arrays().items()})
    network = load_squeezenet(tmp_path / "half.npz")
    assert isinstance(network, SqueezeNet)
    assert {value.dtype for value in network.parameters()} == {torch.float32}
