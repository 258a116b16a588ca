"""What the videos beside the target show of a frame: where its pixels came from, or the repaired part alone.

Both are painted over a composited frame, in the planes of the pixel format that they are encoded in.
"""

from collections.abc import Iterator
from typing import Protocol

import cv2
import numpy as np

from rfr_video.fill.filler import Fill, FilledFrame, Origin
from rfr_video.media.colour import ColorSpec, FloatImage, Plane, Subsampling, yuv_from_rgb
from rfr_video.media.frame import Frame
from rfr_video.media.hole import Region

ORIGINS_FORMAT = "bgr0"
PRORES_FORMAT = "yuva444p10le"

ORIGIN_RGB = {
    Origin.DEBLENDED: (255, 215, 0),
    Origin.BORROWED: (0, 200, 70),
    Origin.CARRIED: (50, 120, 255),
    Origin.SYNTHESISED: (235, 40, 40),
}
DIM = 0.4
"""Brightness of the picture outside the hole."""
LEAST_BRIGHTNESS = 0.4
"""Brightness of evidence (de-blended, borrowed) of confidence 0; of confidence 1 it is 1."""

_PALETTE_BGR = np.array([ORIGIN_RGB[origin][::-1] for origin in Origin], np.float32)
_IS_EVIDENCE = np.array([origin in (Origin.DEBLENDED, Origin.BORROWED) for origin in Origin])


class SidePainter(Protocol):
    """Paints one picture of a side video."""

    def paint(self, filled: FilledFrame) -> tuple[Plane, ...]:
        """Return the planes of a picture of a composited frame's size."""
        ...


class OriginPainter:
    """Paints where each pixel came from, as :data:`ORIGINS_FORMAT` lays it out: uint8 (H, W, 4).

    Outside the hole stands the picture in dim gray. Inside, the colours of :data:`ORIGIN_RGB` are mixed by
    their shares; those of evidence are darker where confidence is lower. The blend weight mixes the two.
    """

    def paint(self, filled: FilledFrame) -> tuple[Plane, ...]:
        """Return one plane of mixed channels."""
        canvas = np.asarray(cv2.cvtColor(_dim_gray(filled.frame), cv2.COLOR_GRAY2BGRA), np.uint8)
        for region, fill in _regions(filled):
            part = canvas[region.rect.slices][:, :, :3]
            weights = region.weights.luma[:, :, np.newaxis]
            part[:] = np.rint(part + weights * (_origin_bgr(fill) - part))
        return (canvas,)


class PatchPainter:
    """Paints the repaired region alone: the fill's colour, and the blend weight as alpha.

    Alpha is straight (not premultiplied): laid over the source, it gives the repaired video. Around the hole,
    where alpha is 0, the colours in a region's rectangle are the picture's, so that lossy coding has no dark
    edge to smear into the hole.

    Args:
        spec: The colour of the source's samples.
        pix_fmt: ``bgra`` or a planar ``gbrap`` format for RGB; :data:`PRORES_FORMAT` for Y, Cb, Cr.
        bits: Bits per sample of that.
        coded: The colour of Y, Cb, Cr samples; ``None`` for RGB, which is the source's or made by ``spec``.
    """

    def __init__(self, spec: ColorSpec, *, pix_fmt: str, bits: int, coded: ColorSpec | None) -> None:
        self._spec = spec
        self._pix_fmt = pix_fmt
        self._bits = bits
        self._peak = (1 << bits) - 1
        self._coded = coded

    def paint(self, filled: FilledFrame) -> tuple[Plane, ...]:
        """Return the planes of colour and alpha, or one of mixed channels."""
        size = (filled.frame.rect.height, filled.frame.rect.width)
        if self._pix_fmt == "bgra":
            canvas = np.zeros((*size, 4), np.uint8)
            planes, channels = (canvas,), tuple(canvas[:, :, channel] for channel in range(4))
        else:
            planes = channels = tuple(np.full(size, code, np.uint16) for code in self._black())
        for region, fill in _regions(filled):
            alpha = region.weights.luma
            known = filled.frame.crop(region.rect, self._spec)
            rgb = np.where(alpha[:, :, np.newaxis] > 0, fill.rgb_hw3, known)
            for channel, codes in zip(channels, (*self._codes(rgb), alpha * self._peak), strict=True):
                channel[region.rect.slices] = np.clip(np.rint(codes), 0, self._peak)
        return planes

    def _black(self) -> tuple[int, int, int, int]:
        """Codes of transparent black."""
        if self._coded is None:
            return 0, 0, 0, 0
        middle = 1 << (self._bits - 1)
        return middle >> 3, middle, middle, 0

    def _codes(self, rgb: FloatImage) -> tuple[FloatImage, ...]:
        """Return the colour in code values, in the order of the channels."""
        if self._coded is not None:
            return yuv_from_rgb(rgb, self._coded, bits=self._bits, subsampling=Subsampling(1, 1))
        red, green, blue = (rgb[:, :, channel] * np.float32(self._peak) for channel in range(3))
        return (blue, green, red) if self._pix_fmt == "bgra" else (green, blue, red)


def _regions(filled: FilledFrame) -> Iterator[tuple[Region, Fill]]:
    if filled.hole is not None:
        yield from zip(filled.hole.regions, filled.fills, strict=True)


def _origin_bgr(fill: Fill) -> FloatImage:
    brightness = LEAST_BRIGHTNESS + (1 - LEAST_BRIGHTNESS) * fill.confidence_hw[:, :, np.newaxis]
    return (fill.origin_hw4 * np.where(_IS_EVIDENCE, brightness, np.float32(1))) @ _PALETTE_BGR


def _dim_gray(frame: Frame) -> Plane:
    """Return the picture's luma, as 8 bits and dim; green stands for it in RGB."""
    layout = frame.layout
    luma = frame.planes()[layout.color_planes[1 if layout.is_rgb else 0]]
    return np.asarray(cv2.convertScaleAbs(luma, alpha=DIM / (1 << (layout.bits - 8))), np.uint8)
