"""Moving scenes with a translucent logo that stands still, of which everything is known."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from scene_factory import Waves

from rfr_video.media.rgb_video import rgb_writer

HEIGHT, WIDTH, FRAMES = 80, 128, 24


@dataclass(frozen=True)
class Logo:
    """A logo: alpha (H, W), RGB (H, W, 3) of 0 to 255, and a mask that covers it."""

    alpha_hw: np.ndarray
    colour_hw3: np.ndarray

    @property
    def mask(self) -> np.ndarray:
        """255 where the logo is and two pixels around it, uint8."""
        return cv2.dilate(np.where(self.alpha_hw > 0, 255, 0).astype(np.uint8), np.ones((5, 5), np.uint8))

    def over(self, picture: np.ndarray, gain: float = 1.0) -> np.ndarray:
        """Mix the logo into a picture, uint8."""
        alpha = gain * self.alpha_hw[..., np.newaxis]
        return np.rint((1 - alpha) * picture + alpha * self.colour_hw3).astype(np.uint8)


def logo(opacity: float = 0.5) -> Logo:
    """A white ring with a yellow bar across, its edges soft."""
    ink = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(ink, (90, 28), 14, (255,), 6)
    colour = np.full((HEIGHT, WIDTH, 3), 235.0)
    colour[24:33] = (230, 200, 40)
    cv2.rectangle(ink, (74, 25), (106, 31), (255,), -1)
    alpha = cv2.GaussianBlur(ink.astype(np.float64) / 255, (3, 3), 0.8)
    return Logo(alpha * opacity, colour)


@lru_cache(maxsize=8)
def pan(seed: int = 1, frames: int = FRAMES, *, speed_px: float = 3.0) -> list[np.ndarray]:
    """A texture that moves to the left and a little down, uint8 RGB; nobody writes to it."""
    waves = Waves(seed, shortest_px=9)
    return [waves.view(HEIGHT, WIDTH, x=speed_px * index, y=0.7 * index) for index in range(frames)]


def write(path: Path, pictures: list[np.ndarray], burn: Callable[[int, np.ndarray], np.ndarray]) -> Path:
    """Write a lossless clip of what ``burn`` makes of the pictures."""
    with rgb_writer(path, width=WIDTH, height=HEIGHT, rate=Fraction(25)) as append:
        for index, picture in enumerate(pictures):
            append(burn(index, picture))
    return path


def write_mask(path: Path, mask: np.ndarray) -> Path:
    """Write a mask as PNG."""
    cv2.imwrite(str(path), mask)
    return path


def psnr_db(seen: list[np.ndarray], truth: list[np.ndarray], mask: np.ndarray) -> float:
    """Compare pictures where a mask is, in dB."""
    inside = mask > 0
    errors = [(one.astype(float) - other)[inside] for one, other in zip(seen, truth, strict=True)]
    return float(10 * np.log10(255**2 / max(np.mean(np.square(errors)), 1e-9)))
