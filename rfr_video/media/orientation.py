"""How a stored picture is turned and mirrored for display, by the matrix that a container gives.

Users speak of the picture as it is shown; samples are worked on as they are stored. What they say is turned
where it comes in, and what they get to see where it goes out.
"""

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from rfr_video.geometry import Rect

Array = TypeVar("Array", bound=npt.NDArray[Any])

_WORDS = {
    (False, False, False): "upright",
    (False, True, False): "mirrored left to right",
    (False, False, True): "mirrored top to bottom",
    (False, True, True): "turned by 180°",
    (True, False, False): "turned by 90° clockwise and mirrored left to right",
    (True, True, False): "turned by 90° clockwise",
    (True, False, True): "turned by 90° counterclockwise",
    (True, True, True): "turned by 90° counterclockwise and mirrored left to right",
}


@dataclass(frozen=True)
class Orientation:
    """One of the eight ways to lay a rectangle onto another: rows and columns change places, then mirrors.

    Attributes:
        transposes: Whether rows are shown as columns.
        mirrors_x: Whether what is shown is mirrored left to right.
        mirrors_y: Whether what is shown is mirrored top to bottom.
    """

    transposes: bool = False
    mirrors_x: bool = False
    mirrors_y: bool = False

    @classmethod
    def of(cls, matrix: tuple[int, ...] | None) -> "Orientation | None":
        """Read a display matrix, by which x' = a·x + c·y and y' = b·x + d·y (ISO/IEC 14496-12, 8.3.2.3).

        Args:
            matrix: Row by row: a, b, u, c, d, v, …; ``None`` for none, which is upright.

        Returns:
            ``None`` for a matrix that turns by no right angle.
        """
        if matrix is None:
            return UPRIGHT
        a, b, c, d = matrix[0], matrix[1], matrix[3], matrix[4]
        if a and d and not (b or c):
            return cls(transposes=False, mirrors_x=a < 0, mirrors_y=d < 0)
        if b and c and not (a or d):
            return cls(transposes=True, mirrors_x=c < 0, mirrors_y=b < 0)
        return None

    def __str__(self) -> str:
        return _WORDS[self.transposes, self.mirrors_x, self.mirrors_y]

    def shown(self, stored: Array) -> Array:
        """Return a picture (H, W, …) as it is shown, in one piece; itself where that is upright."""
        if self == UPRIGHT:
            return stored
        turned: Any = stored.swapaxes(0, 1) if self.transposes else stored
        copy: Any = np.ascontiguousarray(self._mirrored(turned))
        return copy

    def stored(self, shown: Array) -> Array:
        """Return a picture (H, W, …) that is as shown as it is stored, likewise."""
        if self == UPRIGHT:
            return shown
        mirrored: Any = self._mirrored(shown)
        copy: Any = np.ascontiguousarray(mirrored.swapaxes(0, 1) if self.transposes else mirrored)
        return copy

    def shown_rect(self, rect: Rect, *, picture: Rect) -> Rect:
        """Return where a rectangle of the stored picture is shown."""
        turned, whole = (self._transposed(one) for one in (rect, picture))
        return self._mirrored_rect(turned, whole)

    def stored_rect(self, rect: Rect, *, shown: Rect) -> Rect:
        """Return where a rectangle of the shown picture is stored."""
        return self._transposed(self._mirrored_rect(rect, shown))

    def _mirrored(self, picture: Array) -> Array:
        step_x, step_y = (-1 if mirrors else 1 for mirrors in (self.mirrors_x, self.mirrors_y))
        view: Any = picture[::step_y, ::step_x]
        return view

    def _transposed(self, rect: Rect) -> Rect:
        return Rect(rect.y, rect.x, rect.height, rect.width) if self.transposes else rect

    def _mirrored_rect(self, rect: Rect, whole: Rect) -> Rect:
        x = whole.width - rect.right if self.mirrors_x else rect.x
        y = whole.height - rect.bottom if self.mirrors_y else rect.y
        return Rect(x, y, rect.width, rect.height)


UPRIGHT = Orientation()
"""Shown as it is stored."""
