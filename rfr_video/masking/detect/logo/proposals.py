"""Where the camera stands still: places near a corner that may be an overlay, whatever moves or does not.

Edges of luma and of chroma that are steeper than a limit, and edges that stay better than those around, are
joined to clusters; limits and the distances that are bridged are many, so that some cluster is just the
overlay, whatever lies around it. Each has two
shapes: what its edges enclose, and what of it differs from a smooth continuation of its surroundings.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from rfr_video.geometry import Rect
from rfr_video.masking.detect.logo.candidates import border_px
from rfr_video.masking.detect.logo.evidence import MOST_CONSISTENCY, Average, gradients
from rfr_video.masking.detect.logo.segment import Where, closed, filled, segment
from rfr_video.media.colour import FloatImage

_LUMA_LIMITS = (2.5, 4.0, 6.0, 9.0, 14.0, 20.0, 30.0, 42.0)
_CHROMA_LIMITS = (1.2, 2.0, 3.5, 6.0, 10.0, 16.0)
"""Levels per sample."""

_STAYING_LIMITS = (0.6, 1.2, 2.0, 2.8)
_STAYING_CONSISTENCY = 0.5
_STRUCTURE = 2.0
_AROUND = 0.12
_BRIDGED = (0.0035, 0.008, 0.015)
"""Of the picture's width."""

_CORNER_WIDTH, _CORNER_HEIGHT = 0.34, 0.42
_CENTRE_WIDTH, _CENTRE_HEIGHT = 0.25, 0.33
_MOST_WIDTH, _MOST_HEIGHT = 0.25, 0.36
_LEAST_LENGTH, _LEAST_BREADTH = 0.035, 0.012
_LEAST_EDGES = 20
_LEAST_SAMPLES = 40
_ALIKE_PX, _MOST_ALIKE = 3, 2
"""Of boxes that lie within so many samples of each other, so many are looked at."""


@dataclass(frozen=True, eq=False)
class Proposal:
    """What may be an overlay; arrays are of the zone that was searched.

    Attributes:
        seeds: Its edges, bool (height, width) of the zone.
        box: The box around them, within the zone.
        around: The box of ``inside``, within the zone: some of the surroundings too.
        inside: Its shape, bool (height, width) of ``around``.
    """

    seeds: Where
    box: Rect
    around: Rect
    inside: Where


@dataclass(frozen=True, eq=False)
class Zone:
    """A part of the picture that is searched.

    Attributes:
        rect: Which part.
        average: Of it.
        picture: The whole picture.
        staying: How much better edges stay than those around, as a logarithm; 0 where there are none.
    """

    rect: Rect
    average: Average
    picture: Rect
    staying: FloatImage

    @classmethod
    def of(cls, average: Average, rect: Rect) -> "Zone":
        """Cut a zone out."""
        own = unrest(average)
        structure = structured(average).astype(np.float32)
        side = 2 * round(_AROUND * average.size[0] / 2) + 1
        amount = np.maximum(cv2.boxFilter(structure, -1, (side, side)), np.float32(1e-3))
        around = cv2.boxFilter(own * structure, -1, (side, side)) / amount
        staying = np.asarray((around - own) * structure, np.float32)
        return cls(rect, average.part(rect), Rect(0, 0, *average.size), staying[rect.slices])


def unrest(average: Average) -> FloatImage:
    """Return how much edges change, as the logarithm of the share of their energy that does."""
    return np.asarray(np.log(1 - np.minimum(average.consistency, np.float32(MOST_CONSISTENCY))), np.float32)


def structured(average: Average) -> Where:
    """Tell where there is structure at all."""
    return np.asarray(average.busy > _STRUCTURE)


def corners(width: int, height: int) -> Iterator[Rect]:
    """Yield the four corners of a picture, where broadcasters put their logos."""
    wide, high = round(_CORNER_WIDTH * width), round(_CORNER_HEIGHT * height)
    for y in (0, height - high):
        for x in (0, width - wide):
            yield Rect(x, y, wide, high)


