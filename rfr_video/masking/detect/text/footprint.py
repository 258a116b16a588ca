"""What a line of text covers: its strokes, outline, shadow or box, and what compression smears around them.

Three things tell the overlay from what lies behind: it stays the same while that changes; it comes at once
while that stays the same; it is next to the strokes. The first two count where they can be seen; where
neither can, the strokes are grown by a share of their height.
"""

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.masking.detect.text.presence import Values, Where
from rfr_video.masking.detect.text.strokes import Gray, StrokeLook, stroke_reach_px
from rfr_video.masking.detect.text.track import Followed
from rfr_video.media.hole import Mask

SMEAR = 2 / 480
"""Of the picture's height: how far compression smears what is drawn."""

_REACH = 0.28  # of the letters' height: how far outlines and shadows go
_LEAST_REACH = 0.12
_ONSET = 9.0  # of 255
_ONSET_SHARE = 0.15  # of the contrast
_RESTLESS = 6.0  # the least standard deviation of surroundings that move, of 255
_STEADY = 0.35  # of their standard deviation
_STROKE_SHARE = 0.35
_ROWS = 0.35
_EDGE_STEP = 4.0
_EDGE_SHARE = 0.85


def footprint(found: Followed, *, height: int) -> Mask:
    """Return the mask of a line, uint8 of the size of its crop, 255 = fill.

    Args:
        found: The line.
        height: Of the whole picture.
    """
    strokes = _strokes(found, height)
    letters_px = found.line.height_px
    reach = max(2, round(_REACH * letters_px))
    near = _grown(strokes, reach) > 0
    evidence = _evidence(found)
    if evidence is None:
        drawn = _grown(strokes, max(1, round(_LEAST_REACH * letters_px)))
    else:
        drawn = strokes | _connected(near & evidence, strokes)
    smear = max(1, round(SMEAR * height))
    mask = _grown(_filled(drawn), smear)
    box = _box(found, strokes)
    if box is not None:
        mask[_with_smear(box, smear, mask.shape)] = 255
    return mask


def drawn_strokes(found: Followed) -> Gray:
    """Return the strokes as they were found, uint8 of the size of the crop."""
    strokes = np.zeros(found.mean.shape, np.uint8)
    strokes[found.line.rect.relative_to(found.rect).slices] = found.line.strokes
    return strokes


def _evidence(found: Followed) -> Where | None:
    """Return where something belongs to the overlay; ``None`` where it cannot be told."""
    if found.onset is not None:
        return np.asarray(found.onset >= max(_ONSET, _ONSET_SHARE * found.contrast))
    if found.unrest >= _RESTLESS:
        return np.asarray(found.deviation <= _STEADY * found.unrest)
    return None


def _strokes(found: Followed, height: int) -> Gray:
    """Return all strokes of the line, also of words that are too short to be found by themselves."""
    strokes = drawn_strokes(found)
    mean = np.rint(np.clip(found.mean, 0, 255)).astype(np.uint8)
    response = StrokeLook.of(mean, reach_px=stroke_reach_px(height)).strokes(found.line.polarity)
    like = response >= max(10.0, _STROKE_SHARE * found.contrast)
    evidence = _evidence(found)
    if evidence is None:
        near = _grown(strokes, 2) > 0
        return strokes | _mask(like & near)
    row = found.line.rect.relative_to(found.rect)
    slack = round(_ROWS * found.line.height_px)
    rows = np.zeros(like.shape, np.bool_)
    rows[max(row.y - slack, 0) : row.bottom + slack] = True
    return strokes | _mask(like & evidence & rows)


def _connected(where: Where, strokes: Gray) -> Gray:
    """Return what is connected to strokes."""
    count, labels = cv2.connectedComponents(_mask(where | (strokes > 0)), connectivity=8)
    touched = np.zeros(count, np.bool_)
    labels = np.asarray(labels, np.intp)
    touched[np.unique(labels[strokes > 0])] = True
    touched[0] = False
    return _mask(touched[labels])


def _filled(drawn: Gray) -> Gray:
    """Close pinholes."""
    return np.asarray(cv2.morphologyEx(drawn, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)), np.uint8)


def _box(found: Followed, strokes: Gray) -> tuple[slice, slice] | None:
    """Return the box behind the letters: straight edges over the line's whole length and height."""
    rows, columns = np.flatnonzero(strokes.any(axis=1)), np.flatnonzero(strokes.any(axis=0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    mean = found.mean
    down = _edges(np.diff(mean[:, left:right], axis=0))
    across = _edges(np.diff(mean[top:bottom], axis=1).T)
    above, below = _nearest(down, int(top), int(bottom))
    before, after = _nearest(across, int(left), int(right))
    sides = [edge for edge in (above, below, before, after) if edge is not None]
    if before is None or after is None or (above is None and below is None):
        return None
    steps = [down[above] if above is not None else 0, -down[below] if below is not None else 0]
    steps += [across[before], -across[after]]
    if len(sides) < 3 or not (all(step >= 0 for step in steps) or all(step <= 0 for step in steps)):
        return None
    first_row = 0 if above is None else above + 1
    last_row = mean.shape[0] if below is None else below + 1
    return slice(first_row, last_row), slice(before + 1, after + 1)


def _edges(steps: Values) -> Values:
    """Return for every row of steps the median where nearly all go the same way, or else 0."""
    middle = np.median(steps, axis=1)
    same = np.maximum((steps > 1).mean(axis=1), (steps < -1).mean(axis=1))
    return np.where((same >= _EDGE_SHARE) & (np.abs(middle) >= _EDGE_STEP), middle, 0).astype(np.float32)


def _nearest(edges: Values, first: int, last: int) -> tuple[int | None, int | None]:
    """Return the strongest edges before ``first`` and from ``last`` on."""
    before, after = np.abs(edges[: max(first, 0)]), np.abs(edges[last:])
    return (
        int(before.argmax()) if before.size and before.any() else None,
        last + int(after.argmax()) if after.size and after.any() else None,
    )


def _with_smear(box: tuple[slice, slice], smear: int, shape: tuple[int, ...]) -> tuple[slice, slice]:
    rows, columns = box
    return (
        slice(max(rows.start - smear, 0), min(rows.stop + smear, shape[0])),
        slice(max(columns.start - smear, 0), min(columns.stop + smear, shape[1])),
    )


def _grown(mask: Gray, px: int) -> Gray:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * px + 1, 2 * px + 1))
    return np.asarray(cv2.dilate(mask, disc), np.uint8)


def _mask(where: npt.NDArray[np.bool_]) -> Gray:
    return where.astype(np.uint8) * np.uint8(255)
