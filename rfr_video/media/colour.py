"""Colour: what the tags of a stream mean, and the way from native samples to RGB and back.

Codes are those of Rec. ITU-T H.273 (ISO/IEC 23091-2), which FFmpeg's enums repeat. RGB is only ever
an intermediate for the inside of a hole: it keeps the source's transfer function and primaries, and
values outside [0, 1] (super-white and the like) are kept, not clipped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

FloatImage = npt.NDArray[np.float32]
Plane = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


class Matrix(IntEnum):
    """MatrixCoefficients, H.273 table 4."""

    RGB = 0
    BT709 = 1
    UNSPECIFIED = 2
    FCC = 4
    BT470BG = 5
    SMPTE170M = 6
    SMPTE240M = 7
    YCGCO = 8
    BT2020_NCL = 9
    BT2020_CL = 10
    SMPTE2085 = 11
    CHROMA_DERIVED_NCL = 12
    CHROMA_DERIVED_CL = 13
    ICTCP = 14
    IPT_C2 = 15
    YCGCO_RE = 16
    YCGCO_RO = 17


class ColorRange(IntEnum):
    """VideoFullRangeFlag with "not said", in FFmpeg's numbering."""

    UNSPECIFIED = 0
    LIMITED = 1
    FULL = 2


class ChromaLocation(IntEnum):
    """Where a chroma sample sits among its luma samples, H.273 figure 1, in FFmpeg's numbering."""

    UNSPECIFIED = 0
    LEFT = 1
    CENTER = 2
    TOPLEFT = 3
    TOP = 4
    BOTTOMLEFT = 5
    BOTTOM = 6

    @property
    def option(self) -> str:
        """The name that FFmpeg's encoders take."""
        return self.name.lower()


# Kr and Kb of H.273 table 4. Matrices that are not of this kind (YCgCo, ICtCp, constant luminance …) take
# the nearest one: both ways use the same numbers, and only the inside of a hole passes through them.
_LUMA_WEIGHTS = {
    Matrix.BT709: (0.2126, 0.0722),
    Matrix.FCC: (0.30, 0.11),
    Matrix.BT470BG: (0.299, 0.114),
    Matrix.SMPTE170M: (0.299, 0.114),
    Matrix.SMPTE240M: (0.212, 0.087),
    Matrix.BT2020_NCL: (0.2627, 0.0593),
    Matrix.BT2020_CL: (0.2627, 0.0593),
    Matrix.ICTCP: (0.2627, 0.0593),
}
LARGEST_SD_HEIGHT = 576


@dataclass(frozen=True)
class ColorTags:
    """What the stream says about its colour; 2 (0 for range and location) stands for "not said"."""

    matrix: int = Matrix.UNSPECIFIED
    color_range: ColorRange = ColorRange.UNSPECIFIED
    primaries: int = 2
    transfer: int = 2
    chroma_location: ChromaLocation = ChromaLocation.UNSPECIFIED


@dataclass(frozen=True)
class ColorSpec:
    """How samples become RGB: nothing is left unsaid here.

    Attributes:
        kr: Weight of red in luma.
        kb: Weight of blue in luma.
        full_range: Whether codes use the full range (0 to 2ⁿ − 1) instead of the video range.
        chroma_location: Siting of subsampled chroma.
        assumed: What was assumed because the stream does not say it or says something unusual: pairs of the
            assumption and of what the stream says.
    """

    kr: float
    kb: float
    full_range: bool
    chroma_location: ChromaLocation
    assumed: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_tags(cls, tags: ColorTags, *, height: int, jpeg: bool, rgb: bool) -> "ColorSpec":
        """Complete the tags by the defaults of the field, and note each default taken.

        Args:
            tags: The tags of the stream.
            height: Luma height in samples: up to 576 lines an untagged picture is taken for BT.601.
            jpeg: Whether the pixel format is one of JPEG's full-range formats.
            rgb: Whether the samples are RGB, which needs no matrix and no siting.
        """
        assumed: list[tuple[str, str]] = []
        if not rgb and tags.matrix not in _LUMA_WEIGHTS:
            fallback = Matrix.SMPTE170M if height <= LARGEST_SD_HEIGHT else Matrix.BT709
            said = "unspecified" if tags.matrix == Matrix.UNSPECIFIED else f"code {tags.matrix}"
            assumed.append((f"matrix {fallback.name}", f"the source's is {said}"))
            kr, kb = _LUMA_WEIGHTS[fallback]
        else:
            kr, kb = _LUMA_WEIGHTS.get(Matrix(tags.matrix), (0.0, 0.0))
        full_range = jpeg or rgb or tags.color_range == ColorRange.FULL
        if not full_range and tags.color_range == ColorRange.UNSPECIFIED:
            assumed.append(("limited range", "the source's is unspecified"))
        location = tags.chroma_location
        if location == ChromaLocation.UNSPECIFIED:
            location = ChromaLocation.CENTER if jpeg else ChromaLocation.LEFT
            if not rgb:
                assumed.append((f"chroma location {location.option}", "the source's is unspecified"))
        return cls(kr, kb, full_range, location, tuple(assumed))


