"""Random holes for training and for measuring: what logos, text, tapes and film leave behind.

Everything follows from a seed. Reading and shaping the masks that a user gives is the business of the
other modules here.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from rfr_video.config import HoleKind
from rfr_video.errors import MaskError, UsageError
from rfr_video.media.hole import Mask
from rfr_video.media.images import read_bytes, read_mask

Shape = NDArray[np.bool_]

DEFAULT_WEIGHTS: Mapping[HoleKind, float] = {
    "strokes": 3.0,
    "box": 2.0,
    "text": 2.0,
    "shape": 2.0,
    "dropout": 0.5,
    "scratch": 0.5,
    "mask": 1.0,
}
LARGEST_SHARE: Mapping[HoleKind, float] = {"text": 0.3, "shape": 0.4, "dropout": 0.15, "scratch": 0.1}
"""Of kinds that are small by nature; the others may be as large as the mix allows."""

_HERSHEY = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
_OUTLINE = ("sans", "italic", "uni")
_LETTERS = "ABCDEFGHIJKLMNOPRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_TRIES = 64


@dataclass(frozen=True, kw_only=True)
class HoleMix:
    """How often each kind of hole is drawn, and how large holes are.

    Attributes:
        weights: By kind; kinds left out are not drawn. ``shape`` and ``mask`` need material.
        share: Least and largest part of the picture that is hole, in (0, 1).
    """

    weights: Mapping[HoleKind, float] = field(default_factory=lambda: dict(DEFAULT_WEIGHTS))
    share: tuple[float, float] = (0.01, 0.6)

    def __post_init__(self) -> None:
        for kind, weight in self.weights.items():
            if kind not in get_args(HoleKind) or not weight >= 0:
                raise UsageError(
                    f"hole weight {kind}={weight}: give {', '.join(get_args(HoleKind))} a number from 0 on"
                )
        if not sum(self.weights.values()) > 0:
            raise UsageError("all hole weights are 0; give at least one kind of hole a weight")
        least, largest = self.share
        if not 0 < least <= largest < 1:
            raise UsageError(f"hole share is {least:g} to {largest:g}; give a range inside 0 to 1")


class RandomHoles:
    """Draws holes of a mix.

    Args:
        mix: Which kinds, how large.
        shapes: Logo shapes, bool (H, W) of any size, for the kind ``shape``; without any it is not drawn.
        masks: Masks, bool (H, W) of any size, for the kind ``mask``; likewise.

    Raises:
        UsageError: Nothing is left to draw.
    """

    def __init__(
        self,
        mix: HoleMix | None = None,
        *,
        shapes: Sequence[Shape] = (),
        masks: Sequence[Shape] = (),
    ) -> None:
        self.mix = mix or HoleMix()
        self._shapes = tuple(shapes)
        self._masks = tuple(masks)
        without = {kind for kind, given in (("shape", shapes), ("mask", masks)) if not given}
        usable: dict[HoleKind, float] = {
            kind: w for kind, w in self.mix.weights.items() if kind not in without and w > 0
        }
        if not usable:
            raise UsageError("the hole mix has only shapes or masks, and none are given; give some")
        self._kinds: list[HoleKind] = list(usable)
        self._chances = np.array(list(usable.values())) / sum(usable.values())
        self._painters: Mapping[HoleKind, Callable[[Mask, Generator, float], None]] = {
            "strokes": _paint_strokes,
            "box": _paint_box,
            "text": _paint_text,
            "shape": lambda canvas, rng, share: _paint_stamp(canvas, rng, share, stamps=self._shapes),
            "dropout": _paint_dropouts,
            "scratch": _paint_scratches,
            "mask": lambda canvas, rng, share: _paint_masks(canvas, rng, share, masks=self._masks),
        }

    def draw(self, height: int, width: int, *, seed: int) -> Mask:
        """Return the hole of a seed: uint8 (height, width), 255 = fill, its share near the mix's range."""
        return self.draw_with_kind(height, width, seed=seed)[0]

    def draw_with_kind(self, height: int, width: int, *, seed: int) -> tuple[Mask, HoleKind]:
        """Return the hole of a seed, and of which kind it is."""
        least, largest = self.mix.share
        for attempt in range(_TRIES):
            rng = np.random.default_rng((seed, attempt))
            kind: HoleKind = self._kinds[int(rng.choice(len(self._kinds), p=self._chances))]
            top = max(min(largest, LARGEST_SHARE.get(kind, largest)), least)
            canvas: Mask = np.zeros((height, width), np.uint8)
            self._painters[kind](canvas, rng, float(rng.uniform(least, top)))
            canvas[canvas > 0] = 255
            seen = _share(canvas)
            if 0.5 * least <= seen <= 1.1 * largest and 0 < seen < 1:
                return canvas, kind
        canvas = np.zeros((height, width), np.uint8)
        _paint_box(canvas, np.random.default_rng(seed), (least + largest) / 2)
        return canvas, "box"


