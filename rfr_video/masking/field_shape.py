"""From a mask to the hole of an interlaced frame: each field is shaped by itself, and both make the whole.

A mask that covers lines of one field only leaves the other field alone, however far it grows.
"""

from collections.abc import Sequence

import numpy as np

from rfr_video.geometry import Rect, merge_overlapping
from rfr_video.masking.shape import HoleShaper
from rfr_video.masking.still import steady
from rfr_video.media.colour import Subsampling
from rfr_video.media.fields import LINE_PX, Parity, field_rect, frame_rect
from rfr_video.media.hole import BlendWeights, Hole, Mask, Region


class FieldShaper:
    """Shapes masks of interlaced frames into holes; remembers the last one.

    Args:
        picture: The whole frame, of at least two lines.
        subsampling: Of the chroma planes.
        grow_px: How far the mask grows in each field, in luma samples of the frame.
        feather_px: Likewise, over how many samples the weight falls from 1 to 0.
        merge_px: Parts of a field's hole that come closer than this, in lines of the field, become one.
    """

    def __init__(
        self, picture: Rect, *, subsampling: Subsampling, grow_px: int, feather_px: int, merge_px: int
    ) -> None:
        self._picture = picture
        self._subsampling = subsampling
        self._last: tuple[Mask, Hole | None] | None = None
        self._masks: list[Mask | None] = [None, None]
        self._shapers = tuple(
            HoleShaper(
                _lines_of(picture, parity),
                subsampling=subsampling,
                grow_px=grow_px,
                feather_px=feather_px,
                merge_px=merge_px,
                line_px=LINE_PX,
            )
            for parity in Parity
        )

    def shape(self, mask: Mask | None) -> Hole | None:
        """Return the hole of a frame's mask; ``None`` when the mask is empty."""
        if mask is None:
            return None
        if self._last is None or self._last[0] is not mask:
            top, bottom = (self._field(mask, parity) for parity in Parity)
            hole = self._whole((top, bottom)) if top or bottom else None
            self._last = (mask, hole)
        return self._last[1]

    def _field(self, mask: Mask, parity: Parity) -> Hole | None:
        lines = np.ascontiguousarray(mask[parity.lines])
        self._masks[parity] = steady(lines, self._masks[parity])
        return self._shapers[parity].shape(self._masks[parity])

    def _whole(self, fields: tuple[Hole | None, Hole | None]) -> Hole:
        mask = np.zeros((self._picture.height, self._picture.width), np.uint8)
        rects: list[Rect] = []
        for parity, hole in zip(Parity, fields, strict=True):
            if hole is not None:
                mask[parity.lines] = hole.mask
                rects += [frame_rect(region.rect, within=self._picture) for region in hole.regions]
        regions = tuple(self._region(rect, fields) for rect in merge_overlapping(rects))
        return Hole(mask, regions, fields)

    def _region(self, rect: Rect, fields: Sequence[Hole | None]) -> Region:
        """Gather the weights of all regions of the fields in a rectangle of the frame."""
        step = self._subsampling
        luma = np.zeros((rect.height, rect.width), np.float32)
        chroma = np.zeros((-(-rect.height // step.y), -(-rect.width // step.x)), np.float32)
        for parity, hole in zip(Parity, fields, strict=True):
            outer = field_rect(rect, parity)
            if hole is None or outer is None:
                continue
            for region in hole.regions:
                if region.rect.overlaps(outer):
                    inner = region.rect.relative_to(outer)
                    luma[parity.lines][inner.slices] = region.weights.luma
                    rows = slice(inner.y // step.y, inner.y // step.y + region.weights.chroma.shape[0])
                    columns = slice(inner.x // step.x, inner.x // step.x + region.weights.chroma.shape[1])
                    part = chroma[parity.lines][rows, columns]
                    part[:] = region.weights.chroma[: part.shape[0]]
        return Region(rect, BlendWeights(luma, chroma))


def _lines_of(picture: Rect, parity: Parity) -> Rect:
    lines = field_rect(picture, parity)
    assert lines is not None, "an interlaced frame has two lines or more"
    return lines
