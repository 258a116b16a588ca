"""What an object and its surroundings look like: learnt from keyframes, kept up to date from what follows."""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.masking.carry.classifier import Evidence, PixelClassifier
from rfr_video.masking.carry.distance import REACH_PX, Distance, Stance, bounds
from rfr_video.masking.carry.look import LOOK_SIZE, WorkingPicture

KEY_SAMPLES = 8000
_RECENT_SAMPLES = 1000
_RECENT_WEIGHT = 0.15
_KEPT = 0.9  # of what recent frames taught, from frame to frame
_SURE_PX = 3.0  # nearer to the edge of a carried mask nobody knows
_PLACE_SPREAD = 0.3  # of the object's size: a shape that moves is not held to its place in the keyframe
_SURROUNDINGS = (0.3, 30)  # share of the object's size, and pixels, of its surroundings that are learnt
_NEAR_SHARE = 0.6


class Appearance:
    """Tells how much pixels look like the object.

    Args:
        keys: Keyframes with the distances of their masks, at least one of them not empty.
    """

    def __init__(self, keys: Sequence[tuple[WorkingPicture, Distance]]) -> None:
        self._random = np.random.default_rng(0)
        samples = [
            found
            for picture, distance in keys
            if (found := self._sample(picture, distance, count=KEY_SAMPLES, least_px=0.5)) is not None
        ]
        centre = np.mean([pixels[:, :LOOK_SIZE].mean(axis=0) for pixels, _, _ in samples], axis=0)
        self._classifier = PixelClassifier(np.asarray(centre, np.float32))
        self._keys = _sum([self._classifier.evidence(*found) for found in samples])
        self._recent = self._keys * 0.0
        self._classifier.learn(self._keys)

    def score(
        self,
        picture: WorkingPicture,
        stance: Stance,
        *,
        rows: npt.NDArray[np.intp],
        columns: npt.NDArray[np.intp],
    ) -> npt.NDArray[np.float32]:
        """Score pixels, float32 (N,): about +1 where they look like the object, −1 like its surroundings."""
        looks = picture.look(rows, columns)
        return self._classifier.score(np.concatenate([looks, stance.places(rows, columns)], axis=1))

    def see(self, picture: WorkingPicture, distance: Distance) -> None:
        """Learn from a frame that the mask was carried to."""
        found = self._sample(picture, distance, count=_RECENT_SAMPLES, least_px=_SURE_PX)
        if found is None:
            return
        self._recent = self._recent * _KEPT + self._classifier.evidence(*found)
        self._classifier.learn(self._keys + self._recent * _RECENT_WEIGHT)

    def _sample(
        self, picture: WorkingPicture, distance: Distance, *, count: int, least_px: float
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]] | None:
        """Draw pixels of both kinds, more of them near the edge; returns pixels, labels, weights."""
        box = bounds(distance > 0)
        if box is None:
            return None
        margin = round(_SURROUNDINGS[0] * max(box.width, box.height)) + _SURROUNDINGS[1]
        part = box.grown(margin, within=picture.rect)
        stance = Stance.of(distance > 0)
        nearby = distance[part.slices]
        drawn = self._random.random(nearby.shape, dtype=np.float32)
        pixels: list[npt.NDArray[np.float32]] = []
        labels: list[npt.NDArray[np.float32]] = []
        weights: list[npt.NDArray[np.float32]] = []
        for label, depth in ((1.0, nearby), (-1.0, -nearby)):
            known, far = depth > least_px, depth >= REACH_PX
            share = np.zeros_like(drawn)
            for kind, part_of_all in ((known & ~far, _NEAR_SHARE), (far, 1 - _NEAR_SHARE)):
                share[kind] = part_of_all * count / 2 / max(int(np.count_nonzero(kind)), 1)
            rows, columns = np.nonzero(drawn < share)
            if not len(rows):
                continue
            rows, columns = rows + part.y, columns + part.x
            places = stance.places(rows, columns)
            places += self._random.normal(scale=_PLACE_SPREAD, size=places.shape).astype(np.float32)
            pixels.append(np.concatenate([picture.look(rows, columns), places], axis=1))
            labels.append(np.full(len(rows), label, np.float32))
            weights.append(np.full(len(rows), 0.5 / len(rows), np.float32))
        if not pixels:
            return None
        return np.concatenate(pixels), np.concatenate(labels), np.concatenate(weights)


def without_crumbs(inside: npt.NDArray[np.bool_], expected: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Remove parts of a mask that are tiny, or of which hardly anything was expected there."""
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(inside.view(np.uint8), connectivity=8)
    if count <= 2:
        return inside
    areas = np.asarray(statistics[:, cv2.CC_STAT_AREA], np.float64)
    shared = np.bincount(labels.ravel(), weights=expected.ravel(), minlength=count)
    kept = (areas >= 12) & (shared > 0.1 * areas)
    kept[0] = False
    return np.asarray(kept[np.asarray(labels, np.intp)], np.bool_)


def _sum(evidence: Sequence[Evidence]) -> Evidence:
    total = evidence[0]
    for more in evidence[1:]:
        total = total + more
    return total
