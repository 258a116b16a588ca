"""Whether a result is what it should be, and what counts as different."""

from dataclasses import dataclass, field
from pathlib import Path

from rfr_video.config.limits import LimitsConfig
from rfr_video.config.masks import MaskConfig
from rfr_video.config.options import option
from rfr_video.config.scan import ScanConfig
from rfr_video.errors import UsageError
from rfr_video.timecode import Instant

LEAST_PSNR_DB = 30.0
"""Of every frame of a lossy result outside the hole; docs/verifying.md tells what it rests on."""

MOST_PSNR_DB = 100.0


@dataclass(frozen=True, kw_only=True)
class FidelityConfig:
    """What counts as different."""

    heading = "Checking"

    least_psnr_db: float = option(
        "With a lossy codec, how near every frame has to come to its source outside the hole; 8 dB less is "
        "enough for a block of 16×16 pixels. A lossless one has to give back every sample.",
        default=LEAST_PSNR_DB,
        flag="--least-psnr",
        metavar="DB",
    )

    def __post_init__(self) -> None:
        if not 0 < self.least_psnr_db <= MOST_PSNR_DB:
            raise UsageError(
                f"--least-psnr is {self.least_psnr_db:g}; give decibels above 0 and up to {MOST_PSNR_DB:g}"
            )


@dataclass(frozen=True, kw_only=True)
class SelfCheckConfig(FidelityConfig):
    """Whether a run looks at its own result."""

    verify: bool = option(
        "Decode the result and compare it with the source outside the hole, packet by packet where streams "
        "are copied. Where it differs, it does not get its name, and the exit code is 11.",
        default=False,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.least_psnr_db != LEAST_PSNR_DB and not self.verify:
            raise UsageError("--least-psnr says what --verify allows; give both, or leave it out")


@dataclass(frozen=True, kw_only=True)
class VerifyConfig:
    """What :func:`rfr_video.verify` goes by."""

    heading = "The comparison"

    mask: MaskConfig = field(default_factory=MaskConfig)
    scan: ScanConfig = field(default_factory=ScanConfig)
    fidelity: FidelityConfig = field(default_factory=FidelityConfig)
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    start: Instant | None = option("Holes are there from here on only.", metavar="TIME", parse=Instant.parse)
    end: Instant | None = option("Holes are there up to here only.", metavar="TIME", parse=Instant.parse)
    difference: Path | None = option(
        "Also write a picture of where the two differ: the brighter, the farther apart at any time; holes "
        "are blue (.png).",
        metavar="FILE.png",
    )
    overwrite: bool = option("Replace the picture if it exists.", default=False)
