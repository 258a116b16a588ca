"""The choice of the filler: RFR-Net where there are weights, and which, and where it runs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from rfr_video.config import FillConfig
from rfr_video.errors import WeightsError
from rfr_video.fill.classical import ClassicalFiller
from rfr_video.fill.filler import Filler
from rfr_video.media.colour import ColorSpec
from rfr_video.pipeline.encoder_choice import Choice
from rfr_video.rfrnet.manifest import (
    SEARCH_VARIABLE,
    LocatedWeights,
    default_weights,
    find_weights,
    installed_weights,
    search_folders,
)

if TYPE_CHECKING:
    import torch

    from rfr_video.rfrnet.network import Inpainter

_AS_ASKED = "as asked"
_FASTER = "--fill classical is faster there"


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """The network to fill with.

    Attributes:
        weights: The file, and its manifest's entry.
        sha256: Of the file.
        device: Where it runs, as torch names it.
    """

    weights: LocatedWeights
    sha256: str
    device: str


def as_it_is(network: "Inpainter") -> "Inpainter":
    """Return a network unchanged."""
    return network


def choose_fill(config: FillConfig) -> tuple[NetworkSettings | None, tuple[Choice, ...]]:
    """Choose the filler; ``None`` instead of a network means classical inpainting.

    Loads torch only where a network is to be used, and never the network.

    Raises:
        UsageError: There is no such device.
        WeightsError: The weights are missing, or are not those that their manifest lists.
    """
    if config.fill == "classical":
        return None, (_classical(_AS_ASKED),)
    if config.weights is None and not any(item.exists for item in installed_weights()):
        if config.fill == "rfr":
            folders = ", ".join(map(str, search_folders()))
            raise WeightsError(
                f"--fill rfr needs weights, and none are installed in {folders}; give --weights PATH, or set "
                f"{SEARCH_VARIABLE} to the folder that has them"
            )
        return None, (_classical("no weights of RFR-Net are installed"),)
    from rfr_video.rfrnet.precision import choose_device
    from rfr_video.rfrnet.weights import check_hash

    device = choose_device(config.device)
    weights, reason = _weights(config, device)
    settings = NetworkSettings(weights=weights, sha256=check_hash(weights), device=str(device))
    return settings, (
        Choice("fill", "rfr", _AS_ASKED if config.fill == "rfr" else "RFR-Net, since there are weights"),
        Choice("weights", weights.name, reason),
        Choice("device", str(device), _why(device, asked=config.device)),
    )


def open_filler(
    network: NetworkSettings | None,
    spec: ColorSpec,
    *,
    prepare: "Callable[[Inpainter], Inpainter]" = as_it_is,
) -> Filler:
    """Load what was chosen.

    Args:
        network: What was chosen.
        spec: The colour of the frames' samples.
        prepare: Makes a network of the one that was loaded.

    Raises:
        WeightsError: The file is not exactly the network's weights.
    """
    return open_fillers(network, prepare=prepare)(spec)


def open_fillers(
    network: NetworkSettings | None, *, prepare: "Callable[[Inpainter], Inpainter]" = as_it_is
) -> Callable[[ColorSpec], Filler]:
    """Load what was chosen once, for fillers of any colour; errors as in :func:`open_filler`."""
    if network is None:
        return ClassicalFiller
    from rfr_video.fill.synthesis import SynthesisFiller
    from rfr_video.rfrnet.runtime import Runtime, RuntimeConfig
    from rfr_video.rfrnet.weights import load_network

    config = RuntimeConfig(device=network.device, deterministic=True)
    return partial(SynthesisFiller, Runtime(prepare(load_network(network.weights)), config=config))


def _classical(reason: str) -> Choice:
    return Choice("fill", "classical", f"{reason}; OpenCV's Telea, frame by frame")


def _weights(config: FillConfig, device: "torch.device") -> tuple[LocatedWeights, str]:
    if config.weights is not None:
        return find_weights(config.weights), _AS_ASKED
    weights = default_weights(device.type)
    assert weights is not None, "some are installed"
    assert weights.entry is not None, "only a manifest makes a default"
    suited = device.type in weights.entry.default_for
    return weights, f"the default on {device.type}" if suited else f"the first in {weights.path.parent}"


def _why(device: "torch.device", *, asked: str) -> str:
    if asked != "auto":
        return f"{_AS_ASKED}; {_FASTER}" if device.type == "cpu" else _AS_ASKED
    return f"torch finds no GPU; {_FASTER}" if device.type == "cpu" else "torch finds a GPU"
