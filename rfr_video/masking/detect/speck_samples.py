"""Which samples of some lines are specks of snow (see specks.py): evidence on each, and a network that tells.

A sample is compared with four others that were brought to where it is, ranked by their values, and with the
lines above and below, in its own picture and in the others. How much the others disagree, and how restless
the surroundings and the whole lines are, says what that is worth. Specks may be brighter or darker than what
they cover: all is turned so that a sample lies above what the others show.

Methods: rank-ordered differences (see spikes.py); a network of one hidden layer (D. Rumelhart, G. Hinton,
R. Williams, "Learning representations by back-propagating errors", Nature 323, 1986), fitted by
``benchmarks/specks.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.masking.detect.planes import BytePlane
from rfr_video.masking.detect.speck_network import HIDDEN_WEIGHTS, OUTPUT_WEIGHTS
from rfr_video.media.hole import Mask
from rfr_video.motion.grid import FloatPlane

EVIDENCE = (
    "above all others",
    "above three",
    "above two",
    "above one",
    "above the next lines",
    "above the second next lines",
    "above the next lines, in the others",
    "left stands out",
    "right stands out",
    "upper stands out",
    "lower stands out",
    "disagreement",
    "disagreement around",
    "range around",
    "texture of the others around",
    "texture around",
    "unrest around",
    "brighter or darker",
    "level",
    "specks in the lines",
    "bias",
)

LEAST_OTHERS = 2
_RANKS = {2: (0, 0, 1, 1), 3: (0, 1, 1, 2), 4: (0, 1, 2, 3)}
_LEAST_CODES, _SPECK_CODES = 2, 6
_NEAR_LINES, _NEAR_PX = 5, 9
_FAR_LINES, _FAR_PX = 9, 17
_MOST_CODES = 12.0  # what differs by more does not count for more
_GRAY, _LEVELS = 128.0, 64.0
_FEW = 0.002


@dataclass(frozen=True, eq=False)
class Samples:
    """The samples of some lines of a picture that are worth a look.

    Attributes:
        at: Which ones, bool (rows, W).
        evidence: Float32 (one per :data:`EVIDENCE`, N).
        unrest: By how much all samples differ from what most others show, up to 12 codes, float32 (rows, W).
    """

    at: npt.NDArray[np.bool_]
    evidence: npt.NDArray[np.float32]
    unrest: FloatPlane

    def logits(self) -> FloatPlane:
        """Return the logit of each sample being a speck, float32 (rows, W); minus infinity beside them."""
        hidden = np.tanh(np.einsum("he,en->hn", HIDDEN_WEIGHTS, self.evidence))
        told = np.full(self.at.shape, -np.inf, np.float32)
        told[self.at] = np.einsum("h,hn->n", OUTPUT_WEIGHTS[:-1], hidden) + OUTPUT_WEIGHTS[-1]
        return told


def speck_samples(
    picture: BytePlane, others: Sequence[BytePlane], *, line_px: int, apart: Mask | None = None
) -> Samples:
    """Gather the evidence.

    Args:
        picture: Some lines, uint8 (rows, W).
        others: Two to four others, brought to where the picture is, likewise.
        line_px: The height of a line, in rows.
        apart: What does not count as a speck of the lines, uint8 (rows, W), more than 0 there.
    """
    here = picture.astype(np.float32)
    lowest, low, high, highest = _ranked(others)
    middle = np.asarray((low + high) / 2, np.float32)
    is_above = here >= middle
    sign = np.where(is_above, np.float32(1), np.float32(-1))
    pairs = ((highest, lowest), (high, low), (low, high), (lowest, highest))
    above = [np.where(is_above, here - under, over - here) for under, over in pairs]
    next_lines, second_lines = (
        np.minimum(sign * (here - _moved(here, by)), sign * (here - _moved(here, -by)))
        for by in (line_px, 2 * line_px)
    )
    ripple = middle - (_moved(middle, line_px) + _moved(middle, -line_px)) / 2
    standing = np.maximum(np.minimum(above[1], np.maximum(next_lines, second_lines)), 0)
    signed = [*above, next_lines, second_lines, sign * ripple]
    signed += [sign * plane for plane in _beside(np.asarray(sign * standing, np.float32), line_px)]
    unrest = np.asarray(np.minimum(np.abs(here - middle), _MOST_CODES), np.float32)
    texture = np.abs(here - (_moved(here, line_px) + _moved(here, -line_px)) / 2)
    near, far = (_NEAR_PX, _NEAR_LINES), (_FAR_PX, _FAR_LINES)
    around = [
        high - low,
        _mean(high - low, near, line_px),
        _mean(np.minimum(highest - lowest, 2 * _MOST_CODES), far, line_px),
        _mean(np.abs(ripple), near, line_px),
        _mean(np.minimum(texture, _MOST_CODES), far, line_px),
        _mean(unrest, far, line_px),
    ]
    is_speck = np.minimum(above[0], next_lines) > _SPECK_CODES
    if apart is not None:
        is_speck &= apart == 0
    by_line = _mean(is_speck.mean(axis=1, keepdims=True, dtype=np.float32), (1, _FAR_LINES), line_px)
    at = np.asarray(above[1] + above[2] > 2 * _LEAST_CODES, np.bool_)
    evidence = [
        *(np.copysign(np.log1p(np.abs(plane[at])), plane[at]) for plane in signed),
        *(np.log1p(plane[at]) for plane in around),
        sign[at],
        (middle[at] - _GRAY) / _LEVELS,
        np.log(by_line + _FEW)[np.nonzero(at)[0], 0],
        np.ones(np.count_nonzero(at)),
    ]
    return Samples(at, np.stack(evidence).astype(np.float32), unrest)


def _ranked(others: Sequence[BytePlane]) -> list[FloatPlane]:
    """Return the lowest of each sample's values, the second and third lowest and the highest, float32."""
    ranked = list(others)
    for one, two in combinations(range(len(ranked)), 2):
        lower, higher = cv2.min(ranked[one], ranked[two]), cv2.max(ranked[one], ranked[two])
        ranked[one], ranked[two] = np.asarray(lower, np.uint8), np.asarray(higher, np.uint8)
    return [ranked[rank].astype(np.float32) for rank in _RANKS[len(ranked)]]


def _beside(plane: FloatPlane, line_px: int) -> list[FloatPlane]:
    """Return what is to the left and right of samples, and above and below them."""
    along = [_moved(np.ascontiguousarray(plane.T), by).T for by in (1, -1)]
    return [*along, *(_moved(plane, by) for by in (line_px, -line_px))]


def _moved(plane: FloatPlane, rows: int) -> FloatPlane:
    """Move a plane down, or up; its last rows stand for what lies beyond."""
    height = plane.shape[0]
    margin = abs(rows)
    wide = cv2.copyMakeBorder(plane, margin, margin, 0, 0, cv2.BORDER_REPLICATE)
    return np.asarray(wide[margin - rows : margin - rows + height], np.float32)


def _mean(plane: FloatPlane, size: tuple[int, int], line_px: int) -> FloatPlane:
    return np.asarray(cv2.blur(plane, (size[0] * line_px, size[1] * line_px)), np.float32)
