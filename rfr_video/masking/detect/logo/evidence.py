"""What many frames have in common: edges that stay, and samples that change less than their surroundings.

What is laid over a picture adds the same edges to every frame. Averaged over frames that differ, gradients
of the scene cancel out and those of the overlay remain (Dekel, Rubinstein, Liu and Freeman, "On the
Effectiveness of Visible Watermarks", CVPR 2017, who take the median). Below an overlay of opacity α the scene
also changes by 1 − α of what it changes beside it, whatever the overlay's colour is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from rfr_video.geometry import Rect
from rfr_video.media.colour import FloatImage

BUSY = 4.0
"""Root mean square gradient from which on there is structure, levels per sample."""

STILL = 0.8
"""Consistency of edges that stay."""

MOST_CONSISTENCY = 0.997
"""More than that is coding, not the scene."""

_FLOOR = 0.5
"""Energy of the gradients of noise, in squared levels per sample: keeps ratios of next to nothing low."""

_LEAST_DEVIATION = 1.0
"""Levels; coding leaves about so much in what does not change."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Average:
    """What frames are on average; arrays are float32 (H, W).

    Attributes:
        means: Luma and two planes of chroma, averaged over time, levels of 0 to 255.
        deviation: Over time, of all three, in levels.
        busy: Root mean square length of luma's gradient, levels per sample: how much structure there ever is.
        consistency: How much of the gradients' energy their mean explains, 0 to 1; 1 where every frame has
            the same edge. Of the plane with the longest mean gradient.
    """

    means: tuple[FloatImage, FloatImage, FloatImage]
    deviation: FloatImage
    busy: FloatImage
    consistency: FloatImage

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        height, width = self.deviation.shape
        return width, height

    def part(self, rect: Rect) -> "Average":
        """Cut a part out."""
        return self._mapped(lambda plane: np.ascontiguousarray(plane[rect.slices]))

    def shrunk(self, width: int, height: int) -> "Average":
        """Shrink to another size."""
        return self._mapped(
            lambda plane: np.asarray(
                cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA), np.float32
            )
        )

    def _mapped(self, change: Callable[[FloatImage], FloatImage]) -> "Average":
        luma, blue, red = (change(plane) for plane in self.means)
        return Average(
            means=(luma, blue, red),
            deviation=change(self.deviation),
            busy=change(self.busy),
            consistency=change(self.consistency),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Evidence(Average):
    """What the frames of a scan have in common; arrays are float32 (H, W), of the working size.

    Attributes:
        frames: How many there were.
        slopes: Mean gradient of luma to the right and downwards, levels per sample.
        steady: Length of the mean gradient, levels per sample; the largest of the three planes.
    """

    frames: int
    slopes: tuple[FloatImage, FloatImage]
    steady: FloatImage


class EvidenceSums:
    """Sums frames up; memory does not depend on how many they are."""

    def __init__(self) -> None:
        self._planes: list[_PlaneSums] = []
        self.frames = 0

    def add(self, planes: Sequence[FloatImage]) -> None:
        """Take a frame: luma and two planes of chroma, levels of 0 to 255; chroma may be smaller."""
        if not self._planes:
            self._planes = [_PlaneSums(plane.shape) for plane in planes]
        for sums, plane in zip(self._planes, planes, strict=True):
            sums.add(plane)
        self.frames += 1

    def merge(self, other: "EvidenceSums") -> None:
        """Add what another one has summed up."""
        if not self._planes:
            self._planes = [_PlaneSums(sums.shape) for sums in other._planes]
        for sums, others in zip(self._planes, other._planes, strict=True):
            sums.merge(others)
        self.frames += other.frames

    def evidence(self) -> Evidence:
        """Sum up; at least one frame was taken."""
        luma = self._planes[0]
        size = (luma.shape[1], luma.shape[0])
        means = [_scaled(sums.mean(self.frames), size) for sums in self._planes]
        variance = sum(_scaled(sums.variance(self.frames), size) for sums in self._planes)
        steady = np.zeros(luma.shape, np.float32)
        consistency = np.zeros(luma.shape, np.float32)
        for sums in self._planes:
            length, part = (_scaled(value, size) for value in sums.gradients(self.frames))
            longer = length > steady
            steady = np.where(longer, length, steady)
            consistency = np.where(longer, part, consistency)
        return Evidence(
            frames=self.frames,
            means=(means[0], means[1], means[2]),
            deviation=np.sqrt(np.asarray(variance, np.float32) + np.float32(_LEAST_DEVIATION**2)),
            slopes=luma.slopes(self.frames),
            steady=steady,
            busy=np.sqrt(luma.energy / np.float32(self.frames)),
            consistency=consistency,
        )


class _PlaneSums:
    """Sums of one plane's samples, gradients, and their squares."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self._sums = np.zeros((5, *shape), np.float32)

    def add(self, plane: FloatImage) -> None:
        dx, dy = gradients(plane)
        level = plane - np.float32(128)  # keeps sums of squares small
        for total, value in zip(self._sums, (level, level * level, dx, dy, dx * dx + dy * dy), strict=True):
            total += value

    def merge(self, other: "_PlaneSums") -> None:
        self._sums += other._sums

    @property
    def energy(self) -> FloatImage:
        return self._sums[4]

    def mean(self, count: int) -> FloatImage:
        return self._sums[0] / np.float32(count) + np.float32(128)

    def variance(self, count: int) -> FloatImage:
        return np.maximum(self._sums[1] / np.float32(count) - (self._sums[0] / np.float32(count)) ** 2, 0)

    def slopes(self, count: int) -> tuple[FloatImage, FloatImage]:
        return self._sums[2] / np.float32(count), self._sums[3] / np.float32(count)

    def gradients(self, count: int) -> tuple[FloatImage, FloatImage]:
        """Return the length of the mean gradient, and what it explains of the energy."""
        squared = (self._sums[2] ** 2 + self._sums[3] ** 2) / np.float32(count * count)
        return np.sqrt(squared), squared / (self.energy / np.float32(count) + np.float32(_FLOOR))


def gradients(plane: FloatImage) -> tuple[FloatImage, FloatImage]:
    """Return the slopes of a plane to the right and downwards, per sample."""
    dx, dy = (cv2.Sobel(plane, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    return np.asarray(dx, np.float32), np.asarray(dy, np.float32)


def _scaled(plane: FloatImage, size: tuple[int, int]) -> FloatImage:
    if plane.shape == (size[1], size[0]):
        return plane
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR), np.float32)
