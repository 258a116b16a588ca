"""A picture of the size that masks are carried at, and what the pixels of a part of it look like."""

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.geometry import Rect
from rfr_video.motion.flow import Picture

LONGEST_SIDE_PX = 640
"""Of the pictures that masks are carried on; larger ones are shrunk to it."""

LOOK_SIZE = 10
"""Numbers that describe a pixel: L, a and b at three scales, and how rough its surroundings are."""

_SLACK_PX = 16
_SCALES_PX = (1.0, 3.0)
_COARSE = 4
_UNITS = np.array([64, 10, 10] * 3 + [25], np.float32)


def working_size(width: int, height: int) -> tuple[int, int]:
    """Return width and height of the pictures that masks are carried on."""
    longest = max(width, height)
    if longest <= LONGEST_SIDE_PX:
        return width, height
    return max(1, round(width * LONGEST_SIDE_PX / longest)), max(1, round(height * LONGEST_SIDE_PX / longest))


class WorkingPicture:
    """A picture with what is computed from it, kept for the part that was last asked for.

    Args:
        rgb: Uint8 (H, W, 3).
    """

    def __init__(self, rgb: Picture) -> None:
        self.rgb = rgb
        self.gray: Picture = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
        self.rect = Rect(0, 0, rgb.shape[1], rgb.shape[0])
        self._part: Rect | None = None
        self._planes: tuple[npt.NDArray[np.generic], ...] = ()

    def look(self, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
        """Describe pixels.

        Args:
            rows: Of the pixels, (N,).
            columns: Of the pixels, (N,).

        Returns:
            Float32 (N, 10), of about unit scale: CIELAB blurred over 1, 3 and 8 pixels, and the standard
            deviation of L around.
        """
        if not len(rows):
            return np.empty((0, LOOK_SIZE), np.float32)
        asked = Rect.from_edges(
            int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1
        )
        self._prepare(asked)
        assert self._part is not None
        rows, columns = rows - self._part.y, columns - self._part.x
        gathered = [plane[rows, columns].reshape(len(rows), -1) for plane in self._planes]
        return np.concatenate(gathered, axis=1, dtype=np.float32, casting="unsafe") / _UNITS

    def _prepare(self, asked: Rect) -> None:
        part = self._part
        if part is not None and part.union(asked) == part:
            return
        part = asked.grown(_SLACK_PX, within=self.rect)
        lab = cv2.cvtColor(np.ascontiguousarray(self.rgb[part.slices]), cv2.COLOR_RGB2LAB)
        fine, middle = (cv2.GaussianBlur(lab, (0, 0), scale) for scale in _SCALES_PX)
        size = (part.width, part.height)
        small = cv2.resize(
            lab,
            (-(-part.width // _COARSE), -(-part.height // _COARSE)),
            interpolation=cv2.INTER_AREA,
        )
        coarse = cv2.resize(cv2.GaussianBlur(small, (0, 0), 2.0), size, interpolation=cv2.INTER_LINEAR)
        light = lab[:, :, 0].astype(np.float32)
        mean = cv2.GaussianBlur(light, (0, 0), _SCALES_PX[1])
        variance = cv2.GaussianBlur(light * light, (0, 0), _SCALES_PX[1]) - mean * mean
        rough = np.sqrt(np.maximum(variance, 0))
        self._part, self._planes = part, (fine, middle, coarse, rough)