@dataclass(frozen=True)
class Subsampling:
    """How many luma samples one chroma sample stands for, across and down."""

    x: int
    y: int


def rgb_from_yuv(
    planes: Sequence[Plane | FloatImage], spec: ColorSpec, *, bits: int, subsampling: Subsampling
) -> FloatImage:
    """Convert Y, Cb and Cr samples to RGB; chroma is interpolated linearly from where it sits.

    Args:
        planes: Luma (H, W) and two chroma planes of ⌈H / sy⌉ × ⌈W / sx⌉; or luma alone for gray. Whole code
            values, or fractions of them.
        spec: The colour of the samples.
        bits: Bits per sample.
        subsampling: Of the chroma planes.

    Returns:
        RGB, float32 (H, W, 3), nominally in [0, 1], not clipped.
    """
    if len(planes) == 1:
        luma_offset, luma_scale, _, _ = _code_range(spec, bits=bits)
        luma = (planes[0].astype(np.float32) - luma_offset) / luma_scale
        return np.repeat(luma[:, :, np.newaxis], 3, axis=2)
    luma = planes[0].astype(np.float32)
    chroma = np.asarray(cv2.merge([planes[1], planes[2]]), np.float32)
    chroma = _upsample(chroma, spec, subsampling, size=(luma.shape[1], luma.shape[0]))
    return np.asarray(cv2.transform(cv2.merge([luma, chroma]), _codes_to_rgb(spec, bits)), np.float32)


def yuv_from_rgb(
    rgb: FloatImage, spec: ColorSpec, *, bits: int, subsampling: Subsampling, gray: bool = False
) -> tuple[FloatImage, ...]:
    """Convert RGB to sample values, the inverse of :func:`rgb_from_yuv`.

    Returns:
        Float32 planes in code values, not rounded and not clipped: luma (H, W), then, unless ``gray``,
        two chroma planes of ⌈H / sy⌉ × ⌈W / sx⌉, low-passed by the transpose of linear interpolation.
    """
    if gray:
        luma_offset, luma_scale, _, _ = _code_range(spec, bits=bits)
        return (rgb.mean(axis=2, dtype=np.float32) * luma_scale + luma_offset,)
    luma, blue, red = cv2.split(np.asarray(cv2.transform(rgb, _rgb_to_codes(spec, bits)), np.float32))
    return (
        np.asarray(luma, np.float32),
        subsampled(np.asarray(blue, np.float32), spec, subsampling),
        subsampled(np.asarray(red, np.float32), spec, subsampling),
    )


@lru_cache(maxsize=16)
def _rgb_to_codes(spec: ColorSpec, bits: int) -> npt.NDArray[np.float64]:
    """Return the matrix (3, 4) that makes Y, Cb and Cr in code values of red, green, blue and 1."""
    luma_offset, luma_scale, chroma_offset, chroma_scale = _code_range(spec, bits=bits)
    luma = np.array([spec.kr, 1 - spec.kr - spec.kb, spec.kb])
    blue = (np.array([0, 0, 1]) - luma) / (2 * (1 - spec.kb))
    red = (np.array([1, 0, 0]) - luma) / (2 * (1 - spec.kr))
    scaled = np.stack([luma * luma_scale, blue * chroma_scale, red * chroma_scale])
    return np.column_stack([scaled, [luma_offset, chroma_offset, chroma_offset]])


