"""A coarse grid of cells over a picture: what varies slowly, such as motion behind a hole, is kept on it."""

from dataclasses import dataclass
from functools import lru_cache
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
    def cell_px(self) -> tuple[float, float]:
        """Width and height of a cell."""
        return self.width_px / self.columns, self.height_px / self.rows

    def cells_over(self, rect: Rect) -> Rect:
        """Return the cells that a rectangle of pixels touches."""
        across, down = self.cell_px
        return Rect.from_edges(
            int(rect.x // across),
            int(rect.y // down),
            min(self.columns, int(-(-rect.right // across))),
            min(self.rows, int(-(-rect.bottom // down))),
        )

    def centres(self, cells: Rect) -> SamplingMap:
        """Return where the centres of cells are, in pixels, float32 (rows, columns, 2); read-only."""
        return _centres(self, cells)

    def places(self, at: SamplingMap, *, within: Rect | None = None) -> SamplingMap:
        """Turn places in pixels into places among cells, counted from the first cell of ``within``."""
        across, down = self.cell_px
        x, y = (within.x, within.y) if within else (0, 0)
        matrix = np.array([[1 / across, 0, 0.5 / across - 0.5 - x], [0, 1 / down, 0.5 / down - 0.5 - y]])
        return np.asarray(cv2.transform(at, matrix), np.float32)

    def over(self, rect: Rect, values: FloatPlane, *, cells: Rect) -> FloatPlane:
        """Return values of cells at every pixel of a rectangle, interpolated linearly."""
        across, down = (1 / side for side in self.cell_px)
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

    def shrunk(self, picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Return the mean of a picture of (H, W) in each cell, rounded, uint8."""
        small = cv2.resize(picture, (self.columns, self.rows), interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.uint8)

    def enlarged(self, values: npt.NDArray[np.floating[Any]]) -> FloatPlane:
        """Return values of all cells, (rows, columns) or more, at every pixel, interpolated linearly."""
        size = (self.width_px, self.height_px)
        cells = np.asarray(values, np.float32)
        return np.asarray(cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR), np.float32)


@lru_cache(maxsize=16)
def _centres(grid: Grid, cells: Rect) -> SamplingMap:
    across, down = grid.cell_px
    first = (cells.x + 0.5) * across - 0.5, (cells.y + 0.5) * down - 0.5
    matrix = np.array([[across, 0, first[0]], [0, down, first[1]]])
    at = np.asarray(cv2.transform(identity_map(cells.height, cells.width), matrix), np.float32)
    at.flags.writeable = False
    return at
