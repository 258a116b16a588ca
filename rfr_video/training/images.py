"""The images of a training, decoded once and kept in memory."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rfr_video.errors import InputError

Image = NDArray[np.uint8]

_SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".ppm"))


@dataclass(frozen=True)
class ImageSet:
    """Images, uint8 RGB (H, W, 3) each, and what became of the files.

    Attributes:
        training: To learn from.
        validation: Held out (or, where none are to be held out, some of the same).
        unreadable: Files that are no readable image.
        too_small: Images whose short side is below what the recipe needs.
        digest: Tells sets of images apart.
    """

    training: tuple[Image, ...]
    validation: tuple[Image, ...]
    unreadable: tuple[Path, ...]
    too_small: tuple[Path, ...]
    digest: int


def read_images(folders: Sequence[Path], *, least_px: int, validation_every: int) -> ImageSet:
    """Decode all images of folders and of the folders in them, in the order of their paths.

    Args:
        folders: Searched for files with the suffix of an image; hidden ones are left out.
        least_px: Images with a shorter side are skipped.
        validation_every: The first image and every so many after it are held out; with 0 none are, and up
            to 64 that are trained on serve for validation.

    Raises:
        InputError: A folder is missing, or too few images are left.
    """
    images: list[Image] = []
    unreadable: list[Path] = []
    too_small: list[Path] = []
    digest = 0
    for path in _files(folders):
        image = _decode(path)
        if image is None:
            unreadable.append(path)
        elif min(image.shape[:2]) < least_px:
            too_small.append(path)
        else:
            images.append(image)
            digest = zlib.crc32(image.data, digest)
    skipped = f"{len(unreadable)} unreadable, {len(too_small)} smaller than {least_px} pixels"
    if not images:
        named = ", ".join(map(str, folders))
        raise InputError(f"no images to train on in {named} ({skipped}); give a folder of PNG, JPEG or WebP")
    if not validation_every:
        return ImageSet(tuple(images), tuple(images[:64]), tuple(unreadable), tuple(too_small), digest)
    training = tuple(image for index, image in enumerate(images) if index % validation_every)
    if not training:
        raise InputError(
            f"{len(images)} images ({skipped}) are too few: all are held out for validation; give more, "
            f"or set data.validation_every to 0"
        )
    validation = tuple(images[::validation_every])
    return ImageSet(training, validation, tuple(unreadable), tuple(too_small), digest)


def _files(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        if not folder.is_dir():
            raise InputError(f"{folder} is no folder; give a folder of images")
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in _SUFFIXES and not path.name.startswith(".") and path.is_file():
                yield path


def _decode(path: Path) -> Image | None:
    level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # unreadable ones are counted
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB) if data.size else None
    except (OSError, cv2.error):
        return None
    finally:
        cv2.utils.logging.setLogLevel(level)
    return None if image is None else np.ascontiguousarray(image, np.uint8)
