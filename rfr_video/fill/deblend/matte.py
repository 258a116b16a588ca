"""The matte of an overlay: how much of each pixel it covers, and with which colour.

What is seen is a mixture, observed = (1 − α) · background + α · colour, made in code values as they are
stored. α is of full resolution; chroma that is subsampled takes the low-passed one, as it takes the colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorSpec, FloatImage, Plane, Subsampling, subsampled, yuv_from_rgb
from rfr_video.media.frame import codes_from_rgb
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.matte_picture import MATTE_LEAST_ALPHA

LEAST_TRANSMISSION = 0.02
"""Less of the background than this is taken for this much: nothing is divided by 0."""

_FILTER_PX = 4  # how far around a rectangle the low-pass of chroma looks


@dataclass(frozen=True, eq=False)
class Matte:
    """An overlay that stands still.

    Attributes:
        picture: The whole picture that it belongs to.
        rect: Where the maps are; outside of it the matte says nothing.
        alpha_hw: Float32 (h, w), 0 to 1.
        colour_hw3: Float32 (h, w, 3): RGB, nominally in [0, 1], not multiplied by alpha.
        error_hw: Float32 (h, w): by how much the matte's own errors make what is recovered wrong, a mean
            square in squared 8-bit codes; infinite where the matte says nothing.
    """

    picture: Rect
    rect: Rect
    alpha_hw: FloatImage
    colour_hw3: FloatImage
    error_hw: FloatImage

    def __post_init__(self) -> None:
        size = (self.rect.height, self.rect.width)
        assert self.alpha_hw.shape == self.error_hw.shape == size, (self.alpha_hw.shape, size)
        assert self.colour_hw3.shape == (*size, 3), self.colour_hw3.shape

    def over(self, rect: Rect, layout: PlaneLayout, spec: ColorSpec) -> "NativeMatte":
        """Return the matte as it mixes with the samples of a rectangle that is aligned to chroma samples."""
        wide = rect.grown(_FILTER_PX * max(layout.subsampling.x, layout.subsampling.y), within=self.picture)
        wide = wide.aligned(layout.subsampling.x, layout.subsampling.y, within=self.picture)
        inner = rect.relative_to(wide)
        alpha_hw = self.alpha_over(wide)
        parts = premultiplied(alpha_hw, self._placed(self.colour_hw3, wide, outside=0), layout, spec)
        alphas = [
            alpha_hw if same else subsampled(alpha_hw, spec, layout.subsampling) for same in _full(layout)
        ]
        return NativeMatte(
            alphas=tuple(_cropped(plane, inner, wide) for plane in alphas),
            parts=tuple(_cropped(plane, inner, wide) for plane in parts),
            error_hw=self._placed(self.error_hw, rect, outside=np.inf),
        )

    def moved(self, x: float, y: float) -> "Matte":
        """Return the overlay moved to the right and down by parts of a pixel."""
        alpha_hw = np.clip(_shifted(self.alpha_hw, x, y), 0, 1)
        part_hw3 = _shifted(self.alpha_hw[:, :, np.newaxis] * self.colour_hw3, x, y)
        colour_hw3 = part_hw3 / np.maximum(alpha_hw, np.float32(MATTE_LEAST_ALPHA))[:, :, np.newaxis]
        return replace(self, alpha_hw=alpha_hw, colour_hw3=np.asarray(colour_hw3, np.float32))

    def alpha_over(self, rect: Rect) -> FloatImage:
        """Return alpha over another rectangle; 0 where the matte says nothing."""
        return self._placed(self.alpha_hw, rect, outside=0)

    def _placed(self, values: FloatImage, rect: Rect, *, outside: float) -> FloatImage:
        """Return values over another rectangle."""
        placed = np.full((rect.height, rect.width, *values.shape[2:]), outside, np.float32)
        if rect.overlaps(self.rect):
            shared = rect.intersection(self.rect)
            placed[shared.relative_to(rect).slices] = values[shared.relative_to(self.rect).slices]
        return placed


@dataclass(frozen=True, eq=False)
class NativeMatte:
    """A matte over a rectangle, plane by plane.

    Attributes:
        alphas: Float32, one per color plane, of its size.
        parts: Float32, likewise: what the overlay adds to each sample, α · colour, in code values.
        error_hw: See :class:`Matte`.
    """

    alphas: tuple[FloatImage, ...]
    parts: tuple[FloatImage, ...]
    error_hw: FloatImage

    def removed(self, planes: Sequence[Plane | FloatImage], *, gain: float = 1.0) -> tuple[FloatImage, ...]:
        """Return what is behind the overlay, float32 in code values, neither rounded nor clipped.

        Args:
            planes: The color planes of the rectangle.
            gain: How much of the overlay is there: 1 is all of it, 0 nothing.
        """
        scale = np.float32(gain)
        return tuple(
            np.asarray((plane - scale * part) / transmission(alpha, gain=gain), np.float32)
            for plane, alpha, part in zip(planes, self.alphas, self.parts, strict=True)
        )


def transmission(alpha: FloatImage, *, gain: float = 1.0) -> FloatImage:
    """Return how much of the background is seen, at least :data:`LEAST_TRANSMISSION`."""
    return np.maximum(1 - np.float32(gain) * alpha, np.float32(LEAST_TRANSMISSION))


def premultiplied(
    alpha_hw: FloatImage, colour_hw3: FloatImage, layout: PlaneLayout, spec: ColorSpec
) -> tuple[FloatImage, ...]:
    """Return α · colour in code values, plane by plane; chroma is multiplied first, then low-passed."""
    if layout.is_rgb or layout.is_gray:
        return tuple(alpha_hw * plane for plane in codes_from_rgb(colour_hw3, layout, spec))
    luma, *chroma = yuv_from_rgb(colour_hw3, spec, bits=layout.bits, subsampling=Subsampling(1, 1))
    return (
        alpha_hw * luma,
        *(subsampled(alpha_hw * plane, spec, layout.subsampling) for plane in chroma),
    )


def _full(layout: PlaneLayout) -> tuple[bool, ...]:
    """Whether each color plane is of full resolution."""
    is_full = layout.subsampling == Subsampling(1, 1)
    return tuple(index == 0 or is_full for index in range(len(layout.color_planes)))


def _cropped(plane: npt.NDArray[np.float32], inner: Rect, wide: Rect) -> FloatImage:
    """Cut a part out of a plane that covers ``wide``, in whichever resolution it has."""
    step_x, step_y = -(-wide.width // plane.shape[1]), -(-wide.height // plane.shape[0])
    rows = slice(inner.y // step_y, -(-inner.bottom // step_y))
    columns = slice(inner.x // step_x, -(-inner.right // step_x))
    return np.ascontiguousarray(plane[rows, columns])


def _shifted(values: FloatImage, x: float, y: float) -> FloatImage:
    """Return maps of (H, W) or (H, W, C) moved to the right and down by parts of a pixel; 0 comes in."""
    matrix = np.array([[1, 0, x], [0, 1, y]], np.float64)
    size = (values.shape[1], values.shape[0])
    moved = cv2.warpAffine(values, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(moved, np.float32)
