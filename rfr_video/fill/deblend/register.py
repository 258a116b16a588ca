"""How much of an overlay a frame shows, and where: fades, and jitter by parts of a pixel.

The fine details of what is seen are those of the background, which are as often one way as the other, and
those of the overlay. A robust regression on the overlay's own details, and on how they change where it moves,
gives its gain and its shift at once.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.fill.deblend.matte import LEAST_TRANSMISSION
from rfr_video.media.colour import FloatImage
from rfr_video.motion.completion import spread

_SMOOTH_PX = 0.7
_ROUNDS = 3
_REWEIGHTINGS = 3
_LEAST_SCALE_CODES = 0.5
_ALIKE = 6.0  # details that count as one: neighbours share their samples
_CERTAIN = 4.0
_LEAST_CHANGE = 0.04
_MOST_DOUBT = 0.12
_LEAST_SHIFT_PX = 0.15
_LARGEST_SHIFT_PX = 2.0
_LEAST_STRENGTH = 2.0


@dataclass(frozen=True)
class Placing:
    """How an overlay is there in a frame.

    Attributes:
        gain: 1 is all of it, 0 nothing.
        x: By how many pixels it is moved to the right.
        y: Likewise down.
    """

    gain: float = 1.0
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True, eq=False)
class Template:
    """An overlay in luma, over a rectangle.

    Attributes:
        alpha_hw: Float32.
        part_hw: What it adds, α · luma, in codes.
        hole_hw: Where it may be, bool.
    """

    alpha_hw: FloatImage
    part_hw: FloatImage
    hole_hw: npt.NDArray[np.bool_]

    @cached_property
    def outside_hw(self) -> FloatImage:
        """1 outside the hole, float32."""
        return (~self.hole_hw).astype(np.float32)

    @cached_property
    def near_hw(self) -> npt.NDArray[np.bool_]:
        """The hole and its rim."""
        return np.asarray(cv2.dilate(self.hole_hw.astype(np.uint8), np.ones((5, 5), np.uint8))) > 0


def register(luma_hw: FloatImage, overlay: Template) -> Placing:
    """Find how an overlay is there in a frame; what cannot be told from being all there in its place is that.

    Args:
        luma_hw: Of the frame, in codes, float32 over the template's rectangle.
        overlay: Of which alpha is below 1 somewhere.
    """
    behind_hw = spread(luma_hw, overlay.outside_hw)
    gain, x, y, doubt = 1.0, 0.0, 0.0, np.zeros(3)
    for _ in range(_ROUNDS):
        excess_hw = overlay.part_hw - overlay.alpha_hw * behind_hw
        solved = _solved(luma_hw - behind_hw, np.asarray(excess_hw, np.float32), overlay.near_hw)
        if solved is None:
            return Placing()
        (gain, along_x, along_y), doubt = solved
        if gain < _LEAST_CHANGE:
            break
        x, y = -along_x / gain, -along_y / gain
        seen_through = np.maximum(1 - np.float32(gain) * overlay.alpha_hw, np.float32(LEAST_TRANSMISSION))
        recovered_hw = (luma_hw - np.float32(gain) * overlay.part_hw) / seen_through
        weight_hw = np.maximum(overlay.outside_hw, seen_through**2)
        behind_hw = cv2.GaussianBlur(recovered_hw * weight_hw, (0, 0), 3) / np.maximum(
            cv2.GaussianBlur(weight_hw, (0, 0), 3), np.float32(1e-3)
        )
        behind_hw = np.asarray(behind_hw, np.float32)
    if doubt[0] > _MOST_DOUBT:  # in luma the overlay is hardly there to be seen
        return Placing()
    if abs(gain - 1) < max(_CERTAIN * doubt[0], _LEAST_CHANGE):
        gain = 1.0
    gain = min(max(gain, 0.0), 1.0)
    length = (x**2 + y**2) ** 0.5
    slack = _CERTAIN * float(np.hypot(doubt[1], doubt[2])) / max(gain, 0.1)
    if not max(slack, _LEAST_SHIFT_PX) < length < _LARGEST_SHIFT_PX:
        x = y = 0.0
    return Placing(gain, x, y)


def _solved(
    seen_hw: FloatImage, excess_hw: FloatImage, where_hw: npt.NDArray[np.bool_]
) -> tuple[tuple[float, float, float], npt.NDArray[np.float64]] | None:
    """Regress details on those of the overlay and of its derivatives; with standard errors."""
    along_x, along_y = _derivative(excess_hw, 1), _derivative(excess_hw, 0)
    columns = np.stack([_details(one, where_hw) for one in (excess_hw, along_x, along_y)])
    values = _details(seen_hw, where_hw)
    if values.size < 8 or float((columns[0] ** 2).mean()) < _LEAST_STRENGTH:
        return None
    weights = np.ones_like(values)
    solution = np.zeros(3)
    inverse = np.eye(3)
    scale = 1.0
    for _ in range(_REWEIGHTINGS):
        weighted = columns * weights
        square = np.einsum("in,jn->ij", weighted, columns) + 1e-6 * np.eye(3)
        inverse = np.asarray(np.linalg.inv(square), np.float64)
        solution = np.einsum("ij,j->i", inverse, np.einsum("jn,n->j", weighted, values))
        residual = values - np.einsum("i,in->n", solution, columns)
        scale = max(float(np.median(np.abs(residual))) * 1.5, _LEAST_SCALE_CODES)
        weights = 1 / (1 + (residual / (2 * scale)) ** 2) ** 2
    doubt = np.sqrt(np.diagonal(inverse) * scale**2 * _ALIKE)
    return (float(solution[0]), float(solution[1]), float(solution[2])), doubt


def _details(values_hw: FloatImage, where_hw: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Return second derivatives: those of pictures are small and of both signs, those of edges are not."""
    smooth_hw = cv2.GaussianBlur(values_hw, (0, 0), _SMOOTH_PX)  # the finest details compression has taken
    return np.asarray(cv2.Laplacian(smooth_hw, cv2.CV_32F, ksize=3), np.float64)[where_hw]


def _derivative(values_hw: FloatImage, axis: int) -> FloatImage:
    return np.asarray(np.gradient(values_hw, axis=axis), np.float32)
