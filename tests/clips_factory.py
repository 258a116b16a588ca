"""Clean clips to measure on."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from rfr_video.media.rgb_video import rgb_writer


def panning(frames: int = 6, *, height: int = 120, width: int = 160, step_px: int = 2) -> list[np.ndarray]:
    """Pictures of a textured scene that moves to the left by whole pixels, uint8 RGB."""
    coarse = np.random.default_rng(5).integers(0, 256, (20, 60, 3), np.uint8)
    scene = cv2.resize(coarse, (3 * width, height), interpolation=cv2.INTER_CUBIC)
    return [scene[:, step_px * index : step_px * index + width].copy() for index in range(frames)]


def write_clip(path: Path, pictures: list[np.ndarray]) -> Path:
    """Write pictures as a lossless clip."""
    height, width = pictures[0].shape[:2]
    with rgb_writer(path, width=width, height=height, rate=Fraction(25)) as write:
        for picture in pictures:
            write(picture)
    return path


def write_logo(path: Path) -> Path:
    """Write a logo: a red rectangle with alpha on a transparent border."""
    logo = np.zeros((30, 50, 4), np.uint8)
    logo[5:25, 5:45] = (0, 0, 200, 255)
    cv2.imwrite(str(path), logo)
    return path


def write_noise(path: Path, *, height: int = 60, width: int = 80) -> Path:
    """Write two pictures of noise on black: a bright line that moves down, and some dark grain."""
    pictures = [np.full((height, width, 3), 20, np.uint8) for _ in range(2)]
    for index, picture in enumerate(pictures):
        picture[10 + 20 * index : 14 + 20 * index] = 230
    return write_clip(path, pictures)


def write_masks(folder: Path, *, frames: int, height: int = 120, width: int = 160) -> Path:
    """Write numbered masks of a square that moves to the right."""
    folder.mkdir(parents=True)
    for index in range(frames):
        mask = np.zeros((height, width), np.uint8)
        mask[40:70, 30 + 4 * index : 60 + 4 * index] = 255
        cv2.imwrite(str(folder / f"{index:05}.png"), mask)
    return folder
