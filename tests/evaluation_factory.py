"""Pictures to measure on."""

from pathlib import Path

import cv2
import numpy as np

from rfr_video.config import ShareRange, StillsConfig


def write_picture(path: Path, *, height: int = 72, width: int = 80, seed: int = 1) -> Path:
    """Write a smooth random picture."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8)
    cv2.imwrite(str(path), cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))
    return path


def small_config(**changes: object) -> StillsConfig:
    """Settings that measure in no time."""
    values: dict[str, object] = {"crop_px": 64, "holes_per_picture": 3, "hole_share": ShareRange(3, 40)}
    return StillsConfig(**{**values, **changes})  # pyright: ignore[reportArgumentType]
