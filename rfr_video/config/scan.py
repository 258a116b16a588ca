"""How pictures lie in time."""

from dataclasses import dataclass
from typing import Literal, get_args

from rfr_video.config.options import option
from rfr_video.errors import UsageError

FieldOrderName = Literal["auto", "progressive", "tff", "bff"]


@dataclass(frozen=True, kw_only=True)
class FieldsConfig:
    """Whether frames hold two fields."""

    heading = "Interlacing"

    field_order: FieldOrderName = option(
        "Order of the fields of an interlaced video: the top or the bottom one is first. auto: what the "
        "stream says, or, where it does not, what is measured. progressive: there are none.",
        default="auto",
    )

    def __post_init__(self) -> None:
        if self.field_order not in get_args(FieldOrderName):
            raise UsageError(
                f"--field-order is {self.field_order!r}; give one of: {', '.join(get_args(FieldOrderName))}"
            )


@dataclass(frozen=True, kw_only=True)
class ScanConfig(FieldsConfig):
    """Whether frames hold two fields, and what becomes of them."""

    field_order: FieldOrderName = option(
        "Order of the fields of an interlaced video: the top or the bottom one is first. auto: what the "
        "stream says, or, where it does not, what is measured. tff and bff also flag the result so; "
        "progressive repairs whole frames, and leaves the flags as they are.",
        default="auto",
    )
    deinterlace: bool = option(
        "Deinterlace before the repair, by bwdif, one frame per frame; otherwise interlaced videos are "
        "repaired field by field and stay interlaced.",
        default=False,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.deinterlace and self.field_order == "progressive":
            raise UsageError("--deinterlace and --field-order progressive exclude each other; leave one out")
