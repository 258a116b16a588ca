"""Noise of a tape, recorded on black, laid over the samples of pictures by its luma, and where it is."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from rfr_video.errors import InputError
from rfr_video.evaluation.clips.tape import BRIGHT, DARK
from rfr_video.evaluation.detect.damage import LEAST_ALPHA, Damage, is_visible
from rfr_video.masking.detect.planes import BytePlane, Planes
from rfr_video.media.reader import open_reader

_BLACK, _CODES = 16, 219 / 255  # luma of limited range, which is what is recorded and laid over


def read_noise(path: Path, *, frames: int) -> list[Planes]:
    """Read the first pictures of a video of noise; raises :class:`InputError`."""
    with open_reader(path) as reader:
        noise = [Planes.of_frame(frame) for frame in islice(reader.frames(), frames)]
    if not noise or any(len(picture.chroma) != 2 for picture in noise):
        raise InputError(f"{path} has no pictures with colour; give a video of noise on black")
    return noise


def lay_noise(planes: Sequence[BytePlane], noise: Planes) -> Damage:
    """Lay a picture of noise over another picture, of whatever size both are.

    Args:
        planes: Y, Cb, Cr of 8 bits and limited range, (H, W) each; written to.
        noise: Likewise; what is black in it leaves the picture as it is.

    Returns:
        Where it is: what covers by more than :data:`LEAST_ALPHA` is to be found, if one sees it.
    """
    clean = [plane.copy() for plane in planes]
    height, width = planes[0].shape
    dark, bright = (_BLACK + _CODES * level for level in (DARK, BRIGHT))
    layers = [
        _resized(layer, plane) for layer, plane in zip((noise.luma, *noise.chroma), planes, strict=False)
    ]
    alpha_hw = np.clip((layers[0].astype(np.float32) - dark) / (bright - dark), 0, 1).astype(np.float32)
    touched = np.zeros((height, width), np.uint8)
    for plane, layer, before in zip(planes, layers, clean, strict=False):
        alpha = cv2.resize(alpha_hw, plane.shape[::-1], interpolation=cv2.INTER_AREA)
        plane[:] = np.rint(before + alpha * (layer.astype(np.float32) - before)).astype(np.uint8)
        changed = np.where(plane != before, 255, 0).astype(np.uint8)
        touched |= np.asarray(cv2.resize(changed, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)
    is_damaged = (alpha_hw > LEAST_ALPHA) & is_visible(clean[0], planes[0])
    return Damage(np.where(is_damaged, 255, 0).astype(np.uint8), touched)


def _resized(layer: BytePlane, plane: BytePlane) -> BytePlane:
    method = cv2.INTER_AREA if layer.shape[0] > plane.shape[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(layer, plane.shape[::-1], interpolation=method), np.uint8)
