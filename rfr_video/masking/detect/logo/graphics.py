"""Rows of letters, and boxes with letters in them, before a still camera: thinner and wider than other logos.

Drawn letters and boxes are of one colour throughout and end sharply; filmed things hardly ever are both. So
rows of such letters, and boxes with such letters in them, are taken for overlays near a corner.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from rfr_video.geometry import Rect
from rfr_video.masking.detect.logo.evidence import Evidence
from rfr_video.masking.detect.logo.segment import Where, dilated

_FLAT = 16.0
"""Levels within a sample's four neighbours, at most."""

_RESTING = 3.0
"""Deviation over time, at most."""

_JUMP = 35.0
_SHARP_SHARE = 0.75
_LEAST_SAMPLES = 5
_MOST_WIDTH, _MOST_HEIGHT, _MOST_AREA = 0.35, 0.3, 0.03
_CORNER_WIDTH, _CORNER_HEIGHT = 0.33, 0.25
_ALIKE = 8.0
_TINT = 18.0
_LEAST_OF_COLOUR = 3
_GAP = 0.03
_LEAST_LETTERS, _MANY_LETTERS = 5, 12
_BOX_WIDTH, _BOX_HEIGHT, _BOX_FILL = 0.04, 0.025, 0.96
_RIM_PX = 3
_SURE = 0.75


@dataclass(frozen=True, eq=False)
class Graphic:
    """Something that looks drawn.

    Attributes:
        inside: Its shape, bool (H, W) of the working size.
        rect: The box around it.
        confidence: That it is an overlay, 0 to 1.
    """

    inside: Where
    rect: Rect
    confidence: float


@dataclass(frozen=True, eq=False)
class _Flat:
    """A part of one colour that ends sharply: its box, its samples within the box, its colour."""

    rect: Rect
    samples: Where
    colour: tuple[float, float, float]

    def is_like(self, other: "_Flat") -> bool:
        luma, blue, red = (abs(own - others) for own, others in zip(self.colour, other.colour, strict=True))
        return luma < _ALIKE and max(blue, red) < _TINT

    def is_beside(self, other: Rect, gap: int) -> bool:
        """Whether hardly anything lies between the two, and less in height than in width."""
        below = max(self.rect.y, other.y) - min(self.rect.bottom, other.bottom)
        between = max(self.rect.x, other.x) - min(self.rect.right, other.right)
        return below <= gap // 8 and between <= gap


def graphics(evidence: Evidence, *, area: Rect | None) -> Iterator[Graphic]:
    """Yield what looks drawn.

    Args:
        evidence: Of the scan.
        area: Where to look, in samples of the working size; near the corners if not given.
    """
    height, width = evidence.busy.shape
    flats = [one for one in _flats(evidence) if _is_wanted(one.rect, area, width, height)]
    boxes = [one for one in flats if _is_box(one, flats, width, height)]
    for box in boxes:
        inside = np.zeros((height, width), np.bool_)
        rect = box.rect.grown(2, within=Rect(0, 0, width, height))  # its own edge is not flat
        inside[rect.slices] = True
        yield Graphic(inside, rect, _SURE)
    letters = [
        one
        for one in flats
        if one.rect.height < _MOST_HEIGHT * height / 3
        and not any(one.rect.overlaps(box.rect) for box in boxes)
    ]
    for row in _rows(letters, gap=round(_GAP * width)):
        count = max(sum(one.is_like(other) for other in row) for one in row)
        inside = _shape(evidence, row) if count >= _LEAST_LETTERS else None
        if inside is None or not inside.any():
            continue
        rows, columns = np.nonzero(inside)
        rect = Rect.from_edges(
            int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1
        )
        share = (count - _LEAST_LETTERS + 1) / (_MANY_LETTERS - _LEAST_LETTERS)
        yield Graphic(inside, rect, _SURE * min(0.6 + 0.4 * share, 1))


