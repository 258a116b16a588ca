"""Dropouts: short horizontal streaks and missing segments of lines, bright, dark, noisy or of a wrong colour.

A streak stands out from the pictures before and after it (spikes.py) and from the lines above and below it.
What does is cut into runs, each within one row, and of each it is told how likely it belongs to a dropout: by
how far it stands out, how restless its surroundings are, and its shape. The coefficients were fitted to
dropouts drawn into real clips by ``benchmarks/dropouts.py``. What covers many lines is found in bands.py,
and specks that are shorter than streaks in specks.py.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.masking.detect.bands import band_mask
from rfr_video.masking.detect.neighbours import Compared, compared
from rfr_video.masking.detect.planes import BytePlane, Planes
from rfr_video.masking.detect.sensitivity import least_logit
from rfr_video.masking.detect.specks import with_specks
from rfr_video.masking.detect.spikes import spikes, unrest
from rfr_video.media.hole import CHROMA_ONLY, Mask

EVIDENCE = ("standing out", "unrest", "length", "thickness", "without gaps", "bias")
LUMA_WEIGHTS = np.array([2.96, -1.49, 3.22, -1.45, 0.65, -18.59], np.float32)
CHROMA_WEIGHTS = np.array([2.4, -0.97, 1.64, -2.0, 2.5, -10.61], np.float32)
"""Coefficients of a logistic function of the evidence."""

_ONE_LINE_ROWS = 480
"""Up to so many rows, a streak of one line is one row high; of more rows, in proportion."""

_LEAST_LUMA, _LEAST_CHROMA = 6, 5
_THICKEST_LINES = 4
_AROUND_LINES = 9
_GAP_PX = 9
_LEAST_LENGTH_PX = 5
_END_PX, _END_CODES = 8, 3
_ALONG_PX, _SOUND_CODES = 33, 2


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs of samples in the rows of a plane that may be dropouts.

    Attributes:
        shape: Of the plane.
        at: Which samples, row by row, int (S,).
        starts: At which of them each run begins, int (N,).
        lengths: Of the runs, int (N,).
        evidence: Float32 (N, one per :data:`EVIDENCE`).
    """

    shape: tuple[int, int]
    at: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]
    lengths: npt.NDArray[np.intp]
    evidence: npt.NDArray[np.float32]


def dropout_masks(pictures: Iterable[Planes], *, sensitivity: float) -> Iterator[Mask | None]:
    """Find the dropouts of every picture, streaks, bands of noise and snow, in order.

    Looks ahead by :data:`rfr_video.masking.detect.neighbours.LOOK_AHEAD_FRAMES`. Of interlaced frames, the
    fields of one parity are a sequence of pictures.

    Args:
        pictures: All of one size.
        sensitivity: A streak is taken where it is a dropout with a probability above 1 less this, 0 to 1.

    Yields:
        Uint8 (H, W), 255 where there is one, :data:`rfr_video.media.hole.CHROMA_ONLY` where it left the luma
        as it was; ``None`` where there is none, and in shots of fewer than three pictures.
    """
    for one in compared(pictures):
        streaks, bands = (find(one, sensitivity=sensitivity) for find in (dropout_mask, band_mask))
        both = streaks if bands is None else bands if streaks is None else np.maximum(streaks, bands)
        yield with_specks(one, both, sensitivity=sensitivity)


def dropout_mask(one: Compared, *, sensitivity: float) -> Mask | None:
    """Find the streaks of one picture; see :func:`dropout_masks`."""
    if one.others is None:
        return None
    height, width = one.picture.luma.shape
    luma, *chroma = (
        _chosen(runs, weights, least=least_logit(sensitivity))
        for runs, weights in zip(all_runs(one), (LUMA_WEIGHTS, CHROMA_WEIGHTS, CHROMA_WEIGHTS), strict=False)
    )
    mask = np.zeros((height, width), np.uint8)
    for chosen in chroma:
        if chosen is not None:
            whole = cv2.resize(chosen, (width, height), interpolation=cv2.INTER_NEAREST)
            mask = np.asarray(cv2.max(mask, np.asarray(whole, np.uint8)), np.uint8)
    if luma is None and not mask.any():
        return None
    spike = np.asarray(cv2.max(*spikes(*(planes.luma for planes in (one.picture, *one.others)))), np.uint8)
    mask[(mask > 0) & (cv2.blur(spike, (_ALONG_PX, 1)) <= _SOUND_CODES)] = CHROMA_ONLY
    return mask if luma is None else np.asarray(cv2.max(mask, _with_ends(luma, spike)), np.uint8)


