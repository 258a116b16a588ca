"""What measurements of detectors do."""

from dataclasses import dataclass
from pathlib import Path

from rfr_video.config.options import option
from rfr_video.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class DetectLogoConfig:
    """What ``evaluate detect logo`` burns into clean clips."""

    heading = "What is measured"

    logos: Path | None = option("Folder of logos with alpha (.png).", metavar="DIR")
    count: int = option(
        "How many combinations of clip, logo, corner, size and opacity.", default=200, metavar="N"
    )
    seed: int = option("Another seed draws other combinations.", default=0, metavar="S")
    opacity: float = option("Opacity of every other one; the others are opaque.", default=0.5, metavar="PART")
    frames: int = option("Take the first N frames of every clip.", default=120, metavar="N")
    crf: int = option("Encode what is looked at with x264 at this CRF.", default=20, metavar="N")

    def __post_init__(self) -> None:
        if self.logos is None:
            raise UsageError("no logos to burn in; give --logos with a folder of PNG files with alpha")
        _check_numbers(count=self.count, seed=self.seed, frames=self.frames, crf=self.crf)
        if not 0 < self.opacity < 1:
            raise UsageError(f"--opacity is {self.opacity:g}; give a number above 0 and below 1")


@dataclass(frozen=True, kw_only=True)
class DetectTextConfig:
    """What ``evaluate detect text`` burns into clean clips."""

    heading = "What is measured"

    count: int = option(
        "How many times captions of another style are burned into a clip; all clips take turns.",
        default=54,
        metavar="N",
    )
    seed: int = option("Another seed draws other words, styles, places and times.", default=0, metavar="S")
    frames: int = option("Take the first N frames of every clip.", default=300, metavar="N")
    crf: int = option("Encode what is looked at with x264 at this CRF.", default=20, metavar="N")

    def __post_init__(self) -> None:
        _check_numbers(count=self.count, seed=self.seed, frames=self.frames, crf=self.crf)


@dataclass(frozen=True, kw_only=True)
class DetectDefectsConfig:
    """What measurements of defects of single pictures do to clean clips."""

    heading = "What is measured"

    frames: int = option("Take the first N frames of every clip.", default=48, metavar="N")
    seed: int = option("Another seed draws other damage.", default=0, metavar="S")
    sensitivity: float = option("As of detect.", default=0.5, metavar="PART")

    def __post_init__(self) -> None:
        _check_numbers(count=1, seed=self.seed, frames=self.frames, crf=0)
        if not 0 <= self.sensitivity <= 1:
            raise UsageError(f"--sensitivity is {self.sensitivity:g}; give a number from 0 to 1")


@dataclass(frozen=True, kw_only=True)
class DetectDropoutsConfig(DetectDefectsConfig):
    """What ``evaluate detect dropouts`` does to clean clips."""

    overlay: Path | None = option(
        "Instead of streaks, lay this video of a tape's noise on black over the clips, by its brightness.",
        metavar="VIDEO",
    )


@dataclass(frozen=True, kw_only=True)
class DetectHeadSwitchingConfig(DetectDefectsConfig):
    """What ``evaluate detect head-switching`` does to clean clips."""


@dataclass(frozen=True, kw_only=True)
class DetectScratchesConfig(DetectDefectsConfig):
    """What ``evaluate detect scratches`` does to clean clips."""


@dataclass(frozen=True, kw_only=True)
class DetectDirtConfig(DetectDefectsConfig):
    """What ``evaluate detect dirt`` does to clean clips."""

    textures: Path | None = option("Folder of textures of damaged film, with alpha (.png).", metavar="DIR")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.textures is None:
            raise UsageError("no dirt to draw; give --textures with a folder of PNG files with alpha")


def _check_numbers(*, count: int, seed: int, frames: int, crf: int) -> None:
    for name, value, least, most in (
        ("count", count, 1, 100_000),
        ("seed", seed, 0, 2**31),
        ("frames", frames, 2, 100_000),
        ("crf", crf, 0, 51),
    ):
        if not least <= value <= most:
            raise UsageError(f"--{name} is {value}; give a number from {least} to {most}")
