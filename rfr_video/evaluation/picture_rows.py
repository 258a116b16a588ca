"""Rows of pictures under captions, as one picture."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from rfr_video.evaluation.metrics import Picture

LONGEST_PX = 384
GAP_PX = 6
CAPTION_PX = 18


class PictureRows:
    """Collects rows, shrinking pictures to at most 384 pixels; keeps nothing larger."""

    def __init__(self) -> None:
        self._rows: list[Picture] = []

    def add(self, cells: Sequence[tuple[str, Picture]]) -> None:
        """Add a row of captions and pictures, uint8 RGB (H, W, 3), at least one; heights may differ."""
        row = [_cell(caption, picture_hw3) for caption, picture_hw3 in cells]
        height = max(cell.shape[0] for cell in row)
        self._rows.append(np.concatenate([_padded(cell, height=height) for cell in row], axis=1))

    def encode(self) -> bytes:
        """Return the rows as PNG; at least one must be there."""
        width = max(row.shape[1] for row in self._rows)
        rows = [_padded(row, width=width) for row in self._rows]
        _, data = cv2.imencode(".png", np.concatenate(rows)[..., ::-1])
        return data.tobytes()


def _padded(picture_hw3: Picture, *, height: int = 0, width: int = 0) -> Picture:
    """Return a picture of at least this size, white at the right and at the bottom."""
    below = max(height - picture_hw3.shape[0], 0)
    right = max(width - picture_hw3.shape[1], 0)
    return np.pad(picture_hw3, ((0, below), (0, right), (0, 0)), constant_values=255)


def _cell(caption: str, picture_hw3: Picture) -> Picture:
    """Return a picture under its caption, with a gap at the right and at the bottom."""
    small_hw3 = _shrunk(picture_hw3)
    height, width = small_hw3.shape[:2]
    cell: NDArray[np.uint8] = np.full((height + CAPTION_PX + GAP_PX, width + GAP_PX, 3), 255, np.uint8)
    cell[CAPTION_PX : CAPTION_PX + height, :width] = small_hw3
    drawable = caption.encode("ascii", "replace").decode()  # OpenCV's font knows no other letters
    baseline = (2, CAPTION_PX - 5)
    cv2.putText(cell, drawable, baseline, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
    return cell


def _shrunk(picture_hw3: Picture) -> Picture:
    height, width = picture_hw3.shape[:2]
    scale = LONGEST_PX / max(height, width)
    if scale >= 1:
        return picture_hw3
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return np.asarray(cv2.resize(picture_hw3, size, interpolation=cv2.INTER_AREA), np.uint8)
