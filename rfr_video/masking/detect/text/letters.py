"""Letters: connected strokes of a letter's size, told by vectors of numbers.

The measures are those by which text is told from texture since the stroke width transform (Epshtein, Ofek
and Wexler, "Detecting Text in Natural Scenes with Stroke Width Transform", CVPR 2010): sizes, proportions,
and how wide the strokes are. The width is twice the area over the length of the outline, which is exact for a
long stroke.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.masking.detect.text.strokes import Gray, Polarity

MOST_LETTERS = 1500
_LEAST_HEIGHT_PX = 6
_GREATEST_PROPORTION = 8.0  # width to height: letters may touch
_LEAST_AREA_PX = 8
_LEAST_FILLED = 0.12
_STROKE_TO_HEIGHT = (0.05, 0.55)

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Letters:
    """Letters of one polarity in a picture; arrays of (N,), from left to right.

    Attributes:
        polarity: Whether they are brighter or darker than what is around them.
        labels: Int32 (H, W): which pixel belongs to which connected part; see ``label``.
        label: The label of each letter.
        left: Of each letter's box.
        top: Likewise.
        right: Likewise; the column after the last.
        bottom: Likewise.
        stroke_px: How wide the strokes are, on average.
        tone: How bright they are on average, 0 to 255.
    """

    polarity: Polarity
    labels: Ints
    label: Ints
    left: Ints
    top: Ints
    right: Ints
    bottom: Ints
    stroke_px: Floats
    tone: Floats

    def __len__(self) -> int:
        return len(self.label)

    @property
    def height(self) -> Ints:
        """How tall they are."""
        return self.bottom - self.top


def letters(strokes: Gray, gray: Gray, polarity: Polarity, *, tallest_px: float) -> Letters:
    """Find connected strokes that may be letters.

    Args:
        strokes: Uint8 (H, W), not 0 = stroke.
        gray: Uint8 (H, W), the picture.
        polarity: Of the strokes.
        tallest_px: What is taller is no letter.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    labels, stats = np.asarray(labels, np.int32), np.asarray(stats, np.int32)
    left, top, width, height, area = (stats[:, column] for column in range(5))
    kept = (
        (height >= _LEAST_HEIGHT_PX)
        & (height <= tallest_px)
        & (width <= _GREATEST_PROPORTION * height)
        & (area >= _LEAST_AREA_PX)
        & (area >= _LEAST_FILLED * width * height)
    )
    kept[0] = False  # the ground
    inner = np.asarray(cv2.erode(strokes, np.ones((3, 3), np.uint8)), np.uint8) > 0
    outline = area - np.bincount(labels[inner], minlength=count)
    stroke = 2.0 * area / np.maximum(outline, 1)
    kept &= (stroke >= _STROKE_TO_HEIGHT[0] * height) & (stroke <= _STROKE_TO_HEIGHT[1] * height)
    chosen = np.flatnonzero(kept)
    if len(chosen) > MOST_LETTERS:
        chosen = chosen[np.argsort(area[chosen])[-MOST_LETTERS:]]
    chosen = chosen[np.argsort(left[chosen], kind="stable")]
    where = strokes > 0
    tone = np.bincount(labels[where], weights=gray[where], minlength=count) / np.maximum(area, 1)
    return Letters(
        polarity,
        labels,
        chosen.astype(np.int32),
        left[chosen],
        top[chosen],
        (left + width)[chosen],
        (top + height)[chosen],
        stroke[chosen].astype(np.float32),
        tone[chosen].astype(np.float32),
    )
