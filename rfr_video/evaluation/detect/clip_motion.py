"""What ever changes in a clip: without that, nothing but its looks tells an overlay from the scene."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from rfr_video.geometry import Rect
from rfr_video.masking.detect.logo.segment import Where
from rfr_video.masking.detect.logo.working import WorkingSize
from rfr_video.media.probe import VideoInfo
from rfr_video.media.reader import open_reader

NOISE = 10.0
"""Levels of blurred luma; coding and grain leave less."""

NOTHING = 0.01
"""A place of which a smaller share ever changes rests."""

_BLUR_PX = 1.5


@dataclass(frozen=True, eq=False)
class ClipMotion:
    """Where a clip ever changes by more than noise, bool (H, W) of the working size."""

    changes: Where
    size: WorkingSize

    @classmethod
    def of(cls, info: VideoInfo) -> Self:
        """Look at all frames of a clip.

        Raises:
            InputError: It cannot be read.
        """
        size = WorkingSize(Rect(0, 0, info.video.width, info.video.height))
        darkest = np.full((size.height, size.width), np.inf, np.float32)
        brightest = -darkest
        with open_reader(info.path) as reader:
            for frame in reader.frames():
                luma = np.asarray(cv2.GaussianBlur(size.luma(frame), (0, 0), _BLUR_PX), np.float32)
                np.minimum(darkest, luma, out=darkest)
                np.maximum(brightest, luma, out=brightest)
        return cls(np.asarray(brightest - darkest > NOISE), size)

    @property
    def share(self) -> float:
        """Share of the picture that ever changes, 0 to 1."""
        return float(np.mean(self.changes))

    def share_around(self, box: Rect) -> float:
        """Return which share of a box and its surroundings, half its size wide, ever changes, 0 to 1.

        Args:
            box: In samples of the clip.
        """
        small = self.size.small_box(box)
        wide = small.grown(
            max(small.width, small.height) // 2, within=Rect(0, 0, self.size.width, self.size.height)
        )
        return float(np.mean(self.changes[wide.slices]))
