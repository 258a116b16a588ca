"""What holes are filled with, and where networks run."""

import re
from dataclasses import dataclass
from typing import Literal, get_args, get_type_hints

from rfr_video.config.options import option
from rfr_video.errors import UsageError

FillMethod = Literal["auto", "temporal", "rfr", "classical"]
StillFillMethod = Literal["auto", "rfr", "classical"]
FillQuality = Literal["fast", "balanced", "best"]

MAX_LOOK_AHEAD_SECONDS = 10.0
_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d{1,3})?")


@dataclass(frozen=True, kw_only=True)
class SynthesisConfig:
    """What was never seen is made up of; ``fill`` is narrowed by those who inherit."""

    heading = "Filling"

    fill: str = option("", default="auto")
    weights: str | None = option(
        "Weights of RFR-Net: a name that `rfr-video weights list` shows, or a file.", metavar="NAME|PATH"
    )
    device: str = option(
        "Where RFR-Net runs; cuda:1 is the second GPU.", default="auto", metavar="auto|cpu|cuda|mps"
    )

    def __post_init__(self) -> None:
        methods: tuple[str, ...] = get_args(get_type_hints(type(self))["fill"])
        if self.fill not in methods:
            raise UsageError(f"--fill is {self.fill!r}; give one of: {', '.join(methods)}")
        check_device(self.device)
        device_is_idle = self.device != "auto" and not self.uses_device
        if device_is_idle or (self.weights is not None and not self.uses_network):
            raise UsageError(
                f"--fill {self.fill} needs no network: leave out --weights and --device, or give --fill rfr"
            )

    @property
    def uses_network(self) -> bool:
        """Whether RFR-Net may be used at all."""
        return self.fill in ("auto", "rfr")

    @property
    def uses_device(self) -> bool:
        """Whether anything may run where ``device`` says."""
        return self.uses_network


@dataclass(frozen=True, kw_only=True)
class FillConfig(SynthesisConfig):
    """What holes in videos are filled with."""

    fill: FillMethod = option(
        "How holes are filled. temporal: with what other frames show there, the rest by inpainting. rfr: by "
        "RFR-Net, a network, frame by frame. classical: by OpenCV's Telea inpainting, frame by frame. auto: "
        "by taking off what is translucent; then with what other frames show there; RFR-Net makes up the "
        "rest, once, and it is carried along.",
        default="auto",
    )
    quality: FillQuality = option(
        "Effort of auto and temporal: how finely motion is measured, from how many frames is borrowed.",
        default="balanced",
    )
    look_ahead: float | None = option(
        "How many seconds auto and temporal look to either side for pixels to borrow.  "
        "[default: 2, or 1 with --quality fast]",
        metavar="SECONDS",
    )
    flow: str = option(
        "How auto and temporal measure motion from frame to frame. dis: by OpenCV's DIS, on the CPU. A file: "
        "by RAFT with these weights, on --device; needs torchvision. auto: by RAFT where --device is a CUDA "
        "GPU, and torchvision and weights of RAFT are installed; else by DIS.",
        default="auto",
        metavar="auto|dis|PATH",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_effort(self.quality, self.look_ahead)
        for name, is_given in (("look-ahead", self.look_ahead is not None), ("flow", self.flow != "auto")):
            if is_given and not self.is_temporal:
                raise UsageError(
                    f"--fill {self.fill} works frame by frame: leave out --{name}, or give --fill auto"
                )

    @property
    def is_temporal(self) -> bool:
        """Whether holes are filled from other frames first."""
        return self.fill in ("auto", "temporal")

    @property
    def uses_device(self) -> bool:
        """Whether anything may run where ``device`` says: RFR-Net, or RAFT."""
        return self.uses_network or (self.is_temporal and self.flow != "dis")


@dataclass(frozen=True, kw_only=True)
class StillFillConfig(SynthesisConfig):
    """What holes in stills are filled with."""

    fill: StillFillMethod = option(
        "How holes are filled: rfr is RFR-Net, a network; classical is OpenCV's Telea inpainting, "
        "faster on a CPU; auto is rfr where weights are installed.",
        default="auto",
    )


def check_effort(quality: str, look_ahead: float | None) -> None:
    """Check the settings of the temporal fill; raises :class:`UsageError`."""
    if quality not in get_args(FillQuality):
        raise UsageError(f"--quality is {quality!r}; give one of: {', '.join(get_args(FillQuality))}")
    if look_ahead is not None and not 0 < look_ahead <= MAX_LOOK_AHEAD_SECONDS:
        raise UsageError(
            f"--look-ahead is {look_ahead:g}; give seconds above 0, at most {MAX_LOOK_AHEAD_SECONDS:g}"
        )


def check_device(name: str) -> None:
    """Check how a device is named, not whether there is one; raises :class:`UsageError`."""
    if not _DEVICE.fullmatch(name):
        raise UsageError(f"--device is {name!r}; give auto, cpu, cuda, cuda:N or mps")
