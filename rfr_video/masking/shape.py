"""From a mask to a hole: grown, feathered, cut into regions."""

import cv2
import numpy as np

from rfr_video.geometry import Rect, merge_overlapping
from rfr_video.media.colour import FloatImage, Subsampling
from rfr_video.media.hole import BlendWeights, Hole, Mask, Region


class HoleShaper:
    """Shapes masks into holes. Remembers the last one: a still mask costs nothing after the first frame.

    Args:
        picture: The whole picture.
        subsampling: Of the chroma planes; regions are aligned to it.
        grow_px: How far the mask grows, in a round shape.
        feather_px: Over how many pixels outside the grown mask the weight falls from 1 to 0.
        merge_px: Parts of a hole that come closer than this become one region.
    """

    def __init__(
        self, picture: Rect, *, subsampling: Subsampling, grow_px: int, feather_px: int, merge_px: int
    ) -> None:
        self._picture = picture
        self._subsampling = subsampling
        self._grow_px = grow_px
        self._feather_px = feather_px
        self._merge_px = merge_px
        self._last: tuple[Mask, Hole | None] | None = None

    def shape(self, mask: Mask | None) -> Hole | None:
        """Return the hole of a mask; ``None`` when the mask is empty."""
        if mask is None:
            return None
        if self._last is None or self._last[0] is not mask:
            self._last = (mask, self._shaped(mask))
        return self._last[1]

    def _shaped(self, mask: Mask) -> Hole | None:
        reach = self._grow_px + self._feather_px
        touched = Rect(*cv2.boundingRect(mask)) if mask.any() else None
        if touched is None:
            return None
        area = touched.grown(reach, within=self._picture)
        weight = self._weight(np.ascontiguousarray(mask[area.slices]))
        grown = np.zeros_like(mask)
        grown[area.slices] = np.where(weight > 0, 255, 0)
        regions = tuple(Region(rect, self._weights(weight, area, rect)) for rect in self._rects(grown))
        return Hole(grown, regions)

    def _weight(self, mask: Mask) -> FloatImage:
        """Blend weight by distance to the mask: 1 up to the growth, then a ramp down to 0."""
        if self._grow_px == self._feather_px == 0:
            return (mask > 0).astype(np.float32)
        outside = np.where(mask > 0, 0, 255).astype(np.uint8)
        distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        ramp = (self._grow_px + self._feather_px + 1 - distance) / (self._feather_px + 1)
        return np.clip(ramp, 0, 1).astype(np.float32)

    def _rects(self, grown: Mask) -> tuple[Rect, ...]:
        """Bounding boxes of the connected parts; those closer than the merge distance united."""
        _, _, stats, _ = cv2.connectedComponentsWithStats(grown, connectivity=8)
        half = -(-self._merge_px // 2)
        boxes = [Rect(*(int(number) for number in row[:4])) for row in stats[1:]]
        merged = merge_overlapping(box.grown(half, within=self._picture) for box in boxes)
        aligned = (
            _tight(grown, rect).aligned(self._subsampling.x, self._subsampling.y, within=self._picture)
            for rect in merged
        )
        return merge_overlapping(aligned)

    def _weights(self, weight: FloatImage, area: Rect, rect: Rect) -> BlendWeights:
        """Cut the weights of a region out of those of the area, which may be smaller by the alignment."""
        luma = np.zeros((rect.height, rect.width), np.float32)
        left, top = max(rect.x, area.x), max(rect.y, area.y)
        right, bottom = min(rect.right, area.right), min(rect.bottom, area.bottom)
        luma[top - rect.y : bottom - rect.y, left - rect.x : right - rect.x] = weight[
            top - area.y : bottom - area.y, left - area.x : right - area.x
        ]
        return BlendWeights.of(luma, self._subsampling)


def _tight(mask: Mask, rect: Rect) -> Rect:
    inner = Rect(*cv2.boundingRect(np.ascontiguousarray(mask[rect.slices])))
    return Rect(inner.x + rect.x, inner.y + rect.y, inner.width, inner.height)
