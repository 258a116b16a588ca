"""The size that a picture states in its header: to know it before room is made for its samples."""

import io
import struct

from PIL import ImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.PpmImagePlugin import PpmImageFile
from PIL.WebPImagePlugin import WebPImageFile
from tifffile import TiffFile

from rfr_video.media.png_chunks import SIGNATURE, is_whole
from rfr_video.media.stills.quiet import quiet

_READERS: tuple[tuple[bytes, type[ImageFile.ImageFile]], ...] = (
    (SIGNATURE, PngImageFile),
    (b"\xff\xd8\xff", JpegImageFile),
    (b"RIFF", WebPImageFile),
    (b"BM", BmpImageFile),
    (b"P", PpmImageFile),
)
_TIFF = (b"II", b"MM")
_DAMAGED = (
    *(OSError, ValueError, ArithmeticError, LookupError, TypeError, RuntimeError, struct.error),
    SyntaxError,  # Pillow's word for a bad header
)


def stated_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG, JPEG, WebP, TIFF, BMP or PNM; ``None`` where the header is damaged.

    A PNG must be whole, too: OpenCV makes room for whatever length a chunk states.

    Args:
        data: Of the whole file; its samples are not decoded.
    """
    if data.startswith(SIGNATURE) and not is_whole(data):
        return None
    try:
        with quiet("PIL"), quiet("tifffile"):
            if data.startswith(_TIFF):
                with TiffFile(io.BytesIO(data)) as file:
                    page = file.pages.first
                    return int(page.imagewidth), int(page.imagelength)  # lists, where tags are damaged
            for signature, reader in _READERS:
                if data.startswith(signature):
                    return reader(io.BytesIO(data)).size
    except _DAMAGED:
        return None
    return None