def _flats(evidence: Evidence) -> Iterator[_Flat]:
    """Yield parts of one colour that end sharply, of the size of letters and boxes."""
    luma = evidence.means[0]
    height, width = luma.shape
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    spread = np.asarray(cv2.dilate(luma, cross) - cv2.erode(luma, cross), np.float32)
    flat = (spread < _FLAT) & (evidence.deviation < _RESTING)
    count, labels, table, _ = cv2.connectedComponentsWithStats(flat.view(np.uint8), connectivity=4)
    for number in range(1, count):
        x, y, w, h, area = (int(value) for value in table[number])
        small = (
            w <= _MOST_WIDTH * width and h <= _MOST_HEIGHT * height and area <= _MOST_AREA * height * width
        )
        if area < _LEAST_SAMPLES or not small:
            continue
        around = Rect(x, y, w, h).grown(5, within=Rect(0, 0, width, height))
        inside = np.asarray(labels[around.slices] == number)
        ring = dilated(inside, 9) & ~dilated(inside, 5)
        levels = luma[around.slices]
        own = float(np.mean(levels[inside]))
        jumps = np.abs(levels[ring] - own) > _JUMP
        if jumps.size and np.mean(jumps) > _SHARP_SHARE:
            colour = [float(np.mean(plane[around.slices][inside])) for plane in evidence.means]
            rect = Rect(x, y, w, h)
            yield _Flat(rect, inside[rect.relative_to(around).slices], (colour[0], colour[1], colour[2]))


def _is_wanted(rect: Rect, area: Rect | None, width: int, height: int) -> bool:
    x, y = rect.x + rect.width / 2, rect.y + rect.height / 2
    if area is not None:
        return area.x <= x < area.right and area.y <= y < area.bottom
    return min(x, width - x) < _CORNER_WIDTH * width and min(y, height - y) < _CORNER_HEIGHT * height


def _is_box(flat: _Flat, flats: Sequence[_Flat], width: int, height: int) -> bool:
    """Whether a part is a rectangle with something in it."""
    rect = flat.rect
    if rect.width < _BOX_WIDTH * width or rect.height < _BOX_HEIGHT * height:
        return False
    outlines, _ = cv2.findContours(flat.samples.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros(flat.samples.shape, np.uint8)
    cv2.drawContours(filled, outlines, -1, (1,), cv2.FILLED)
    within = [
        one
        for one in flats
        if one is not flat and one.rect.overlaps(rect) and one.rect.intersection(rect) == one.rect
    ]
    return float(np.mean(filled)) > _BOX_FILL and len(within) > 1


def _rows(letters: Sequence[_Flat], *, gap: int) -> Iterator[list[_Flat]]:
    """Group letters that stand side by side."""
    waiting = list(letters)
    while waiting:
        row = [waiting.pop(0)]
        while beside := [one for one in waiting if any(one.is_beside(other.rect, gap) for other in row)]:
            for one in beside:
                waiting.remove(one)
            row += beside
        yield row


def _shape(evidence: Evidence, row: Sequence[_Flat]) -> Where:
    """Return what has the colours of the letters, all along the row: strokes may be too thin to be flat."""
    height, width = evidence.means[0].shape
    picture = Rect(0, 0, width, height)
    inside = np.zeros((height, width), np.bool_)
    for letters in _colours(row):
        rect = letters[0].rect
        for one in letters[1:]:
            rect = rect.union(one.rect)
        wider = rect.grown(rect.height // 3 + 3, within=picture)
        around = rect.grown(_RIM_PX, within=picture)
        around = Rect(wider.x, around.y, wider.width, around.height)  # what lies below may be of the colour
        colour = np.median([one.colour for one in letters], axis=0)
        alike = np.ones((around.height, around.width), np.bool_)
        for plane, level, far in zip(evidence.means, colour, (_JUMP, _TINT, _TINT), strict=True):
            alike &= np.abs(plane[around.slices] - np.float32(level)) < far
        inside[around.slices] |= _of_height(alike, least=rect.height // 4)
    return dilated(inside, 3)


def _colours(row: Sequence[_Flat]) -> Iterator[list[_Flat]]:
    """Group letters by colour; what is alone in its own is no letter, but lies between them."""
    waiting = list(row)
    while waiting:
        first = waiting[0]
        group = [one for one in waiting if one.is_like(first)]
        waiting = [one for one in waiting if not one.is_like(first)]
        if len(group) >= _LEAST_OF_COLOUR:
            yield group


def _of_height(where: Where, *, least: int) -> Where:
    """Keep connected parts of a height at least."""
    _, labels, table, _ = cv2.connectedComponentsWithStats(where.view(np.uint8), connectivity=8)
    keep = table[:, cv2.CC_STAT_HEIGHT] >= least
    keep[0] = False
    return keep[np.asarray(labels, np.intp)]
