"""The choice of the filler: RFR-Net where there are weights, and which, and where it runs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from rfr_video.config import FillConfig, SynthesisConfig
from rfr_video.errors import WeightsError
from rfr_video.fill.classical import ClassicalFiller
from rfr_video.fill.fields import FieldFiller
from rfr_video.fill.filler import Filler
from rfr_video.fill.temporal.quality import QUALITIES, Quality
from rfr_video.media.colour import ColorSpec
from rfr_video.media.fields import Parity
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.probe import VideoInfo, VideoStreamInfo
from rfr_video.pipeline.encoder_choice import Choice
from rfr_video.pipeline.flow_choice import RaftSettings, choose_flow, open_raft
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
    from rfr_video.rfrnet.runtime import Runtime

MEMORY_BUDGET_BYTES = 1_000_000_000
FRAMES_PER_REACH = 4
"""Frames that are kept for each frame of reach: behind and ahead, and ahead once more by the decoder, …"""

LEAST_REACH_FRAMES = 4
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


def nothing_seen_through(filler: Filler, parity: Parity) -> Filler:  # noqa: ARG001 - of whichever field
    """Return a filler unchanged."""
    return filler


@dataclass(frozen=True, kw_only=True)
class TemporalSettings:
    """How holes are filled from other frames.

    Attributes:
        look_ahead_frames: How far to either side.
        quality: How much effort is made.
        raft: What measures motion from frame to frame; ``None`` for OpenCV's DIS.
    """

    look_ahead_frames: int
    quality: Quality
    raft: RaftSettings | None = None


@dataclass(frozen=True, kw_only=True)
class FillSettings:
    """How holes are filled.

    Attributes:
        temporal: From other frames first; ``None`` for frame by frame.
        network: What makes up the rest; ``None`` for classical inpainting.
    """

    temporal: TemporalSettings | None = None
    network: NetworkSettings | None = None


def choose_fill(config: SynthesisConfig) -> tuple[NetworkSettings | None, tuple[Choice, ...]]:
    """Choose what makes up pixels; ``None`` instead of a network means classical inpainting.

    Loads torch only where a network is to be used, and never the network.

    Raises:
        UsageError: There is no such device.
        WeightsError: The weights are missing, or are not those that their manifest lists.
    """
    if not config.uses_network:
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


def choose_video_fill(config: FillConfig, info: VideoInfo) -> tuple[FillSettings, tuple[Choice, ...]]:
    """Choose how the holes of a video are filled; errors as in :func:`choose_fill`."""
    network, choices = choose_fill(config)
    if not config.is_temporal:
        return FillSettings(network=network), choices
    temporal, look_ahead = _temporal(config, info)
    raft, motion = choose_flow(config, device=network.device if network else None)
    reason = "as asked" if config.fill == "temporal" else "the default"
    rest = "RFR-Net" if network else "OpenCV's Telea"
    return FillSettings(temporal=replace(temporal, raft=raft), network=network), (
        Choice(
            "fill", "borrowed", f"{reason}; from other frames where they can be trusted, the rest by {rest}"
        ),
        *(choice for choice in choices if choice.name != "fill"),
        Choice("fill quality", config.quality, f"borrows from up to {temporal.quality.candidates} frames"),
        look_ahead,
        motion,
    )


def _temporal(config: FillConfig, info: VideoInfo) -> tuple[TemporalSettings, Choice]:
    """Choose how far to look, so that the frames in the window stay within memory."""
    quality = QUALITIES[config.quality]
    rate = float(info.video.rate)
    seconds = quality.look_ahead_seconds if config.look_ahead is None else config.look_ahead
    wanted = max(round(seconds * rate), 1)
    frame_bytes = window_frame_bytes(info.video)
    affordable = max(MEMORY_BUDGET_BYTES // (FRAMES_PER_REACH * frame_bytes), LEAST_REACH_FRAMES)
    reach = min(wanted, affordable)
    memory = FRAMES_PER_REACH * reach * frame_bytes / 1e6
    why = "as asked" if config.look_ahead is not None else "the default"
    if reach < wanted:
        why = f"{wanted} frames would need more than {MEMORY_BUDGET_BYTES / 1e9:g} GB"
        if FRAMES_PER_REACH * reach * frame_bytes > MEMORY_BUDGET_BYTES:
            why += f", and so do {reach}, of which none can be spared"
    choice = Choice(
        "look-ahead", f"{reach} frames", f"{why}: {reach / rate:.1f} s; its frames need about {memory:.0f} MB"
    )
    quality = replace(quality, anchor_frames=min(quality.anchor_frames, reach))
    return TemporalSettings(look_ahead_frames=reach, quality=quality), choice


def window_frame_bytes(video: VideoStreamInfo) -> int:
    """Return about how many bytes a frame in the window takes: its native samples, and luma in 8 bits."""
    layout = PlaneLayout.of(video.pix_fmt)
    samples = video.width * video.height
    chroma = 2 / (layout.subsampling.x * layout.subsampling.y)
    planes = 1 if layout.is_gray else 1 + chroma
    return int(samples * (planes * (2 if layout.bits > 8 else 1) + 1))


def open_filler(
    settings: FillSettings,
    spec: ColorSpec,
    *,
    deep: bool,
    by_fields: bool = False,
    prepare: "Callable[[Inpainter], Inpainter]" = as_it_is,
    seen_through: Callable[[Filler, Parity], Filler] = nothing_seen_through,
) -> Filler:
    """Load what was chosen.

    Args:
        settings: What was chosen.
        spec: The colour of the frames' samples.
        deep: Whether samples have more than 8 bits.
        by_fields: Whether frames are filled field by field.
        prepare: Makes a network of the one that was loaded.
        seen_through: Makes a filler that sees through overlays of one that does not; given the top where
            frames are filled whole.

    Raises:
        UsageError: RAFT cannot run where it was to run.
        WeightsError: A file is not exactly its network's weights.
    """
    make = _maker(settings, spec, deep=deep, prepare=prepare)
    if not by_fields:
        return seen_through(make(), Parity.TOP)
    top, bottom = (seen_through(make(), parity) for parity in Parity)
    return FieldFiller(top, bottom, spec)


def _maker(
    settings: FillSettings, spec: ColorSpec, *, deep: bool, prepare: "Callable[[Inpainter], Inpainter]"
) -> Callable[[], Filler]:
    """Load what was chosen once, for any number of fillers."""
    if settings.temporal is None:
        return partial(open_fillers(settings.network, prepare=prepare), spec)
    from rfr_video.fill.temporal.filler import TemporalFiller, classically

    if settings.network is None:
        synthesise, notes = classically(deep=deep), tuple
    else:
        runtime = _runtime(settings.network, prepare, threads=1)
        synthesise, notes = runtime.fill, lambda: tuple(runtime.notes)
    return partial(
        TemporalFiller,
        spec,
        look_ahead_frames=settings.temporal.look_ahead_frames,
        quality=settings.temporal.quality,
        synthesise=synthesise,
        synthesis_notes=notes,
        motion=open_raft(settings.temporal.raft) if settings.temporal.raft else None,
    )


def open_fillers(
    network: NetworkSettings | None, *, prepare: "Callable[[Inpainter], Inpainter]" = as_it_is
) -> Callable[[ColorSpec], Filler]:
    """Load what was chosen once, for fillers of any colour that work frame by frame."""
    if network is None:
        return ClassicalFiller
    from rfr_video.fill.synthesis import SynthesisFiller

    return partial(SynthesisFiller, _runtime(network, prepare))


def _runtime(
    network: NetworkSettings,
    prepare: "Callable[[Inpainter], Inpainter]",
    *,
    threads: int | None = None,
) -> "Runtime":
    """Load a network; ``threads`` of the processor, where others work beside it."""
    from rfr_video.rfrnet.runtime import Runtime, RuntimeConfig
    from rfr_video.rfrnet.weights import load_network

    config = RuntimeConfig(device=network.device, deterministic=True, threads=threads)
    return Runtime(prepare(load_network(network.weights)), config=config)


def _classical(reason: str) -> Choice:
    return Choice("fill", "classical", f"{reason}; OpenCV's Telea, frame by frame")


def _weights(config: SynthesisConfig, device: "torch.device") -> tuple[LocatedWeights, str]:
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
