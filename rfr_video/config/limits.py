"""What a file that is read may ask for: files come from anywhere, and a few bytes can promise a lot."""

from dataclasses import dataclass, fields

from rfr_video.config.options import option
from rfr_video.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class PixelLimitConfig:
    """How large a picture may be."""

    heading = "Limits"

    limit_pixels: int = option(
        "Refuse a video whose pictures have more pixels than this.", default=8192 * 8192, metavar="N"
    )

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value < 1:
                raise UsageError(f"--{field.name.replace('_', '-')} is {value}; give a number of at least 1")


@dataclass(frozen=True, kw_only=True)
class StillLimitsConfig(PixelLimitConfig):
    """How large a still may be."""

    limit_pixels: int = option(
        "Refuse a picture of more pixels than this.", default=16384 * 16384, metavar="N"
    )


@dataclass(frozen=True, kw_only=True)
class LimitsConfig(PixelLimitConfig):
    """What a video may ask for. The sizes of attachments and headers are in MiB."""

    limit_streams: int = option("Refuse a video of more streams than this.", default=256, metavar="N")
    limit_extras: int = option(
        "Refuse a video whose attachments, codec headers and tags take more MiB than this; they are held in "
        "memory.",
        default=256,
        metavar="MIB",
    )
    limit_errors: int = option(
        "Give a video up that has more damaged packets and pictures than this.", default=10_000, metavar="N"
    )


DEFAULT_LIMITS = LimitsConfig()
DEFAULT_STILL_LIMITS = StillLimitsConfig()
