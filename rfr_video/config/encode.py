"""How the repaired video is encoded."""

import re
from dataclasses import dataclass

from rfr_video.config.options import option
from rfr_video.errors import UsageError

MAX_CRF = 63  # the end of the longest scale
_BITRATE = re.compile(r"[1-9]\d{0,11}(\.\d{1,6})?[kKMG]?")


@dataclass(frozen=True, kw_only=True)
class EncodeConfig:
    """How the repaired video is encoded. ``auto`` stays with the source."""

    heading = "Encoding"

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
