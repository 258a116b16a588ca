"""The exponential moving average of a network's weights, which fills better than any single step's."""

import copy
from typing import TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


def averaged_copy(network: Network) -> Network:
    """Return a copy to average into: in eval mode, its parameters fixed."""
    return copy.deepcopy(network).eval().requires_grad_(requires_grad=False)


@torch.no_grad()
def average_into(average: nn.Module, network: nn.Module, *, step: int, decay: float) -> None:
    """Move the average towards the network; what is no parameter is copied.

    Args:
        average: From :func:`averaged_copy`.
        network: After a step.
        step: Counted from 0; early ones count for more, the decay being min(decay, (1 + step) / (10 + step)).
        decay: In [0, 1).
    """
    weight = 1 - min(decay, (1 + step) / (10 + step))
    for slow, fast in zip(average.parameters(), network.parameters(), strict=True):
        slow.lerp_(fast, weight)
    for slow, fast in zip(average.buffers(), network.buffers(), strict=True):
        slow.copy_(fast)
