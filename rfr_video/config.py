"""What a user can set: one frozen dataclass per owner.

The command line derives its options from these fields, so the two cannot drift: a field's metadata
holds the option's name, its help and the function that reads its text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any, Literal, get_args

from rfr_video.errors import UsageError
from rfr_video.geometry import Box
from rfr_video.timecode import Instant

FillMethod = Literal["classical"]

MAX_GROW_PX = 512
MAX_CRF = 63  # the end of the longest scale
_BITRATE = re.compile(r"[1-9]\d{0,11}(\.\d{1,6})?[kKMG]?")


def option(
    text: str,
    *,
    default: object = None,
    flag: str | None = None,
    metavar: str | None = None,
    parse: Callable[[str], object] | None = None,
) -> Any:
    """Declare a field that is an option.

    Like :func:`dataclasses.field`, the result stands for a value of the field's own type.

    Args:
        text: The help text.
        default: The field's default.
        flag: The option's name where it is not the field's.
        metavar: What the help shows for the value.
        parse: Reads the value from text; raises :class:`UsageError`.
    """
    return field(default=default, metadata={"help": text, "flag": flag, "metavar": metavar, "parse": parse})


@dataclass(frozen=True, kw_only=True)
class MaskConfig:
    """What to replace. Everything given adds up; lengths are in luma samples."""

    mask: Path | None = option(
        "Mask: a still, a folder of numbered images, or a video (white = fill).", metavar="PATH"
    )
    box: tuple[Box, ...] = option(
        "Rectangle to fill; negative X or Y count from the right or bottom edge. Repeatable.",
        default=(),
        metavar="X,Y,W,H",
        parse=Box.parse,
    )
    timeline: Path | None = option(
        "TOML or JSON file of boxes, polygons and masks with start and end times.", metavar="FILE"
    )
    grow_px: int = option("Grow every hole by so many pixels.", default=0, flag="--grow", metavar="PX")
    feather_px: int = option(
        "Blend the fill into the picture over so many pixels outside the hole.",
        default=0,
        flag="--feather",
        metavar="PX",
    )

    def __post_init__(self) -> None:
        for name, value in (("grow", self.grow_px), ("feather", self.feather_px)):
            if not 0 <= value <= MAX_GROW_PX:
                raise UsageError(f"--{name} is {value}; give a number of pixels from 0 to {MAX_GROW_PX}")

    @property
    def given(self) -> bool:
        """Whether anything says what to replace."""
        return bool(self.mask or self.box or self.timeline)


@dataclass(frozen=True, kw_only=True)
class FillConfig:
    """What holes are filled with."""

    fill: FillMethod = option(
        "How holes are filled: classical is OpenCV's Telea inpainting.", default="classical"
    )

    def __post_init__(self) -> None:
        if self.fill not in get_args(FillMethod):
            raise UsageError(f"--fill is {self.fill!r}; give one of: {', '.join(get_args(FillMethod))}")


@dataclass(frozen=True, kw_only=True)
class EncodeConfig:
    """How the repaired video is encoded. ``auto`` stays with the source."""

    codec: str = option(
        "Encoder or codec: h264, hevc, av1, vp9, prores, ffv1, h264_nvenc, …", default="auto", metavar="NAME"
    )
    crf: float | None = option("Constant quality on the encoder's own scale; smaller is better.", metavar="N")
    preset: str = option("Speed preset of the encoder.", default="auto", metavar="NAME")
    pix_fmt: str = option("Pixel format.", default="auto", metavar="NAME")
    bitrate: str | None = option(
        "Average bit rate instead of constant quality, for example 8M.", metavar="RATE"
    )

    def __post_init__(self) -> None:
        if self.crf is not None and self.bitrate is not None:
            raise UsageError("--crf and --bitrate exclude each other; give one of them")
        if self.crf is not None and not 0 <= self.crf <= MAX_CRF:
            raise UsageError(f"--crf is {self.crf:g}; give a number from 0 to {MAX_CRF}")
        if self.bitrate is not None and not _BITRATE.fullmatch(self.bitrate):
            raise UsageError(f"bit rate {self.bitrate!r} is not understood; write 800k or 8M")


@dataclass(frozen=True, kw_only=True)
class RestoreConfig:
    """Everything that decides the result of :func:`rfr_video.restore`."""

    mask: MaskConfig = field(default_factory=MaskConfig)
    fill: FillConfig = field(default_factory=FillConfig)
    encode: EncodeConfig = field(default_factory=EncodeConfig)
    start: Instant | None = option(
        "Repair from here on: seconds, time, timecode, or a frame number such as 250f.",
        metavar="TIME",
        parse=Instant.parse,
    )
    end: Instant | None = option(
        "Repair up to here; the rest stays as it is.", metavar="TIME", parse=Instant.parse
    )
    allow_truncated: bool = option(
        "Repair what is there of a file that breaks off; the exit code still tells.", default=False
    )
    drop_unsupported: bool = option(
        "Go on without the streams that the target container cannot carry.", default=False
    )
    overwrite: bool = option("Replace the target if it exists.", default=False)


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Material and conditions of a training; what it computes is said by its recipe."""

    images: tuple[Path, ...] = option(
        "Folder of images to learn from; repeatable.", default=(), metavar="DIR"
    )
    videos: tuple[Path, ...] = option(
        "Video, or folder of videos, to take frames from. Repeatable.", default=(), metavar="PATH"
    )
    hole_shapes: Path | None = option("Folder of logos: their opaque parts become holes.", metavar="DIR")
    hole_masks: Path | None = option("Folder of masks, white = hole.", metavar="DIR")
    features: Path | None = option(
        "For perceptual and style losses: SqueezeNet's .npz, VGG16's .pth, or the word vgg16 to download it.",
        metavar="FILE",
    )
    overrides: tuple[str, ...] = option(
        "Change the recipe, for example schedule.steps=500. Repeatable.",
        default=(),
        flag="--set",
        metavar="KEY=VALUE",
    )
    steps: int | None = option("Stop after so many steps.", metavar="N")
    minutes: float | None = option("Stop after so many minutes.", metavar="M")
    device: str = option("cpu, cuda, cuda:N or mps.", default="auto", metavar="NAME")
    threads: int | None = option("Threads of the processor.", metavar="N")
    workers: int = option(
        "Processes that prepare batches, for a fast GPU; 0 is a thread.", default=0, metavar="N"
    )
    resume: bool = option("Go on with the run in the folder.", default=False)

    def __post_init__(self) -> None:
        if not self.images and not self.videos:
            raise UsageError("there is nothing to learn from; give --images or --videos")
        if self.steps is not None and self.minutes is not None:
            raise UsageError("--steps and --minutes exclude each other; give one of them")
        for name, value in (("steps", self.steps), ("threads", self.threads)):
            if value is not None and value < 1:
                raise UsageError(f"--{name} is {value}; give a whole number from 1 on")
        if self.minutes is not None and not 0 < self.minutes < inf:
            raise UsageError(f"--minutes is {self.minutes:g}; give a number above 0")
        if self.workers < 0:
            raise UsageError(f"--workers is {self.workers}; give a whole number from 0 on")
