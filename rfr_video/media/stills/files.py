"""Opening stills by what is in them, and finding them in folders."""

import os
from collections.abc import Callable
from pathlib import Path

from rfr_video.config.limits import DEFAULT_STILL_LIMITS, StillLimitsConfig
from rfr_video.errors import InputError
from rfr_video.media.picture_size import stated_size
from rfr_video.media.stills import jpeg, png
from rfr_video.media.stills.jpeg import read_jpeg
from rfr_video.media.stills.png import read_png
from rfr_video.media.stills.still import StillFile
from rfr_video.media.stills.tiff import read_tiff
from rfr_video.media.stills.webp import read_webp

KINDS = "PNG, JPEG, WebP or TIFF"
SUFFIXES = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WebP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
_TIFF_SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def open_still(path: Path, *, limits: StillLimitsConfig = DEFAULT_STILL_LIMITS) -> StillFile:
    """Read a file with one picture; its content says what kind it is.

    Raises:
        InputError: It cannot be read, is empty, too large, of another kind, or nothing that can be written
            again.
    """
    if path.exists() and not path.is_file():
        raise InputError(f"{path} is no regular file; give a {KINDS} file")
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise InputError(f"{path} cannot be read: {reason}; check the name") from error
    if not data:
        raise InputError(f"{path} is empty; get a whole copy")
    read = _reader(data)
    if read is None:
        raise InputError(f"{path} is not an image of a kind that can be repaired; give {KINDS}")
    width, height = stated_size(data) or (0, 0)  # the reader says what is wrong with a damaged header
    if width * height > limits.limit_pixels:
        raise InputError(
            f"{path} is {width}×{height}, more than {limits.limit_pixels} pixels; if it is to be trusted, "
            "raise --limit-pixels"
        )
    try:
        return read(data, path)
    except MemoryError as error:
        raise InputError(f"{path} is too large for this machine's memory; cut it into parts") from error


def stills_in(folder: Path) -> list[Path]:
    """List the pictures of a folder by name; hidden files, folders and other suffixes are left out.

    Raises:
        InputError: The folder cannot be read or holds none.
    """
    try:
        files = sorted(path for path in folder.iterdir() if _counts(path))
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise InputError(f"folder {folder} cannot be read: {reason}; check the name") from error
    if not files:
        raise InputError(f"folder {folder} holds no pictures; give one with {KINDS} files")
    return files


def _reader(data: bytes) -> Callable[[bytes, Path], StillFile] | None:
    if data.startswith(png.SIGNATURE):
        return read_png
    if data.startswith(jpeg.SIGNATURE):
        return read_jpeg
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return read_webp
    return read_tiff if data.startswith(_TIFF_SIGNATURES) else None


def _counts(path: Path) -> bool:
    return not path.name.startswith(".") and path.suffix.lower() in SUFFIXES and path.is_file()
