"""A stand-in for torchvision's RAFT, so that what uses it can be tested without."""

import sys
from pathlib import Path
from types import ModuleType

import torch
from torch import nn


class StandIn(nn.Module):
    """Says of every sample where it lies in the padded picture, and keeps what it was given."""

    seen: list = []  # noqa: RUF012

    def __init__(self, *, large):
        super().__init__()
        self.feature_encoder = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        if large:
            self.mask_predictor = nn.Conv2d(4, 4, 1)

    def forward(self, image1, image2, num_flow_updates):
        assert not self.training
        assert image1.shape == image2.shape
        height, width = image1.shape[-2:]
        assert height % 8 == width % 8 == 0
        assert min(height, width) >= 128
        StandIn.seen.append((type(self), image1, image2, num_flow_updates))
        down, right = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
        flow = torch.stack([right, down])[None].float()
        return [flow * 0 - 1, flow]


def install_stand_in(monkeypatch) -> ModuleType:
    """Put the stand-in in torchvision's place; ``built`` of what is returned lists what was built."""
    flows = ModuleType("torchvision.models.optical_flow")
    flows.built = []

    def builder(name, *, large):
        def build():
            flows.built.append(name)
            return StandIn(large=large)

        return build

    flows.raft_large, flows.raft_small = builder("large", large=True), builder("small", large=False)
    for name in ("torchvision", "torchvision.models"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "torchvision.models.optical_flow", flows)
    StandIn.seen.clear()
    return flows


def hide_torchvision(monkeypatch) -> None:
    """Let torchvision not be installed, whether it is or not."""
    for name in ("torchvision", "torchvision.models.optical_flow"):
        monkeypatch.setitem(sys.modules, name, None)


def write_stand_in(path: Path) -> Path:
    """Write weights of the stand-in."""
    torch.manual_seed(1)
    torch.save(StandIn(large=True).state_dict(), path)
    return path
