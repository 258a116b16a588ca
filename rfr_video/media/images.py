"""Still images as masks, and folders of numbered ones. Reads whole small files; knows nothing of time."""

import os
import re
from collections import defaultdict
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.errors import MaskError
from rfr_video.media.colour import Plane
from rfr_video.media.hole import Mask

FORMATS = "PNG, JPEG, WebP, TIFF, BMP or PNM"
_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".pbm", ".pgm", ".ppm")
_SIGNATURE = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|RIFF....WEBP|II\*\0|MM\0\*|BM|P[1-6]\s", re.DOTALL)
_SIGNATURE_BYTES = 12


def is_image(path: Path) -> bool:
    """Whether a file begins like an image of one of the :data:`FORMATS`, whatever its name says.

    Raises:
        MaskError: The file cannot be read.
    """
    check_regular(path, name="mask")
    try:
        with path.open("rb") as file:
            return _SIGNATURE.match(file.read(_SIGNATURE_BYTES)) is not None
    except OSError as error:
        raise _unreadable(path, error) from error


def check_regular(path: Path, *, name: str) -> None:
    """Raise :class:`MaskError` for pipes and devices: who opens one may wait for good."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise MaskError(f"{name} {path} is no regular file; give one that is")


def is_named_as_image(path: Path) -> bool:
    """Whether a file has the name of an image; hidden files do not count."""
    return not path.name.startswith(".") and path.suffix.lower() in _SUFFIXES and path.is_file()


def read_mask(path: Path) -> Mask:
    """Read an image as a mask: white = fill.

    A sample is to be filled when its luma is at least half of the full range of 8 or 16 bits. Two kinds of
    image are read by what they can only mean: where the samples are 0 and 1 only, 1 is fill; where all
    colour is the same and some of it is transparent, opaque is fill. In every other image alpha is ignored.

    Returns:
        A picture-sized mask, uint8 (H, W), 255 = fill, 0 = keep.

    Raises:
        MaskError: The file cannot be read, is empty or damaged, or is not an image.
    """
    return decode_mask(read_bytes(path), path)


def read_bytes(path: Path) -> bytes:
    """Return the content of an image file as it is.

    Raises:
        MaskError: The file cannot be read, is empty, or does not begin like an image.
    """
    check_regular(path, name="mask")
    if path.is_file() and path.stat().st_size and not is_image(path):  # it may be large: do not read it
        raise MaskError(f"mask {path} is not an image; give a {FORMATS} file")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    if not data:
        raise MaskError(f"mask {path} is empty; give a {FORMATS} file")
    return data


def decode_mask(data: bytes, path: Path) -> Mask:
    """Decode the content of an image file; see :func:`read_mask`. ``path`` is for the errors."""
    level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # the error says it
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise MaskError(f"mask {path} cannot be decoded ({error.err}); save it again as PNG") from error
    finally:
        cv2.utils.logging.setLogLevel(level)
    if image is None:
        raise MaskError(f"mask {path} is damaged or not an image; save it again as PNG")
    if image.dtype == np.uint8:
        fill = _is_fill(np.asarray(image, np.uint8), half=1 << 7)
    elif image.dtype == np.uint16:
        fill = _is_fill(np.asarray(image, np.uint16), half=1 << 15)
    else:
        raise MaskError(f"mask {path} has {image.dtype} samples; save it with 8 or 16 bits per sample")
    return mask_where(fill)


def mask_where(fill: npt.NDArray[np.bool_]) -> Mask:
    """Return the mask of a decision per sample, (H, W)."""
    return fill.view(np.uint8) * np.uint8(255)


def numbered_images(folder: Path) -> list[Path]:
    """List the images of a folder in the order of the number in their names, the last one if there are more.

    Hidden files, folders and files without the suffix of an image are left out. Numbers need not start
    at a certain value and may have gaps.

    Raises:
        MaskError: The folder cannot be read or holds no image, or two names have the same number or one
            has none.
    """
    try:
        images = [path for path in folder.iterdir() if is_named_as_image(path)]
    except OSError as error:
        raise _unreadable(folder, error) from error
    if not images:
        raise MaskError(f"mask folder {folder} holds no images; put numbered {FORMATS} files there")
    by_number: defaultdict[int, list[Path]] = defaultdict(list)
    for path in sorted(images):
        by_number[_number(path)].append(path)
    for number, paths in by_number.items():
        if len(paths) > 1:
            raise MaskError(
                f"mask folder {folder}: {paths[0].name} and {paths[1].name} are both number {number}; "
                "give every image a number of its own"
            )
    return [by_number[number][0] for number in sorted(by_number)]


def _is_fill(image: Plane, *, half: int) -> npt.NDArray[np.bool_]:
    """Decide for every sample of an (H, W), (H, W, 3) or (H, W, 4) image in OpenCV's order of channels."""
    if image.ndim == 2:
        return image == 1 if image.max() == 1 else image >= half
    color = image[:, :, :3]
    if image.shape[2] == 4 and (color == color[0, 0]).all() and (image[:, :, 3] < half).any():
        return image[:, :, 3] >= half
    return _is_fill(cast("Plane", cv2.cvtColor(color, cv2.COLOR_BGR2GRAY)), half=half)


def _number(path: Path) -> int:
    numbers = re.findall(r"[0-9]+", path.stem)
    if not numbers:
        raise MaskError(
            f"mask folder {path.parent}: {path.name} has no number in its name; name the images in the "
            "order of the frames, for example 0001.png"
        )
    return int(numbers[-1])


def _unreadable(path: Path, error: OSError) -> MaskError:
    reason = os.strerror(error.errno) if error.errno else str(error)
    return MaskError(f"mask {path} cannot be read: {reason}; check the name")
