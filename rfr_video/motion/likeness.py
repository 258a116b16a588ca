"""How much of one thumbnail is not found in another, once what moved has been followed.

The structure is compared as in Wang et al., "Image Quality Assessment: From Error Visibility to Structural
Similarity", 2004, after motion compensation along DIS optical flow (Kroeger et al., "Fast Optical Flow using
Dense Inverse Search", ECCV 2016). A pan, a shake or a big moving object leaves most of the picture findable,
a cut nearly nothing; brightness has little say. Where there is no structure, colour is compared.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.errors import UsageError

Luma = npt.NDArray[np.float32]

_WINDOW_PX = 7  # the neighbourhood in which structure is compared
_GROWTH_PX = 9  # how much a hole is grown: whatever its samples could have touched
_FLOOR_VARIANCE = 25.0  # noise and rounding: structure below 5 of 255 proves nothing
_FLAT_WEIGHT = 1.0
_FAR_COLOUR = 64.0  # flat areas that differ by this much of 255 are not the same
_LEAST_SEEN = 0.25  # less of a picture than this shows nothing
_PLUG_PX = 8.0
_FAR_AWAY = 1e-4  # where nothing known is near, the mean of all that is known
_GIST_SIZE = (24, 14)


@dataclass(frozen=True)
class Look:
    """What is remembered of a frame.

    Args:
        colour: uint8 (h, w) or (h, w, 3): the thumbnail.
        luma: uint8 (h, w), its hole filled softly from around, so that motion is not drawn to a logo.
        known: Float32 (h, w): 1 = to be looked at, 0 = hole.
        mean: Mean luma outside the hole, 0–255.
        contrast: Standard deviation of luma outside the hole, 0–128.
        gist: Float32 (336,): luma outside the hole at 24×14.
    """

    colour: npt.NDArray[np.uint8]
    luma: npt.NDArray[np.uint8]
    known: Luma
    mean: float
    contrast: float
    gist: Luma


def look_at(
    thumbnail: npt.NDArray[np.uint8],
    hole: npt.NDArray[np.uint8] | None = None,
) -> Look:
    """Look at a thumbnail.

    Args:
        thumbnail: uint8 (h, w) luma or (h, w, 3) RGB.
        hole: uint8 (h, w), not 0 = not to be looked at, or None.

    Raises:
        UsageError: A shape or type is another.
    """
    if thumbnail.dtype != np.uint8 or not (
        thumbnail.ndim == 2 or (thumbnail.ndim == 3 and thumbnail.shape[2] == 3)
    ):
        raise UsageError(
            f"a thumbnail has shape {thumbnail.shape} of {thumbnail.dtype}; give uint8 (h, w) or (h, w, 3), "
            f"as thumbnail() makes it"
        )
    luma = thumbnail if thumbnail.ndim == 2 else cv2.cvtColor(thumbnail, cv2.COLOR_RGB2GRAY)
    luma = np.ascontiguousarray(luma, np.uint8)
    known = np.ones(luma.shape, np.float32)
    if hole is not None:
        if hole.shape != luma.shape:
            raise UsageError(
                f"a hole has shape {hole.shape} where the thumbnail has {luma.shape}; make it with "
                f"hole_thumbnail() of a mask of the picture's size"
            )
        grown = cv2.dilate((hole != 0).astype(np.uint8), np.ones((_GROWTH_PX, _GROWTH_PX), np.uint8))
        known = (grown == 0).astype(np.float32)
    inside = known.astype(np.uint8) if float(known.mean()) >= _LEAST_SEEN else None
    mean, deviation = cv2.meanStdDev(luma, mask=inside)
    if hole is not None:
        luma = _plugged(luma, known)
    gist = cv2.resize(luma, _GIST_SIZE, interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
    return Look(thumbnail, luma, known, float(mean[0, 0]), float(deviation[0, 0]), gist)


class Likeness:
    """Compares looks of one size; holds the flow's working memory and nothing else."""

    def __init__(self) -> None:
        self._quick = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._quick.setFinestScale(1)
        self._thorough = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._thorough.setFinestScale(0)
        self._grid: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]] | None = None

    def unmatched(self, first: Look, second: Look) -> float:
        """Return the share of the first picture, weighted by structure, that the second does not show.

        Args:
            first: A frame.
            second: Another frame of the same size.

        Returns:
            0 to 1: about 0.05 for neighbours within a shot, 0.15 in fast motion, 0.6 across a cut. 0 where
            the holes leave too little to be seen.

        Raises:
            UsageError: The sizes differ.
        """
        known = _known_in_both(first, second)
        return 0.0 if known is None else self._unmatched_by(self._quick, first, second, known)

    def surely_unmatched(self, first: Look, second: Look) -> float:
        """Return the least that finer flow, either direction, or one shift of it all leave unmatched.

        An object that enters is in one of the pictures only, a swift pan is too far for the flow: neither is
        a cut. Arguments, range and errors are those of :meth:`unmatched`; it takes six times as long.
        """
        known = _known_in_both(first, second)
        if known is None:
            return 0.0
        return min(
            self._unmatched_by(self._thorough, first, second, known),
            self._unmatched_by(self._thorough, second, first, known),
            self._unmatched_along(_shift(first, second), first, second, known),
        )

    def _unmatched_by(self, dis: cv2.DISOpticalFlow, first: Look, second: Look, known: Luma) -> float:
        nothing = np.zeros((*first.luma.shape, 2), np.float32)
        flow_hw2 = dis.calc(first.luma, second.luma, nothing).astype(np.float32, copy=False)
        return self._unmatched_along(flow_hw2, first, second, known)

    def _unmatched_along(
        self, flow_hw2: npt.NDArray[np.float32], first: Look, second: Look, known: Luma
    ) -> float:
        height, width = first.luma.shape
        if self._grid is None or self._grid[0].shape != (height, width):
            down, across = np.indices((height, width), np.float32)
            self._grid = across, down
        across, down = self._grid[0] + flow_hw2[:, :, 0], self._grid[1] + flow_hw2[:, :, 1]
        sought = np.asarray(
            cv2.remap(second.colour, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
            np.uint8,
        )
        if float(second.known.min()) == 0:
            fetched = cv2.remap(
                second.known, across, down, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
            )
            known = known * np.asarray(fetched, np.float32)
            if not known.any():
                return 0.0
        a = first.luma.astype(np.float32)
        b = (sought if sought.ndim == 2 else cv2.cvtColor(sought, cv2.COLOR_RGB2GRAY)).astype(np.float32)
        mean_a, mean_b = _mean(a), _mean(b)
        variance_a, variance_b = _mean(a * a) - mean_a * mean_a, _mean(b * b) - mean_b * mean_b
        covariance = _mean(a * b) - mean_a * mean_b
        structure = (2 * covariance + _FLOOR_VARIANCE) / (variance_a + variance_b + _FLOOR_VARIANCE)
        variance = np.maximum(np.maximum(variance_a, variance_b), 0)
        gap = cv2.absdiff(first.colour, sought)
        widest = gap if gap.ndim == 2 else np.maximum(np.maximum(gap[:, :, 0], gap[:, :, 1]), gap[:, :, 2])
        unlike_colour = np.minimum(_mean(widest.astype(np.float32)) / _FAR_COLOUR, 1)
        flatness = _FLOOR_VARIANCE / (variance + _FLOOR_VARIANCE)
        weight = (np.sqrt(variance) + _FLAT_WEIGHT) * known
        likeness = structure * (1 - flatness * unlike_colour)
        return float(np.clip(1 - np.vdot(weight, likeness) / weight.sum(), 0, 1))


def _known_in_both(first: Look, second: Look) -> Luma | None:
    if first.colour.shape != second.colour.shape:
        raise UsageError(
            f"a thumbnail has shape {second.colour.shape} after {first.colour.shape}; give thumbnails of "
            f"one size, and a new detector where the size of the picture changes"
        )
    known = first.known * second.known
    return known if float(known.mean()) >= _LEAST_SEEN else None


def _shift(first: Look, second: Look) -> npt.NDArray[np.float32]:
    """Return the flow of the one shift that fits best (phase correlation)."""
    height, width = first.luma.shape
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    shift, _ = cv2.phaseCorrelate(
        first.luma.astype(np.float32) - first.mean, second.luma.astype(np.float32) - second.mean, window
    )
    return np.full((height, width, 2), shift, np.float32)


def _plugged(luma: npt.NDArray[np.uint8], known: Luma) -> npt.NDArray[np.uint8]:
    """Fill a hole with the known samples around it, weighted by a wide blur."""
    share = cv2.GaussianBlur(known, (0, 0), _PLUG_PX) + _FAR_AWAY
    level = float((luma * known).sum() / max(float(known.sum()), 1))
    around = (cv2.GaussianBlur(luma * known, (0, 0), _PLUG_PX) + _FAR_AWAY * level) / share
    return np.where(known > 0, luma, np.rint(around).astype(np.uint8))


def _mean(image: Luma) -> Luma:
    return cv2.boxFilter(image, -1, (_WINDOW_PX, _WINDOW_PX)).astype(np.float32, copy=False)
