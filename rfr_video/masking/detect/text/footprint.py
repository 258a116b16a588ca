"""What a line of text covers: its strokes, outline and shadow, and what compression smears around them.

Three things tell the overlay from what lies behind: it stays the same while that changes; it comes at once
while that stays the same; it is next to the strokes. The first two count where they can be seen; where
neither can, the strokes are grown by a share of their height.
"""

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.masking.detect.overlay import grown_mask, smear_px
from rfr_video.masking.detect.text.presence import Where
from rfr_video.masking.detect.text.strokes import Gray, StrokeLook, stroke_reach_px
from rfr_video.masking.detect.text.track import Followed
from rfr_video.media.hole import Mask

_REACH = 0.28  # of the letters' height: how far outlines and shadows go
_LEAST_REACH = 0.12
_ONSET = 9.0  # of 255
_ONSET_SHARE = 0.15  # of the contrast
_RESTLESS = 6.0  # the least standard deviation of surroundings that move, of 255
_STEADY = 0.35  # of their standard deviation
_STROKE_SHARE = 0.35
_ROWS = 0.35
_GAP = 0.12  # half of it, of the letters' height
_STROKE_ONSET = 0.45
_LEAST_TONE = 25.0
_TONE_SHARE = 0.35


def footprint(found: Followed, *, height: int) -> Mask:
    """Return the mask of a line, uint8 of the size of its crop, 255 = fill.

    Args:
        found: The line.
        height: Of the whole picture.
    """
    strokes = _strokes(found, height)
    letters_px = found.line.height_px
    near = grown_mask(strokes, _reach_px(found)) > 0
    evidence = _evidence(found)
    if evidence is None:
        drawn = grown_mask(strokes, max(1, round(_LEAST_REACH * letters_px)))
    else:
        drawn = strokes | _connected(near & evidence, strokes)
    return grown_mask(_filled(drawn, letters_px), smear_px(height))


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
    tone = np.abs(found.mean - found.line.tone) <= max(_LEAST_TONE, _TONE_SHARE * found.contrast)
    near = grown_mask(strokes, _reach_px(found)) > 0
    evidence = _evidence(found)
    if evidence is None:
        return strokes | _mask(like & tone & near)
    row = found.line.rect.relative_to(found.rect)
    slack = round(_ROWS * found.line.height_px)
    rows = np.zeros(like.shape, np.bool_)
    rows[max(row.y - slack, 0) : row.bottom + slack] = True
    if found.onset is not None:
        evidence = evidence & (found.onset >= _STROKE_ONSET * found.contrast)
    return strokes | _mask(like & tone & (near | (evidence & rows)))


def _reach_px(found: Followed) -> int:
    return max(2, round(_REACH * found.line.height_px))


def _connected(where: Where, strokes: Gray) -> Gray:
    """Return what is connected to strokes."""
    count, labels = cv2.connectedComponents(_mask(where | (strokes > 0)), connectivity=8)
    touched = np.zeros(count, np.bool_)
    labels = np.asarray(labels, np.intp)
    touched[np.unique(labels[strokes > 0])] = True
    touched[0] = False
    return _mask(touched[labels])


def _filled(drawn: Gray, letters_px: float) -> Gray:
    """Close gaps that no fill could make good use of."""
    side = 2 * max(1, round(_GAP * letters_px)) + 1
    return np.asarray(cv2.morphologyEx(drawn, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8)), np.uint8)


def _mask(where: npt.NDArray[np.bool_]) -> Gray:
    return where.astype(np.uint8) * np.uint8(255)
