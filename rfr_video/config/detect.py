"""What is looked for in a video, and how."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from rfr_video.config.limits import LimitsConfig
from rfr_video.config.options import option
from rfr_video.config.scan import FieldsConfig
from rfr_video.errors import MaskError, UsageError
from rfr_video.geometry import Box, Rect

DetectKind = Literal["logo", "text", "dropouts", "head-switching", "dirt", "scratches"]

KINDS: dict[DetectKind, str] = {
    "logo": "logos, watermarks and score boxes that stand still",
    "text": "burned-in subtitles and captions",
    "dropouts": "dropouts of a tape: short horizontal streaks, missing pieces of lines, bands of noise",
    "head-switching": "head switching of a tape: the torn, noisy band at the bottom of the picture",
    "dirt": "dirt of film: blotches and specks that are on one picture only",
    "scratches": "scratches of film: upright lines that stay where they are while the scene moves",
}
"""What can be found, in words; what finds it is in :mod:`rfr_video.pipeline.detection`."""

CHANGING_KINDS: tuple[DetectKind, ...] = ("dropouts", "dirt", "scratches")
"""What differs from frame to frame; everything else stands still while it is there."""

TAPE_KINDS: tuple[DetectKind, ...] = ("dropouts", "head-switching")
"""What is usual on a tape."""

RegionName = Literal[
    "top-left", "top", "top-right", "left", "right", "bottom-left", "bottom", "bottom-right"
]  # fmt: skip
_SIDE_SHARE = 0.5
"""What a named side takes of the picture's width or height."""

_DEFAULT_SENSITIVITY = 0.5


@dataclass(frozen=True)
class Region:
    """A part of the picture: halves and quarters by name, or a box."""

    place: RegionName | Box

    def __str__(self) -> str:
        return str(self.place)

    @classmethod
    def parse(cls, text: str) -> "Region":
        """Read ``top-left``, ``bottom`` and the like, or ``X,Y,W,H``; raises :class:`UsageError`."""
        for name in get_args(RegionName):
            if text == name:
                return cls(name)
        if "," in text:
            return cls(Box.parse(text))
        raise UsageError(
            f"region {text!r} is not known; give one of {', '.join(get_args(RegionName))}, or a box X,Y,W,H"
        )

    def resolve(self, picture: Rect) -> Rect:
        """Place it in a picture; raises :class:`MaskError` when a box reaches outside."""
        if isinstance(self.place, Box):
            try:
                return self.place.resolve(picture)
            except MaskError as error:
                raise MaskError(f"region: {error}") from error
        width = max(round(_SIDE_SHARE * picture.width), 1)
        height = max(round(_SIDE_SHARE * picture.height), 1)
        words = self.place.split("-")
        left = picture.right - width if "right" in words else picture.x
        top = picture.bottom - height if "bottom" in words else picture.y
        right = left + width if {"left", "right"} & set(words) else picture.right
        bottom = top + height if {"top", "bottom"} & set(words) else picture.bottom
        return Rect.from_edges(left, top, right, bottom)


@dataclass(frozen=True, kw_only=True)
class DetectConfig:
    """How what is looked for is told from the rest of the picture."""

    heading = "Finding damage"

    region: Region | None = option(
        "Look in this part of the picture only: top-left, top, right and so on are its halves and quarters.",
        metavar="NAME|X,Y,W,H",
        parse=Region.parse,
    )
    sensitivity: float = option(
        "How readily something is taken for what is looked for, 0 to 1: more finds more, also what is none.",
        default=_DEFAULT_SENSITIVITY,
        metavar="PART",
    )

    def __post_init__(self) -> None:
        if not 0 <= self.sensitivity <= 1:
            raise UsageError(f"--sensitivity is {self.sensitivity:g}; give a number from 0 to 1")

    def area(self, picture: Rect) -> Rect:
        """Return where to look; raises :class:`MaskError` when the region lies outside the picture."""
        return picture if self.region is None else self.region.resolve(picture)


@dataclass(frozen=True, kw_only=True)
class FindConfig(DetectConfig):
    """What is found before a repair, and how."""

    kinds: tuple[DetectKind, ...] = option(
        "Find what to repair, in a pass of its own before the repair; adds to --mask and the like. "
        "Repeatable.",
        default=(),
        flag="--detect",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if repeated := {kind for kind in self.kinds if self.kinds.count(kind) > 1}:
            raise UsageError(f"--detect {min(repeated)} is given more than once; give it once")

    @property
    def astray(self) -> str | None:
        """The first option given that means nothing unless something is to be found."""
        if self.region is not None:
            return "--region"
        return None if self.sensitivity == _DEFAULT_SENSITIVITY else "--sensitivity"


@dataclass(frozen=True, kw_only=True)
class DetectRunConfig:
    """What ``detect`` looks for and writes."""

    heading = "Output"

    detect: DetectConfig = field(default_factory=DetectConfig)
    fields: FieldsConfig = field(default_factory=FieldsConfig)
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    overlay: Path | None = option(
        "Also show the masks over the picture: in a picture (.png) of a frame that shows what was found, or "
        "in a video (.mkv, .mp4 or .mov).",
        metavar="FILE",
    )
    overwrite: bool = option("Replace the targets if they exist.", default=False)
