"""The contract of a feature network, and reading its parameters strictly.

A feature network is a classifier of photographs, cut open: the activations at several depths say how alike
two pictures look better than their samples do (Zhang et al., "The Unreasonable Effectiveness of Deep
Features as a Perceptual Metric", CVPR 2018). Losses and distances over them: training, evaluation.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol, Self

import torch
from torch import Tensor, nn

from rfr_video.errors import WeightsError

_NAMED_AT_MOST = 3


class FeatureNetwork(Protocol):
    """Pictures in, activations at several depths out; an ``nn.Module``, in eval mode, parameters fixed."""

    @property
    def depths(self) -> tuple[str, ...]:
        """The names of the layers whose activations come out, from shallow to deep."""
        ...

    @property
    def smallest_px(self) -> int:
        """The shortest side of a picture that every depth can see."""
        ...

    def __call__(self, images_n3hw: Tensor, /) -> tuple[Tensor, ...]:
        """Return the activations, after their ReLU, one tensor (N, C, h, w) per depth.

        Args:
            images_n3hw: Float32 RGB in [0, 1], (N, 3, H, W). Values beyond are allowed, and gradients flow
                back to them.
        """
        ...

    def to(self, device: torch.device) -> Self:
        """Move the network to a device."""
        ...


def load_parameters(network: nn.Module, state: Mapping[str, Tensor], *, path: Path, wanted: str) -> None:
    """Load parameters whose names and shapes are exactly those of the network.

    Args:
        network: May lie on the meta device.
        state: Parameters by name.
        path: The file that they come from, for messages.
        wanted: What to give instead, for messages.

    Raises:
        WeightsError: A name is missing or unexpected, a shape is another, or a value is not finite.
    """
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    if missing := _some(name for name in shapes if name not in state):
        raise WeightsError(f"{path}: lacks {missing}; {wanted}")
    if unexpected := _some(name for name in state if name not in shapes):
        raise WeightsError(f"{path}: has unexpected {unexpected}; {wanted}")
    for name, value in state.items():
        if tuple(value.shape) != shapes[name]:
            raise WeightsError(f"{path}: {name} has shape {tuple(value.shape)}, not {shapes[name]}; {wanted}")
        if not value.is_floating_point() or not bool(value.isfinite().all()):
            raise WeightsError(f"{path}: {name} holds what is no finite number; {wanted}")
    network.load_state_dict({name: value.float() for name, value in state.items()}, assign=True)


def _some(names: Iterable[str]) -> str:
    ordered = list(names)
    more = f" and {len(ordered) - _NAMED_AT_MOST} more" if len(ordered) > _NAMED_AT_MOST else ""
    return ", ".join(ordered[:_NAMED_AT_MOST]) + more
