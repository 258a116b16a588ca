"""Strokes: thin things that are brighter or darker than what is around them, and which of them stay or come.

Letters are made of strokes. Those of burned-in text stay where they are to a fraction of a pixel and keep
their tone, while the picture behind them usually does not; and they come all at once, while the picture
around them usually does not.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

Gray = npt.NDArray[np.uint8]
Polarity = Literal["bright", "dark"]

LEAST_CONTRAST = 18
"""Of 255: how much a stroke differs from the lightest or darkest that is next to it."""

_STEADY_WITHIN = 14  # of 255: what compression does to a sample of a stroke between two samples in time
_WIDEST_STROKE = 0.022  # of the picture's height
_LEAST_REACH_PX = 7


def stroke_reach_px(height: int) -> int:
    """Return the side of the square that no stroke holds, an odd number; strokes are narrower than it."""
    return max(_LEAST_REACH_PX, 2 * round(_WIDEST_STROKE * height / 2) + 1)


@dataclass(frozen=True)
class StrokeLook:
    """A picture and its strokes.

    Attributes:
        gray: Uint8 (H, W).
        bright: How much a bright stroke stands out, uint8 (H, W): the white top-hat (Meyer 1979).
        dark: How much a dark stroke stands out: the black top-hat.
    """

    gray: Gray
    bright: Gray
    dark: Gray

    @classmethod
    def of(cls, gray: Gray, *, reach_px: int) -> "StrokeLook":
        """Look at a picture.

        Args:
            gray: Uint8 (H, W).
            reach_px: See :func:`stroke_reach_px`.
        """
        square = np.ones((reach_px, reach_px), np.uint8)
        bright = cv2.morphologyEx(gray, cv2.MORPH_TOPHAT, square)
        dark = cv2.morphologyEx(gray, cv2.MORPH_BLACKHAT, square)
        return cls(gray, np.asarray(bright, np.uint8), np.asarray(dark, np.uint8))

    def strokes(self, polarity: Polarity) -> Gray:
        """Return how much strokes of one kind stand out."""
        return self.bright if polarity == "bright" else self.dark


def staying(before: StrokeLook, after: StrokeLook, polarity: Polarity) -> Gray:
    """Return the strokes that are in two pictures and have not changed, uint8 (H, W), 0 or 255."""
    least = np.minimum(before.strokes(polarity), after.strokes(polarity))
    steady = cv2.absdiff(before.gray, after.gray)
    return _mask((least >= LEAST_CONTRAST) & (steady <= _STEADY_WITHIN))


def coming(before: StrokeLook, now: StrokeLook, after: StrokeLook, polarity: Polarity) -> Gray:
    """Return the strokes that stay from ``now`` on and were not there before; like :func:`staying`."""
    changed = np.asarray(cv2.absdiff(before.gray, now.gray), np.uint8) >= LEAST_CONTRAST
    return staying(now, after, polarity) & _mask(changed)


def _mask(where: npt.NDArray[np.bool_]) -> Gray:
    return where.view(np.uint8) * np.uint8(255)
