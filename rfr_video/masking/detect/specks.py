"""Snow: specks of noise, a line high and a few samples wide, that crowd where a tape's signal is weak.

Specks are too short for streaks (dropouts.py), and so many that the pictures before and after show others at
the same places. So crowds are first suspected in blocks of whole lines, where many samples differ both from
two others and from the lines next to theirs. There, speck_samples.py tells each sample; and where many are
told to be specks from the left to the right, and surely, and what lies between them is calm, they are snow.
What streaks and bands cover does not count; between specks, streaks are cut to what is damaged. The
coefficients were fitted to real noise that was laid over clips by ``benchmarks/specks.py``.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.masking.detect.neighbours import Compared
from rfr_video.masking.detect.planes import BytePlane
from rfr_video.masking.detect.sensitivity import least_logit
from rfr_video.masking.detect.speck_samples import LEAST_OTHERS, Samples, speck_samples
from rfr_video.media.hole import Mask
from rfr_video.motion.grid import FloatPlane

CROWD_EVIDENCE = ("specks where they are few", "surely", "unrest between", "bias")
CROWD_WEIGHTS = np.array([1.12, 9.32, -0.28, 12.34], np.float32)
"""Coefficients of a logistic function of the evidence on a block of lines."""

_ONE_LINE_ROWS = 480
_BLOCK_LINES, _ACROSS = 8, 8
_LEAST_WIDTH_PX = 64
_SPECK_CODES, _LEAST_SHARE = 6, 0.03
_BESIDE_BLOCKS = 3
_MAY_LACK = 2  # of the parts of a block: what is as dark as the specks shows none
_SURE_LOGIT = 2.0  # above it a sample is surely a speck, below its negative surely none
_FEW, _LITTLE = 0.002, 0.1


@dataclass(frozen=True, eq=False)
class Crowds:
    """Lines of a picture that may be full of specks.

    Attributes:
        rows: Of the picture.
        samples: The evidence on their samples.
        logits: That samples are specks, float32 (rows, W).
        evidence: On blocks of the lines, float32 (blocks, one per :data:`CROWD_EVIDENCE`).
    """

    rows: slice
    samples: Samples
    logits: FloatPlane
    evidence: npt.NDArray[np.float32]


def with_specks(one: Compared, found: Mask | None, *, sensitivity: float) -> Mask | None:
    """Add the snow of one picture to what was found in it; between specks, take away what is surely sound.

    Args:
        one: The picture and its neighbours.
        found: Other dropouts, uint8 (H, W), 255 there, :data:`rfr_video.media.hole.CHROMA_ONLY` where they
            left the luma as it was; ``None`` where there are none.
        sensitivity: Samples, and blocks of lines, are taken where they are snow with a probability above 1
            less this, 0 to 1.

    Returns:
        Likewise; what was found where there is no snow, and in shots of fewer than three pictures.
    """
    least = least_logit(sensitivity)
    rows = suspected_rows(one, apart=found) if sensitivity > 0 else None
    crowds = crowds_in(one, rows, apart=found) if rows is not None else None
    if crowds is None:
        return found
    is_snow = np.einsum("be,e->b", crowds.evidence, CROWD_WEIGHTS) > least
    if not is_snow.any():
        return found
    lines = _of_size(is_snow[:, None].astype(np.uint8), crowds.logits.shape[::-1], cv2.INTER_NEAREST) > 0
    mask = np.zeros(one.picture.luma.shape, np.uint8) if found is None else found.copy()
    there = mask[crowds.rows]
    there[lines & (crowds.logits < least - _SURE_LOGIT) & (there == 255)] = 0
    there[lines & (crowds.logits > least)] = 255
    return mask


def suspected_rows(one: Compared, *, apart: Mask | None = None) -> slice | None:
    """Return rows that hold all crowds of a picture; ``None`` where none is suspected. Costs little."""
    if one.others is None:
        return None
    height, width = one.picture.luma.shape
    count = height // (_BLOCK_LINES * _line_px(height))
    if not count or width < _LEAST_WIDTH_PX:
        return None
    standing = _standing(one.picture.luma, [other.luma for other in one.others], line_px=_line_px(height))
    if apart is not None:
        standing = cv2.subtract(standing, apart[_line_px(height) : -_line_px(height) : 2])
    _, specks = cv2.threshold(standing, _SPECK_CODES, 1, cv2.THRESH_BINARY)
    shares = _of_size(np.asarray(specks, np.float32), (_ACROSS, count))
    suspected = np.flatnonzero(_where_few(shares) > _LEAST_SHARE)
    if not len(suspected):
        return None
    first = max(0, int(suspected[0]) - _BESIDE_BLOCKS)
    last = min(count, int(suspected[-1]) + 1 + _BESIDE_BLOCKS)
    return slice(first * height // count, last * height // count)


def crowds_in(one: Compared, rows: slice, *, apart: Mask | None = None) -> Crowds | None:
    """Look closely at some rows; ``None`` where the shot is too short for that."""
    if one.small is None or one.around is None:
        return None
    others = one.around.luma(rows, hole=np.zeros(one.small[0].shape, np.uint8))
    if len(others) < LEAST_OTHERS:
        return None
    line_px = _line_px(one.picture.luma.shape[0])
    there = None if apart is None else apart[rows]
    samples = speck_samples(one.picture.luma[rows], others, line_px=line_px, apart=there)
    logits = samples.logits()
    is_speck = logits > 0 if there is None else (logits > 0) & (there == 0)
    count = max(1, round(len(logits) / (_BLOCK_LINES * line_px)))
    shares = _of_size(is_speck.astype(np.float32), (_ACROSS, count))
    share, sure, unrest = (
        _of_size(plane.astype(np.float32), (1, count))[:, 0]
        for plane in (is_speck, is_speck & (logits > _SURE_LOGIT), np.where(is_speck, 0, samples.unrest))
    )
    evidence = [
        np.log(_where_few(shares) + _FEW),
        np.log((sure + _FEW / 2) / (share + _FEW)),
        np.log(unrest / (1 - share + _FEW) + _LITTLE),
        np.ones(count),
    ]
    return Crowds(rows, samples, logits, np.stack(evidence, axis=1).astype(np.float32))


def _standing(picture: BytePlane, others: list[BytePlane], *, line_px: int) -> BytePlane:
    """Return how far every other line stands out from two others, and from the lines next to it."""
    above, rows, below = (slice(line_px * at, len(picture) + line_px * (at - 2), 2) for at in range(3))
    here = picture[rows]
    bright = cv2.subtract(here, cv2.max(picture[above], picture[below]))
    dark = cv2.subtract(cv2.min(picture[above], picture[below]), here)
    first, second = (cv2.absdiff(here, other[rows]) for other in others)
    return np.asarray(cv2.min(cv2.min(first, second), cv2.max(bright, dark)), np.uint8)


def _where_few(shares: FloatPlane) -> FloatPlane:
    """Return the share of specks in that part of each block that has almost the fewest, float32 (blocks,)."""
    return np.asarray(np.partition(shares, _MAY_LACK, axis=1)[:, _MAY_LACK], np.float32)


def _line_px(height: int) -> int:
    return max(1, round(height / _ONE_LINE_ROWS))


def _of_size(
    plane: FloatPlane | BytePlane, size: tuple[int, ...], interpolation: int = cv2.INTER_AREA
) -> FloatPlane:
    return np.asarray(cv2.resize(plane, size, interpolation=interpolation), np.float32)
