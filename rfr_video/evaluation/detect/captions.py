"""Captions to burn into clean clips: seeded words, styles, places and times, of which the truth is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from rfr_video.evaluation.clips.overlays import blended
from rfr_video.evaluation.metrics import Picture
from rfr_video.geometry import Rect

Choice = TypeVar("Choice")
Decoration = Literal["plain", "outline", "shadow", "box", "veil"]
"""Around the letters: nothing, a dark line, a dark shadow, an opaque or a translucent box."""

Place = Literal["bottom", "top", "lower left", "lower right", "upper left", "middle"]

HOLE_GROWTH = 2 / 480
"""Of the picture's height: what a mask may and should take along around what was drawn."""

_SENTENCES = (
    "where were you last night the river knows it all and never tells",
    "come home before dark she said",
    "warum denn nicht jetzt gleich über alles wieder schön wenn der Regen fällt",
    "это улыбка в которой целый океан красота мыслей и чувства она неосязаема",
    "où est passé le temps très loin déjà vu l'été à Paris",
    "señor mañana otra vez corazón",
)
_WORDS = tuple(word for sentence in _SENTENCES for word in sentence.split())
_CJK = ("今天天气很好", "我们走吧", "你在哪里", "明日また会おう", "ありがとう")
_COLOURS = (
    ((255, 255, 255), 0.5),
    ((235, 235, 235), 0.15),
    ((255, 230, 60), 0.15),
    ((90, 230, 255), 0.06),
    ((10, 10, 10), 0.06),
    ((230, 30, 30), 0.04),
    ((40, 60, 230), 0.04),
)
_DECORATIONS: tuple[tuple[Decoration, float], ...] = (
    ("outline", 0.4),
    ("shadow", 0.2),
    ("plain", 0.2),
    ("box", 0.1),
    ("veil", 0.1),
)
_PLACES: tuple[tuple[Place, float], ...] = (
    ("bottom", 0.6),
    ("top", 0.1),
    ("lower left", 0.1),
    ("lower right", 0.05),
    ("upper left", 0.05),
    ("middle", 0.1),
)
_SIZES = (0.035, 0.075)
_LEAST_SIZE_PX = 14.0
_SHOWN_SECONDS = (0.6, 2.5)
_PAUSE_SECONDS = (0.0, 0.8)
_VEIL = 0.55
_FADING_SHARE = 0.25
_FADE_FRAMES = (3, 10)


@dataclass(frozen=True)
class CaptionStyle:
    """How captions of a clip look.

    Attributes:
        face: A face of OpenCV: ``sans``, ``italic`` or ``uni``.
        weight: Of the face, 200 to 900.
        size_px: The height of a capital with what is below the base line, about.
        colour: RGB, 0 to 255.
        decoration: Around the letters.
        place: Where they stand.
        fade_frames: Over how many frames they come and go; 0 for at once.
    """

    face: str
    weight: int
    size_px: int
    colour: tuple[int, int, int]
    decoration: Decoration
    place: Place
    fade_frames: int

    @property
    def is_dark(self) -> bool:
        """Whether what is around the letters is light, not dark."""
        red, green, blue = self.colour
        return 0.299 * red + 0.587 * green + 0.114 * blue < 60

    def __str__(self) -> str:
        return f"{self.decoration} {self.face} {self.size_px} px {self.place}"


