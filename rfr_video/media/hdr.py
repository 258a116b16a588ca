"""Static HDR metadata: mastering display (SMPTE ST 2086) and content light level (CTA-861.3).

FFmpeg hands them over as C structures on frames; encoders take them as text.
"""

import struct
from dataclasses import dataclass
from fractions import Fraction

_CHROMATICITY_UNIT = 50_000  # ST 2086: increments of 0.00002
_LUMINANCE_UNIT = 10_000  # increments of 0.0001 cd/m²


@dataclass(frozen=True)
class MasteringDisplay:
    """Chromaticities as (x, y) of CIE 1931, luminance in cd/m²."""

    red: tuple[Fraction, Fraction]
    green: tuple[Fraction, Fraction]
    blue: tuple[Fraction, Fraction]
    white: tuple[Fraction, Fraction]
    min_luminance: Fraction
    max_luminance: Fraction

    @classmethod
    def unpack(cls, data: bytes | None) -> "MasteringDisplay | None":
        """Read FFmpeg's ``AVMasteringDisplayMetadata``: ten rationals and two flags, all 32-bit."""
        if data is None:
            return None
        numbers = struct.unpack_from("22i", data)
        if not (numbers[20] and numbers[21]):
            return None  # without both halves no encoder accepts it
        r = [Fraction(numbers[i], numbers[i + 1] or 1) for i in range(0, 20, 2)]
        return cls((r[0], r[1]), (r[2], r[3]), (r[4], r[5]), (r[6], r[7]), r[8], r[9])

    def as_integers(self) -> str:
        """Return the text that x264 and x265 take, in units of ST 2086."""

        def point(pair: tuple[Fraction, Fraction]) -> str:
            return f"({round(pair[0] * _CHROMATICITY_UNIT)},{round(pair[1] * _CHROMATICITY_UNIT)})"

        luminance = (
            f"({round(self.max_luminance * _LUMINANCE_UNIT)},{round(self.min_luminance * _LUMINANCE_UNIT)})"
        )
        return f"G{point(self.green)}B{point(self.blue)}R{point(self.red)}WP{point(self.white)}L{luminance}"

    def as_decimals(self) -> str:
        """Return the text that SVT-AV1 takes."""

        def point(pair: tuple[Fraction, Fraction]) -> str:
            return f"({float(pair[0]):.5f},{float(pair[1]):.5f})"

        luminance = f"({float(self.max_luminance):.4f},{float(self.min_luminance):.4f})"
        return f"G{point(self.green)}B{point(self.blue)}R{point(self.red)}WP{point(self.white)}L{luminance}"


@dataclass(frozen=True)
class ContentLight:
    """Brightest sample and brightest frame average, in cd/m²."""

    max_content: int
    max_frame_average: int

    @classmethod
    def unpack(cls, data: bytes | None) -> "ContentLight | None":
        """Read FFmpeg's ``AVContentLightMetadata``: two unsigned integers."""
        return None if data is None else cls(*struct.unpack_from("2I", data))

    def __str__(self) -> str:
        return f"{self.max_content},{self.max_frame_average}"
