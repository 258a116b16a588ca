"""Scratches of film: upright lines, bright or dark, that stay where they are while the scene moves.

As in the literature, a scratch is told by its profile across, a narrow ridge against both sides, by its
length, and by how long it stays (A. Kokaram, "Motion Picture Restoration", Springer 1998; L. Joyeux,
O. Buisson, B. Besserer, S. Boukir, "Detection and removal of line scratches in motion picture films", CVPR
1999; A. Newson, A. Almansa, Y. Gousseau, P. Pérez, "Robust automatic line scratch detection in films", IEEE
Transactions on Image Processing 23(3), 2014). The upright edges of the scene are told from it, as by Newson
et al., by moving with the scene: what stays for five pictures while its surroundings move is none of them.
Where nothing moves, the line must be long, plain and by itself.

Ridges are sought in strips: means over a few rows, in which texture fades and upright lines stay.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.masking.detect.planes import BytePlane, Planes
from rfr_video.masking.detect.sensitivity import least_logit
from rfr_video.media.hole import Mask
from rfr_video.motion.flow import DisFlow, DisPreset, FlowEstimator
from rfr_video.motion.grid import FloatPlane

LOOK_AHEAD_FRAMES = 4
"""A line is to stay for so many pictures more: before, behind, or around its own."""

EVIDENCE = ("standing out", "among others", "length", "without gaps", "motion", "crowd", "bias")
WEIGHTS = np.array([1.79, 6.87, 2.69, 0.37, 2.04, -1.52, -23.04], np.float32)
"""Coefficients of a logistic function of the evidence, fitted to scratches drawn into real clips by
``benchmarks/scratches.py``."""

LEAST_STRIPS = 4
"""What is in fewer strips is none."""

_STRIPS, _LEAST_STRIP_PX = 48, 8
_COLUMNS = 854  # sizes across are those of pictures of so many columns
_WIDEST_PX, _LEAST_WIDEST_PX = 9, 5
_LEAST_CODES = 2.5
_SMOOTH_STRIPS = 3
_LEAST_AMONG_OTHERS = 1.7
_GAP_STRIPS = 5
_AROUND_PX = 81
_FOOT_SHARE = 0.3
_LARGEST_MOTION_PX = 16.0
_WORKING_PX = 40_000


@dataclass(frozen=True, eq=False)
class Lines:
    """Parts of a picture that may be scratches.

    Attributes:
        labels: Int32 (strips, W): the number of the part, 0 where there is none.
        ridge: Float32 (strips, W): how far each sample of a strip stands out from both sides, in codes.
        strips: In how many strips there is anything of each part, int (N,); the first is of no part.
        evidence: Float32 (N, one per :data:`EVIDENCE`).
    """

    labels: npt.NDArray[np.int32]
    ridge: FloatPlane
    strips: npt.NDArray[np.intp]
    evidence: npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Seen:
    """What is kept of a picture.

    Attributes:
        shape: Of the picture.
        ridges: Two of float32 (strips, W): how far samples are brighter than both sides, and darker.
        motion: Float32 (strips, W): how far the scene moves across from the picture before, in pixels.
    """

    shape: tuple[int, int]
    ridges: tuple[FloatPlane, FloatPlane]
    motion: FloatPlane


def scratch_masks(pictures: Iterable[Planes], *, sensitivity: float) -> Iterator[Mask | None]:
    """Find the scratches of every picture, in order; looks ahead by :data:`LOOK_AHEAD_FRAMES`.

    Args:
        pictures: All of one size.
        sensitivity: A line is taken where it is a scratch with a probability above 1 less this, 0 to 1.

    Yields:
        Uint8 (H, W), 255 where there is one; ``None`` where there is none, and in videos of fewer than five
        pictures.
    """
    for window, at in windows(pictures):
        yield scratch_mask(window, at, sensitivity=sensitivity)


def windows(pictures: Iterable[Planes]) -> Iterator[tuple[Sequence[Seen], int]]:
    """Give every picture with those up to four before and behind it, and its place among them."""
    window: deque[Seen] = deque(maxlen=2 * LOOK_AHEAD_FRAMES + 1)
    ahead = 0
    for one in seen(pictures):
        if len(window) == window.maxlen:
            window.popleft()
        window.append(one)
        ahead += 1
        if ahead > LOOK_AHEAD_FRAMES:
            ahead -= 1
            yield tuple(window), len(window) - 1 - ahead
    for left in range(min(ahead, len(window)), 0, -1):
        yield (
            tuple(window)[max(0, len(window) - left - LOOK_AHEAD_FRAMES) :],
            min(LOOK_AHEAD_FRAMES, len(window) - left),
        )


def scratch_mask(window: Sequence[Seen], at: int, *, sensitivity: float) -> Mask | None:
    """Find the scratches of one of some pictures; see :func:`scratch_masks`."""
    if len(window) <= LOOK_AHEAD_FRAMES:
        return None
    strips = np.zeros(window[at].motion.shape, np.uint8)
    for lines in all_lines(window, at):
        is_chosen = np.einsum("ne,e->n", lines.evidence, WEIGHTS) > least_logit(sensitivity)
        is_chosen &= lines.strips >= LEAST_STRIPS
        is_chosen[0] = False
        if is_chosen.any():
            strips |= drawn(lines, is_chosen)
    if not strips.any():
        return None
    height, width = window[at].shape
    return np.asarray(cv2.resize(strips, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


def seen(pictures: Iterable[Planes], estimator: FlowEstimator | None = None) -> Iterator[Seen]:
    """Look at pictures one by one."""
    estimator = estimator or DisFlow(DisPreset.ULTRAFAST)
    before: BytePlane | None = None
    for picture in pictures:
        height, width = picture.luma.shape
        scale = min(1.0, (_WORKING_PX / (height * width)) ** 0.5)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = np.asarray(cv2.resize(picture.luma, size, interpolation=cv2.INTER_AREA), np.uint8)
        count = max(1, min(_STRIPS, height // _LEAST_STRIP_PX))
        motion = np.zeros((count, width), np.float32)
        if before is not None:
            across = np.ascontiguousarray(estimator.flow(before, small)[:, :, 0])
            across = cv2.medianBlur(across, 5)
            motion = np.asarray(cv2.resize(across, (width, count)), np.float32) * np.float32(width / size[0])
        before = small
        yield Seen((height, width), _ridges(picture.luma, count), motion)


def all_lines(window: Sequence[Seen], at: int) -> Iterator[Lines]:
    """Yield what may be scratches of one of some pictures: bright ones, then dark ones."""
    first = max(0, at - LOOK_AHEAD_FRAMES)
    last = min(at, len(window) - 1 - LOOK_AHEAD_FRAMES)
    starts = sorted({first, (first + last) // 2, last})
    for sign in (0, 1):
        near = [cv2.dilate(one.ridges[sign], np.ones((1, 3), np.uint8)) for one in window]
        stays: FloatPlane | None = None
        for start in starts:
            least = np.minimum.reduce(near[start : start + LOOK_AHEAD_FRAMES + 1])
            stays = np.asarray(least if stays is None else np.maximum(stays, least), np.float32)
        assert stays is not None
        ridge = np.minimum(window[at].ridges[sign], stays)
        middle = starts[len(starts) // 2]
        moves = [one.motion for one in window[middle + 1 : middle + LOOK_AHEAD_FRAMES + 1]]
        moved = np.abs(np.sum(moves, axis=0))
        yield _lines(ridge, window[at].ridges[sign], np.asarray(moved, np.float32))


def drawn(lines: Lines, is_chosen: npt.NDArray[np.bool_]) -> Mask:
    """Return the whole width of chosen lines in strips, uint8 (strips, W), 255.

    Args:
        lines: Of a picture.
        is_chosen: Which ones, bool (N,).
    """
    core = np.asarray((is_chosen * np.uint8(255))[lines.labels], np.uint8)
    peak = cv2.dilate(np.where(core > 0, lines.ridge, 0).astype(np.float32), np.ones((1, 5), np.uint8))
    foot = np.asarray((lines.ridge > _FOOT_SHARE * peak) & (peak > 0), np.uint8) * np.uint8(255)
    return np.asarray(cv2.min(foot, cv2.dilate(core, np.ones((1, 5), np.uint8))), np.uint8)


def _ridges(luma: BytePlane, count: int) -> tuple[FloatPlane, FloatPlane]:
    """Return how far the samples of strips are brighter than both sides, and darker; float32 (strips, W)."""
    width = luma.shape[1]
    strips = cv2.resize(luma.astype(np.float32), (width, count), interpolation=cv2.INTER_AREA)
    strips = cv2.blur(strips, (1, _SMOOTH_STRIPS))
    widest = np.ones((1, max(_LEAST_WIDEST_PX, _scaled(_WIDEST_PX, width))), np.uint8)
    bright = cv2.morphologyEx(strips, cv2.MORPH_TOPHAT, widest)
    dark = cv2.morphologyEx(strips, cv2.MORPH_BLACKHAT, widest)
    for ridge in (bright, dark):  # a line has two sides; frames of pictures have one
        ridge[:, : widest.shape[1]] = ridge[:, -widest.shape[1] :] = 0
    return np.asarray(bright, np.float32), np.asarray(dark, np.float32)


def _lines(stays: FloatPlane, ridge: FloatPlane, moved: FloatPlane) -> Lines:
    """Connect what stays from strip to strip, and gather evidence."""
    around = (_scaled(_AROUND_PX, stays.shape[1]), 1)
    others = np.asarray(cv2.blur(ridge, around), np.float32)
    is_ridge = np.asarray(stays > np.maximum(_LEAST_CODES, _LEAST_AMONG_OTHERS * others), np.uint8)
    wide = cv2.dilate(is_ridge, np.ones((1, 3), np.uint8))
    joined = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, np.ones((_GAP_STRIPS, 1), np.uint8))
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    labels = np.asarray(labels, np.int32)
    at = np.flatnonzero(is_ridge)
    numbers = labels.ravel()[at]
    sizes = np.maximum(np.bincount(numbers, minlength=count), 1)
    rows = np.unique(numbers * np.int64(stays.shape[0]) + at // stays.shape[1]) // stays.shape[0]
    filled = np.bincount(rows, minlength=count)
    spans = boxes[:, cv2.CC_STAT_HEIGHT]
    crowd = np.asarray(cv2.blur(is_ridge.astype(np.float32), around), np.float32)

    def mean(plane: FloatPlane) -> npt.NDArray[np.float64]:
        return np.asarray(np.bincount(numbers, plane.ravel()[at], count) / sizes, np.float64)

    stands = mean(stays)
    evidence = np.stack(
        [
            np.log(stands + 1),
            np.log((stands + 1) / (mean(others) + 1)),
            np.log(np.maximum(filled, 1) / stays.shape[0]),
            filled / spans,
            np.log(mean(np.minimum(moved, np.float32(_LARGEST_MOTION_PX))) + 1),
            np.log(mean(crowd) + 0.01),
            np.ones(count),
        ],
        axis=1,
    )
    return Lines(labels, ridge, filled, evidence.astype(np.float32))


def _scaled(px: int, width: int) -> int:
    """Return the odd number of pixels next to what so many are in a picture of a width."""
    return 2 * (round(px * width / _COLUMNS) // 2) + 1
