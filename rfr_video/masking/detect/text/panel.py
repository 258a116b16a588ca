"""The box behind letters, opaque or translucent: straight edges along the whole line, on both sides of it."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor

import cv2
import numpy as np

from rfr_video.masking.detect.text.presence import Values
from rfr_video.masking.detect.text.strokes import Gray
from rfr_video.masking.detect.text.track import Followed

_EDGE_STEP = 4.0  # of 255
_LEAST_STEP = 1.0
_EDGE_SHARE = 0.85  # of an edge's length that steps the same way
_STILL = 5.0  # of 255: surroundings that change less tell nothing
_CHANGED = 6.0
_CHANGED_SHARE = 0.7
_CALMER = 0.75
_FLAT = 6.0


@dataclass(frozen=True)
class Panel:
    """The edges of a box, as far as they are known: the first column or row inside, and the first outside.

    Several lines before one box each know a part of it.
    """

    left: int | None = None
    top: int | None = None
    right: int | None = None
    bottom: int | None = None

    @property
    def is_known(self) -> bool:
        """Whether enough is known of it to be filled."""
        sides = self.left is not None and self.right is not None
        return sides and (self.top is not None or self.bottom is not None)

    def united(self, other: "Panel") -> "Panel":
        """Return what two lines before one box know together."""
        return Panel(
            _outer(min, self.left, other.left),
            _outer(min, self.top, other.top),
            _outer(max, self.right, other.right),
            _outer(max, self.bottom, other.bottom),
        )

    def mapped(self, across: Callable[[int], float], down: Callable[[int], float]) -> "Panel":
        """Return it in another picture, rounded outwards; the functions move columns and rows."""
        return Panel(
            None if self.left is None else floor(across(self.left)),
            None if self.top is None else floor(down(self.top)),
            None if self.right is None else ceil(across(self.right)),
            None if self.bottom is None else ceil(down(self.bottom)),
        )

    def moved(self, right: int, down: int) -> "Panel":
        """Return it as counted from another corner."""
        return Panel(
            _plus(self.left, right), _plus(self.top, down), _plus(self.right, right), _plus(self.bottom, down)
        )


def panel(found: Followed, strokes: Gray) -> Panel:
    """Look for the box behind a line.

    Args:
        found: The line.
        strokes: Uint8 of the size of its crop, not 0 = stroke.

    Returns:
        Its edges in the crop; sides only where what they enclose belongs to the overlay.
    """
    rows, columns = np.flatnonzero(strokes.any(axis=1)), np.flatnonzero(strokes.any(axis=0))
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    down = _edges(np.diff(found.mean[:, left:right], axis=0))
    across = _edges(np.diff(found.mean[top:bottom], axis=1).T)
    for sign in (1, -1):  # into something brighter, into something darker
        above, below = _nearest(sign * down, top, bottom)
        before, after = _nearest(sign * across, left, right)
        edges = Panel(_plus(before, 1), _plus(above, 1), _plus(after, 1), _plus(below, 1))
        if edges.is_known and _belongs(found, strokes, edges):
            return edges
        if above is not None or below is not None:
            known = Panel(None, edges.top, None, edges.bottom)
            if _belongs(found, strokes, Panel(left, edges.top, right, edges.bottom)):
                return known
    return Panel()


def _belongs(found: Followed, strokes: Gray, edges: Panel) -> bool:
    """Whether what the edges enclose came with the line, is calmer than what is outside, or is quite flat."""
    inside = np.zeros(strokes.shape, np.bool_)
    inside[edges.top or 0 : edges.bottom, edges.left or 0 : edges.right] = True
    outside = ~inside
    inside &= cv2.dilate(strokes, np.ones((7, 7), np.uint8)) == 0
    if not inside.any() or not outside.any():
        return False
    if found.onset is not None:
        return float((found.onset[inside] >= _CHANGED).mean()) >= _CHANGED_SHARE
    restless = float(np.median(found.deviation[outside]))
    if restless >= _STILL:
        return float(np.median(found.deviation[inside])) <= _CALMER * restless
    return float(found.mean[inside].std()) <= _FLAT


def _edges(steps: Values) -> Values:
    """Return for every row of steps the median where nearly all go the same way, or else 0."""
    middle = np.median(steps, axis=1)
    same = np.maximum((steps > _LEAST_STEP).mean(axis=1), (steps < -_LEAST_STEP).mean(axis=1))
    return np.where((same >= _EDGE_SHARE) & (np.abs(middle) >= _EDGE_STEP), middle, 0).astype(np.float32)


def _nearest(edges: Values, first: int, last: int) -> tuple[int | None, int | None]:
    """Return the strongest step into something before ``first``, and out of it from ``last`` on."""
    before, after = edges[:first], -edges[last:]
    return (
        int(before.argmax()) if before.size and before.max() > 0 else None,
        last + int(after.argmax()) if after.size and after.max() > 0 else None,
    )


def _outer(choose: Callable[[list[int]], int], one: int | None, other: int | None) -> int | None:
    known = [edge for edge in (one, other) if edge is not None]
    return choose(known) if known else None


def _plus(edge: int | None, px: int) -> int | None:
    return None if edge is None else edge + px
