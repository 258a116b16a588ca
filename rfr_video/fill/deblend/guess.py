"""A first guess of what is behind an overlay: what was recovered, fused with what was filled in."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rfr_video.fill.deblend.fusion import fused
from rfr_video.fill.deblend.noise import Noise, opponents, rgb_of
from rfr_video.fill.deblend.recover import Recovered
from rfr_video.fill.filler import Fill, FilledFrame, FillState, MaskedFrame, Origin
from rfr_video.geometry import Rect
from rfr_video.media.colour import FloatImage
from rfr_video.media.frame import Frame

HOPELESS_CODES2 = 50.0**2
"""With such an error, what was recovered is not even mixed in."""

CODES = np.float32(255)

_DOUBT_CODES2 = np.float32(60.0)
"""What is recovered with such an error is half as trustworthy as what is certain."""


@dataclass(frozen=True, eq=False)
class RegionGuess:
    """A region of a hole.

    Attributes:
        rect: Its rectangle.
        recovered: What was seen through the overlay.
        hopeless_hw: Where nothing was, bool.
        other: What the filler within filled in where something was left open; elsewhere what was recovered.
        fill: Both, fused.
    """

    rect: Rect
    recovered: Recovered
    hopeless_hw: npt.NDArray[np.bool_]
    other: Fill
    fill: Fill


@dataclass(frozen=True, eq=False)
class Guess:
    """A frame.

    Attributes:
        masked: The frame as it came, and its hole.
        cleared: The frame, with what was recovered in its hole.
        regions: One per region of the hole.
        state: What the filler within knows behind it.
    """

    masked: MaskedFrame
    cleared: Frame
    regions: tuple[RegionGuess, ...]
    state: FillState


def guessed(rect: Rect, recovered: Recovered, filled: FilledFrame, *, noise: Noise) -> RegionGuess:
    """Fuse what was recovered in a region with what was filled in where it was left open."""
    other, open_hw = _other(rect, recovered, filled)
    hopeless_hw = open_hw & (recovered.error_hw > HOPELESS_CODES2)
    fill = other
    if open_hw.any():
        counts_hw = open_hw & ~hopeless_hw
        mixture_hw3, share_hw = fused(
            seen_at_all(recovered.rgb_hw3, other, hopeless_hw),
            opponents(other.rgb_hw3 * CODES),
            noise=noise,
            amplified_hw=recovered.amplified_hw * counts_hw,
            wrong_hw=recovered.wrong_hw * counts_hw,
        )
        share_hw[hopeless_hw] = 0
        fill = mixed(recovered, other, mixture_hw3=mixture_hw3, share_hw=share_hw, open_hw=open_hw)
    return RegionGuess(rect, recovered, hopeless_hw, other, fill)


def seen_at_all(rgb_hw3: FloatImage, other: Fill, hopeless_hw: npt.NDArray[np.bool_]) -> FloatImage:
    """Return what was recovered in opponent colours, and the other fill where that is hopeless."""
    return opponents(np.where(hopeless_hw[..., np.newaxis], other.rgb_hw3, rgb_hw3) * CODES)


def mixed(
    recovered: Recovered,
    other: Fill,
    *,
    mixture_hw3: FloatImage,
    share_hw: FloatImage,
    open_hw: npt.NDArray[np.bool_],
) -> Fill:
    """Return a mixture as a fill; what is certain stays.

    Args:
        recovered: What was seen through the overlay.
        other: What it was mixed with, as a fill.
        mixture_hw3: In opponent colours.
        share_hw: How much of it was recovered, 0 to 1.
        open_hw: What is not certain.
    """
    share_hw = np.where(open_hw, share_hw, np.float32(1))
    rgb_hw3 = np.where(open_hw[..., np.newaxis], rgb_of(mixture_hw3 / CODES), recovered.rgb_hw3)
    origin_hw4 = (1 - share_hw)[:, :, np.newaxis] * other.origin_hw4
    origin_hw4[:, :, Origin.DEBLENDED] += share_hw
    confidence_hw = share_hw * confidence_of(recovered.error_hw) + (1 - share_hw) * other.confidence_hw
    return Fill(rgb_hw3, origin_hw4.astype(np.float32), confidence_hw.astype(np.float32))


def confidence_of(error_hw: FloatImage) -> FloatImage:
    """Return how far a fill may be taken for what was there, by the mean square of its error in codes."""
    return np.asarray(1 / (1 + np.maximum(error_hw, 0) / _DOUBT_CODES2), np.float32)


def _other(rect: Rect, recovered: Recovered, filled: FilledFrame) -> tuple[Fill, npt.NDArray[np.bool_]]:
    """Return what was filled in, and where."""
    rgb_hw3 = recovered.rgb_hw3.copy()
    origin_hw4 = np.zeros((*rgb_hw3.shape[:2], len(Origin)), np.float32)
    origin_hw4[:, :, Origin.DEBLENDED] = 1
    confidence_hw = confidence_of(recovered.error_hw)
    open_hw = np.zeros(rgb_hw3.shape[:2], np.bool_)
    regions = filled.hole.regions if filled.hole else ()
    for region, fill in zip(regions, filled.fills, strict=True):
        if not region.rect.overlaps(rect):
            continue
        shared = region.rect.intersection(rect)
        here, there = shared.relative_to(rect).slices, shared.relative_to(region.rect).slices
        where = recovered.open_hw[here]
        rgb_hw3[here][where] = fill.rgb_hw3[there][where]
        origin_hw4[here][where] = fill.origin_hw4[there][where]
        confidence_hw[here][where] = fill.confidence_hw[there][where]
        open_hw[here] |= where
    return Fill(rgb_hw3, origin_hw4, confidence_hw), open_hw
