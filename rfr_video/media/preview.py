"""Small pictures of frames, RGB or gray, for looking at them: 8 bits, never written back."""

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorSpec, FloatImage, Plane, Subsampling, rgb_from_yuv
from rfr_video.media.frame import Frame


def preview(frame: Frame, spec: ColorSpec, *, width: int, height: int) -> npt.NDArray[np.uint8]:
    """Return a frame as RGB of another size; the planes are shrunk before colour is made of them.

    Args:
        frame: Is left as it is.
        spec: The colour of its samples.
        width: Of the result; at most that of the frame.
        height: Of the result; at most that of the frame.

    Returns:
        Uint8 (height, width, 3), clipped to the nominal range.
    """
    layout, planes = frame.layout, frame.planes()
    small = [_shrunk(planes[index], width=width, height=height) for index in layout.color_planes]
    if layout.is_rgb:
        rgb = np.stack(small, axis=2).astype(np.float32) / np.float32((1 << layout.bits) - 1)
    else:
        rgb = rgb_from_yuv(small, spec, bits=layout.bits, subsampling=Subsampling(1, 1))
    return np.asarray(cv2.convertScaleAbs(np.maximum(rgb, 0), alpha=255.0), np.uint8)


def luma(frame: Frame, rect: Rect) -> FloatImage:
    """Return the luma of a part of a frame, float32 (H, W), 0 to 1; green stands for it in RGB."""
    layout = frame.layout
    plane = frame.planes()[layout.color_planes[1 if layout.is_rgb else 0]]
    return plane[rect.slices].astype(np.float32) / np.float32((1 << layout.bits) - 1)


def plane_preview(frame: Frame, rect: Rect, *, plane: int, width: int, height: int) -> npt.NDArray[np.uint8]:
    """Return a part of one plane of a frame in another size, in code values of 8 bits.

    Args:
        frame: Is left as it is.
        rect: The part, in luma samples.
        plane: 0, 1 or 2 for Y, Cb and Cr, or for R, G and B.
        width: Of the result; at most that of the part, in samples of the plane.
        height: Likewise.

    Returns:
        Uint8 (height, width), a new array.
    """
    layout = frame.layout
    across, down = (layout.subsampling.x, layout.subsampling.y) if plane else (1, 1)
    rows = slice(rect.y // down, -(-rect.bottom // down))
    columns = slice(rect.x // across, -(-rect.right // across))
    part = frame.planes()[layout.color_planes[plane]][rows, columns]
    small = part if part.shape == (height, width) else _shrunk(part, width=width, height=height)
    return (small >> max(0, layout.bits - 8)).astype(np.uint8)


def _shrunk(plane: Plane, *, width: int, height: int) -> Plane:
    small = cv2.resize(np.ascontiguousarray(plane), (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8) if plane.dtype == np.uint8 else np.asarray(small, np.uint16)
