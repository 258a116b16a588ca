"""What tells drawn things from filmed ones by what they look like.

Drawn things end sharply all around, are of few colours, stronger ones than their surroundings, and their
edges stand out from those beside them.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.masking.detect.logo.proposals import Proposal, Zone, lengths
from rfr_video.masking.detect.logo.segment import Where, dilated
from rfr_video.media.colour import FloatImage

_Values = npt.NDArray[np.float32]

_CHROMA_WEIGHT = 1.5
_BLUR_PX = 2.0
_RING = 0.012
_FLAT = 3.0
_WHITE, _GRAY = 200.0, 14.0
_SHADES = (20.0, 12.0, 12.0)
"""Levels of luma and chroma that count as one colour."""


@dataclass(frozen=True, eq=False)
class ZoneLooks:
    """What the looks of all that lies in a zone are measured on, float32 (height, width) of it.

    Attributes:
        steepness: Length of the gradient of luma or, weighted, of chroma.
        fine: Of luma.
        coarse: Of luma, blurred.
        saturation: Distance from gray.
        planes: Luma and chroma.
        ring_px: How wide surroundings are.
    """

    steepness: FloatImage
    fine: FloatImage
    coarse: FloatImage
    saturation: FloatImage
    planes: tuple[FloatImage, FloatImage, FloatImage]
    ring_px: int

    @classmethod
    def of(cls, zone: Zone) -> "ZoneLooks":
        """Measure a zone."""
        luma, blue, red = zone.average.means
        fine = lengths(luma)
        chroma = np.maximum(lengths(blue), lengths(red))
        blurred = np.asarray(cv2.GaussianBlur(luma, (0, 0), _BLUR_PX), np.float32)
        return cls(
            steepness=np.maximum(fine, np.float32(_CHROMA_WEIGHT) * chroma),
            fine=fine,
            coarse=lengths(blurred),
            saturation=np.asarray(np.hypot(blue - 128, red - 128), np.float32),
            planes=zone.average.means,
            ring_px=2 * round(_RING * zone.picture.width) + 3,
        )

    def ring(self, inside: Where) -> Where:
        """Return what lies around a shape, or, where nothing does, all that does not."""
        wide = _outside(inside)
        ring = wide & dilated(inside, self.ring_px)
        return ring if ring.any() else wide


def features(looks: ZoneLooks, proposal: Proposal) -> dict[str, float]:
    """Return what tells drawn things from filmed ones, by name.

    Args:
        looks: Of the zone.
        proposal: What was found in it.
    """
    part, inside, seeds = proposal.around.slices, proposal.inside, proposal.seeds
    wide, ring = _outside(inside), looks.ring(inside)
    inner = ~dilated(~inside, 3)
    rim = dilated(inside, 3) & ~inner
    steepness, saturation = looks.steepness[part], looks.saturation[part]
    strength = float(np.median(looks.steepness[seeds]))
    sharpness = looks.fine[seeds] / (looks.coarse[seeds] + 1)
    peaks = np.asarray(cv2.dilate(steepness, np.ones((3, 3), np.uint8)), np.float32)
    own, beside = _distances(looks, proposal, ring)
    box = cv2.boundingRect(inside.view(np.uint8))
    samples = int(np.count_nonzero(inside))
    return {
        "edges": math.log(np.count_nonzero(seeds) / (proposal.box.width + proposal.box.height)),
        "strength": math.log(strength),
        "edges beside": _log_ratio(_quantile(steepness[ring], 0.95), strength, 1),
        "edges around": _log_ratio(_quantile(steepness[wide], 0.9), strength, 1),
        "ground": math.log(_quantile(steepness[ring], 0.5) + 0.5),
        "sharp": float(np.median(sharpness)),
        "least sharp": _quantile(sharpness, 0.25),
        "closed": _share(peaks[rim] > 0.5 * strength),
        "distinct": _log_ratio(_quantile(beside, 0.75), _quantile(own, 0.5), 3),
        "flat": _share(steepness[inner] < _FLAT),
        "of two colours": _two_colours(looks, proposal, inside),
        "ground of two colours": _two_colours(looks, proposal, wide),
        "white": _share((looks.planes[0][part][inside] > _WHITE) & (saturation[inside] < _GRAY)),
        "colourful": math.log(_quantile(saturation[inside], 0.75) + 4),
        "more colourful": _log_ratio(_quantile(saturation[inside], 0.5), _quantile(saturation[ring], 0.5), 4),
        "filled": samples / (box[2] * box[3]),
        "rough": math.log(np.count_nonzero(rim) / math.sqrt(samples)),
    }


def _outside(inside: Where) -> Where:
    return ~dilated(inside, 5)


def _distances(looks: ZoneLooks, proposal: Proposal, ring: Where) -> tuple[_Values, _Values]:
    """Return how far the colours inside, and those beside, are from what is usual beside."""
    inside = proposal.inside
    total = np.zeros(inside.shape, np.float32)
    for plane, weight in zip(looks.planes, (1.0, _CHROMA_WEIGHT, _CHROMA_WEIGHT), strict=True):
        levels = plane[proposal.around.slices]
        usual = np.median(levels[ring]) if ring.any() else np.float32(0)
        total += ((levels - usual) * np.float32(weight)) ** 2
    distance = np.sqrt(total)
    return distance[inside], distance[ring]


def _two_colours(looks: ZoneLooks, proposal: Proposal, where: Where) -> float:
    """Return which share of some samples has one of their two most frequent colours, 0 to 1."""
    code = np.zeros(int(np.count_nonzero(where)), np.int64)
    if not code.size:
        return 1.0
    for plane, shade in zip(looks.planes, _SHADES, strict=True):
        levels = plane[proposal.around.slices][where]
        code = code * 64 + np.rint(levels / np.float32(shade)).astype(np.int64)
    counts = np.sort(np.unique(code, return_counts=True)[1])
    return float(counts[-2:].sum() / counts.sum())


def _quantile(values: _Values, share: float) -> float:
    return float(np.quantile(values, share)) if values.size else 0.0


def _share(where: Where) -> float:
    return float(np.mean(where)) if where.size else 0.0


def _log_ratio(value: float, other: float, offset: float) -> float:
    return math.log((value + offset) / (other + offset))
