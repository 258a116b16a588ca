"""Where a timeline's shape stands at a moment, and drawing it there."""

import zlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from rfr_video.geometry import Rect
from rfr_video.media.hole import Mask
from rfr_video.timecode import Instant, Moment

Point = tuple[Fraction, Fraction]
_SHIFT = 8  # bits behind the point in OpenCV's coordinates


@dataclass(frozen=True)
class Polygon:
    """Corners in luma samples: whole numbers are the middles of samples; the outline belongs to it."""

    points: tuple[Point, ...]


@dataclass(frozen=True)
class Cutout:
    """A part of a mask, packed: thousands of them may be kept.

    Attributes:
        rect: Where it is.
        packed: A bit per sample, deflated.
    """

    rect: Rect
    packed: bytes

    @classmethod
    def of(cls, mask: Mask, rect: Rect) -> "Cutout":
        """Pack what a picture-sized mask has inside a rectangle."""
        return cls.packing(mask[rect.slices], rect)

    @classmethod
    def packing(cls, mask: Mask, rect: Rect) -> "Cutout":
        """Pack a mask of the size of the rectangle in which it lies."""
        return cls(rect, zlib.compress(np.packbits(mask > 0).tobytes()))

    @property
    def mask(self) -> Mask:
        """The samples inside the rectangle, uint8 (height, width), 255 = fill."""
        shape = (self.rect.height, self.rect.width)
        bits = np.unpackbits(np.frombuffer(zlib.decompress(self.packed), np.uint8), count=shape[0] * shape[1])
        return bits.reshape(shape) * np.uint8(255)


Placement = Rect | Polygon | Path | Cutout
"""What is drawn: a rectangle of whole samples, a polygon, the mask in a file, or a part of a mask."""


class Shape(Protocol):
    """Something to fill that may move."""

    def place(self, moment: Moment) -> Placement:
        """Return where it stands; equal placements draw the same."""
        ...


@dataclass(frozen=True)
class Fixed:
    """A shape that stays where it is."""

    placement: Placement

    def place(self, moment: Moment) -> Placement:  # noqa: ARG002 - the same at every moment
        """Return where it stands."""
        return self.placement


class MovingBox:
    """A rectangle that goes straight from key to key; it covers every sample that it touches.

    Args:
        times: Of the keys, as :class:`Track` takes them.
        rects: One per key.
    """

    def __init__(self, times: Sequence[Instant], rects: Sequence[Rect]) -> None:
        self._track = Track(times, [((rect.x, rect.y), (rect.right, rect.bottom)) for rect in rects])

    def place(self, moment: Moment) -> Placement:
        """Return the rectangle of whole samples around where it stands."""
        (left, top), (right, bottom) = self._track.points_at(moment)
        return Rect.from_edges(floor(left), floor(top), ceil(right), ceil(bottom))


class MovingPolygon:
    """A polygon whose corners go straight from key to key.

    Args:
        times: Of the keys, as :class:`Track` takes them.
        polygons: One per key, all with the same number of corners.
    """

    def __init__(self, times: Sequence[Instant], polygons: Sequence[Polygon]) -> None:
        self._track = Track(times, [polygon.points for polygon in polygons])

    def place(self, moment: Moment) -> Placement:
        """Return the polygon where it stands."""
        return Polygon(self._track.points_at(moment))


class Track:
    """Points that go straight from key to key; before the first and after the last key they stand still.

    Args:
        times: Of the keys, rising, all in seconds or all in frames.
        outlines: The points at each key, of one length.
    """

    def __init__(
        self, times: Sequence[Instant], outlines: Sequence[Sequence[tuple[Fraction | int, Fraction | int]]]
    ) -> None:
        self._by_frame = times[0].frame is not None
        self._keys = [time.frame if time.frame is not None else _seconds(time) for time in times]
        self._outlines = [tuple((Fraction(x), Fraction(y)) for x, y in points) for points in outlines]

    def points_at(self, moment: Moment) -> tuple[Point, ...]:
        """Return where the points stand, by linear interpolation."""
        now = moment.index if self._by_frame else moment.seconds
        following = bisect_right(self._keys, now)
        if following == 0:
            return self._outlines[0]
        if following == len(self._keys):
            return self._outlines[-1]
        begin, end = self._keys[following - 1 : following + 1]
        share = Fraction(now - begin) / (end - begin)
        first, second = self._outlines[following - 1 : following + 1]
        return tuple(
            (x0 + (x1 - x0) * share, y0 + (y1 - y0) * share)
            for (x0, y0), (x1, y1) in zip(first, second, strict=True)
        )


def draw(canvas: Mask, placement: Rect | Polygon | Cutout) -> None:
    """Set the samples of a placement to 255; what lies outside the canvas is cut off, if it is no cutout."""
    if isinstance(placement, Rect):
        canvas[placement.slices] = 255
        return
    if isinstance(placement, Cutout):
        canvas[placement.rect.slices] |= placement.mask
        return
    scaled = [[round(x * (1 << _SHIFT)), round(y * (1 << _SHIFT))] for x, y in placement.points]
    cv2.fillPoly(canvas, [np.array(scaled, np.int32)], (255,), shift=_SHIFT)


def _seconds(time: Instant) -> Fraction:
    assert time.seconds is not None, "an instant is a time where it is no frame number"
    return time.seconds
