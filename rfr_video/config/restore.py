"""Everything that decides the result of a restoration."""

from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path

from rfr_video.config.detect import TAPE_KINDS, FindConfig
from rfr_video.config.encode import EncodeConfig
from rfr_video.config.fill import FillConfig, StillFillConfig
from rfr_video.config.limits import LimitsConfig, StillLimitsConfig
from rfr_video.config.masks import MaskConfig, StillMaskConfig
from rfr_video.config.options import option
from rfr_video.config.scan import ScanConfig
from rfr_video.config.verify import SelfCheckConfig
from rfr_video.errors import UsageError
from rfr_video.timecode import Instant


@dataclass(frozen=True, kw_only=True)
class RestoreConfig:
    """Everything that decides the result of :func:`rfr_video.restore`."""

    heading = "The run"

    mask: MaskConfig = field(default_factory=MaskConfig)
    find: FindConfig = field(default_factory=FindConfig)
    scan: ScanConfig = field(default_factory=ScanConfig)
    fill: FillConfig = field(default_factory=FillConfig)
    encode: EncodeConfig = field(default_factory=EncodeConfig)
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    self_check: SelfCheckConfig = field(default_factory=SelfCheckConfig)
    tape: bool = option(
        "Do what is usual for a tape: "
        + " ".join(f"--detect {kind}" for kind in TAPE_KINDS)
        + ", unless --detect says otherwise; and measure whether it is interlaced even where the stream "
        "denies it, unless --field-order says so.",
        default=False,
    )
    adapt: float | None = option(
        "First let RFR-Net learn from this very video for so many seconds (60 if not said), and keep what it "
        "learnt if that is better. Write --adapt=SECONDS.",
        metavar="[SECONDS]",
        bare=60.0,
    )
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
    save_matte: Path | None = option(
        "Also write the matte of the translucent overlay that was found, a PNG with alpha, for --matte with "
        "other files of the same channel.",
        metavar="FILE",
    )
    provenance: Path | None = option(
        "Also write a video that shows where each pixel came from: de-blended yellow, borrowed green, "
        "carried blue, synthesised red (.mkv).",
        metavar="FILE",
    )
    patch: Path | None = option(
        "Also write the repaired region alone, with alpha, for editors: ProRes 4444 (.mov) or lossless FFV1 "
        "(.mkv).",
        metavar="FILE",
    )
    resume: bool = option(
        "Go on with what an earlier run of the same command had finished when it was cut off.", default=False
    )
    overwrite: bool = option("Replace the target, and what goes beside it, if it exists.", default=False)

    def __post_init__(self) -> None:
        if not self.expanded.find.kinds and (astray := self.find.astray):
            raise UsageError(
                f"{astray} is for what --detect looks for, and nothing is to be found; add --detect KIND, or "
                f"leave out {astray}"
            )
        for name, path in (("matte", self.mask.matte), ("save-matte", self.save_matte)):
            if path is not None and self.fill.fill != "auto":
                raise UsageError(
                    f"--fill {self.fill.fill} does not look through overlays; leave out --{name}, or give "
                    "--fill auto"
                )
        if self.mask.matte is not None and self.save_matte is not None:
            raise UsageError("--matte gives the matte, so none is found to be saved; leave out --save-matte")
        if self.adapt is None:
            return
        if not 0 < self.adapt < inf:
            raise UsageError(f"--adapt is {self.adapt:g}; give seconds above 0, such as 60")
        if not self.fill.uses_network:
            raise UsageError(
                f"--fill {self.fill.fill} has no network to adapt; leave out --adapt, or give --fill rfr"
            )

    @property
    def says_what(self) -> bool:
        """Whether anything says what to repair."""
        return self.mask.given or bool(self.expanded.find.kinds)

    @property
    def expanded(self) -> "RestoreConfig":
        """The same with what ``tape`` stands for, where nothing else was asked for."""
        if not self.tape or self.find.kinds:
            return self
        return replace(self, find=replace(self.find, kinds=TAPE_KINDS))


@dataclass(frozen=True, kw_only=True)
class ImageConfig:
    """Everything that decides the result of :func:`rfr_video.restore_image`."""

    heading = "Output"

    mask: StillMaskConfig = field(default_factory=StillMaskConfig)
    fill: StillFillConfig = field(default_factory=StillFillConfig)
    limits: StillLimitsConfig = field(default_factory=StillLimitsConfig)
    overwrite: bool = option("Replace the target if it exists.", default=False)
