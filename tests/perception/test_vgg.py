"""VGG16 with a stand-in for torchvision, which the project does not depend on."""

import sys
from types import ModuleType

import pytest
import torch
from torch import nn

from rfr_video.errors import UsageError, WeightsError
from rfr_video.perception.vgg import load_vgg16

WIDTHS = (4, 4, "pool", 8, 8, "pool", 16, 16, 16, "pool", 32, "pool")  # VGG16's order of layers, but narrow


def stand_in(weights=None):
    layers, channels = [], 3
    for width in WIDTHS:
        if width == "pool":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
            channels = width
    network = nn.Module()
    network.features = nn.Sequential(*layers)
    network.classifier = nn.Linear(channels, 10)
    return network


@pytest.fixture
def torchvision(monkeypatch):
    models = ModuleType("torchvision.models")
    models.vgg16 = stand_in
    monkeypatch.setitem(sys.modules, "torchvision", ModuleType("torchvision"))
    monkeypatch.setitem(sys.modules, "torchvision.models", models)
    return models


@pytest.fixture
def checkpoint(tmp_path):
    torch.manual_seed(1)
    torch.save(stand_in().state_dict(), tmp_path / "vgg16.pth")
    return tmp_path / "vgg16.pth"


def test_what_comes_out_are_the_first_three_pools(torchvision, checkpoint):
    network = load_vgg16(checkpoint)
    images_n3hw = torch.rand(2, 3, 24, 17, requires_grad=True)
    features = network(images_n3hw)
    assert [tuple(feature.shape) for feature in features] == [(2, 4, 12, 8), (2, 8, 6, 4), (2, 16, 3, 2)]
    whole = stand_in()
    whole.load_state_dict(torch.load(checkpoint))
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    expected = whole.features[:17]((images_n3hw - mean.view(3, 1, 1)) / deviation.view(3, 1, 1))
    assert torch.allclose(features[2], expected)
    features[2].sum().backward()
    assert float(images_n3hw.grad.abs().sum()) > 0
    assert not any(value.requires_grad for value in network.parameters())


def test_what_is_needed_is_said(monkeypatch, checkpoint):
    with pytest.raises(UsageError, match="allow the download of 528 MB"):
        load_vgg16()
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(UsageError, match="install the torchvision that belongs to torch"):
        load_vgg16(checkpoint)


def test_a_download_happens_only_when_allowed_and_may_fail(torchvision):
    asked = []

    def offline(weights=None):
        asked.append(weights)
        raise OSError("no route to host")

    torchvision.vgg16 = offline
    with pytest.raises(WeightsError, match=r"cannot be downloaded .no route to host"):
        load_vgg16(download=True)
    assert asked == ["IMAGENET1K_V1"]


def test_wrong_files_are_errors(torchvision, checkpoint):
    path = checkpoint.with_name("wrong.pth")
    whole = checkpoint.read_bytes()
    for content in (b"", b"rubbish", whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(WeightsError, match="damaged, or no checkpoint"):
            load_vgg16(path)
    torch.save([1, 2], path)
    with pytest.raises(WeightsError, match="no state dict"):
        load_vgg16(path)
    state = torch.load(checkpoint)
    del state["classifier.bias"]
    torch.save(state, path)
    with pytest.raises(WeightsError, match=r"lacks classifier.bias;"):
        load_vgg16(path)
    with pytest.raises(WeightsError, match="No such file"):
        load_vgg16(path.with_name("none.pth"))
