"""Logos near the corners: what looks drawn rather than filmed, and stays where the scene moves.

Where nothing moves, edges that stay tell nothing, and all that is left of an overlay is its looks. Where
something moves behind or beside it, that counts too, by how much it does.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from rfr_video.geometry import Rect
from rfr_video.masking.detect.logo.evidence import Average
from rfr_video.masking.detect.logo.graphics import Graphic
from rfr_video.masking.detect.logo.looks import ZoneLooks, features
from rfr_video.masking.detect.logo.motion import SceneMotion, motion_features
from rfr_video.masking.detect.logo.proposals import Proposal, Zone, corners, proposals
from rfr_video.masking.detect.logo.segment import Where
from rfr_video.masking.detect.logo.weights import logit

_LOOKED_AT_WIDTH = 640
_LEAST_LOGIT = 0.6
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
    motion = SceneMotion.of(average)
    for rect in zones:
        zone = Zone.of(average, rect)
        looks = ZoneLooks.of(zone)
        for one in proposals(zone, near_corner=area is None):
            tight = Rect(*cv2.boundingRect(one.inside.view(np.uint8)))
            placed = Rect(
                tight.x + one.around.x + rect.x, tight.y + one.around.y + rect.y, tight.width, tight.height
            )
            yield _Scored(logit(what_is_seen(zone, looks, motion, one)), placed, one.inside[tight.slices])


def what_is_seen(zone: Zone, looks: ZoneLooks, motion: SceneMotion, proposal: Proposal) -> dict[str, float]:
    """Return what a proposal looks like, and how it stays, by name.

    Args:
        zone: The part that was searched.
        looks: Of it.
        motion: Of the whole picture.
        proposal: What was found in it.
    """
    ring = looks.ring(proposal.inside)
    return {**features(looks, proposal), **motion_features(motion, zone, proposal, ring=ring)}


def _scaled(rect: Rect, scale: float) -> Rect:
    return Rect.from_edges(*(round(side * scale) for side in (rect.x, rect.y, rect.right, rect.bottom)))
