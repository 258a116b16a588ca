"""From a mask to a hole: grown, feathered, cut into regions."""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.geometry import Rect, merge_overlapping
from rfr_video.media.colour import FloatImage, Subsampling
from rfr_video.media.hole import CHROMA_ONLY, BlendWeights, Hole, Mask, Region

MAX_PARTS = 200
"""Of more parts than these, neighbours become one region: every region has its cost."""


class HoleShaper:
    """Shapes masks into holes. Remembers the last one: a still mask costs nothing after the first frame.

    Args:
        picture: The whole picture.
        subsampling: Of the chroma planes; regions are aligned to it.
        grow_px: How far the mask grows, in a round shape.
        feather_px: Over how many pixels outside the grown mask the weight falls from 1 to 0.
        merge_px: Parts of a hole that come closer than this become one region.
        line_px: How many luma samples a line is high: 2 in a field, where growing goes half as many lines as
            samples, rounded up.
    """

    def __init__(
        self,
        picture: Rect,
        *,
        subsampling: Subsampling,
        grow_px: int,
        feather_px: int,
        merge_px: int,
        line_px: int = 1,
    ) -> None:
        self._picture = picture
        self._subsampling = subsampling
        self._grow_px = grow_px
        self._feather_px = feather_px
        self._merge_px = max(merge_px, 1)  # at 1, only parts that touch
        self._line_px = line_px
        self._last: tuple[Mask, Hole | None] | None = None

    def shape(self, mask: Mask | None) -> Hole | None:
        """Return the hole of a mask; ``None`` when the mask is empty."""
        if mask is None:
            return None
        if self._last is None or self._last[0] is not mask:
            self._last = (mask, self._shaped(mask))
        return self._last[1]

    def _shaped(self, mask: Mask) -> Hole | None:
        rects = self._rects(mask)
        if not rects:
            return None
        grown = np.zeros_like(mask)
        regions: list[Region] = []
        for rect in rects:
            part = mask[rect.slices]
            weight = self._weight(part > 0)
            grown[rect.slices][weight > 0] = 255
            weights = BlendWeights.of(weight, self._subsampling)
            if (part == CHROMA_ONLY).any():
                weights = replace(weights, luma=self._weight(part > CHROMA_ONLY))
            regions.append(Region(rect, weights))
        return Hole(grown, tuple(regions))

    def _weight(self, masked: npt.NDArray[np.bool_]) -> FloatImage:
        """Blend weight by distance to what is masked: 1 up to the growth, then a ramp down to 0."""
        if self._grow_px == self._feather_px == 0:
            return masked.astype(np.float32)
        if not masked.any():
            return np.zeros(masked.shape, np.float32)
        outside = np.where(masked, 0, 255).astype(np.uint8)
        high = np.repeat(outside, self._line_px, axis=0)
        distance = cv2.distanceTransform(high, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        distance = distance.reshape(-1, self._line_px, masked.shape[1]).min(axis=1)
        ramp = (self._grow_px + self._feather_px + 1 - distance) / (self._feather_px + 1)
        return np.clip(ramp, 0, 1).astype(np.float32)

    def _rects(self, mask: Mask) -> tuple[Rect, ...]:
        """Return the regions' rectangles: each holds all samples that its parts of the mask reach."""
        reach = self._grow_px + self._feather_px
        parts = _parts(mask, closer_than_px=2 * reach + self._merge_px)
        lines = -(-reach // self._line_px)
        grown = (part.grown(reach, lines=lines, within=self._picture) for part in parts)
        merged = merge_overlapping(grown, closer_than_px=self._merge_px)
        step_x, step_y = self._subsampling.x, self._subsampling.y
        return merge_overlapping(rect.aligned(step_x, step_y, within=self._picture) for rect in merged)


def _parts(mask: Mask, *, closer_than_px: int) -> list[Rect]:
    """Return the bounding boxes of a mask's parts, at most :data:`MAX_PARTS`.

    Samples with fewer than ``closer_than_px`` samples between them, in both directions, are of one part;
    where that leaves too many parts, the distance is doubled until they are few enough.
    """
    left, top, width, height = cv2.boundingRect(mask)
    if not width:
        return []
    touched = np.ascontiguousarray(mask[top : top + height, left : left + width])
    thick = _dilated(touched, closer_than_px)
    while (labelled := cv2.connectedComponentsWithStats(thick, connectivity=8))[0] > MAX_PARTS + 1:
        # Dilated by n and then by n + 1 samples is dilated by 2n.
        thick, closer_than_px = _dilated(thick, closer_than_px + 1), 2 * closer_than_px
    boxes = [Rect(*(int(number) for number in row[:4])) for row in labelled[2][1:]]
    return [_moved(_tight(touched, box), left, top) for box in boxes]


def _dilated(mask: Mask, size_px: int) -> Mask:
    return np.asarray(cv2.dilate(mask, np.ones((size_px, size_px), np.uint8)), np.uint8)


def _tight(mask: Mask, rect: Rect) -> Rect:
    return _moved(Rect(*cv2.boundingRect(np.ascontiguousarray(mask[rect.slices]))), rect.x, rect.y)


def _moved(rect: Rect, x: int, y: int) -> Rect:
    return Rect(rect.x + x, rect.y + y, rect.width, rect.height)
