"""Dirt from textures of damaged film, drawn into the luma of pictures, and where it is."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.errors import InputError
from rfr_video.evaluation.detect.damage import LEAST_ALPHA, Damage, is_visible
from rfr_video.media.colour import Plane

PER_PICTURE = 1.2
"""How many textures a picture has on average."""

_SIZES = (0.12, 0.4)  # of the picture's height
_BRIGHT, _DARK = (200.0, 250.0), (5.0, 45.0)


def read_textures(folder: Path) -> list[npt.NDArray[np.float32]]:
    """Read how far all textures of a folder cover, float32 (H, W), 0 to 1; its folders are looked into.

    Raises:
        InputError: There are none, or one has no alpha.
    """
    paths = sorted(folder.rglob("*.png")) if folder.is_dir() else []
    if not paths:
        raise InputError(f"textures {folder} is no folder of PNG files; give one of PNG files with alpha")
    textures: list[npt.NDArray[np.float32]] = []
    for path in paths:
        picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if picture is None or picture.ndim != 3 or picture.shape[2] != 4 or picture.dtype != np.uint8:
            raise InputError(f"texture {path} is no PNG of 8 bits with alpha; save it as one, or take it out")
        textures.append(picture[:, :, 3].astype(np.float32) / np.float32(255))
    return textures


def burn_blotches(
    planes: Sequence[Plane], generator: np.random.Generator, *, textures: Sequence[npt.NDArray[np.float32]]
) -> Damage:
    """Draw dirt into the luma of a picture.

    Args:
        planes: Y, uint8 (H, W), and others, which are left alone; written to.
        generator: Decides what goes where.
        textures: How far each covers.

    Returns:
        Where it is: what covers by more than :data:`LEAST_ALPHA` is to be found, if one sees it.
    """
    luma = planes[0]
    height, width = (int(side) for side in luma.shape)
    clean = luma.copy()
    is_covered = np.zeros(luma.shape, np.bool_)
    for _ in range(generator.poisson(PER_PICTURE)):
        texture = textures[int(generator.integers(len(textures)))]
        size: int = max(4, int(height * float(generator.uniform(*_SIZES))))
        small = cv2.resize(texture, (size, size), interpolation=cv2.INTER_AREA)
        alpha = np.asarray(np.rot90(np.asarray(small), int(generator.integers(4))), np.float32)
        left = int(generator.integers(-size // 4, width - 3 * size // 4))
        top = int(generator.integers(-size // 4, height - 3 * size // 4))
        level = float(generator.uniform(*(_BRIGHT if generator.random() < 0.5 else _DARK)))
        rows = slice(max(0, top), min(height, top + size))
        columns = slice(max(0, left), min(width, left + size))
        alpha = alpha[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        covered = luma[rows, columns]
        mixed = np.asarray(covered + alpha * (np.float32(level) - covered), np.float32)
        covered[:] = (mixed + np.float32(0.5)).astype(np.uint8)
        is_covered[rows, columns] |= alpha > LEAST_ALPHA
    return Damage(
        np.where(is_covered & is_visible(clean, luma), 255, 0).astype(np.uint8),
        np.where(luma != clean, 255, 0).astype(np.uint8),
    )
