"""Logos before a still camera: what looks drawn rather than filmed.

Where nothing moves, edges that stay tell nothing, and all that is left of an overlay is its looks. Where
something moves behind or beside it, that counts too: how much better its edges stay than those beside, and
how much less changes inside.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from rfr_video.geometry import Rect
from rfr_video.masking.detect.logo.evidence import Average
from rfr_video.masking.detect.logo.graphics import Graphic
from rfr_video.masking.detect.logo.looks import ZoneLooks, calm, features, logit, stays
from rfr_video.masking.detect.logo.proposals import Zone, corners, proposals
from rfr_video.masking.detect.logo.segment import Where

_LOOKED_AT_WIDTH = 640
_CALM_WEIGHT, _MOST_CALM = 1.5, 1.0
_STAYS_WEIGHT, _STAYS = 1.3, (1.5, 3.5)
"""Strong edges of the scene stay better than weak ones too, but not by so much."""

_LEAST_LOGIT = 1.3
"""From here on something is taken for drawn."""


@dataclass(frozen=True, eq=False)
class _Scored:
    logit: float
    placed: Rect
    inside: Where


def find_drawn(average: Average, *, area: Rect | None) -> Iterator[Graphic]:
    """Yield what looks drawn, surest first; nothing overlaps.

    Args:
        average: Of the scan.
        area: Where to look, in samples of the working size; near the corners if not given.
    """
    width, height = average.size
    scale = min(1.0, _LOOKED_AT_WIDTH / width)
    small = average if scale == 1 else average.shrunk(_LOOKED_AT_WIDTH, round(height * scale))
    taken: list[Rect] = []
    for one in sorted(_scored(small, area, scale), key=lambda one: -one.logit):
        if any(one.placed.overlaps(rect) for rect in taken):
            continue
        taken.append(one.placed)
        whole = np.zeros(small.deviation.shape, np.uint8)
        whole[one.placed.slices] = one.inside
        inside = np.asarray(cv2.resize(whole.astype(np.float32), (width, height)) >= 0.5)
        if inside.any():
            rect = Rect(*cv2.boundingRect(inside.view(np.uint8)))
            yield Graphic(inside, rect, 1 / (1 + math.exp(_LEAST_LOGIT - one.logit)))


def _scored(average: Average, area: Rect | None, scale: float) -> Iterator[_Scored]:
    picture = Rect(0, 0, *average.size)
    zones = (
        corners(picture.width, picture.height)
        if area is None
        else [_scaled(area, scale).intersection(picture)]
    )
    for rect in zones:
        zone = Zone.of(average, rect)
        looks = ZoneLooks.of(zone)
        for one in proposals(zone, near_corner=area is None):
            tight = Rect(*cv2.boundingRect(one.inside.view(np.uint8)))
            placed = Rect(
                tight.x + one.around.x + rect.x, tight.y + one.around.y + rect.y, tight.width, tight.height
            )
            sure = (
                logit(features(looks, one))
                + _CALM_WEIGHT * min(calm(zone, looks, one), _MOST_CALM)
                + _STAYS_WEIGHT * float(np.clip(stays(zone, looks, one), *_STAYS) - _STAYS[0])
            )
            yield _Scored(sure, placed, one.inside[tight.slices])


def _scaled(rect: Rect, scale: float) -> Rect:
    return Rect.from_edges(*(round(side * scale) for side in (rect.x, rect.y, rect.right, rect.bottom)))
