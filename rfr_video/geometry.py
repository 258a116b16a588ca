"""Rectangles in plain integers, in full-resolution luma samples.

Says where something is; what is there is the business of the callers.
"""

import re
import reprlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from rfr_video.errors import MaskError, UsageError

_WHOLE = re.compile(r"\s*[+-]?\d{1,12}\s*")  # Python refuses to read thousands of digits


@dataclass(frozen=True)
class Rect:
    """A non-empty rectangle: left, top, width and height in luma samples."""

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"a rectangle is at least 1×1, not {self.width}×{self.height}")

    @property
    def right(self) -> int:
        """The first column to the right of the rectangle."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row below the rectangle."""
        return self.y + self.height

    @property
    def slices(self) -> tuple[slice, slice]:
        """Row and column slices that cut the rectangle out of an (H, W, ...) array."""
        return slice(self.y, self.bottom), slice(self.x, self.right)

    def relative_to(self, other: "Rect") -> "Rect":
        """Return the rectangle as counted from another one's top left corner."""
        return Rect(self.x - other.x, self.y - other.y, self.width, self.height)

    def grown(self, px: int, *, within: "Rect", lines: int | None = None) -> "Rect":
        """Return the rectangle grown by ``px`` on every side, clipped to ``within``.

        Args:
            px: How far.
            within: What it may not leave.
            lines: How far up and down, where that is another number.
        """
        lines = px if lines is None else lines
        return Rect.from_edges(
            max(self.x - px, within.x),
            max(self.y - lines, within.y),
            min(self.right + px, within.right),
            min(self.bottom + lines, within.bottom),
        )

    def aligned(self, step_x: int, step_y: int, *, within: "Rect") -> "Rect":
        """Grow to whole chroma samples: edges on multiples of the steps, clipped to ``within``."""
        return Rect.from_edges(
            self.x // step_x * step_x,
            self.y // step_y * step_y,
            min(-(-self.right // step_x) * step_x, within.right),
            min(-(-self.bottom // step_y) * step_y, within.bottom),
        )

    def overlaps(self, other: "Rect", *, closer_than_px: int = 0) -> bool:
        """Whether the two share at least one sample, or have fewer than so many samples between them."""
        return (
            self.x < other.right + closer_than_px
            and other.x < self.right + closer_than_px
            and self.y < other.bottom + closer_than_px
            and other.y < self.bottom + closer_than_px
        )

    def union(self, other: "Rect") -> "Rect":
        """Return the smallest rectangle around both."""
        return Rect.from_edges(
            min(self.x, other.x),
            min(self.y, other.y),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def intersection(self, other: "Rect") -> "Rect":
        """Return what both cover; they must overlap."""
        return Rect.from_edges(
            max(self.x, other.x),
            max(self.y, other.y),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    @classmethod
    def from_edges(cls, left: int, top: int, right: int, bottom: int) -> Self:
        """Build from edges; right and bottom are exclusive."""
        return cls(left, top, right - left, bottom - top)


def merge_overlapping(rects: Iterable[Rect], *, closer_than_px: int = 0) -> tuple[Rect, ...]:
    """Unite rectangles until no two overlap; ordered from top to bottom, then left to right.

    Compares each with all others, so it is for some hundreds of them.

    Args:
        rects: In any order.
        closer_than_px: Unite those too that have fewer than so many samples between them.
    """
    merged: list[Rect] = []
    for rect in rects:
        grown = rect
        while touching := [other for other in merged if grown.overlaps(other, closer_than_px=closer_than_px)]:
            for other in touching:
                merged.remove(other)
                grown = grown.union(other)
        merged.append(grown)
    return tuple(sorted(merged, key=lambda rect: (rect.y, rect.x)))


@dataclass(frozen=True)
class Box:
    """A rectangle as a user writes it: negative X or Y count from the right or bottom edge."""

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise UsageError(f"box {self} has no area; give a width and a height of at least 1")

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.width},{self.height}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``X,Y,W,H``; raises :class:`UsageError` on anything else."""
        parts = text.split(",")
        if len(parts) != 4 or not all(map(_WHOLE.fullmatch, parts)):
            raise UsageError(
                f"box {reprlib.repr(text)} is not X,Y,W,H: give four whole numbers of at most 12 digits, "
                "for example 20,10,200,80"
            )
        return cls(*(int(part) for part in parts))

    def resolve(self, picture: Rect) -> Rect:
        """Place the box in a picture; raises :class:`MaskError` when it reaches outside."""
        left = self.x if self.x >= 0 else picture.width + self.x
        top = self.y if self.y >= 0 else picture.height + self.y
        right, bottom = left + self.width, top + self.height
        if left < 0 or top < 0 or right > picture.width or bottom > picture.height:
            raise MaskError(
                f"box {self} covers columns {left} to {right - 1} and rows {top} to {bottom - 1}, outside "
                f"the {picture.width}×{picture.height} picture; move or shrink it"
            )
        return Rect(left, top, self.width, self.height)