@dataclass(frozen=True)
class Caption:
    """A caption as it is burned in.

    Attributes:
        text: Its lines.
        start: The first frame that shows anything of it.
        stop: The frame after the last.
        fade_frames: How many frames at either end show it less than fully.
        rect: Around it.
        colour_hw3: Float32 (H, W, 3), 0 to 255.
        alpha_hw: Float32 (H, W), 0 to 1.
    """

    text: tuple[str, ...]
    start: int
    stop: int
    fade_frames: int
    rect: Rect
    colour_hw3: NDArray[np.float32]
    alpha_hw: NDArray[np.float32]

    def opacity_at(self, frame: int) -> float:
        """Return how much of it a frame shows, 0 to 1."""
        if not self.start <= frame < self.stop:
            return 0.0
        shown = min(frame - self.start, self.stop - 1 - frame) + 1
        return min(1.0, shown / (self.fade_frames + 1))

    def burn(self, frame: int, picture_hw3: Picture) -> Picture:
        """Return a picture, uint8 RGB (H, W, 3), with it; the picture itself where it is not shown."""
        opacity = self.opacity_at(frame)
        if not opacity:
            return picture_hw3
        burned = picture_hw3.copy()
        alpha_hw = self.alpha_hw * np.float32(opacity)
        burned[self.rect.slices] = blended(picture_hw3[self.rect.slices], self.colour_hw3, alpha_hw)
        return burned

    def hole(self, height: int, width: int) -> NDArray[np.bool_]:
        """Return what a mask should cover, bool (H, W): all that is drawn, and a little around it."""
        drawn = np.zeros((height, width), np.uint8)
        drawn[self.rect.slices] = self.alpha_hw > 0.02
        side = 2 * round(HOLE_GROWTH * height) + 1
        return np.asarray(cv2.dilate(drawn, np.ones((side, side), np.uint8)) > 0)


def draw_captions(
    *, height: int, width: int, frames: int, rate: float, random: np.random.Generator
) -> tuple[CaptionStyle, list[Caption]]:
    """Draw captions of one style for a clip, one after the other.

    Args:
        height: Of the pictures.
        width: Of the pictures.
        frames: How many there are.
        rate: Per second.
        random: Decides everything.
    """
    style = _style(height, random, rate=rate)
    captions: list[Caption] = []
    start = round(random.uniform(0.1, 0.6) * rate)
    while True:
        length = round(random.uniform(*_SHOWN_SECONDS) * rate)
        stop = min(start + length, frames)
        if stop - start < max(0.5 * rate, 2 * style.fade_frames + 3):
            return style, captions
        fade = style.fade_frames if stop < frames else 0
        captions.append(_caption(style, (start, stop, fade), height=height, width=width, random=random))
        start = stop + round(random.uniform(*_PAUSE_SECONDS) * rate)


def _style(height: int, random: np.random.Generator, *, rate: float) -> CaptionStyle:
    fades = random.random() < _FADING_SHARE
    return CaptionStyle(
        face=str(random.choice(["sans", "italic", "uni"], p=[0.55, 0.2, 0.25])),
        weight=int(random.integers(350, 800)),
        size_px=round(max(_LEAST_SIZE_PX, random.uniform(*_SIZES) * height)),
        colour=_pick(_COLOURS, random),
        decoration=_pick(_DECORATIONS, random),
        place=_pick(_PLACES, random),
        fade_frames=int(random.integers(*_FADE_FRAMES)) if fades and rate > 15 else 0,
    )


def _pick(choices: Sequence[tuple[Choice, float]], random: np.random.Generator) -> Choice:
    shares = np.array([share for _, share in choices])
    return choices[int(random.choice(len(choices), p=shares / shares.sum()))][0]


def _caption(
    style: CaptionStyle,
    when: tuple[int, int, int],
    *,
    height: int,
    width: int,
    random: np.random.Generator,
) -> Caption:
    text = _text(style, random)
    inks = [_ink(line, style) for line in text]
    longest = max(ink.shape[1] for ink in inks)
    if longest > 0.86 * width:  # drawn anew, with what fits
        text = tuple(line[: max(4, int(len(line) * 0.8 * width / longest))].strip() for line in text)
        inks = [_ink(line, style) for line in text]
    ink_hw = _stacked(inks, style)
    colour_hw3, alpha_hw = _decorated(ink_hw, style)
    rect = _placed(alpha_hw.shape, style.place, height=height, width=width)
    rows, columns = slice(0, rect.height), slice(0, rect.width)
    return Caption(text, *when, rect, colour_hw3[rows, columns], alpha_hw[rows, columns])


