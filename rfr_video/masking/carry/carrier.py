"""Carrying a mask from picture to picture, in one direction of time."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.masking.carry.appearance import Appearance, without_crumbs
from rfr_video.masking.carry.distance import (
    REACH_PX,
    Distance,
    Stance,
    bounds,
    distance_of,
    likeness,
    nowhere,
)
from rfr_video.masking.carry.guided import FloatPlane, guided_filter
from rfr_video.masking.carry.look import WorkingPicture
from rfr_video.masking.carry.object_motion import Shift, move
from rfr_video.motion.flow import DisFlow, FlowEstimator

_SNAP_RADIUS_PX = 4
_SNAP_SMOOTHNESS = 1e-3
_LEAST_TRUST = 0.25
_MOTION_WEIGHT = 6 / REACH_PX  # log odds per pixel of distance
_LOOK_WEIGHT, _LOOK_LIMIT = 5.0, 6.0  # log odds per unit of score, and the most of them
_BAND_PX = 0.95 * REACH_PX
_OCCLUDED_PX = 2.0
_LEAST_AGREEMENT = 0.5
_LIKENESS_POWER = 0.27
_HELD = 0.9  # per frame of a flash
_LOST = 0.8  # per frame on which the object is not to be seen any more
_REMEMBERED, _LEAST_HIDDEN, _HIDDEN_ODDS = 0.93, 0.3, -2.5
_GUIDE_UNITS = np.array([1 / 255, 1 / 100, 1 / 100], np.float32)
_WHOLE_FLOW_PX = 1 << 30


@dataclass(frozen=True)
class Carried:
    """A mask on one picture.

    Attributes:
        distance: Of the mask.
        confidence: 0 to 1; 1 for a mask made by hand. Multiplied up from frame to frame: see
            :func:`expected_likeness` for what it means.
    """

    distance: Distance
    confidence: float


def expected_likeness(confidence: float) -> float:
    """Return the intersection over union with the true mask that a confidence stands for, 0 to 1.

    Measured on the object masks of 12 DAVIS sequences by benchmarks/carried_masks.py, which prints how well
    it holds.
    """
    return float(confidence**_LIKENESS_POWER)


class Carrier:
    """Carries a mask from its keyframe on, one picture at a time.

    Args:
        picture: The keyframe.
        distance: Of its mask.
        appearance: Of the object; it goes on learning.
        estimator: Of flow.
    """

    def __init__(
        self,
        picture: WorkingPicture,
        distance: Distance,
        appearance: Appearance,
        *,
        estimator: FlowEstimator | None = None,
    ) -> None:
        self._picture = picture
        self._distance = distance
        self._appearance = appearance
        self._estimator = estimator or DisFlow(largest_px=_WHOLE_FLOW_PX)
        self._shift: Shift = (0, 0)
        self._confidence = 1.0
        self._hidden = np.zeros(distance.shape, np.float32)

    def _hidden_after(self, drift: tuple[float, float]) -> npt.NDArray[np.float32]:
        """Move what hides behind something else along with the rest of the object; it is forgotten slowly."""
        size = self._picture.rect.width, self._picture.rect.height
        matrix = np.array([[1, 0, drift[0]], [0, 1, drift[1]]], np.float64)
        moved = cv2.warpAffine(self._hidden, matrix, size, flags=cv2.INTER_LINEAR)
        return np.asarray(moved * np.float32(_REMEMBERED), np.float32)

    @property
    def appearance(self) -> Appearance:
        """What has been learnt so far."""
        return self._appearance

    def hold(self) -> Carried:
        """Let the mask stay where it is over a picture that shows nothing, such as a flash."""
        self._confidence *= _HELD
        return Carried(self._distance, self._confidence)

    def step(self, picture: WorkingPicture) -> Carried:
        """Carry the mask to the next picture, which is of the same size."""
        moved = move(
            self._distance,
            seen=self._picture,
            now=picture,
            estimator=self._estimator,
            expected=self._shift,
        )
        self._shift = moved.shift
        expected = moved.distance > 0
        if expected.any():
            trust = _LEAST_TRUST + (1 - _LEAST_TRUST) * moved.trust
            hidden = self._hidden_after(moved.drift)
            self._distance = snapped(
                moved.distance, picture, self._appearance, trust=trust, hidden=hidden > _LEAST_HIDDEN
            )
            visible = self._distance > 0
            hidden[moved.distance > _OCCLUDED_PX] = 1
            hidden[visible] = 0
            self._hidden = hidden
            agreement = likeness(self._distance > 0, expected)
            trusted = float(np.mean(moved.trust[expected]))
            lost = min(1.0, agreement / _LEAST_AGREEMENT)  # most of the object gone at once
            self._confidence *= agreement**0.4 * lost**2 * (0.85 + 0.15 * trusted)
            self._appearance.see(picture, self._distance)
        else:
            self._distance = moved.distance
            self._confidence *= _LOST
        self._picture = picture
        return Carried(self._distance, self._confidence)


def snapped(
    distance: Distance,
    picture: WorkingPicture,
    appearance: Appearance,
    *,
    trust: npt.NDArray[np.float32] | None = None,
    hidden: npt.NDArray[np.bool_] | None = None,
) -> Distance:
    """Move the edge of a mask to where the picture has one: by what pixels look like, and along its edges.

    Args:
        distance: Of the mask, not everywhere −12.
        picture: Of the same size.
        appearance: Of the object.
        trust: How far to believe ``distance``, float32 (H, W), 0 to 1; everywhere 1 if not given.
        hidden: Where the object was hidden and may come out again, bool (H, W); nowhere if not given.
    """
    band = np.abs(distance) < _BAND_PX
    expected = distance > 0
    possible = expected if hidden is None else expected | hidden
    around = bounds(band | possible)
    if around is None or not expected.any():
        return distance
    part = around.grown(2 * _SNAP_RADIUS_PX, within=picture.rect)
    odds = distance * np.float32(_MOTION_WEIGHT)
    if trust is not None:
        odds *= trust
    if hidden is not None:
        odds[hidden] = np.maximum(odds[hidden], np.float32(_HIDDEN_ODDS))
        band |= hidden & ~expected
    rows, columns = np.nonzero(band)
    scores = appearance.score(picture, Stance.of(expected), rows=rows, columns=columns)
    odds[rows, columns] += np.clip(_LOOK_WEIGHT * scores, -_LOOK_LIMIT, _LOOK_LIMIT)
    share: FloatPlane = np.reciprocal(1 + np.exp(odds[part.slices] / np.float32(-2)))
    lab = cv2.cvtColor(np.ascontiguousarray(picture.rgb[part.slices]), cv2.COLOR_RGB2LAB)
    guide: FloatPlane = lab.astype(np.float32) * _GUIDE_UNITS
    smooth = guided_filter(guide, share, radius_px=_SNAP_RADIUS_PX, smoothness=_SNAP_SMOOTHNESS)
    result = nowhere(*distance.shape)
    result[part.slices] = distance_of(without_crumbs(smooth > 0.5, possible[part.slices]))
    return result


def blended(parts: Sequence[tuple[Carried, float]]) -> Carried:
    """Blend masks that were carried to a picture from two sides.

    Args:
        parts: Each with its weight, 0 to 1; together 1.
    """
    (first, first_weight), (second, second_weight) = parts
    weights = first_weight * first.confidence + 1e-6, second_weight * second.confidence + 1e-6
    total = sum(weights)
    distance = (weights[0] * first.distance + weights[1] * second.distance) / np.float32(total)
    agreement = likeness(first.distance > 0, second.distance > 0)
    best = max(first.confidence * first_weight, second.confidence * second_weight) / max(
        first_weight, second_weight
    )
    confidence = best * (0.5 + 0.5 * agreement)
    return Carried(np.asarray(distance, np.float32), min(1.0, confidence))
