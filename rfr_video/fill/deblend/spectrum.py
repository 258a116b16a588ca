"""Overlapping blocks of the cosine transform, 8 × 8, in which noise and details are told apart."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from rfr_video.media.colour import FloatImage

BLOCK_PX = 8
STEP_PX = 4

Blocks = npt.NDArray[np.float32]
"""(rows, columns, 8, 8)."""


def blocks_of(values_hw: FloatImage) -> Blocks:
    """Return the overlapping blocks of a picture that is padded by 0 all around."""
    height, width = values_hw.shape
    extra = (-height % STEP_PX, -width % STEP_PX)
    padded = np.pad(values_hw, [(BLOCK_PX, BLOCK_PX + one) for one in extra])
    return np.asarray(sliding_window_view(padded, (BLOCK_PX, BLOCK_PX))[::STEP_PX, ::STEP_PX], np.float32)


def block_means(values_hw: FloatImage) -> FloatImage:
    """Return the mean of every block, (rows, columns)."""
    return np.asarray(blocks_of(values_hw).mean(axis=(2, 3)), np.float32)


def spectra_of(values_hw: FloatImage) -> Blocks:
    """Return the orthonormal cosine transform of every block."""
    rows = np.einsum("ki,yxij->yxkj", _cosines(), blocks_of(values_hw))
    return np.asarray(np.einsum("yxkj,lj->yxkl", rows, _cosines()), np.float32)


def picture_of(spectra: Blocks, size: tuple[int, ...]) -> FloatImage:
    """Return the picture, (H, W) of a size, whose pixels are the means of all blocks that lie over them."""
    rows = np.einsum("ki,yxkl->yxil", _cosines(), spectra)
    return _overlapped(np.einsum("yxil,lj->yxij", rows, _cosines()), size)


def _overlapped(blocks: Blocks, size: tuple[int, ...]) -> FloatImage:
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
