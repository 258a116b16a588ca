"""Image files, decoded once."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rfr_video.errors import InputError
from rfr_video.media.decoding import decode_picture

Image = NDArray[np.uint8]

SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".ppm"))


class ImageFiles:
    """All images of folders and of the folders in them, in the order of their paths, uint8 RGB (H, W, 3).

    Args:
        folders: Searched for files with the suffix of an image; hidden ones are left out.
        least_px: Images with a shorter side are skipped.

    Attributes:
        unreadable: Files passed so far that are no readable image.
        too_small: Files passed so far that are too small.
    """

    def __init__(self, folders: Sequence[Path], *, least_px: int) -> None:
        self._folders = folders
        self._least_px = least_px
        self.unreadable: list[Path] = []
        self.too_small: list[Path] = []

    def __iter__(self) -> Iterator[Image]:
        """Decode one after the other; raises :class:`InputError` where a folder is none."""
        for folder in self._folders:
            if not folder.is_dir():
                raise InputError(f"{folder} is no folder; give a folder of images")
            for path in files(folder, SUFFIXES):
                image = _decode(path)
                if image is None:
                    self.unreadable.append(path)
                elif min(image.shape[:2]) < self._least_px:
                    self.too_small.append(path)
                else:
                    yield image


def files(folder: Path, suffixes: frozenset[str]) -> Iterator[Path]:
    """Yield the files of a folder and of those in it that have one of the suffixes, in order."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in suffixes and not path.name.startswith(".") and path.is_file():
            yield path


def _decode(path: Path) -> Image | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    image = decode_picture(data, cv2.IMREAD_COLOR_RGB)
    return None if image is None else np.ascontiguousarray(image, np.uint8)
