"""Mattes of interlaced videos: each field has the lines of its own, as it has those of the picture."""

import numpy as np

from rfr_video.fill.deblend.matte import Matte
from rfr_video.geometry import Rect
from rfr_video.media.fields import Parity, field_rect, frame_rect


def field_matte(matte: Matte, parity: Parity) -> Matte:
    """Return the lines of a frame's matte, of two lines or more, that lie over a field."""
    picture, rect = field_rect(matte.picture, parity), field_rect(matte.rect, parity)
    assert picture is not None, matte.picture
    assert rect is not None, matte.rect
    lines = slice((parity - matte.rect.y) % 2, None, 2)
    maps = (np.ascontiguousarray(values[lines]) for values in (matte.alpha_hw, matte.colour_hw3))
    return Matte(picture, rect, *maps, error_hw=np.ascontiguousarray(matte.error_hw[lines]))


def woven_matte(top: Matte, bottom: Matte, *, picture: Rect) -> Matte:
    """Return the matte of a frame of those of its fields."""
    rect = frame_rect(top.rect.union(bottom.rect), within=picture)
    size = (rect.height, rect.width)
    alpha_hw, error_hw = np.zeros(size, np.float32), np.full(size, np.float32(np.inf))
    colour_hw3 = np.zeros((*size, 3), np.float32)
    for parity, one in zip(Parity, (top, bottom), strict=True):
        lines = field_rect(rect, parity)
        assert lines is not None, rect
        there = one.rect.relative_to(lines).slices
        for whole, part in (
            (alpha_hw, one.alpha_hw),
            (error_hw, one.error_hw),
            (colour_hw3, one.colour_hw3),
        ):
            whole[parity.lines][there] = part
    return Matte(picture, rect, alpha_hw, colour_hw3, error_hw)
