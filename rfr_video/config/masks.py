"""What to replace."""

import re
import reprlib
from dataclasses import dataclass, field
from pathlib import Path

from rfr_video.config.limits import LimitsConfig
from rfr_video.config.options import option
from rfr_video.errors import UsageError
from rfr_video.geometry import Box
from rfr_video.timecode import Instant

MAX_GROW_PX = 512


@dataclass(frozen=True)
class MaskAt:
    """A hand-made mask and the frame that it was made for."""

    at: Instant
    path: Path

    def __str__(self) -> str:
        return f"{self.path} at {self.at}"

    @classmethod
    def parse(cls, text: str) -> "MaskAt":
        """Read ``TIME_OR_FRAME:FILE``; the time is as long as it can be. Raises :class:`UsageError`."""
        colons = [match.start() for match in re.finditer(":", text)]
        for colon in reversed(colons):
            try:
                at = Instant.parse(text[:colon])
            except UsageError:
                continue
            if text[colon + 1 :]:
                return cls(at, Path(text[colon + 1 :]))
        raise UsageError(
            f"mask at {reprlib.repr(text)} is not TIME_OR_FRAME:FILE; write 0:01:02.5:mask.png or "
            "250f:mask.png"
        )


@dataclass(frozen=True, kw_only=True)
class HoleConfig:
    """What to replace, in videos and stills alike. Everything given adds up; lengths are in luma samples."""

    heading = "Masks"

    mask: Path | None = option("Mask: an image (white = fill).", metavar="PATH")
    box: tuple[Box, ...] = option(
        "Rectangle to fill; negative X or Y count from the right or bottom edge. Repeatable.",
        default=(),
        metavar="X,Y,W,H",
        parse=Box.parse,
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
        return bool(self.mask or self.box)


@dataclass(frozen=True, kw_only=True)
class MaskConfig(HoleConfig):
    """What to replace in a video."""

    mask: Path | None = option(
        "Mask: a still, a folder of numbered images, or a video (white = fill); or the list of dropouts that "
        "ld-decode or vhs-decode wrote (.tbc.json).",
        metavar="PATH",
    )
    box: tuple[Box, ...] = option(
        "Rectangle to fill, in the picture as it is shown: turned and mirrored as the video says. Negative X "
        "or Y count from the right or bottom edge. Repeatable.",
        default=(),
        metavar="X,Y,W,H",
        parse=Box.parse,
    )
    timeline: Path | None = option(
        "TOML or JSON file of boxes, polygons and masks with start and end times.", metavar="FILE"
    )
    matte: Path | None = option(
        "Matte of a translucent overlay, which is taken off the picture: a PNG with alpha of the video's "
        "size, as --save-matte writes it. Says also what to fill, where nothing else does.",
        metavar="FILE",
    )
    mask_at: tuple[MaskAt, ...] = option(
        "Mask of one frame, an image, that is carried along what moves to all other frames; an all-black one "
        "says that it is gone. The more of them, the better. Repeatable.",
        default=(),
        metavar="TIME_OR_FRAME:FILE",
        parse=MaskAt.parse,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_mask_times(self.mask_at)

    @property
    def given(self) -> bool:
        """Whether anything says what to replace."""
        return bool(self.mask or self.box or self.timeline or self.mask_at or self.matte)

    @property
    def files(self) -> dict[str, Path | None]:
        """All files that are read, by what they are called in errors."""
        hand_made = {f"mask at {one.at}": one.path for one in self.mask_at}
        return {"mask": self.mask, "timeline": self.timeline, "matte": self.matte, **hand_made}


@dataclass(frozen=True, kw_only=True)
class PropagateConfig:
    """What ``masks propagate`` writes."""

    heading = "Carrying masks"

    limits: LimitsConfig = field(default_factory=LimitsConfig)
    mask_at: tuple[MaskAt, ...] = option(
        "Mask of one frame, an image; an all-black one says that the object is gone from there on. "
        "Repeatable.",
        default=(),
        metavar="TIME_OR_FRAME:FILE",
        parse=MaskAt.parse,
    )
    overlay: Path | None = option(
        "Also write a video that shows the masks over the picture, green where confidence is high, red where "
        "it is low (.mkv, .mp4 or .mov).",
        metavar="FILE",
    )
    overwrite: bool = option("Replace the targets if they exist.", default=False)

    def __post_init__(self) -> None:
        if not self.mask_at:
            raise UsageError("there is nothing to carry; give at least one --mask-at TIME_OR_FRAME:FILE")
        check_mask_times(self.mask_at)


@dataclass(frozen=True, kw_only=True)
class StillMaskConfig(HoleConfig):
    """What to replace in stills."""

    mask: Path | None = option(
        "Mask: an image (white = fill), or a folder with one of the same name for every input.",
        metavar="PATH",
    )


def check_mask_times(masks: tuple[MaskAt, ...]) -> None:
    """Check that no two hand-made masks have the same time; raises :class:`UsageError`."""
    times = [one.at for one in masks]
    for one in masks:
        if times.count(one.at) > 1:
            raise UsageError(f"--mask-at gives more than one mask at {one.at}; give one of them")
