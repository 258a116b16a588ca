"""What was recovered from under an overlay, and what something else says, made one.

Both are the true picture plus an error. Of what was recovered the error is known: noise, amplified. So what
is common to both stays; their difference is kept as far as it is stronger than that noise, frequency by
frequency: Wiener's filter in overlapping blocks of the cosine transform (L. Yaroslavsky, "Local adaptive
image restoration and enhancement with the use of DFT and DCT in a running window", SPIE 2825, 1996), with the
other picture as what is expected. How strong the true difference is, blocks nearby tell together.
"""

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.fill.deblend.noise import Noise
from rfr_video.fill.deblend.spectrum import BLOCK_PX, Blocks, block_means, picture_of, spectra_of
from rfr_video.media.colour import FloatImage

_NEARBY_BLOCKS = 7
_OWN_NOISE = np.float32(0.5)
"""Half of the noise of a frame its encoder copied from others, so that their mean has it, too."""

_TINY = np.float32(1e-9)


def fused(
    recovered_hw3: FloatImage,
    other_hw3: FloatImage,
    *,
    noise: Noise,
    amplified_hw: FloatImage,
    wrong_hw: FloatImage,
    other_error_hw2: FloatImage | None = None,
) -> tuple[FloatImage, FloatImage]:
    """Fuse two pictures.

    Args:
        recovered_hw3: Float32 (H, W, 3): luma, and blue and red without luma, in 8-bit codes.
        other_hw3: The other picture, likewise.
        noise: Of the samples.
        amplified_hw: By how much its variance is larger in what was recovered, float32 (H, W), finite.
        wrong_hw: The mean square of other errors in what was recovered, likewise.
        other_error_hw2: Where the other picture is a mean over frames: the mean square of its error in luma
            and in chroma, float32 (H, W, 2).

    Returns:
        The fused picture, and the share that what was recovered has of it, 0 to 1, float32 (H, W): how much
        of the difference was kept nearby, the mean over the channels.
    """
    difference = recovered_hw3 - other_hw3
    kept, shares = np.empty_like(difference), np.empty_like(difference)
    amplified, wrong = block_means(amplified_hw), block_means(wrong_hw)
    most: FloatImage | None = None
    for channel in range(3):
        profile = noise.luma_88 if channel == 0 else noise.chroma_88
        if other_error_hw2 is not None:
            profile = profile * _OWN_NOISE
            most = block_means(other_error_hw2[..., min(channel, 1)])
        error = amplified[:, :, np.newaxis, np.newaxis] * profile
        error += wrong[:, :, np.newaxis, np.newaxis] * np.float32(1 if channel == 0 else 0.5)
        one = np.ascontiguousarray(difference[..., channel])
        kept[..., channel] = _filtered(one, error, most)
        agreeing = _local(np.asarray(kept[..., channel] * one, np.float32))
        shares[..., channel] = np.clip(agreeing / np.maximum(_local(one**2), _TINY), 0, 1)
    exact_hw = (noise.luma * amplified_hw + wrong_hw) == 0
    kept[exact_hw], shares[exact_hw] = difference[exact_hw], 1
    return np.asarray(other_hw3 + kept, np.float32), np.asarray(shares.mean(axis=2), np.float32)


def _filtered(difference_hw: FloatImage, error: Blocks, most: FloatImage | None) -> FloatImage:
    """Return a difference without what is but the error of one side.

    Args:
        difference_hw: The difference.
        error: Mean squares of that, block by block.
        most: The error of the other side is taken for no larger than that.
    """
    spectra = spectra_of(difference_hw)
    signal = np.maximum(_near(spectra**2 - error), 0)
    if most is not None:
        signal = np.minimum(signal, most[:, :, np.newaxis, np.newaxis])
    gain = np.asarray(signal / (signal + error + _TINY), np.float32)
    return picture_of(spectra * gain, difference_hw.shape)


def _near(power: Blocks) -> Blocks:
    """Return means over the blocks nearby."""
    rows, columns = power.shape[:2]
    size = (_NEARBY_BLOCKS, _NEARBY_BLOCKS)
    frequencies = power.reshape(rows, columns, -1)
    blurred = [
        cv2.blur(np.ascontiguousarray(frequencies[:, :, one]), size) for one in range(frequencies.shape[2])
    ]
    return np.stack(blurred, axis=2).reshape(power.shape).astype(np.float32)


def _local(values_hw: npt.NDArray[np.float32]) -> FloatImage:
    """Return means over blocks around each pixel."""
    return np.asarray(cv2.blur(values_hw, (BLOCK_PX - 1, BLOCK_PX - 1)), np.float32)
