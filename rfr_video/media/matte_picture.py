"""Mattes as pictures: what an overlay looks like by itself, RGB with alpha, of the size of the video.

PNG with 16 bits per channel, RGB not multiplied by alpha. Any PNG with alpha can be read: artwork that lies
where it lies in the video is a matte, too.
"""

import os
from pathlib import Path

import cv2
import numpy as np

from rfr_video.errors import MaskError
from rfr_video.geometry import Rect
from rfr_video.media.colour import FloatImage
from rfr_video.media.decoding import decode_picture
from rfr_video.media.images import check_regular
from rfr_video.media.picture_size import stated_size

MATTE_LEAST_ALPHA = 0.5 / 255
"""What covers less than this changes no sample of 8 bits."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def read_matte(path: Path, *, picture: Rect) -> tuple[FloatImage, FloatImage]:
    """Read a matte of a picture's size; what states another one is not decoded.

    Returns:
        RGB, float32 (H, W, 3), and alpha, float32 (H, W), both in [0, 1].

    Raises:
        MaskError: It cannot be read, is no PNG, of another size, has no alpha, or is transparent throughout.
    """
    check_regular(path, name="matte")
    try:
        with path.open("rb") as file:
            is_png = file.read(len(_SIGNATURE)) == _SIGNATURE
            data = _SIGNATURE + file.read() if is_png else b""
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise MaskError(f"matte {path} cannot be read: {reason}; check the name") from error
    if not is_png:
        raise MaskError(f"matte {path} is no PNG; give one with alpha, as --save-matte writes it")
    size = stated_size(data)
    if size not in (None, (picture.width, picture.height)):
        raise MaskError(
            f"matte {path} is {size[0]}×{size[1]}, the picture is {picture.width}×{picture.height}; give "
            "one that was made from a video of the same size"
        )
    image = None if size is None else decode_picture(data, cv2.IMREAD_UNCHANGED)
    if image is None:
        raise MaskError(f"matte {path} is damaged; make it anew with --save-matte")
    if image.ndim != 3 or image.shape[2] != 4:
        raise MaskError(
            f"matte {path} has no alpha channel; give a PNG with alpha, as --save-matte writes it"
        )
    bgra = image.astype(np.float32) / np.float32(255 if image.dtype == np.uint8 else 65535)
    if not bgra[..., 3].any():
        raise MaskError(f"matte {path} is transparent throughout; give one that shows something")
    return np.ascontiguousarray(bgra[..., 2::-1]), np.ascontiguousarray(bgra[..., 3])


def encode_matte(colour_hw3: FloatImage, alpha_hw: FloatImage) -> bytes:
    """Return a matte as PNG; RGB and alpha are clipped to [0, 1] and rounded to 16 bits."""
    bgra = np.concatenate([colour_hw3[..., ::-1], alpha_hw[..., np.newaxis]], axis=2)
    done, data = cv2.imencode(".png", np.rint(np.clip(bgra, 0, 1) * 65535).astype(np.uint16))
    assert done
    return data.tobytes()
