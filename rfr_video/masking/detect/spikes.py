"""How far samples stand out from what was there before and is there again afterwards.

Methods: the spike detection index with a test of the sign, SDIp (A. Kokaram, "Motion Picture Restoration",
Springer 1998): a defect differs from both neighbours, in the same direction; and the first of the rank-order
differences, ROD (M. Nadenau, S. Mitra, "Blotch and scratch detection in image sequences based on rank ordered
differences", Time-Varying Image Processing and Moving Object Recognition 4, 1997): it lies outside the range
of its neighbours, here of all nine in each of two pictures, so that motion may be wrong by a pixel.
"""

import cv2
import numpy as np

from rfr_video.masking.detect.planes import BytePlane

_CELL_WIDTH_PX, _CELL_HEIGHT_PX = 8, 4
_AROUND_CELLS = 5


def spikes(
    picture: BytePlane, first: BytePlane, second: BytePlane, *, reach_px: int = 1
) -> tuple[BytePlane, BytePlane]:
    """Return how far samples lie above the range of their neighbours in two other pictures, and below it.

    Args:
        picture: Uint8 (H, W).
        first: Another one, brought to where the picture is.
        second: Likewise.
        reach_px: By so many pixels motion may be wrong.

    Returns:
        Two of uint8 (H, W), in codes; 0 within the range.
    """
    near = np.ones((2 * reach_px + 1, 2 * reach_px + 1), np.uint8)
    highest = cv2.max(cv2.dilate(first, near), cv2.dilate(second, near))
    lowest = cv2.min(cv2.erode(first, near), cv2.erode(second, near))
    above, below = cv2.subtract(picture, highest), cv2.subtract(lowest, picture)
    return np.asarray(above, np.uint8), np.asarray(below, np.uint8)


def unrest(spike: BytePlane) -> BytePlane:
    """Return by how much most samples around stand out: more than nothing where motion was not understood.

    A median over 20 rows and 40 columns, which defects are too small to move.

    Args:
        spike: How far samples stand out, uint8 (H, W).

    Returns:
        Uint8 (H, W).
    """
    height, width = spike.shape
    cells = (max(1, width // _CELL_WIDTH_PX), max(1, height // _CELL_HEIGHT_PX))
    means = cv2.resize(spike, cells, interpolation=cv2.INTER_AREA)
    middle = cv2.medianBlur(np.asarray(means, np.uint8), _AROUND_CELLS)
    return np.asarray(cv2.resize(middle, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