def read_shapes(folder: Path) -> tuple[Shape, ...]:
    """Read the opaque parts of all images of a folder, bool (H, W) each; an image without alpha is a mask.

    Raises:
        MaskError: There is no image in the folder, or one cannot be read.
    """
    shapes: list[Shape] = []
    for path in _files(folder):
        opaque = _opaque(path)
        rows, columns = np.flatnonzero(opaque.any(axis=1)), np.flatnonzero(opaque.any(axis=0))
        if rows.size:
            shapes.append(opaque[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    return _some(shapes, folder)


def read_masks(folder: Path) -> tuple[Shape, ...]:
    """Read all masks of a folder, bool (H, W) each, True = fill; raises like :func:`read_shapes`."""
    return _some([read_mask(path) > 0 for path in _files(folder)], folder)


def _opaque(path: Path) -> Shape:
    image = cv2.imdecode(np.frombuffer(read_bytes(path), np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None or image.ndim < 3 or image.shape[2] != 4:
        return read_mask(path) > 0
    return np.asarray(image[..., 3] > (127 if image.dtype == np.uint8 else 32767))


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise MaskError(f"{folder} is not a folder; give a folder of images")
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def _some(masks: list[Shape], folder: Path) -> tuple[Shape, ...]:
    if not masks:
        raise MaskError(f"{folder} has no images; give a folder of PNG, WebP or TIFF files")
    return tuple(masks)


def _whole(rng: Generator, least: int, stop: int) -> int:
    return int(rng.integers(least, stop))  # pyright: ignore[reportUnknownArgumentType]


def _share(mask: NDArray[np.generic]) -> float:
    return float(np.count_nonzero(mask)) / mask.size


def _paint_box(canvas: Mask, rng: Generator, share: float) -> None:
    height, width = canvas.shape
    aspect = float(np.exp(rng.uniform(-1.2, 1.6)))
    box_width = min(max(round((share * height * width * aspect) ** 0.5), 1), width)
    box_height = min(max(round(share * height * width / box_width), 1), height)
    x = _whole(rng, 0, width - box_width + 1)
    y = _whole(rng, 0, height - box_height + 1)
    canvas[y : y + box_height, x : x + box_width] = 255


def _paint_strokes(canvas: Mask, rng: Generator, share: float) -> None:
    """Free-form strokes (Yu et al., "Free-Form Image Inpainting with Gated Convolution", ICCV 2019)."""
    height, width = canvas.shape
    side = min(height, width)
    for _ in range(_TRIES):
        thickness = max(2, round(side * float(rng.uniform(0.02, 0.04 + 0.16 * share))))
        angle = float(rng.uniform(0, 2 * math.pi))
        x, y = rng.random() * width, rng.random() * height
        for _ in range(_whole(rng, 1, 6)):
            angle += float(rng.uniform(-1.2, 1.2))
            length = side * float(rng.uniform(0.05, 0.25))
            to_x = min(max(x + length * math.cos(angle), 0.0), float(width))
            to_y = min(max(y + length * math.sin(angle), 0.0), float(height))
            cv2.line(canvas, (round(x), round(y)), (round(to_x), round(to_y)), 255, thickness)
            x, y = to_x, to_y
            if _share(canvas) >= share:
                return


def _paint_text(canvas: Mask, rng: Generator, share: float) -> None:
    height, width = canvas.shape
    for _ in range(_TRIES):
        letters = rng.choice(list(_LETTERS), _whole(rng, 2, 12))
        text = "".join(letters)
        size_px = max(8, round(min(height, width) * float(rng.uniform(0.05, 0.12 + share))))
        at = (_whole(rng, -size_px, max(width // 2, 1)), _whole(rng, size_px // 2, height + 1))
        if rng.random() < 0.5:
            font = cv2.FontFace(_OUTLINE[_whole(rng, 0, len(_OUTLINE))])
            cv2.putText(canvas, text, at, 255, font, size_px, _whole(rng, 300, 800))  # pyright: ignore[reportCallIssue, reportArgumentType]
        else:
            font = _HERSHEY[_whole(rng, 0, len(_HERSHEY))]
            thickness = max(1, round(size_px * float(rng.uniform(0.06, 0.25))))
            cv2.putText(canvas, text, at, font, size_px / 22, 255, thickness)
        if _share(canvas) >= share:
            break
    grow_px = _whole(rng, 0, 3)
    if grow_px:
        canvas[:] = cv2.dilate(canvas, np.ones((2 * grow_px + 1, 2 * grow_px + 1), np.uint8))


def _paint_stamp(canvas: Mask, rng: Generator, share: float, *, stamps: Sequence[Shape]) -> None:
    stamp = stamps[_whole(rng, 0, len(stamps))]
    height, width = canvas.shape
    scale = (share * canvas.size / max(np.count_nonzero(stamp), 1)) ** 0.5
    scale = min(scale, width / stamp.shape[1], height / stamp.shape[0])
    size = (max(1, round(stamp.shape[1] * scale)), max(1, round(stamp.shape[0] * scale)))
    small = cv2.resize(stamp.astype(np.float32), size, interpolation=cv2.INTER_AREA) >= 0.5
    x = _whole(rng, 0, width - size[0] + 1)
    y = _whole(rng, 0, height - size[1] + 1)
    canvas[y : y + size[1], x : x + size[0]][small] = 255


def _paint_dropouts(canvas: Mask, rng: Generator, share: float) -> None:
    """Short horizontal streaks, one to four lines high, as a tape's dropouts leave."""
    height, width = canvas.shape
    for _ in range(canvas.size):
        length = max(3, round(width * float(rng.beta(1, 4))))
        x, y = _whole(rng, -length // 2, width), _whole(rng, 0, height)
        lines = _whole(rng, 1, 5)
        canvas[y : y + lines, max(x, 0) : max(x + length, 1)] = 255
        if _share(canvas) >= share:
            return


def _paint_scratches(canvas: Mask, rng: Generator, share: float) -> None:
    """Almost vertical lines over most of the height, as a projector leaves on film."""
    height, width = canvas.shape
    for _ in range(max(width // 2, 1)):
        x, lean = rng.random() * width, float(rng.normal(0, 0.02))
        start = (round(x), round(float(rng.uniform(-0.5, 0.3)) * height))
        end = (round(x + lean * width), round(float(rng.uniform(0.5, 1.5)) * height))
        cv2.line(canvas, start, end, 255, _whole(rng, 1, 4))
        if _share(canvas) >= share:
            return


def _paint_masks(canvas: Mask, rng: Generator, share: float, *, masks: Sequence[Shape]) -> None:
    """A part of a given mask, zoomed so that its share comes near the wanted one."""
    mask = masks[_whole(rng, 0, len(masks))]
    height, width = canvas.shape
    for _ in range(8):
        zoom = float(rng.uniform(1.0, 2.5))
        part_h, part_w = max(1, round(mask.shape[0] / zoom)), max(1, round(mask.shape[1] / zoom))
        y = _whole(rng, 0, mask.shape[0] - part_h + 1)
        x = _whole(rng, 0, mask.shape[1] - part_w + 1)
        part = mask[y : y + part_h, x : x + part_w]
        if rng.random() < 0.5:
            part = part[:, ::-1]
        seen = cv2.resize(part.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
        if abs(_share(seen) - share) <= abs(_share(canvas) - share):
            canvas[:] = np.where(seen, 255, 0)
