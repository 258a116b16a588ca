"""What is burned into clean clips, and what the program draws by itself: the text of a logo, and a box.

An overlay is asked frame by frame: clean picture in, damaged picture and its hole out.
"""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from rfr_video.config import BurnIn
from rfr_video.evaluation.metrics import Hole, Picture
from rfr_video.media.probe import VideoInfo
from rfr_video.timecode import Moment

TEXT = "LOGO tv"
TEXT_AT = (0.68, 0.16)
TEXT_SCALE = 2 / 480
TEXT_THICKNESS = 9 / 480
TEXT_GROWTH = 2 / 480
BOX_COLUMNS = (0.70, 0.95)
BOX_ROWS = (0.05, 0.20)


@dataclass(frozen=True)
class Scene:
    """What an overlay is burned into.

    Attributes:
        info: The clip.
        width: Of the pictures that are measured, which may be smaller than the clip's.
        height: Likewise.
    """

    info: VideoInfo
    width: int
    height: int


@dataclass(frozen=True)
class Burned:
    """A picture with something in it, uint8 RGB (H, W, 3), and where it may differ, bool (H, W)."""

    picture_hw3: Picture
    hole_hw: Hole


class Burner(Protocol):
    """Burns an overlay into the pictures of one clip, in order."""

    def burn(self, moment: Moment, clean_hw3: Picture) -> Burned:
        """Return the damaged picture of a moment; outside the hole it is the clean one.

        Raises:
            MaskError: A mask cannot be used with this clip.
            InputError: A video that is laid over cannot be read.
        """
        ...


class Overlay(Protocol):
    """Something to burn in."""

    @property
    def name(self) -> str:
        """What it is called in tables."""
        ...

    def open(self, scene: Scene) -> AbstractContextManager[Burner]:
        """Get ready for one clip; raises like :meth:`Burner.burn`."""
        ...


@dataclass(frozen=True)
class Stamp:
    """The same mark in every picture, opaque or translucent.

    Attributes:
        colour_hw3: Float32 (H, W, 3), 0 to 255.
        alpha_hw: Float32 (H, W), 0 to 1.
        hole_hw: Bool (H, W): at least where alpha is above 0.
    """

    colour_hw3: NDArray[np.float32]
    alpha_hw: NDArray[np.float32]
    hole_hw: Hole

    def burn(self, moment: Moment, clean_hw3: Picture) -> Burned:  # noqa: ARG002 - the same at every moment
        """Blend the mark over a picture; see :class:`Burner`."""
        return Burned(blended(clean_hw3, self.colour_hw3, self.alpha_hw), self.hole_hw)


@dataclass(frozen=True)
class StampOverlay:
    """A mark that is drawn to fit the size of a clip.

    Attributes:
        name: What it is called in tables.
        draw: Draws it for pictures of a height and a width.
    """

    name: str
    draw: Callable[[int, int], Stamp]

    @contextmanager
    def open(self, scene: Scene) -> Generator[Stamp]:
        """Draw the mark; see :class:`Overlay`."""
        yield self.draw(scene.height, scene.width)


def blended(clean_hw3: Picture, colour_hw3: NDArray[np.float32], alpha_hw: NDArray[np.float32]) -> Picture:
    """Return clean + alpha · (colour − clean), rounded; where alpha is 0, the clean samples."""
    clean = clean_hw3.astype(np.float32)
    return np.rint(clean + alpha_hw[..., None] * (colour_hw3 - clean)).astype(np.uint8)


def drawn_overlay(name: BurnIn, *, opacity: float = 1.0) -> StampOverlay:
    """Return an overlay that the program draws by itself; the box is opaque whatever ``opacity`` is."""
    if name == "box":
        return StampOverlay(name, draw_box)
    return StampOverlay(name + opacity_suffix(opacity), partial(draw_text, opacity=opacity))


def opacity_suffix(opacity: float) -> str:
    """Return what the name of a logo says of its opacity."""
    return "" if opacity == 1 else f" {100 * opacity:g} %"


def draw_text(height: int, width: int, *, opacity: float = 1.0) -> Stamp:
    """Draw "LOGO tv" in white, at the upper right; the hole is a little larger than the letters.

    OpenCV's Hershey simplex in scale 2·H/480 and thickness 9·H/480, the baseline from 68 % of the width at
    16 % of the height, the hole dilated by 2·H/480 pixels.
    """
    ink = np.zeros((height, width), np.uint8)
    at = (round(TEXT_AT[0] * width), round(TEXT_AT[1] * height))
    thickness = max(round(TEXT_THICKNESS * height), 1)
    cv2.putText(ink, TEXT, at, cv2.FONT_HERSHEY_SIMPLEX, TEXT_SCALE * height, (255,), thickness)
    side = 2 * round(TEXT_GROWTH * height) + 1
    hole_hw = cv2.dilate(ink, np.ones((side, side), np.uint8)) > 0
    alpha_hw = ink.astype(np.float32) / np.float32(255) * np.float32(opacity)
    return Stamp(_flat(height, width, 255), alpha_hw, np.asarray(hole_hw))


def draw_box(height: int, width: int) -> Stamp:
    """Draw a black box over 70 to 95 % of the width and 5 to 20 % of the height."""
    top, bottom = (round(part * height) for part in BOX_ROWS)
    left, right = (round(part * width) for part in BOX_COLUMNS)
    hole_hw = np.zeros((height, width), np.bool_)
    hole_hw[top:bottom, left:right] = True
    return Stamp(_flat(height, width, 0), hole_hw.astype(np.float32), hole_hw)


def _flat(height: int, width: int, value: int) -> NDArray[np.float32]:
    return np.full((height, width, 3), value, np.float32)
