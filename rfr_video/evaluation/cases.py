"""What is measured on: pictures, cropped, and the holes that are drawn into them."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from rfr_video.config import LEAST_CROP_PX, HoleKind, StillsConfig
from rfr_video.errors import InputError, UsageError
from rfr_video.evaluation.metrics import Hole, Picture
from rfr_video.masking.random_holes import HoleMix, RandomHoles, read_masks, read_shapes
from rfr_video.media.decoding import decode_picture

_TRIES = 100


@dataclass(frozen=True)
class Still:
    """A picture to measure on.

    Attributes:
        path: The file.
        sha256: Of the file.
        picture_hw3: Its crop, uint8 RGB (H, W, 3).
    """

    path: Path
    sha256: str
    picture_hw3: Picture


@dataclass(frozen=True)
class DrawnHole:
    """A hole, bool (H, W), and of which kind it is."""

    hole_hw: Hole
    kind: HoleKind

    @property
    def share(self) -> float:
        """Part of the picture that is hole."""
        return float(self.hole_hw.mean())


def list_pictures(sources: Sequence[Path]) -> list[Path]:
    """Replace folders by the pictures in them, by name; files stay as they are, in order.

    Raises:
        InputError: There is no such file or folder, or no picture in a folder.
    """
    found: list[Path] = []
    for source in sources:
        if not source.exists():
            raise InputError(f"{source} does not exist; give pictures, or folders of pictures")
        found += _inside(source) if source.is_dir() else [source]
    return found


def read_still(path: Path, *, crop_px: int | None) -> Still:
    """Read a picture with 8 bits per sample and take the crop in its middle, or all of it.

    Raises:
        InputError: The file cannot be read, is no picture, or is smaller than the crop.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; give a picture") from error
    picture_hw3 = _decode(data)
    if picture_hw3 is None:
        raise InputError(f"{path} is damaged or not a picture; give a PNG, WebP, TIFF or JPEG file")
    height, width = picture_hw3.shape[:2]
    if min(height, width) < LEAST_CROP_PX:
        raise InputError(f"{path} is {width}×{height}; at least {LEAST_CROP_PX}×{LEAST_CROP_PX} is measured")
    if crop_px:
        if min(height, width) < crop_px:
            raise InputError(
                f"{path} is {width}×{height}, the crop {crop_px}×{crop_px}; leave it out, or give a smaller "
                "--crop"
            )
        top, left = (height - crop_px) // 2, (width - crop_px) // 2
        picture_hw3 = picture_hw3[top : top + crop_px, left : left + crop_px].copy()
    return Still(path, hashlib.sha256(data).hexdigest(), picture_hw3)


class HoleDrawer:
    """Draws the holes of a picture; the same picture gets the same holes whatever else is measured.

    Args:
        config: Kinds, share, seed, folders.

    Raises:
        MaskError: A folder of shapes or masks cannot be used.
    """

    def __init__(self, config: StillsConfig) -> None:
        self._config = config
        self._least, self._largest = share = config.hole_share.parts
        shapes = read_shapes(config.hole_shapes) if config.hole_shapes else ()
        masks = read_masks(config.hole_masks) if config.hole_masks else ()
        self._by_kind = [
            RandomHoles(HoleMix(weights={kind: 1.0}, share=share), shapes=shapes, masks=masks)
            for kind in config.hole_kind
        ]

    def draw(self, still: Still) -> Iterator[DrawnHole]:
        """Draw as many holes as configured; the kinds take turns.

        Raises:
            UsageError: A kind does not come out as large or as small as wanted.
        """
        for index in range(self._config.holes_per_picture):
            yield self._draw_one(still, index)

    def _draw_one(self, still: Still, index: int) -> DrawnHole:
        """Draw again until the share is in the range; the generator keeps to it only roughly."""
        height, width = still.picture_hw3.shape[:2]
        kind = self._config.hole_kind[index % len(self._by_kind)]
        for attempt in range(_TRIES):
            text = f"{self._config.seed} {still.sha256} {index} {attempt}"
            seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
            mask, drawn = self._by_kind[index % len(self._by_kind)].draw_with_kind(height, width, seed=seed)
            hole = DrawnHole(mask > 0, kind)
            if drawn == kind and self._least <= hole.share <= self._largest:
                return hole
        raise UsageError(
            f"no hole of kind {kind} came out at {self._config.hole_share} % of {width}×{height}; "
            f"give a wider --hole-share, or leave out --hole-kind {kind}"
        )


def _inside(folder: Path) -> list[Path]:
    try:
        pictures = sorted(path for path in folder.iterdir() if _is_picture(path))
    except OSError as error:
        raise InputError(f"folder {folder} cannot be read: {error.strerror}; check its rights") from error
    if not pictures:
        raise InputError(f"folder {folder} holds no pictures; give a folder of PNG, WebP or TIFF files")
    return pictures


def _is_picture(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".") and cv2.haveImageReader(str(path))


def _decode(data: bytes) -> Picture | None:
    decoded = decode_picture(data, cv2.IMREAD_COLOR_RGB)
    return None if decoded is None else np.asarray(decoded, np.uint8)
