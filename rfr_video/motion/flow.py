"""Optical flow: where what is seen in one picture is seen in another.

Method: T. Kroeger, R. Timofte, D. Dai, L. Van Gool, "Fast Optical Flow using Dense Inverse Search", ECCV
2016, as implemented by OpenCV.
"""

from enum import IntEnum
from math import log2
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

Flow = npt.NDArray[np.float32]
"""(H, W, 2), x then y, in pixels: what is at p in the first picture is at p + flow(p) in the second."""

Picture = npt.NDArray[np.uint8]
"""(H, W, 3) RGB or (H, W) gray."""

LEAST_SIDE_PX = 16
"""DIS compares patches of 8 pixels on a pyramid; pictures smaller than this are said to stand still."""


class FlowEstimator(Protocol):
    """A way to measure optical flow."""

    def flow(self, first: Picture, second: Picture) -> Flow:
        """Measure where what is seen in the first picture is in the second.

        Args:
            first: Uint8 (H, W, 3) RGB, or (H, W) gray.
            second: Of the same shape.

        Returns:
            Float32 (H, W, 2), x then y, in pixels.
        """
        ...


class DisPreset(IntEnum):
    """OpenCV's presets: how densely patches overlap, and to which scale flow is refined."""

    ULTRAFAST = cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST
    FAST = cv2.DISOPTICAL_FLOW_PRESET_FAST
    MEDIUM = cv2.DISOPTICAL_FLOW_PRESET_MEDIUM


class DisFlow:
    """Dense inverse search on the CPU. Threads may share it: nothing is kept between two pairs.

    Args:
        preset: The dearer, the sharper.
        largest_px: Pictures with more pixels than this are measured at half their size.
        finest_scale: Flow is measured up to that scale, at the size over 2 to its power; ``None`` for the
            preset's own.
        patch_stride_px: From patch to patch; likewise.
        descents: How often each patch is moved at most, on every scale; likewise.
    """

    def __init__(
        self,
        preset: DisPreset = DisPreset.FAST,
        *,
        largest_px: int = 512 * 512,
        finest_scale: int | None = None,
        patch_stride_px: int | None = None,
        descents: int | None = None,
    ) -> None:
        self._preset = preset
        self._largest_px = largest_px
        self._finest_scale = finest_scale
        self._patch_stride_px = patch_stride_px
        self._descents = descents

    def flow(self, first: Picture, second: Picture) -> Flow:
        """See :meth:`FlowEstimator.flow`."""
        return self.refined(np.zeros((*first.shape[:2], 2), np.float32), first, second)

    def refined(self, start: Flow, first: Picture, second: Picture) -> Flow:
        """Measure flow like :meth:`flow`, from a guess on, which may be far.

        Args:
            start: The guess, float32 (H, W, 2); it is not changed.
            first: See :meth:`FlowEstimator.flow`.
            second: Likewise.
        """
        gray_first, gray_second = _gray(first), _gray(second)
        height, width = gray_first.shape
        if min(height, width) < LEAST_SIDE_PX:
            return np.zeros((height, width, 2), np.float32)
        if height * width <= self._largest_px or min(height, width) < 2 * LEAST_SIDE_PX:
            return self._measure(start, gray_first, gray_second)
        half = (width // 2, height // 2)
        ratio = np.array([width / half[0], height / half[1]], np.float32)
        small = self._measure(
            np.asarray(cv2.resize(start, half, interpolation=cv2.INTER_AREA) / ratio, np.float32),
            _resized(gray_first, half),
            _resized(gray_second, half),
        )
        large = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(large * ratio, np.float32)

    def _measure(self, start: Flow, first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> Flow:
        # A new one for every pair: it would go on with the scales and the borders of those before.
        dis = cv2.DISOpticalFlow.create(int(self._preset))
        if self._finest_scale is not None:
            dis.setFinestScale(self._finest_scale)
        if self._patch_stride_px is not None:
            dis.setPatchStride(self._patch_stride_px)
        if self._descents is not None:
            dis.setGradientDescentIterations(self._descents)
        if _coarsest_scale(first.shape, patch_px=dis.getPatchSize()) < dis.getFinestScale():
            dis.setFinestScale(0)  # else OpenCV chooses scales, and may read beyond wide, low pictures
        return np.asarray(dis.calc(first, second, start.copy()), np.float32)


def _coarsest_scale(shape: tuple[int, ...], *, patch_px: int) -> int:
    """Return at which scale OpenCV begins; the sides are those of the picture over 2 to its power."""
    return min(int(log2(max(shape) / (4 * patch_px)) + 0.5), int(log2(min(shape) / patch_px)))


def _resized(picture: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _gray(picture: Picture) -> npt.NDArray[np.uint8]:
    if picture.ndim == 2:
        return np.ascontiguousarray(picture)
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