@lru_cache(maxsize=16)
def _codes_to_rgb(spec: ColorSpec, bits: int) -> npt.NDArray[np.float64]:
    """Return the matrix (3, 4) that makes red, green and blue of Y, Cb and Cr in code values, and 1."""
    luma_offset, luma_scale, chroma_offset, chroma_scale = _code_range(spec, bits=bits)
    blue, red, green = 2 * (1 - spec.kb), 2 * (1 - spec.kr), 1 - spec.kr - spec.kb
    rgb_of_yuv = np.array([[1, 0, red], [1, -blue * spec.kb / green, -red * spec.kr / green], [1, blue, 0]])
    scaled = rgb_of_yuv / [luma_scale, chroma_scale, chroma_scale]
    return np.column_stack([scaled, -scaled @ [luma_offset, chroma_offset, chroma_offset]])


def _code_range(spec: ColorSpec, *, bits: int) -> tuple[float, float, float, float]:
    """Offset and scale of luma, then of chroma, in code values (H.273 equations 20 to 34)."""
    if spec.full_range:
        peak = float((1 << bits) - 1)
        return 0.0, peak, float(1 << (bits - 1)), peak
    step = float(1 << (bits - 8))
    return 16 * step, 219 * step, 128 * step, 224 * step


def _site(location: ChromaLocation, subsampling: Subsampling) -> tuple[Fraction, Fraction]:
    """Place of the first chroma sample, in luma samples right of and below the first luma sample."""
    middle_x, middle_y = Fraction(subsampling.x - 1, 2), Fraction(subsampling.y - 1, 2)
    left = location in (ChromaLocation.LEFT, ChromaLocation.TOPLEFT, ChromaLocation.BOTTOMLEFT)
    x = Fraction(0) if left else middle_x
    if location in (ChromaLocation.TOPLEFT, ChromaLocation.TOP):
        return x, Fraction(0)
    if location in (ChromaLocation.BOTTOMLEFT, ChromaLocation.BOTTOM):
        return x, Fraction(subsampling.y - 1)
    return x, middle_y


def _upsample(
    chroma: FloatImage, spec: ColorSpec, subsampling: Subsampling, *, size: tuple[int, int]
) -> FloatImage:
    """Enlarge chroma, float32 (h, w, 2), to the size of luma."""
    if subsampling == Subsampling(1, 1):
        return chroma
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(
        chroma,
        _luma_to_chroma(spec.chroma_location, subsampling),
        size,
        flags=flags,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(warped, np.float32)


@lru_cache(maxsize=16)
def _luma_to_chroma(location: ChromaLocation, subsampling: Subsampling) -> npt.NDArray[np.float64]:
    """Return the matrix (2, 3) that makes the place of a chroma sample of that of a luma sample, and 1."""
    site_x, site_y = _site(location, subsampling)
    x, y = subsampling.x, subsampling.y
    return np.array([[1 / x, 0, -site_x / x], [0, 1 / y, -site_y / y]], np.float64)


def subsampled(full: FloatImage, spec: ColorSpec, subsampling: Subsampling) -> FloatImage:
    """Return a plane of (H, W) at the places of the chroma samples, ⌈H / sy⌉ × ⌈W / sx⌉.

    Low-passed by the transpose of linear interpolation; as it is where chroma is not subsampled.
    """
    if subsampling == Subsampling(1, 1):
        return full
    site_x, site_y = _site(spec.chroma_location, subsampling)
    kernel_x, anchor_x = _triangle(subsampling.x, site_x)
    kernel_y, anchor_y = _triangle(subsampling.y, site_y)
    smooth = cv2.sepFilter2D(
        full, -1, kernel_x, kernel_y, anchor=(anchor_x, anchor_y), borderType=cv2.BORDER_REPLICATE
    )
    return np.asarray(smooth[:: subsampling.y, :: subsampling.x], np.float32)


@lru_cache(maxsize=16)
def _triangle(step: int, site: Fraction) -> tuple[FloatImage, int]:
    """Taps of the triangle of half-width ``step`` around ``site``, and which tap is luma sample 0."""
    reach = range(-step, 2 * step + 1)
    taps = [max(Fraction(0), 1 - abs(position - site) / step) / step for position in reach]
    return np.array([float(tap) for tap in taps], np.float32), step