def _text(style: CaptionStyle, random: np.random.Generator) -> tuple[str, ...]:
    if style.face == "uni" and random.random() < 0.4:
        return tuple(str(one) for one in random.choice(_CJK, int(random.integers(1, 3)), replace=False))
    lines: list[str] = []
    for _ in range(int(random.integers(1, 3))):
        words = random.choice(_WORDS, int(random.integers(2, 6)))
        line = " ".join(str(word) for word in words)
        lines.append(line[0].upper() + line[1:])
    return tuple(lines)


def _ink(line: str, style: CaptionStyle) -> NDArray[np.uint8]:
    """Draw a line, uint8 (H, W) of its size."""
    face = cv2.FontFace(style.face)
    canvas = np.zeros((3 * style.size_px, (len(line) + 4) * style.size_px * 2), np.uint8)
    cv2.putText(canvas, line, (style.size_px, 2 * style.size_px), (255,), face, style.size_px, style.weight)
    columns = np.flatnonzero(canvas.any(axis=0))
    if not columns.size:
        raise AssertionError(f"the face {style.face} draws nothing of {line!r}")
    return canvas[style.size_px // 2 : int(2.5 * style.size_px), columns[0] : columns[-1] + 1]


def _stacked(inks: list[NDArray[np.uint8]], style: CaptionStyle) -> NDArray[np.float32]:
    """Put lines below one another, in their middles, with a border all around; float32 (H, W), 0 to 1."""
    border = max(4, round(0.4 * style.size_px))
    step = round(1.35 * style.size_px)
    longest = max(ink.shape[1] for ink in inks)
    height = step * (len(inks) - 1) + inks[0].shape[0]
    stacked = np.zeros((height, longest + 2 * border), np.uint8)
    for number, ink in enumerate(inks):
        left = border + (longest - ink.shape[1]) // 2
        place = stacked[step * number : step * number + ink.shape[0], left : left + ink.shape[1]]
        np.maximum(place, ink, out=place)
    return stacked.astype(np.float32) / np.float32(255)


def _decorated(
    ink_hw: NDArray[np.float32], style: CaptionStyle
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return colour, float32 (H, W, 3), and alpha, float32 (H, W), of letters with what is around them."""
    around = np.zeros_like(ink_hw)
    width = max(1, round(style.size_px / 14))
    if style.decoration == "outline":
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1, 2 * width + 1))
        around = np.asarray(cv2.dilate(ink_hw, disc), np.float32)
    elif style.decoration == "shadow":
        shifted = np.roll(ink_hw, (width + 1, width + 1), axis=(0, 1))
        around = np.asarray(0.75 * cv2.GaussianBlur(shifted, (0, 0), 0.6 * width), np.float32)
    elif style.decoration in ("box", "veil"):
        around[:] = 1.0 if style.decoration == "box" else _VEIL
    alpha_hw = ink_hw + (1 - ink_hw) * around
    back = np.full(3, 235.0 if style.is_dark else 8.0, np.float32)
    letters = ink_hw[..., None] * np.array(style.colour, np.float32)
    colour_hw3 = letters + (around * (1 - ink_hw))[..., None] * back
    colour_hw3 = colour_hw3 / np.maximum(alpha_hw, 1e-6)[..., None]
    return colour_hw3.astype(np.float32), alpha_hw.astype(np.float32)


def _placed(size: tuple[int, ...], place: Place, *, height: int, width: int) -> Rect:
    tall, wide = min(size[0], height), min(size[1], width)
    margin_x, margin_y = round(0.05 * width), round(0.04 * height)
    left = {"left": margin_x, "right": width - margin_x - wide}.get(place.split()[-1], (width - wide) // 2)
    middle = (height - tall) // 2
    top = {"bottom": height - margin_y - tall, "top": margin_y, "middle": middle, "upper": margin_y}.get(
        place.split()[0], height - margin_y - tall
    )
    return Rect(max(0, min(left, width - wide)), max(0, min(top, height - tall)), wide, tall)
