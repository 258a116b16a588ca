"""How noisy the samples are that were mixed with an overlay, mostly from compression after the mixing.

What is recovered from under an overlay has that noise amplified by 1 / (1 − α); what was in the picture
before has not. So the difference between frames, along the motion, is larger under the overlay than beside
it, by as much as the noise is: a line over 1 / (1 − α)², whose slope is the noise, in each frequency.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.fill.deblend.matte import transmission
from rfr_video.fill.deblend.spectrum import BLOCK_PX, block_means, spectra_of
from rfr_video.media.colour import FloatImage
from rfr_video.motion.flow import DisFlow, DisPreset
from rfr_video.motion.warp import identity_map, warp

MOST_PAIRS = 24
_NEARBY_PX = 8.0
_RIM_PX = 4
_MOSTLY = 0.75
_MEDIAN_OF_SQUARE = 0.455  # of a normal variable with variance 1
_MOST_AMPLIFIED = 16.0  # where less is transmitted, other errors prevail
_ALIKE_PX = 9.0
_LEAST_OF_LARGEST = 0.02
_APART_FRAMES = (1, 3)
"""Encoders copy their noise from frame to frame, where it does not show; less of it is left further on. But
motion over more frames is found less surely."""

_OF_LUMA, _OF_CHROMA = 1.3, 1.1
"""What does not show even so, measured against the true noise of clips that were burned in and compressed."""

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True, eq=False)
class Noise:
    """Variances in squared 8-bit codes, where nothing amplifies them.

    Attributes:
        luma_88: Of luma, frequency by frequency of the orthonormal cosine transform, float32 (8, 8).
        chroma_88: Of the differences of blue and red from luma, likewise.
    """

    luma_88: FloatImage
    chroma_88: FloatImage

    @classmethod
    def white(cls, luma: float, chroma: float) -> "Noise":
        """Return noise that is equally strong in all frequencies."""
        size = (BLOCK_PX, BLOCK_PX)
        return cls(np.full(size, luma, np.float32), np.full(size, chroma, np.float32))

    @property
    def luma(self) -> float:
        """The variance of luma."""
        return float(self.luma_88.mean())

    @property
    def chroma(self) -> float:
        """The variance of the differences of blue and red from luma."""
        return float(self.chroma_88.mean())


def opponents(rgb_hw3: FloatImage) -> FloatImage:
    """Return luma, and blue and red without luma, float32 (H, W, 3), in the units of ``rgb_hw3``."""
    luma = np.einsum("...c,c->...", rgb_hw3, _LUMA)
    return np.stack([luma, rgb_hw3[..., 2] - luma, rgb_hw3[..., 0] - luma], axis=-1).astype(np.float32)


def rgb_of(opponents_hw3: FloatImage) -> FloatImage:
    """Return RGB, the inverse of :func:`opponents`."""
    luma, blue, red = (opponents_hw3[..., channel] for channel in range(3))
    green = luma - (_LUMA[0] * red + _LUMA[2] * blue) / _LUMA[1]
    return np.stack([luma + red, green, luma + blue], axis=-1).astype(np.float32)


def measure_noise(recovered: list[FloatImage], alpha_hw: FloatImage) -> Noise:
    """Measure the noise of what was recovered from under an overlay.

    Args:
        recovered: Frames in their order, RGB in 8-bit codes, float32 (h, w, 3): what is behind the overlay,
            and some of the picture beside it.
        alpha_hw: Of the overlay.
    """
    amplified_hw = np.asarray(1 / transmission(alpha_hw) ** 2, np.float32)
    near, far = (_measured(recovered, amplified_hw, apart) for apart in _APART_FRAMES)
    return Noise(max(near.luma_88, far.luma_88, key=np.mean), max(near.chroma_88, far.chroma_88, key=np.mean))


def _measured(recovered: list[FloatImage], amplified_hw: FloatImage, apart: int) -> Noise:
    """Measure by the differences of frames that are so far apart."""
    squares: list[FloatImage] = []
    spectra: list[npt.NDArray[np.float16]] = []
    gains: list[FloatImage] = []
    for difference_hw3, gain_hw in _differences(recovered, amplified_hw, apart):
        squares.append(difference_hw3**2)
        planes = [spectra_of(np.ascontiguousarray(difference_hw3[..., channel])) for channel in range(3)]
        spectra.append(np.abs(np.stack(planes)).astype(np.float16))
        gains.append(gain_hw)
    if not squares:
        return Noise.white(0.0, 0.0)
    square_hw3 = np.median(squares, axis=0) / _MEDIAN_OF_SQUARE
    gain_hw = np.asarray(np.mean(gains, axis=0), np.float32)
    inner_hw = np.zeros(amplified_hw.shape, np.bool_)
    inner_hw[_RIM_PX:-_RIM_PX, _RIM_PX:-_RIM_PX] = True
    inner_hw &= amplified_hw < _MOST_AMPLIFIED
    luma, blue, red = (_slope(square_hw3[..., channel], gain_hw, inner_hw) for channel in range(3))
    power = np.median(np.stack(spectra), axis=0).astype(np.float32) ** 2
    gain, inner = block_means(gain_hw), block_means(inner_hw.astype(np.float32)) > _MOSTLY
    shapes = [_shape(plane[inner], gain[inner]) for plane in power]
    return Noise(
        np.asarray(_OF_LUMA * luma * shapes[0], np.float32),
        np.asarray(_OF_CHROMA * (blue * shapes[1] + red * shapes[2]) / 2, np.float32),
    )


def _differences(
    recovered: list[FloatImage], amplified_hw: FloatImage, apart: int
) -> Iterator[tuple[FloatImage, FloatImage]]:
    """Yield differences along the motion, and by how much noise is amplified in them."""
    estimator = DisFlow(DisPreset.MEDIUM)
    for number in range(0, len(recovered) - apart, max(1, len(recovered) // MOST_PAIRS)):
        one_hw3, next_hw3, other_hw3 = (opponents(recovered[number + one]) for one in (0, 1, apart))
        flow = estimator.flow(_codes(one_hw3), _codes(next_hw3))
        if apart > 1:
            flow = estimator.refined(flow * np.float32(apart), _codes(one_hw3), _codes(other_hw3))
        at = identity_map(*amplified_hw.shape) + flow
        moved_hw3 = warp(other_hw3, at, interpolation=cv2.INTER_CUBIC)
        yield one_hw3 - moved_hw3, amplified_hw + warp(amplified_hw, at)


def _codes(opponents_hw3: FloatImage) -> npt.NDArray[np.uint8]:
    return np.clip(np.rint(opponents_hw3[..., 0]), 0, 255).astype(np.uint8)


def _slope(square_hw: FloatImage, gain_hw: FloatImage, where_hw: npt.NDArray[np.bool_]) -> float:
    """Return the slope of squares over gains, both against their surroundings; less its own uncertainty."""
    weight_hw = where_hw.astype(np.float32)
    near = np.maximum(_blurred(weight_hw), np.float32(1e-3))
    squares = (square_hw - _blurred(square_hw * weight_hw) / near)[where_hw]
    gains = (gain_hw - _blurred(gain_hw * weight_hw) / near)[where_hw]
    total = float((gains**2).sum())
    if total < 1:  # nothing is covered
        return 0.0
    slope = float((gains * squares).sum()) / total
    residual = float(((squares - slope * gains) ** 2).mean())
    return max(slope - (_ALIKE_PX * residual / total) ** 0.5, 0.0)


def _shape(power: npt.NDArray[np.float32], gain: FloatImage) -> FloatImage:
    """Return how noise is spread over the frequencies, (8, 8), by the slope of power over gain; 1 on average.

    Args:
        power: (N, 8, 8), of blocks.
        gain: (N,).
    """
    deviation = gain - (gain.mean() if gain.size else 0)
    slopes = np.einsum("n,nkl->kl", deviation, power)
    slopes = np.maximum(slopes, _LEAST_OF_LARGEST * slopes.max())
    slopes[0, 0] = max(slopes[0, 0], slopes[0, 1], slopes[1, 0])  # shadows and exposure hide that of the mean
    mean = float(slopes.mean())
    return np.asarray(slopes / mean if mean > 0 else np.ones_like(slopes), np.float32)


def _blurred(values_hw: npt.NDArray[np.generic]) -> FloatImage:
    return np.asarray(cv2.GaussianBlur(np.asarray(values_hw, np.float32), (0, 0), _NEARBY_PX), np.float32)
