"""How far the samples of two pictures are apart outside a hole: over the frame, and block by block."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, log10
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.geometry import Rect
from rfr_video.media.colour import FloatImage, Plane
from rfr_video.media.frame import Frame, Samples
from rfr_video.media.hole import Hole, Mask
from rfr_video.media.layout import PlaneLayout

BLOCK_PX = 16
"""Side of the blocks, in luma samples; chroma planes have as many blocks."""

_LEAST_KNOWN = (
    0.25  # of a block: what is left of it beside a hole or the picture's edge is too little to judge
)


@dataclass(frozen=True)
class Block:
    """A block of a picture, and how far it is off.

    Attributes:
        rect: In luma samples.
        plane: Number of the plane among all of the pixel format.
        mse: Mean squared difference of its known samples, where 1 is the largest code value.
    """

    rect: Rect
    plane: int
    mse: float


@dataclass(frozen=True)
class Deviation:
    """How far two pictures are apart outside the hole.

    Attributes:
        differing: How many samples differ, of all planes.
        samples: How many were compared.
        squares: Sum of squared differences, where 1 is the largest code value; plane by plane.
        worst: The block that is farthest off; ``None`` where nothing differs.
        blocks: Mean squared difference of every block, the largest of all planes, float32
            (⌈H / 16⌉, ⌈W / 16⌉); ``None`` where nothing differs.
    """

    differing: int
    samples: int
    squares: tuple[float, ...]
    worst: Block | None = None
    blocks: FloatImage | None = None

    @property
    def psnr_db(self) -> float:
        """Over all planes; infinite where nothing differs."""
        return psnr_db(sum(self.squares), self.samples)


def psnr_db(squares: float, samples: int) -> float:
    """Return the peak signal-to-noise ratio of a sum of squares whose peak is 1."""
    return 10 * log10(samples / squares) if squares else inf


@dataclass(frozen=True)
class _Known:
    """Which samples of a plane are compared: 255, and their share of every block."""

    mask: Mask
    samples: int
    shares: FloatImage


class PictureComparison:
    """Compares pictures of one size and pixel format; remembers the last hole.

    Args:
        picture: The whole picture.
        layout: Of both sides.
    """

    def __init__(self, picture: Rect, layout: PlaneLayout) -> None:
        self._picture = picture
        self._layout = layout
        self._peak = (1 << layout.bits) - 1
        self._hole: Hole | None = None
        self._known: tuple[_Known, ...] | None = None

    def compare(self, expected: Frame, seen: Frame, hole: Hole | None) -> Deviation:
        """Compare two frames.

        Args:
            expected: As it should be.
            seen: As it is.
            hole: What of it may be anything: the samples whose weight is above 0, luma and chroma alike.
        """
        differences = self.differences(expected, seen, hole)
        assert self._known is not None, "differences() knows the hole"
        pairs = zip(differences, self._known, strict=True)
        parts = [self._plane(number, *pair) for number, pair in enumerate(pairs)]
        samples = sum(one.samples for one in parts)
        squares = tuple(one.squares[0] for one in parts)
        worst = [one.worst for one in parts if one.worst is not None]
        blocks = [one.blocks for one in parts if one.blocks is not None]
        if not blocks:
            return Deviation(0, samples, squares)
        return Deviation(
            sum(one.differing for one in parts),
            samples,
            squares,
            max(worst, key=lambda block: block.mse),
            np.max(blocks, axis=0),
        )

    def differences(self, expected: Frame, seen: Frame, hole: Hole | None) -> tuple[Plane, ...]:
        """Return how far apart samples are, of every plane, in code values; 0 in the hole."""
        pairs = tuple(zip(expected.planes(), seen.planes(), strict=True))
        if self._known is None or hole is not self._hole:
            self._hole, self._known = hole, self._known_samples([one for one, _ in pairs], hole)
        return tuple(
            _of_plane(cv2.copyTo(cv2.absdiff(was, now), known.mask))
            for (was, now), known in zip(pairs, self._known, strict=True)
        )

    def _plane(self, number: int, difference: Plane, known: _Known) -> Deviation:
        differing = int(np.count_nonzero(difference))
        if not differing:
            return Deviation(0, known.samples, (0.0,))
        scale = 1 / self._peak**2
        squares = np.asarray(cv2.multiply(difference, difference, scale=scale, dtype=cv2.CV_32F), np.float32)
        height, width = self._block_size(number)
        means = _block_means(squares, height, width)
        blocks = np.where(known.shares >= _LEAST_KNOWN, means / np.maximum(known.shares, _LEAST_KNOWN), 0)
        row, column = np.unravel_index(int(blocks.argmax()), blocks.shape)
        rect = Rect(int(column) * BLOCK_PX, int(row) * BLOCK_PX, BLOCK_PX, BLOCK_PX)
        worst = Block(rect.intersection(self._picture), number, float(blocks[row, column]))
        total = float(means.sum(dtype=np.float64)) * height * width
        return Deviation(differing, known.samples, (total,), worst, blocks.astype(np.float32))

    def _block_size(self, number: int) -> tuple[int, int]:
        """Return the height and width of a block in samples of a plane."""
        layout = self._layout
        if number in layout.color_planes[1:]:
            return BLOCK_PX // layout.subsampling.y, BLOCK_PX // layout.subsampling.x
        return BLOCK_PX, BLOCK_PX

    def _known_samples(self, planes: Sequence[Plane], hole: Hole | None) -> tuple[_Known, ...]:
        masks = tuple(np.full(plane.shape, 255, np.uint8) for plane in planes)
        for region in hole.regions if hole else ():
            crops = Samples(masks, self._layout).color_crops(region.rect)
            for index, crop in enumerate(crops):
                weights = region.weights.luma if index == 0 else region.weights.chroma
                crop[weights[: crop.shape[0]] > 0] = 0
        return tuple(
            _Known(
                mask,
                int(np.count_nonzero(mask)),
                _block_means((mask > 0).astype(np.float32), *self._block_size(number)),
            )
            for number, mask in enumerate(masks)
        )


def _of_plane(samples: cv2.typing.MatLike) -> Plane:
    return cast("Plane", samples)


def _block_means(values: npt.NDArray[np.float32], height: int, width: int) -> FloatImage:
    """Return the mean of every block; what the last ones lack counts as 0."""
    rows, columns = -(-values.shape[0] // height), -(-values.shape[1] // width)
    padded = cv2.copyMakeBorder(
        values,
        0,
        rows * height - values.shape[0],
        0,
        columns * width - values.shape[1],
        cv2.BORDER_CONSTANT,
        value=0,
    )
    return np.asarray(cv2.resize(padded, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)
