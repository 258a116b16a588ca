"""Crops cut into pieces for the network, and filled pieces joined again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from rfr_video.geometry import Rect
from rfr_video.rfrnet.lane import Pending
from rfr_video.rfrnet.workload import Workload, bucket_px, shrink_hole, shrink_image

PieceKind = tuple[int, int, int]


@dataclass
class Piece:
    """A tile of a crop on its way through the network.

    ``rect`` is where it lies in the shrunken crop; the arrays, float32 (h, w, 3) and bool (h, w), are
    mirrored at the right and bottom up to a bucket's size. ``pending`` and ``index`` say in which batch it
    runs, and where there.
    """

    rect: Rect
    image_hw3: NDArray[np.float32]
    known_hw: NDArray[np.bool_]
    recurrences: int
    pending: Pending | None = None
    index: int = 0

    @property
    def kind(self) -> PieceKind:
        """What the pieces of one batch share: height, width and recurrences."""
        height, width = self.known_hw.shape
        return height, width, self.recurrences

    def result_hw3(self) -> NDArray[np.float32]:
        """Wait for the batch and return the filled tile, (rect.height, rect.width, 3), not clipped."""
        assert self.pending is not None
        return self.pending.result()[self.index, : self.rect.height, : self.rect.width]


def cut(image_hw3: NDArray[np.float32], hole_hw: NDArray[np.bool_], *, plan: Workload) -> list[Piece]:
    """Cut a crop into the pieces that its plan says."""
    small_hw3 = shrink_image(image_hw3, hole_hw, factor=plan.factor)
    small_hw = shrink_hole(hole_hw, factor=plan.factor)
    pieces: list[Piece] = []
    for rect in plan.tiles:
        padding = (0, bucket_px(rect.height) - rect.height), (0, bucket_px(rect.width) - rect.width)
        image_hw3, known_hw = small_hw3[rect.slices], ~small_hw[rect.slices]
        if padding != ((0, 0), (0, 0)):
            image_hw3 = np.pad(image_hw3, (*padding, (0, 0)), mode="symmetric")
            known_hw = np.pad(known_hw, padding, mode="symmetric")
        pieces.append(Piece(rect, image_hw3, known_hw, plan.recurrences))
    return pieces


def join(pieces: Sequence[Piece], *, height: int, width: int, factor: int) -> NDArray[np.float32]:
    """Lay pieces over each other, feathered, and enlarge to the crop's size.

    Returns:
        Float32 (height, width, 3), not clipped, 0 where no piece lies.
    """
    if factor == 1 and pieces[0].rect == Rect(0, 0, width, height):
        return pieces[0].result_hw3()
    small_height, small_width = -(-height // factor), -(-width // factor)
    sums_hw3 = np.zeros((small_height, small_width, 3), np.float32)
    weights_hw1 = np.full((small_height, small_width, 1), 1e-6, np.float32)
    for piece in pieces:
        weight_hw1 = np.minimum.outer(_ramp(piece.rect.height), _ramp(piece.rect.width))[..., None]
        sums_hw3[piece.rect.slices] += piece.result_hw3() * weight_hw1
        weights_hw1[piece.rect.slices] += weight_hw1
    joined_hw3 = sums_hw3 / weights_hw1
    if factor == 1:
        return joined_hw3
    joined_13hw = torch.from_numpy(joined_hw3).permute(2, 0, 1)[None]
    enlarged_13hw = functional.interpolate(
        joined_13hw, scale_factor=float(factor), mode="bicubic", align_corners=False
    )
    return enlarged_13hw[0].permute(1, 2, 0).numpy()[:height, :width]


def _ramp(length_px: int) -> NDArray[np.float32]:
    """Rise from 1 at both ends towards the middle, so that the deeper of two tiles counts for more."""
    steps = np.arange(1, length_px + 1, dtype=np.float32)
    return np.minimum(steps, steps[::-1])
