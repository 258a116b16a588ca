"""Fields: the two half pictures of an interlaced frame, each of every other line and of its own moment."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import IntEnum
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from rfr_video.geometry import Rect

Scalar = TypeVar("Scalar", bound=np.generic)

LINE_PX = 2
"""A line of a field stands for so many lines of the frame."""


class FieldOrder(IntEnum):
    """Order of the fields of a picture, in FFmpeg's numbering (coded first, then displayed first)."""

    UNKNOWN = 0
    PROGRESSIVE = 1
    TT = 2
    BB = 3
    TB = 4
    BT = 5

    @property
    def is_interlaced(self) -> bool:
        """Whether a picture holds two fields."""
        return self >= FieldOrder.TT

    @property
    def top_field_first(self) -> bool:
        """Whether the top field is displayed first."""
        return self in (FieldOrder.TT, FieldOrder.BT)

    @property
    def words(self) -> str:
        """What people read."""
        if not self.is_interlaced:
            return self.name.lower()
        return "top field first" if self.top_field_first else "bottom field first"


class Parity(IntEnum):
    """Which field: its first line in the frame."""

    TOP = 0
    BOTTOM = 1

    @property
    def lines(self) -> slice:
        """The field's lines among those of a frame; chroma lines alternate like those of luma."""
        return slice(int(self), None, LINE_PX)


def field_rect(rect: Rect, parity: Parity) -> Rect | None:
    """Return what a rectangle of a frame covers of a field, in lines of the field; ``None`` for nothing.

    Args:
        rect: Of the frame.
        parity: Of the field.
    """
    top = (rect.y + 1 - parity) // LINE_PX
    bottom = (rect.bottom + 1 - parity) // LINE_PX
    return Rect(rect.x, top, rect.width, bottom - top) if bottom > top else None


def frame_rect(rect: Rect, *, within: Rect) -> Rect:
    """Return the lines of the frame that a rectangle of a field stands for, those of the other field too."""
    bottom = min(LINE_PX * rect.bottom, within.bottom)
    return Rect.from_edges(rect.x, LINE_PX * rect.y, rect.right, bottom)


def woven(top: npt.NDArray[Scalar], bottom: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    """Put two fields, (H, W, ...) each, together as one frame; the top one has as many lines or one more."""
    frame = np.empty((top.shape[0] + bottom.shape[0], *top.shape[1:]), top.dtype)
    frame[Parity.TOP.lines], frame[Parity.BOTTOM.lines] = top, bottom
    return frame


def joined_notes(top: Sequence[str], bottom: Sequence[str]) -> tuple[str, ...]:
    """Put together what is said of both fields: once where it is the same, and of which field where not."""
    shared = tuple(note for note in top if note in bottom)
    apart = (("top fields", top), ("bottom fields", bottom))
    return (*shared, *(f"{name}: {note}" for name, notes in apart for note in notes if note not in shared))


def side_by_side(
    items: Iterable[tuple[Any, ...]], transforms: Sequence[Callable[[Iterator[Any]], Iterator[Any]]]
) -> Iterator[tuple[Any, ...]]:
    """Run a passive iterator over each part of tuples, and put together what comes out.

    Holds back as many items as the one looks farther ahead than another.

    Args:
        items: Tuples with as many parts as there are transforms.
        transforms: Each gives one item for each that it takes, in order.
    """
    source = iter(items)
    waiting: tuple[deque[Any], ...] = tuple(deque() for _ in transforms)

    def parts(queue: deque[Any]) -> Iterator[Any]:
        while True:
            if not queue:
                item = next(source, None)
                if item is None:
                    return
                for other, part in zip(waiting, item, strict=True):
                    other.append(part)
            yield queue.popleft()

    streams = (transform(parts(queue)) for transform, queue in zip(transforms, waiting, strict=True))
    return zip(*streams, strict=True)
