"""A picture of where two videos differ."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from rfr_video.media.colour import Plane
from rfr_video.media.hole import Hole
from rfr_video.media.probe import VideoStreamInfo
from rfr_video.media.target import write_extra

_HOLE_BGR = (160, 64, 0)


class DifferencePicture:
    """Keeps the largest difference of every pixel, however long the videos are.

    Args:
        video: Says how large the picture is, and how it is turned for display.
        bits: Of its samples.
    """

    def __init__(self, video: VideoStreamInfo, *, bits: int) -> None:
        self._orientation = video.orientation
        self._peak = (1 << bits) - 1
        self._size = video.width, video.height
        self._largest: Plane | None = None
        self._hole = np.zeros((video.height, video.width), np.uint8)

    def add(self, differences: Sequence[Plane], hole: Hole | None) -> None:
        """Take in how far the samples of two frames are apart.

        Args:
            differences: Of every plane, in code values; 0 in the hole.
            hole: What may be anything.
        """
        if hole is not None:
            np.bitwise_or(self._hole, hole.mask, out=self._hole)
        for plane in differences:
            if not plane.any():
                continue
            whole = cv2.resize(plane, self._size, interpolation=cv2.INTER_NEAREST)
            largest = np.zeros_like(whole) if self._largest is None else self._largest
            self._largest = np.maximum(largest, whole)

    def write(self, path: Path) -> None:
        """Write it as a PNG: the root of the difference as brightness, so that small ones show; holes blue.

        Raises:
            OutputError: It cannot be written.
        """
        bgr = np.zeros((*self._hole.shape, 3), np.uint8)
        bgr[self._hole > 0] = _HOLE_BGR
        if self._largest is not None:
            brightness = np.ceil(255 * np.sqrt(self._largest / self._peak))
            bgr = np.maximum(bgr, brightness.astype(np.uint8)[:, :, None])
        write_extra(path, cv2.imencode(".png", self._orientation.shown(bgr))[1].tobytes())
