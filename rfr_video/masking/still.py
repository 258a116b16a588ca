"""Masks that are the same for every frame: an image, or boxes."""

from collections.abc import Iterable
from pathlib import Path
from typing import Self

import numpy as np

from rfr_video.errors import MaskError
from rfr_video.geometry import Box, Rect
from rfr_video.media.hole import Mask
from rfr_video.media.images import decode_mask, read_bytes
from rfr_video.media.picture_size import stated_size
from rfr_video.timecode import Moment


class StillMask:
    """One mask for all frames.

    Args:
        mask: Uint8 (H, W) of the picture's size, 255 = fill, 0 = keep.
    """

    def __init__(self, mask: Mask) -> None:
        self._mask = mask if mask.any() else None

    @classmethod
    def read(cls, path: Path, *, picture: Rect) -> Self:
        """Read an image; raises :class:`MaskError` when it is none or has another size than the picture."""
        return cls(read_fitting(path, picture=picture))

    @classmethod
    def of_boxes(cls, boxes: Iterable[Box], *, picture: Rect) -> Self:
        """Fill boxes; raises :class:`MaskError` when one reaches outside the picture."""
        mask = np.zeros((picture.height, picture.width), np.uint8)
        for box in boxes:
            mask[box.resolve(picture).slices] = 255
        return cls(mask)

    def is_empty(self) -> bool:
        """Whether nothing is to be filled."""
        return self._mask is None

    def mask_at(self, moment: Moment) -> Mask | None:  # noqa: ARG002 - the same at every moment
        """Return the mask."""
        return self._mask

    def finish(self, frame_count: int) -> None:
        """Do nothing: a still fits every length."""


def read_fitting(path: Path, *, picture: Rect) -> Mask:
    """Read an image of a picture's size as a mask; see :func:`rfr_video.media.images.read_mask`.

    Raises:
        MaskError: It cannot be read, or is of another size.
    """
    return decode_fitting(read_bytes(path), path, picture=picture)


def decode_fitting(data: bytes, path: Path, *, picture: Rect) -> Mask:
    """Decode the content of an image file likewise; what states another size is not decoded."""
    size = stated_size(data)
    if size is None:
        raise MaskError(f"mask {path} is damaged or not an image; save it again as PNG")
    check_size(size, picture=picture, name=str(path))
    mask = decode_mask(data, path)
    check_size((mask.shape[1], mask.shape[0]), picture=picture, name=str(path))
    return mask


def check_size(size: tuple[int, int], *, picture: Rect, name: str) -> None:
    """Check a mask's width and height; raises :class:`MaskError` naming both sizes when they differ."""
    if size == (picture.width, picture.height):
        return
    advice = "give a mask of the picture's size"
    if size == (picture.height, picture.width):
        advice += ", turned by a right angle"
    raise MaskError(
        f"mask {name} is {size[0]}×{size[1]}, the picture is {picture.width}×{picture.height}; {advice}"
    )


def steady(mask: Mask, last: Mask | None) -> Mask | None:
    """Return the last mask where the new one is equal, and ``None`` for an empty one."""
    if last is not None and np.array_equal(mask, last):
        return last
    return mask if mask.any() else None
