"""What neighbouring frames show of a region, brought here along the motion that is seen through the overlay.

The overlay stands still and the picture does not: what it covers here, another frame shows elsewhere, under
less of it, or beside it. So the mean over neighbours, each weighted by how noisy it is and how far it fits,
has less noise than what was recovered here. Motion is measured on what is already known of each frame, while
a fill that takes the hole for unknown has to guess it from the surroundings.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from rfr_video.fill.deblend.noise import Noise, opponents
from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorSpec, FloatImage
from rfr_video.media.frame import Frame
from rfr_video.motion.flow import DisFlow, DisPreset, Picture
from rfr_video.motion.warp import SamplingMap, identity_map, inside, warp

AROUND_PX = 48
"""So much of the surroundings is looked at to measure motion."""

_CODES = np.float32(255)
_FIT_PX = 1.5
_OWN_NOISE = np.float32(0.5)
"""This part of a neighbour's noise is not counted a second time where its misfit shows it."""

_LEAST_CODES2 = np.float32(0.5)
_LAST_RESORT_CODES2 = np.float32(1e5)
_FLOW = DisFlow(DisPreset.MEDIUM)


@dataclass(frozen=True, eq=False)
class Sight:
    """A region of one frame and its surroundings.

    Attributes:
        region: The region's rectangle.
        around: That and its surroundings, aligned to chroma samples; all maps are over it.
        cleared: The frame, with what was recovered in its hole.
        known_hw3: What is known at best up to now: luma, and blue and red without luma, float32, in 8-bit
            codes.
        amplified_hw: By how much the noise of the samples is amplified in the cleared frame, as a variance.
        wrong_hw: The mean square by which luma is wrong there otherwise.
    """

    region: Rect
    around: Rect
    cleared: Frame
    known_hw3: FloatImage
    amplified_hw: FloatImage
    wrong_hw: FloatImage

    @property
    def gray(self) -> Picture:
        """What is known of luma, uint8."""
        return gray_of(self.known_hw3)

    def shown(self, spec: ColorSpec) -> FloatImage:
        """Return what the cleared frame shows, like :attr:`known_hw3`."""
        return opponents(self.cleared.crop(self.around, spec) * _CODES)

    def error(self, noise: Noise) -> FloatImage:
        """Return the variance of that in luma and in chroma, float32 (h, w, 2)."""
        luma = np.float32(noise.luma) * self.amplified_hw + self.wrong_hw
        chroma = np.float32(noise.chroma) * self.amplified_hw + self.wrong_hw / 2
        return np.stack([luma, chroma], axis=2)


class Mean:
    """A weighted mean of pictures in opponent colours.

    Args:
        first_hw3: The first of them, float32 (H, W, 3).
        first_error_hw2: Mean squares of its errors in luma and in chroma, float32 (H, W, 2), above 0.

    Attributes:
        weight_hw2: Of luma and of chroma: one over the mean square of the error.
    """

    def __init__(self, first_hw3: FloatImage, first_error_hw2: FloatImage) -> None:
        self.weight_hw2 = np.asarray(1 / first_error_hw2, np.float32)
        self._sum_hw3 = first_hw3 * self.weight_hw2[..., [0, 1, 1]]

    def add(self, picture_hw3: FloatImage, error_hw2: FloatImage) -> None:
        """Take one more in that has such errors; they are taken for a little larger."""
        weight_hw2 = 1 / (error_hw2 + _LEAST_CODES2)
        self._sum_hw3 += picture_hw3 * weight_hw2[..., [0, 1, 1]]
        self.weight_hw2 += weight_hw2

    def value(self) -> FloatImage:
        """Return the mean, float32 (H, W, 3)."""
        return np.asarray(self._sum_hw3 / self.weight_hw2[..., [0, 1, 1]], np.float32)


def along_motion(
    here: Sight, sides: Sequence[Sequence[Sight | None]], *, noise: Noise, spec: ColorSpec
) -> Mean:
    """Return the mean of what other frames show of a region.

    Args:
        here: The region.
        sides: The same region in the frames before, and in those behind, the nearest first; ``None`` where
            a frame has none.
        noise: Of the samples.
        spec: Their colour.
    """
    mean = Mean(here.known_hw3, np.full((*here.gray.shape, 2), _LAST_RESORT_CODES2))
    for side in sides:
        grays = [None if other is None else other.gray for other in side]
        for step, at in outwards(here.gray, grays):
            other = side[step]
            assert other is not None
            moved_hw3, error_hw2 = fetched(other.shown(spec), other.error(noise), at)
            mean.add(moved_hw3, error_hw2 + misfit(moved_hw3, here.known_hw3, expected_hw2=error_hw2))
    return mean


def outwards(here: Picture, others: Sequence[Picture | None]) -> Iterator[tuple[int, SamplingMap]]:
    """Yield where a region is in other frames, one after the other, and the number of each.

    Motion to a frame is looked for where it would be if it went on as it did up to the frame before.

    Args:
        here: Luma of the region, uint8 (h, w).
        others: Of the frames before or behind, the nearest first; ``None`` is passed over.
    """
    flow_hw2, steps = np.zeros((*here.shape, 2), np.float32), 0
    for step, other in enumerate(others):
        if other is None:
            continue
        start_hw2 = flow_hw2 * np.float32((step + 1) / steps) if steps else flow_hw2
        flow_hw2, steps = _FLOW.refined(start_hw2, here, other), step + 1
        yield step, identity_map(*here.shape) + flow_hw2


def fetched(shown_hw3: FloatImage, error_hw2: FloatImage, at: SamplingMap) -> tuple[FloatImage, FloatImage]:
    """Return what another frame shows, and its error, which is out of bounds beyond that frame's region."""
    moved_hw3 = warp(shown_hw3, at, interpolation=cv2.INTER_CUBIC)
    moved_error_hw2 = warp(error_hw2, at)
    height, width = error_hw2.shape[:2]
    moved_error_hw2[~inside(at, height=height, width=width)] = _LAST_RESORT_CODES2
    return moved_hw3, moved_error_hw2


def misfit(moved_hw3: FloatImage, known_hw3: FloatImage, *, expected_hw2: FloatImage) -> FloatImage:
    """Return by how much more pictures differ nearby than they are expected to, float32 (h, w, 2)."""
    return np.maximum(near_square(moved_hw3 - known_hw3, _FIT_PX) - _OWN_NOISE * expected_hw2, 0)


def gray_of(opponents_hw3: FloatImage) -> Picture:
    """Return luma of opponent colours in 8-bit codes, uint8 (h, w)."""
    return np.clip(np.rint(opponents_hw3[..., 0]), 0, 255).astype(np.uint8)


def near_square(difference_hw3: FloatImage, sigma_px: float) -> FloatImage:
    """Return the mean square nearby, of luma and of chroma, float32 (h, w, 2)."""
    square_hw3 = difference_hw3**2
    pair_hw2 = np.stack([square_hw3[..., 0], square_hw3[..., 1:].mean(axis=2)], axis=2)
    return np.asarray(cv2.GaussianBlur(pair_hw2, (0, 0), sigma_px), np.float32)
