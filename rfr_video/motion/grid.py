"""A coarse grid of cells over a picture: what varies slowly, such as motion behind a hole, is kept on it."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.geometry import Rect
from rfr_video.motion.warp import SamplingMap, identity_map

FloatPlane = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Grid:
    """Cells of equal size that cover a picture; their sides need not be whole pixels.

    Attributes:
        width_px: Of the picture.
        height_px: Of the picture.
        columns: How many cells across.
        rows: How many cells down.
    """

    width_px: int
    height_px: int
    columns: int
    rows: int

    @classmethod
    def of_cells(cls, width_px: int, height_px: int, *, cell_px: float) -> "Grid":
        """Return a grid whose cells are about so large."""
        return cls(width_px, height_px, max(1, round(width_px / cell_px)), max(1, round(height_px / cell_px)))

    @property
    def whole(self) -> Rect:
        """All cells."""
        return Rect(0, 0, self.columns, self.rows)

    @property
    def cell_px(self) -> npt.NDArray[np.float32]:
        """Width and height of a cell, float32 (2,)."""
        return np.array([self.width_px / self.columns, self.height_px / self.rows], np.float32)

    def cells_over(self, rect: Rect) -> Rect:
        """Return the cells that a rectangle of pixels touches."""
        across, down = (float(side) for side in self.cell_px)
        return Rect.from_edges(
            int(rect.x // across),
            int(rect.y // down),
            min(self.columns, int(-(-rect.right // across))),
            min(self.rows, int(-(-rect.bottom // down))),
        )

    def centres(self, cells: Rect) -> SamplingMap:
        """Return where the centres of cells are, in pixels, float32 (rows, columns, 2)."""
        first = np.array([cells.x + 0.5, cells.y + 0.5], np.float32) * self.cell_px - np.float32(0.5)
        return _scaled(identity_map(cells.height, cells.width), self.cell_px, first)

    def places(self, at: SamplingMap, *, within: Rect | None = None) -> SamplingMap:
        """Turn places in pixels into places among cells, counted from the first cell of ``within``."""
        first = np.array([within.x, within.y] if within else [0, 0], np.float32)
        scale = 1 / self.cell_px
        return _scaled(at, scale, np.float32(0.5) * scale - np.float32(0.5) - first)

    def over(self, rect: Rect, values: FloatPlane, *, cells: Rect) -> FloatPlane:
        """Return values of cells at every pixel of a rectangle, interpolated linearly."""
        across, down = (1 / float(side) for side in self.cell_px)
        to_cells = np.array(
            [
                [across, 0, (rect.x + 0.5) * across - 0.5 - cells.x],
                [0, down, (rect.y + 0.5) * down - 0.5 - cells.y],
            ]
        )
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        size = (rect.width, rect.height)
        enlarged = cv2.warpAffine(values, to_cells, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(enlarged, np.float32)

    def means(self, picture: npt.NDArray[np.generic]) -> FloatPlane:
        """Return the mean of a picture of (H, W) or (H, W, C) in each cell, float32."""
        values = np.asarray(picture, np.float32)
        small = cv2.resize(values, (self.columns, self.rows), interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.float32)

    def enlarged(self, values: npt.NDArray[np.floating[Any]]) -> FloatPlane:
        """Return values of all cells, (rows, columns) or more, at every pixel, interpolated linearly."""
        size = (self.width_px, self.height_px)
        cells = np.asarray(values, np.float32)
        return np.asarray(cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _scaled(
    at: SamplingMap, scale: npt.NDArray[np.floating[Any]], offset: npt.NDArray[np.floating[Any]]
) -> SamplingMap:
    """Return at · scale + offset; row by row, since NumPy is slow along an axis of two."""
    height, width = at.shape[:2]
    scales, offsets = (np.tile(pair.astype(np.float32), width) for pair in (scale, offset))
    scaled = at.reshape(height, 2 * width) * scales
    scaled += offsets
    return scaled.reshape(height, width, 2)
