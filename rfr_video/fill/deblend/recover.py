"""Seeing through an overlay in one frame: background = (observed − part) / (1 − α)."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.fill.deblend.luma import luma_of
from rfr_video.fill.deblend.matte import Matte, NativeMatte, transmission
from rfr_video.fill.deblend.noise import Noise
from rfr_video.fill.deblend.register import Template, register
from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorSpec, FloatImage, Plane
from rfr_video.media.frame import Frame, rgb_from_codes
from rfr_video.media.hole import Hole, Region
from rfr_video.media.layout import PlaneLayout

LARGEST_CODES2 = 1e6

_EDGE_NOISE = np.float32(1.0)
"""By how much more noise compression makes at the edges of an overlay, which move against the picture."""

_EDGE_PX = 1.0
_STEEP = 0.25
_HARDLY_KNOWN_CODES2 = 50.0**2

CERTAIN_CODES2 = 10.0
"""What is recovered with a smaller mean square error is known, and nothing else is asked for it."""


@dataclass(frozen=True, eq=False)
class Recovered:
    """What was seen through an overlay in one region.

    Attributes:
        rgb_hw3: Float32, over the region.
        amplified_hw: By how much the noise of the samples is amplified, as a variance.
        wrong_hw: The mean square by which the matte makes luma wrong, in squared 8-bit codes, finite.
        error_hw: By how much luma is less certain than that of the picture around, likewise.
        inside_hw: The hole, bool.
        open_hw: Where that is too much to take it as it is, or nothing is known of the overlay, bool.
        planes: The same as samples, inside the hole; outside, those of the frame.
    """

    rgb_hw3: FloatImage
    amplified_hw: FloatImage
    wrong_hw: FloatImage
    error_hw: FloatImage
    inside_hw: npt.NDArray[np.bool_]
    open_hw: npt.NDArray[np.bool_]
    planes: tuple[Plane, ...]


class Recoverer:
    """Sees through an overlay, frame by frame; threads may share it.

    Args:
        matte: Of the overlay.
        noise: Of the samples.
        spec: Their colour.
    """

    def __init__(self, matte: Matte, noise: Noise, spec: ColorSpec) -> None:
        self._matte = matte
        self._noise = noise
        self._spec = spec
        self._known: dict[tuple[Rect, PlaneLayout], NativeMatte] = {}

    def recover(self, frame: Frame, hole: Hole, region: Region) -> Recovered:
        """Recover what is behind the overlay in one region of a frame's hole."""
        rect, layout = region.rect, frame.layout
        crops, inside = frame.color_crops(rect), hole.mask[rect.slices] > 0
        matte = self._native(rect, layout)
        scale = np.float32(1 << (layout.bits - 8))
        template = Template(
            matte.alphas[0], luma_of(matte.parts, layout) / scale, inside & (matte.alphas[0] > 0)
        )
        placing = register(luma_of(crops, layout) / scale, template)
        if placing.x or placing.y:
            matte = self._matte.moved(placing.x, placing.y).over(rect, layout, self._spec)
        behind = matte.removed(crops, gain=placing.gain)
        seen_through = transmission(matte.alphas[0], gain=placing.gain)
        noisier_hw = 1 + _EDGE_NOISE * _edges(matte.alphas[0])
        amplified_hw = np.asarray(noisier_hw / seen_through**2, np.float32)
        wrong_hw = _wrong(matte.error_hw)
        error_hw = np.float32(self._noise.luma) * (amplified_hw - np.float32(1)) + wrong_hw
        return Recovered(
            rgb_hw3=rgb_from_codes(behind, layout, self._spec),
            amplified_hw=amplified_hw,
            wrong_hw=wrong_hw,
            error_hw=error_hw,
            inside_hw=inside,
            open_hw=inside & (error_hw > CERTAIN_CODES2),
            planes=_samples(crops, behind, region, peak=(1 << layout.bits) - 1),
        )

    def _native(self, rect: Rect, layout: PlaneLayout) -> NativeMatte:
        key = (rect, layout)
        if key not in self._known:
            self._known[key] = self._matte.over(rect, layout, self._spec)
        return self._known[key]


def _edges(alpha_hw: FloatImage) -> FloatImage:
    """Return how near each pixel is to an edge of the overlay, 0 to 1."""
    steep_hw = cv2.morphologyEx(alpha_hw, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    near_hw = cv2.GaussianBlur(np.asarray(steep_hw, np.float32), (0, 0), _EDGE_PX)
    return np.minimum(np.asarray(near_hw, np.float32) / np.float32(_STEEP), 1)


def _wrong(error_hw: FloatImage) -> FloatImage:
    """Return how wrong a matte probably is, of how wrong it may be: about the root of that."""
    root_hw = np.sqrt(np.maximum(error_hw, 0))
    probable_hw = np.where(error_hw > _HARDLY_KNOWN_CODES2, error_hw, np.minimum(root_hw, error_hw))
    return np.minimum(probable_hw, np.float32(LARGEST_CODES2)).astype(np.float32)


def _samples(
    crops: tuple[Plane, ...], behind: tuple[FloatImage, ...], region: Region, *, peak: int
) -> tuple[Plane, ...]:
    """Return whole code values: what is behind inside the hole, what was there outside."""
    weights = (region.weights.luma, *(region.weights.chroma for _ in crops[1:]))
    samples: list[Plane] = []
    for crop, plane, weight in zip(crops, behind, weights, strict=True):
        codes = np.clip(np.rint(plane), 0, peak).astype(crop.dtype)
        samples.append(np.where(weight > 0, codes, crop))
    return tuple(samples)
