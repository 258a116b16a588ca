"""Boxes, polygons and mask files that come, move and go as a timeline file says."""

from bisect import insort
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Self

import numpy as np

from rfr_video.errors import MaskError
from rfr_video.geometry import Box, Rect
from rfr_video.masking.placement import Fixed, MovingBox, MovingPolygon, Placement, Polygon, Shape, draw
from rfr_video.masking.still import read_fitting
from rfr_video.masking.timeline_file import Entry, Outline, read_entries
from rfr_video.media.hole import Mask
from rfr_video.timecode import Instant, Moment, Span


class Timeline:
    """Masks drawn anew whenever a shape comes, moves or goes.

    Holds the mask of the moment and the mask files that are part of it, however long the timeline is.

    Args:
        shapes: Each with the span in which it is there.
        picture: The whole picture.
    """

    def __init__(self, shapes: Sequence[tuple[Shape, Span]], *, picture: Rect) -> None:
        self._shapes = tuple(shapes)
        self._agenda = _Agenda(self._shapes)
        self._picture = picture
        self._placements: tuple[Placement, ...] = ()
        self._mask: Mask | None = None
        self._files: dict[Path, Mask] = {}

    @classmethod
    def read(cls, path: Path, *, picture: Rect, rate: Fraction) -> Self:
        """Read a timeline file and check that everything in it fits the picture.

        Args:
            path: A TOML or JSON file, see docs/timeline.md.
            picture: The whole picture.
            rate: Frames per second, for timecodes.

        Raises:
            MaskError: Something in the file is wrong, or lies outside the picture.
        """
        entries = read_entries(path, rate=rate)
        return cls([(_shape(entry, picture=picture), entry.span) for entry in entries], picture=picture)

    def is_empty(self) -> bool:
        """Whether there is nothing but mask files, and they are empty."""
        files: set[Path] = set()
        for shape, _ in self._shapes:
            if not isinstance(shape, Fixed) or not isinstance(shape.placement, Path):
                return False
            files.add(shape.placement)
        return not any(self._read(file).any() for file in sorted(files))

    def mask_at(self, moment: Moment) -> Mask | None:
        """Return everything that is there; the same array object while nothing comes, moves or goes."""
        placements = tuple(shape.place(moment) for shape in self._agenda.shapes_at(moment))
        if placements != self._placements:
            self._placements = placements
            self._mask = self._drawn(placements)
        return self._mask

    def finish(self, frame_count: int) -> None:
        """Do nothing: a timeline may end before or after the video."""

    def _drawn(self, placements: Sequence[Placement]) -> Mask | None:
        files = [placement for placement in placements if isinstance(placement, Path)]
        self._files = {file: self._files[file] if file in self._files else self._read(file) for file in files}
        mask = np.zeros((self._picture.height, self._picture.width), np.uint8)
        for placement in placements:
            if isinstance(placement, Path):
                mask |= self._files[placement]
            else:
                draw(mask, placement)
        return mask if mask.any() else None

    def _read(self, file: Path) -> Mask:
        return read_fitting(file, picture=self._picture)


class _Agenda:
    """Knows which shapes are there, by looking only at those that come next and those that are there.

    Args:
        shapes: Each with the span in which it is there.
    """

    def __init__(self, shapes: Sequence[tuple[Shape, Span]]) -> None:
        self._shapes = shapes
        numbers = range(len(shapes))
        self._there = [number for number in numbers if self._start(number) is None]
        # A frame number and a time cannot be compared, so they wait in two rows; the next one is last.
        by_frame = [(s.frame, n) for n in numbers if (s := self._start(n)) and s.frame is not None]
        by_time = [(s.seconds, n) for n in numbers if (s := self._start(n)) and s.seconds is not None]
        self._coming = (
            [number for _, number in sorted(by_frame, reverse=True)],
            [number for _, number in sorted(by_time, reverse=True)],
        )

    def shapes_at(self, moment: Moment) -> list[Shape]:
        """Return the shapes that are there, in the order given; moments come in rising order."""
        for row in self._coming:
            while row and (start := self._start(row[-1])) and start.reached(moment):
                insort(self._there, row.pop())
        self._there = [number for number in self._there if self._shapes[number][1].contains(moment)]
        return [self._shapes[number][0] for number in self._there]

    def _start(self, number: int) -> Instant | None:
        return self._shapes[number][1].start


def _shape(entry: Entry, *, picture: Rect) -> Shape:
    """Place an entry in the picture; raises :class:`MaskError` when it does not fit."""
    shape = entry.shape
    try:
        if isinstance(shape, Path):
            read_fitting(shape, picture=picture)
            return Fixed(shape)
        if isinstance(shape, Box | Polygon):
            return Fixed(_placed(shape, picture=picture))
        times = tuple(key.at for key in shape)
        places = [_placed(key.outline, picture=picture) for key in shape]
    except MaskError as error:
        raise MaskError(f"{entry.name}: {error}") from error
    rects = tuple(place for place in places if isinstance(place, Rect))
    polygons = tuple(place for place in places if isinstance(place, Polygon))
    return MovingBox(times, rects) if rects else MovingPolygon(times, polygons)


def _placed(outline: Outline, *, picture: Rect) -> Rect | Polygon:
    if isinstance(outline, Box):
        return outline.resolve(picture)
    right, bottom = picture.width - 1, picture.height - 1
    if any(0 <= x <= right and 0 <= y <= bottom for x, y in outline.points):
        return outline  # the corner's sample is drawn
    canvas = np.zeros((picture.height, picture.width), np.uint8)
    draw(canvas, outline)
    if not canvas.any():
        corners = ", ".join(f"{float(x):g},{float(y):g}" for x, y in outline.points[:3])
        raise MaskError(
            f"polygon {corners}, … lies outside the {picture.width}×{picture.height} picture; move it"
        )
    return outline
