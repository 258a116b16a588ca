"""Whether a line of text is in a picture: strokes of the same tone, in the same pattern."""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.masking.detect.text.strokes import Gray

Values = npt.NDArray[np.float32]
Where = npt.NDArray[np.bool_]

_CORE_SHARE = 0.6  # of a stroke: its border is mixed with what is behind
_LEAST_TOLERANCE = 16.0  # of 255
_TOLERANCE = 0.3  # of the contrast
_AGREEING = 0.55
_ALIKE = 0.45
_ALIKE_FAINT = 0.3


class Presence(NamedTuple):
    """How a picture answers to a line of text.

    Attributes:
        agreeing: The share of the strokes that have their tone, 0 to 1.
        alike: The normalised correlation of the pattern of strokes, −1 to 1.
        strength: The contrast of the pattern, as a part of what it usually is; falls in a fade.
    """

    agreeing: float
    alike: float
    strength: float

    @property
    def is_there(self) -> bool:
        """Whether the text is there for sure."""
        return self.agreeing >= _AGREEING and self.alike >= _ALIKE

    @property
    def may_be_there(self) -> bool:
        """Whether it is there, or cannot be seen: white letters before white."""
        return self.agreeing >= _AGREEING

    @property
    def is_faint(self) -> bool:
        """Whether something of its pattern can be seen."""
        return self.alike >= _ALIKE_FAINT


@dataclass(frozen=True)
class Pattern:
    """A line of text as it is looked for.

    Attributes:
        core: Flat indices of the middle of its strokes in the crop.
        tone: The tones there, float32 (N,).
        tolerance: How far tones may be off.
        near: Flat indices of strokes and what is next to them.
        shape: What is there, without its mean, float32 (M,).
    """

    core: npt.NDArray[np.intp]
    tone: Values
    tolerance: float
    near: npt.NDArray[np.intp]
    shape: Values

    @classmethod
    def of(cls, mean: Values, strokes: Gray, *, contrast: float, stroke_px: float) -> "Pattern":
        """Make a pattern.

        Args:
            mean: Float32 (H, W), a crop as it is on average while the text is there.
            strokes: Uint8 (H, W), not 0 = stroke.
            contrast: Of the strokes, of 255.
            stroke_px: How wide they are.
        """
        where = strokes > 0
        depth = np.asarray(cv2.distanceTransform(strokes, cv2.DIST_L2, 3), np.float32)
        least = np.quantile(depth[where], 1 - _CORE_SHARE)
        core = np.flatnonzero(where & (depth >= least))
        side = 2 * max(1, round(stroke_px)) + 1
        near = np.flatnonzero(cv2.dilate(strokes, np.ones((side, side), np.uint8)))
        shape = mean.ravel()[near]
        return cls(
            core,
            mean.ravel()[core],
            max(_LEAST_TOLERANCE, _TOLERANCE * contrast),
            near,
            (shape - shape.mean()).astype(np.float32),
        )

    def presence(self, crop: Gray) -> Presence:
        """Look for it in the same crop of another picture, uint8 (H, W)."""
        values = crop.ravel()
        apart = np.abs(values[self.core] - self.tone)
        seen = values[self.near].astype(np.float32)
        seen -= seen.mean()
        power = float(np.einsum("i,i->", self.shape, self.shape))
        product = float(np.einsum("i,i->", self.shape, seen))
        seen_power = float(np.einsum("i,i->", seen, seen))
        return Presence(
            float((apart <= self.tolerance).mean()),
            product / max((power * seen_power) ** 0.5, 1e-6),
            product / max(power, 1e-6),
        )
