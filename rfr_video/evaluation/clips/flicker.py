"""Flicker: how much a hole changes from frame to frame beyond what moves.

The flow is measured on the clean clip by OpenCV's DIS, whatever a method under test uses, so that the measure
does not depend on what it measures. Where it cannot be trusted, nothing is counted.

Methods:
    T. Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016. The warping error is that of
    W.-S. Lai et al., "Learning Blind Video Temporal Consistency", ECCV 2018. The check of forward against
    backward flow is that of N. Sundaram et al., "Dense Point Trajectories by GPU-accelerated Large
    Displacement Optical Flow", ECCV 2010.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from rfr_video.evaluation.metrics import Hole, Picture

Flow = NDArray[np.float16]
"""Float16 (H, W, 2): from a pixel to its place in the frame before, x and y; NaN where not trusted."""

_SLACK = 0.01  # of the squared lengths of both flows
_SLACK_PX2 = 0.5
_WHOLLY = 0.999


def trusted_flow(before_hw3: Picture, after_hw3: Picture) -> Flow:
    """Measure the flow from a frame to the one before it, and keep it where the way back leads back.

    Args:
        before_hw3: Uint8 RGB (H, W, 3).
        after_hw3: The next frame.
    """
    before_hw, after_hw = (cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in (before_hw3, after_hw3))
    estimator = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    forward_hw2 = np.asarray(estimator.calc(before_hw, after_hw, None), np.float32)  # pyright: ignore[reportCallIssue, reportArgumentType]
    backward_hw2 = np.asarray(estimator.calc(after_hw, before_hw, None), np.float32)  # pyright: ignore[reportCallIssue, reportArgumentType]
    x, y = _places(backward_hw2)
    back_hw2 = cv2.remap(
        forward_hw2, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(np.nan, np.nan)
    )
    error_hw = _squares(backward_hw2 + back_hw2)
    lengths_hw = _squares(backward_hw2) + _squares(np.asarray(back_hw2, np.float32))
    trusted_hw = error_hw < _SLACK * lengths_hw + _SLACK_PX2  # never where one is NaN
    return np.where(trusted_hw[..., None], backward_hw2, np.float32(np.nan)).astype(np.float16)


class WarpingError:
    """Collects squared differences in the hole between each frame and the one before, brought into place.

    A pixel counts when it is in the hole, lay in the hole of the frame before, and its flow is trusted.
    """

    def __init__(self) -> None:
        self._before: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None
        self._total = 0.0
        self._count = 0

    @property
    def mean(self) -> float | None:
        """Mean of the squared differences, of samples from 0 to 255; ``None`` before any pixel counted."""
        return self._total / self._count if self._count else None

    def add(self, picture_hw3: Picture, *, hole_hw: Hole, flow_hw2: Flow | None) -> None:
        """Count the next frame.

        Args:
            picture_hw3: The frame, uint8 RGB (H, W, 3).
            hole_hw: Its hole, bool (H, W).
            flow_hw2: The clean clip's :data:`Flow` to the frame before; ``None`` for the first one.
        """
        now_hw3 = picture_hw3.astype(np.float32)
        if self._before is not None and flow_hw2 is not None and hole_hw.any():
            self._compare(now_hw3, hole_hw, flow_hw2, *self._before)
        self._before = now_hw3, hole_hw.astype(np.float32)

    def _compare(
        self,
        now_hw3: NDArray[np.float32],
        hole_hw: Hole,
        flow_hw2: Flow,
        before_hw3: NDArray[np.float32],
        hole_before_hw: NDArray[np.float32],
    ) -> None:
        left, top, width, height = cv2.boundingRect(hole_hw.view(np.uint8))
        part = slice(top, top + height), slice(left, left + width)
        x, y = _places(flow_hw2[part].astype(np.float32), left=left, top=top)
        trusted_hw = ~np.isnan(x)
        x, y = (np.where(trusted_hw, one, np.float32(-1)) for one in (x, y))
        warped_hw3 = cv2.remap(before_hw3, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        was_hole_hw = cv2.remap(hole_before_hw, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        counted_hw = hole_hw[part] & trusted_hw & (np.asarray(was_hole_hw) >= _WHOLLY)
        squares = (now_hw3[part] - warped_hw3)[counted_hw].astype(np.float64) ** 2
        self._total += float(squares.sum())
        self._count += squares.size


def flicker_ratio(error: float | None, *, clean: float | None) -> float | None:
    """Return a warping error ÷ that of the clean clip; ``None`` where that says nothing.

    Args:
        error: Of what was measured.
        clean: Of the clean clip in the same holes; without any error it has no ratio but to itself.
    """
    if error is None or clean is None:
        return None
    if clean == 0:
        return 1.0 if error == 0 else None
    return error / clean


def _places(
    flow_hw2: NDArray[np.float32], *, left: int = 0, top: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return where the flow of every pixel leads."""
    height, width = flow_hw2.shape[:2]
    columns = np.arange(left, left + width, dtype=np.float32)
    rows = np.arange(top, top + height, dtype=np.float32)
    return flow_hw2[..., 0] + columns, flow_hw2[..., 1] + rows[:, None]


def _squares(flow_hw2: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.square(flow_hw2).sum(axis=2)
