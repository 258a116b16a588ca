"""What evaluations measure."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rfr_video.config.fill import FillMethod, FillQuality, check_device, check_effort
from rfr_video.config.options import option
from rfr_video.errors import UsageError

HoleKind = Literal["strokes", "box", "text", "shape", "dropout", "scratch", "mask"]
Yardstick = Literal["telea", "navier-stokes", "fsr"]
BurnIn = Literal["logo", "box"]
Corner = Literal["top-left", "top-right", "bottom-left", "bottom-right"]
ClipMethod = Literal[FillMethod, "telea", "navier-stokes", "removelogo"]

LEAST_CROP_PX = 32
_SHARE_RANGE = re.compile(r"(\d{1,2}(?:\.\d+)?)-(\d{1,2}(?:\.\d+)?)")


@dataclass(frozen=True)
class ShareRange:
    """The least and the largest part of a picture that is hole, in percent."""

    least_percent: float
    largest_percent: float

    def __post_init__(self) -> None:
        if not 0 < self.least_percent <= self.largest_percent < 100:
            raise UsageError(f"hole share is {self}; give a range above 0 and below 100, such as 3-40")

    def __str__(self) -> str:
        return f"{self.least_percent:g}-{self.largest_percent:g}"

    @property
    def parts(self) -> tuple[float, float]:
        """Both as parts of the whole, 0 to 1."""
        return self.least_percent / 100, self.largest_percent / 100

    @classmethod
    def parse(cls, text: str) -> "ShareRange":
        """Read ``LEAST-LARGEST``, in percent; raises :class:`UsageError`."""
        match = _SHARE_RANGE.fullmatch(text.strip())
        if not match:
            raise UsageError(f"hole share {text!r} is not LEAST-LARGEST in percent; write 3-40")
        return cls(float(match[1]), float(match[2]))


def parse_crop(text: str) -> int | None:
    """Read the side of a crop in pixels, or ``full``: ``None``; raises :class:`UsageError`."""
    if text == "full":
        return None
    if not text.isdecimal():
        raise UsageError(f"crop {text!r} is not understood; give a number of pixels, or full")
    return int(text)


@dataclass(frozen=True, kw_only=True)
class StillsConfig:
    """What ``evaluate stills`` measures: methods, on crops of the pictures, with random holes."""

    heading = "What is measured"

    weights: tuple[str, ...] = option(
        "Weights of RFR-Net to measure: a name or a file. Repeatable.", default=(), metavar="NAME"
    )
    yardstick: tuple[Yardstick, ...] = option(
        "Classical method to measure beside. Repeatable.  [default: telea, navier-stokes, and fsr where "
        "OpenCV has it]",
        default=(),
    )
    features: Path | None = option(
        "SqueezeNet 1.0 as .npz; with it, the feature distance is measured too.", metavar="FILE"
    )
    crop_px: int | None = option(
        "Side of the centre crop in pixels, or full for whole pictures.",
        default=256,
        flag="--crop",
        metavar="PX|full",
        parse=parse_crop,
    )
    holes_per_picture: int = option("Holes per picture.", default=6, flag="--holes", metavar="N")
    hole_kind: tuple[HoleKind, ...] = option(
        "Kind of hole; several take turns. Repeatable.", default=("strokes", "box", "text")
    )
    hole_share: ShareRange = option(
        "Part of the picture that is hole, in percent.",
        default=ShareRange(3, 40),
        metavar="LEAST-LARGEST",
        parse=ShareRange.parse,
    )
    hole_shapes: Path | None = option(
        "Folder of logos with alpha, for holes of the kind shape.", metavar="DIR"
    )
    hole_masks: Path | None = option(
        "Folder of masks (white = fill), for holes of the kind mask.", metavar="DIR"
    )
    seed: int = option("Another seed draws other holes.", default=0, metavar="N")
    device: str = option("Where networks run: auto, cpu, cuda, cuda:1, mps.", default="auto", metavar="NAME")

    def __post_init__(self) -> None:
        if self.crop_px is not None and self.crop_px < LEAST_CROP_PX:
            raise UsageError(f"--crop is {self.crop_px}; give {LEAST_CROP_PX} pixels or more, or full")
        if self.holes_per_picture < 1:
            raise UsageError(f"--holes is {self.holes_per_picture}; give at least 1")
        check_device(self.device)
        if self.seed < 0:
            raise UsageError(f"--seed is {self.seed}; give a number from 0 on")
        for kind, folder, flag in (
            ("shape", self.hole_shapes, "--hole-shapes"),
            ("mask", self.hole_masks, "--hole-masks"),
        ):
            if (kind in self.hole_kind) != (folder is not None):
                raise UsageError(f"--hole-kind {kind} and {flag} belong together; give both or neither")
        for name, values in (("weights", self.weights), ("yardstick", self.yardstick)):
            if repeated := {value for value in values if values.count(value) > 1}:  # pyright: ignore[reportUnknownMemberType]
                raise UsageError(f"--{name} {min(repeated)} is given more than once; give it once")


@dataclass(frozen=True, kw_only=True)
class ClipsConfig:
    """What ``evaluate clips`` measures: what is burned into clean clips, and what takes it out again."""

    heading = "What is measured"

    frames: int = option("Measure the first N frames of every clip.", default=60, metavar="N")
    method: tuple[ClipMethod, ...] = option(
        "What to measure: a mode of `restore --fill`, or a yardstick beside them. Repeatable.  [default: "
        "auto, telea, navier-stokes, removelogo]",
        default=(),
    )
    overlay: tuple[BurnIn, ...] = option(
        "Burn in the text of a logo, or a box. Repeatable.  [default: both, if nothing else is burned in]",
        default=(),
    )
    logo: tuple[Path, ...] = option("Burn in a picture with alpha. Repeatable.", default=(), metavar="FILE")
    opacity: float = option("Opacity of logos, drawn or from files, 0 to 1.", default=1.0, metavar="PART")
    corner: Corner = option("Where logos from files sit.", default="top-right")
    logo_width_percent: float = option(
        "Their width, in percent of the clip's.", default=15.0, flag="--logo-width", metavar="PERCENT"
    )
    crf: int | None = option(
        "Compress the clips by x264 with this CRF, in 4:2:0, after something was burned in; else nothing is "
        "lost.",
        metavar="0-51",
    )
    mask_folder: Path | None = option(
        "Blank what masks cover. In the folder lies, under each clip's name, a folder of numbered images, an "
        "image or a video (white = blank).",
        metavar="DIR",
    )
    tape: tuple[Path, ...] = option(
        "Lay a video of noise on black over the clips. Repeatable.", default=(), metavar="FILE"
    )
    protocol: bool = option(
        "Shrink the clips to 432×240 first, and measure PSNR and SSIM of whole frames too, as papers on "
        "video inpainting do.",
        default=False,
    )
    quality: FillQuality = option("Effort of the modes auto and temporal.", default="balanced")
    look_ahead: float | None = option(
        "How many seconds these look to either side for pixels to borrow.  "
        "[default: 2, or 1 with --quality fast]",
        metavar="SECONDS",
    )
    flow: str = option(
        "How these measure motion from frame to frame; PATH is a file of RAFT's weights.",
        default="auto",
        metavar="auto|dis|PATH",
    )
    weights: str | None = option(
        "Weights of RFR-Net for the modes that use it: a name or a file.", metavar="NAME|PATH"
    )
    device: str = option("Where networks run: auto, cpu, cuda, cuda:1, mps.", default="auto", metavar="NAME")

    def __post_init__(self) -> None:
        check_device(self.device)
        check_effort(self.quality, self.look_ahead)
        for name, is_given in (("look-ahead", self.look_ahead is not None), ("flow", self.flow != "auto")):
            if is_given and not {"auto", "temporal"} & {*self.methods}:
                raise UsageError(
                    f"--{name} is for auto and temporal, and what is measured is {', '.join(self.methods)}; "
                    "leave it out, or measure one of those"
                )
        if self.frames < 1:
            raise UsageError(f"--frames is {self.frames}; give at least 1, and 2 or more to measure flicker")
        if not 0 < self.opacity <= 1:
            raise UsageError(f"--opacity is {self.opacity:g}; give a number above 0, up to 1")
        if not 0 < self.logo_width_percent <= 100:
            raise UsageError(f"--logo-width is {self.logo_width_percent:g}; give percent above 0, up to 100")
        if self.opacity != 1 and not self.logo and "logo" not in self.overlays:
            raise UsageError("--opacity is that of logos, and none is burned in; give one, or leave it out")
        if self.crf is not None and not 0 <= self.crf <= 51:
            raise UsageError(f"--crf is {self.crf}; give a number from 0 to 51")
        for name, values in (
            ("method", self.method),
            ("overlay", self.overlay),
            ("logo", self.logo),
            ("tape", self.tape),
        ):
            if repeated := {value for value in values if values.count(value) > 1}:  # pyright: ignore[reportUnknownMemberType]
                raise UsageError(f"--{name} {min(repeated)} is given more than once; give it once")

    @property
    def methods(self) -> tuple[ClipMethod, ...]:
        """What is measured."""
        return self.method or ("auto", "telea", "navier-stokes", "removelogo")

    @property
    def overlays(self) -> tuple[BurnIn, ...]:
        """What is drawn by the program itself."""
        nothing_else = not (self.logo or self.mask_folder or self.tape)
        return self.overlay or (("logo", "box") if nothing_else else ())