def proposals(zone: Zone, *, near_corner: bool) -> Iterator[Proposal]:
    """Yield what may be an overlay in a zone; many lie one in another.

    Args:
        zone: Where to look.
        near_corner: Leave out what does not lie near a corner of the picture.
    """
    known: Counter[tuple[int, ...]] = Counter()
    for edges in _edges(zone):
        for seeds, box in _clusters(edges, zone, near_corner=near_corner):
            place = tuple(side // _ALIKE_PX for side in (box.x, box.y, box.right, box.bottom))
            if known[place] < _MOST_ALIKE:
                known[place] += 1
                yield from _shapes(zone.average, seeds, box)


def _edges(zone: Zone) -> Iterator[Where]:
    """Yield edges of a zone, by many limits; those that stay first, for they are few."""
    consistent = structured(zone.average) & (zone.average.consistency > _STAYING_CONSISTENCY)
    for limit in _STAYING_LIMITS:
        yield np.asarray(consistent & (zone.staying > limit))
    luma, blue, red = (lengths(plane) for plane in zone.average.means)
    for plane, limits in ((luma, _LUMA_LIMITS), (np.maximum(blue, red), _CHROMA_LIMITS)):
        for limit in limits:
            yield np.asarray(plane > limit)


def lengths(plane: FloatImage) -> FloatImage:
    """Return how long a plane's gradients are, levels per sample."""
    return np.asarray(np.hypot(*gradients(plane)), np.float32)


def _clusters(edges: Where, zone: Zone, *, near_corner: bool) -> Iterator[tuple[Where, Rect]]:
    """Yield clusters of edges, joined over several distances, with their boxes."""
    for share in _BRIDGED:
        reach = max(1, round(share * zone.picture.width / 2))
        side = 2 * reach + 1
        joined = cv2.dilate(edges.view(np.uint8), np.ones((side, side), np.uint8))
        count, labels, rows, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
        for number in range(1, count):
            x, y, width, height = (int(value) for value in rows[number][:4])
            if not _is_wanted(Rect(x, y, width, height), zone, near_corner=near_corner):
                continue
            box = Rect(x + reach, y + reach, max(width - 2 * reach, 1), max(height - 2 * reach, 1))
            seeds = edges & (labels == number)
            if np.count_nonzero(seeds) >= _LEAST_EDGES:
                yield seeds, box


def _is_wanted(rect: Rect, zone: Zone, *, near_corner: bool) -> bool:
    """Whether a cluster has the size of a logo, is all in the zone, and lies where logos do."""
    width, height = zone.picture.width, zone.picture.height
    if rect.width > _MOST_WIDTH * width or rect.height > _MOST_HEIGHT * height:
        return False
    long, short = max(rect.width, rect.height), min(rect.width, rect.height)
    if long < _LEAST_LENGTH * width or short < _LEAST_BREADTH * width:
        return False
    if rect.x < 1 or rect.y < 1 or rect.right >= zone.rect.width or rect.bottom >= zone.rect.height:
        return False
    placed = Rect(rect.x + zone.rect.x, rect.y + zone.rect.y, rect.width, rect.height)
    border = border_px(height)
    if placed.x < border or placed.y < border:
        return False
    if placed.right > width - border or placed.bottom > height - border:
        return False
    x, y = placed.x + placed.width / 2, placed.y + placed.height / 2
    return not near_corner or (
        min(x, width - x) <= _CENTRE_WIDTH * width and min(y, height - y) <= _CENTRE_HEIGHT * height
    )


def _shapes(average: Average, seeds: Where, box: Rect) -> Iterator[Proposal]:
    """Yield a cluster's shapes."""
    height, width = seeds.shape
    size = min(box.width, box.height)
    around = box.grown(max(10, round(0.5 * size)), within=Rect(0, 0, width, height))
    enclosed = filled(closed(seeds[around.slices], 2 * int(np.clip(0.06 * size, 1, 5)) + 1))
    found: Sequence[tuple[Rect, Where]] = [(around, enclosed)]
    distinct = segment(average, seeds, seeds, box)
    if distinct is not None:
        found = [(distinct.rect, distinct.inside), *found]
    for rect, inside in found:
        if np.count_nonzero(inside) >= _LEAST_SAMPLES:
            yield Proposal(seeds, box, rect, inside)
