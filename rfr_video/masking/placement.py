"""Where a timeline's shape stands at a moment, and drawing it there."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
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


Placement = Rect | Polygon | Path
"""What is drawn: a rectangle of whole samples, a polygon, or the mask in a file."""


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


@dataclass(frozen=True)
class MovingBox:
    """A rectangle that goes straight from key to key; it covers every sample that it touches."""

    times: tuple[Instant, ...]
    rects: tuple[Rect, ...]

    def place(self, moment: Moment) -> Placement:
        """Return the rectangle of whole samples around where it stands."""
        corners = [((rect.x, rect.y), (rect.right, rect.bottom)) for rect in self.rects]
        (left, top), (right, bottom) = between(self.times, corners, moment)
        return Rect.from_edges(floor(left), floor(top), ceil(right), ceil(bottom))


@dataclass(frozen=True)
class MovingPolygon:
    """A polygon whose corners go straight from key to key; all keys have the same number of them."""

    times: tuple[Instant, ...]
    polygons: tuple[Polygon, ...]

    def place(self, moment: Moment) -> Placement:
        """Return the polygon where it stands."""
        return Polygon(between(self.times, [polygon.points for polygon in self.polygons], moment))


def between(
    times: Sequence[Instant],
    outlines: Sequence[Sequence[tuple[Fraction | int, Fraction | int]]],
    moment: Moment,
) -> tuple[Point, ...]:
    """Interpolate points linearly between keys; before the first and after the last key they stand still.

    Args:
        times: Of the keys, rising, all in seconds or all in frames.
        outlines: The points at each key, of one length.
        moment: When.
    """
    now = Fraction(moment.index) if times[0].frame is not None else moment.seconds
    keys = [Fraction(time.frame) if time.frame is not None else _seconds(time) for time in times]
    if now <= keys[0]:
        return _exact(outlines[0])
    for (begin, first), (end, second) in pairwise(zip(keys, outlines, strict=True)):
        if now < end:
            share = (now - begin) / (end - begin)
            return tuple(
                (x0 + (x1 - x0) * share, y0 + (y1 - y0) * share)
                for (x0, y0), (x1, y1) in zip(first, second, strict=True)
            )
    return _exact(outlines[-1])


def draw(canvas: Mask, placement: Rect | Polygon) -> None:
    """Set the samples of a placement to 255; what lies outside the canvas is cut off."""
    if isinstance(placement, Rect):
        canvas[placement.slices] = 255
        return
    scaled = [[round(x * (1 << _SHIFT)), round(y * (1 << _SHIFT))] for x, y in placement.points]
    cv2.fillPoly(canvas, [np.array(scaled, np.int32)], (255,), shift=_SHIFT)


def _seconds(time: Instant) -> Fraction:
    assert time.seconds is not None, "an instant is a time where it is no frame number"
    return time.seconds


def _exact(points: Sequence[tuple[Fraction | int, Fraction | int]]) -> tuple[Point, ...]:
    return tuple((Fraction(x), Fraction(y)) for x, y in points)