def _with_ends(chosen: Mask, spike: BytePlane) -> Mask:
    """Let streaks go on along their lines where they stand out less clearly, uint8 (H, W)."""
    _, fainter = cv2.threshold(spike, _END_CODES, 255, cv2.THRESH_BINARY)
    near = cv2.dilate(chosen, _column(2 * _END_PX + 1).T)
    return np.asarray(cv2.max(chosen, cv2.min(near, fainter)), np.uint8)


def all_runs(one: Compared) -> Iterator[Runs]:
    """Yield what may be dropouts in each plane of a picture, the luma first."""
    assert one.others is not None
    first, second = one.others
    line_px = max(1, round(one.picture.luma.shape[0] / _ONE_LINE_ROWS))
    yield _runs(one.picture.luma, first.luma, second.luma, line_px=line_px, least=_LEAST_LUMA)
    for planes in zip(one.picture.chroma, first.chroma, second.chroma, strict=True):
        subsampled = -(-line_px * planes[0].shape[0] // one.picture.luma.shape[0])
        yield _runs(*planes, line_px=subsampled, least=_LEAST_CHROMA)


def _runs(picture: BytePlane, first: BytePlane, second: BytePlane, *, line_px: int, least: int) -> Runs:
    above, below = spikes(picture, first, second)
    thick = _column(_THICKEST_LINES * line_px + 1)
    bright = cv2.min(above, cv2.morphologyEx(picture, cv2.MORPH_TOPHAT, thick))
    dark = cv2.min(below, cv2.morphologyEx(picture, cv2.MORPH_BLACKHAT, thick))
    streak = cv2.max(bright, dark)
    _, standing = cv2.threshold(streak, least, 1, cv2.THRESH_BINARY)
    joined = cv2.morphologyEx(standing, cv2.MORPH_CLOSE, _column(_GAP_PX).T)
    joined = cv2.morphologyEx(joined, cv2.MORPH_OPEN, _column(_LEAST_LENGTH_PX).T)
    at = np.flatnonzero(joined.view(np.bool_))
    is_start = np.ones(at.shape, np.bool_)
    is_start[1:] = (np.diff(at) > 1) | (at[1:] % picture.shape[1] == 0)
    starts = np.flatnonzero(is_start)
    lengths = np.diff(starts, append=len(at))
    around = cv2.boxFilter(joined, cv2.CV_16U, (1, 2 * (_AROUND_LINES * line_px // 2) + 1), normalize=False)

    def mean(plane: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
        values = plane.ravel()[at].astype(np.float32)
        return np.asarray(np.add.reduceat(values, starts) / lengths, np.float32) if len(starts) else values

    evidence = np.stack(
        [
            np.log(mean(np.asarray(streak)) + 1),
            np.log(mean(unrest(np.asarray(cv2.max(above, below), np.uint8))) + 1),
            np.log(lengths),
            np.log(mean(np.asarray(around)) / line_px),
            mean(np.asarray(standing)),
            np.ones(len(starts)),
        ],
        axis=1,
    )
    return Runs((picture.shape[0], picture.shape[1]), at, starts, lengths, evidence.astype(np.float32))


def _chosen(runs: Runs, weights: npt.NDArray[np.float32], *, least: float) -> Mask | None:
    """Return the runs that are likely enough as a mask, uint8 (H, W); ``None`` where none is."""
    is_chosen = np.einsum("ne,e->n", runs.evidence, weights) > least
    if not is_chosen.any():
        return None
    mask = np.zeros(runs.shape, np.uint8)
    mask.ravel()[runs.at[np.repeat(is_chosen, runs.lengths)]] = 255
    return mask


def _column(rows: int) -> npt.NDArray[np.uint8]:
    return np.ones((rows, 1), np.uint8)
