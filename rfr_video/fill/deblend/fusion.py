"""What was recovered from under an overlay, and what something else fills in, made one.

Both are the true picture plus an error. Of what was recovered the error is known: noise, amplified. So what
is common to both stays; their difference is kept as far as it is larger than that noise, frequency by
frequency: empirical Wiener shrinkage in overlapping blocks of the cosine transform (L. Yaroslavsky, "Local
adaptive image restoration and enhancement with the use of DFT and DCT in a running window", SPIE 2825, 1996),
with the other fill as what is expected.
"""

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from rfr_video.media.colour import FloatImage

BLOCK_PX = 8
STEP_PX = 4
_STRICTNESS = np.float32(2.0)
"""What is not this many times stronger than noise is noise."""

_FALL = 0.155
"""How fast what compression does to a picture falls with the frequency, per step across or down: the mean of
errors of x264 at CRF 20."""

_TINY = np.float32(1e-9)


def fused(
    recovered_hwc: FloatImage, other_hwc: FloatImage, noise_hwc: FloatImage
) -> tuple[FloatImage, FloatImage]:
    """Fuse two pictures.

    Args:
        recovered_hwc: Float32 (H, W, C).
        other_hwc: The other picture.
        noise_hwc: The variance of what was recovered, at most finite; 0 leaves it as it is.

    Returns:
        The fused picture, and the share that what was recovered has of it, 0 to 1, float32 (H, W): how much
        of the difference was kept nearby, the mean over the channels.
    """
    difference = recovered_hwc - other_hwc
    kept = np.empty_like(difference)
    shares = np.empty_like(difference)
    for channel in range(difference.shape[2]):
        kept[..., channel] = _shrunk(difference[..., channel], noise_hwc[..., channel])
    kept[noise_hwc == 0] = difference[noise_hwc == 0]
    for channel in range(difference.shape[2]):
        square = _local(difference[..., channel] ** 2)
        agreeing = _local(np.asarray(kept[..., channel] * difference[..., channel], np.float32))
        shares[..., channel] = np.clip(agreeing / np.maximum(square, _TINY), 0, 1)
    shares[noise_hwc == 0] = 1
    return np.asarray(other_hwc + kept, np.float32), np.asarray(shares.mean(axis=2), np.float32)


def _shrunk(difference_hw: FloatImage, noise_hw: FloatImage) -> FloatImage:
    """Return a difference without what is no larger than noise."""
    blocks, noises = _blocks(difference_hw), _blocks(noise_hw).mean(axis=(2, 3))
    cosines = _cosines()
    rows = np.einsum("ki,yxij->yxkj", cosines, blocks)
    spectrum = np.einsum("yxkj,lj->yxkl", rows, cosines)
    power = spectrum**2
    limit = _STRICTNESS * noises[:, :, np.newaxis, np.newaxis] * _profile()
    spectrum *= np.maximum(0, 1 - limit / np.maximum(power, _TINY))
    rows = np.einsum("ki,yxkl->yxil", cosines, spectrum)
    blocks = np.einsum("yxil,lj->yxij", rows, cosines)
    return _overlapped(blocks, difference_hw.shape)


def _blocks(values_hw: FloatImage) -> npt.NDArray[np.float32]:
    """Return overlapping blocks, (rows, columns, 8, 8), of a picture that is padded by 0 all around."""
    height, width = values_hw.shape
    extra = (-height % STEP_PX, -width % STEP_PX)
    padded = np.pad(values_hw, [(BLOCK_PX, BLOCK_PX + one) for one in extra])
    return np.asarray(sliding_window_view(padded, (BLOCK_PX, BLOCK_PX))[::STEP_PX, ::STEP_PX], np.float32)


def _overlapped(blocks: npt.NDArray[np.float32], size: tuple[int, ...]) -> FloatImage:
    """Return the mean of all blocks that lie over each pixel."""
    rows, columns = blocks.shape[:2]
    total = np.zeros((rows * STEP_PX + BLOCK_PX, columns * STEP_PX + BLOCK_PX), np.float32)
    for row in range(BLOCK_PX):
        for column in range(BLOCK_PX):
            down = slice(row, row + rows * STEP_PX, STEP_PX)
            across = slice(column, column + columns * STEP_PX, STEP_PX)
            total[down, across] += blocks[:, :, row, column]
    inner = total[BLOCK_PX : BLOCK_PX + size[0], BLOCK_PX : BLOCK_PX + size[1]]
    return inner / np.float32((BLOCK_PX // STEP_PX) ** 2)


@lru_cache(maxsize=1)
def _cosines() -> npt.NDArray[np.float32]:
    """Return the orthonormal cosine transform of 8 samples, a frequency per row."""
    frequency, place = np.mgrid[0:BLOCK_PX, 0:BLOCK_PX]
    waves = np.cos(np.pi * (2 * place + 1) * frequency / (2 * BLOCK_PX)) * (2 / BLOCK_PX) ** 0.5
    waves[0] /= 2**0.5
    return waves.astype(np.float32)


@lru_cache(maxsize=1)
def _profile() -> npt.NDArray[np.float32]:
    """Return how noise is spread over the frequencies, with a mean of 1."""
    frequency, other = np.mgrid[0:BLOCK_PX, 0:BLOCK_PX]
    profile = np.exp(-_FALL * (frequency + other))
    return (profile / profile.mean()).astype(np.float32)


def _local(values_hw: FloatImage) -> FloatImage:
    """Return means over blocks around each pixel."""
    return np.asarray(cv2.blur(values_hw, (BLOCK_PX - 1, BLOCK_PX - 1)), np.float32)
