"""From what frames show of an overlay to its matte, and whether it is translucent at all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from rfr_video.fill.deblend.matte import Matte
from rfr_video.fill.deblend.noise import Noise
from rfr_video.fill.deblend.observations import Observed
from rfr_video.fill.deblend.region import LEAST_FRAMES, MOST_TURNS, fit_region
from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorSpec
from rfr_video.media.layout import PlaneLayout

_LEAST_USEFUL_SHARE = 0.2
_MOST_WRONG_SHARE = 0.05


@dataclass(frozen=True)
class Estimate:
    """What came of looking for a translucent overlay.

    Attributes:
        matte: The overlay; ``None`` where nothing translucent was found.
        noise: Of what is recovered from under it.
        frames: How many frames were looked at.
        confidence: How far the matte explains what is seen, 0 to 1: the part of the overlay that can be
            seen through, and is known well enough.
        verdict: In words.
        is_opaque: Whether nothing can be seen through it, whatever else may be seen.
        is_bare: Whether nothing is laid over the picture in what was seen.
    """

    matte: Matte | None
    noise: Noise
    frames: int
    confidence: float
    verdict: str
    is_opaque: bool = False
    is_bare: bool = False


def estimate_matte(
    observed: Sequence[Observed],
    *,
    picture: Rect,
    layout: PlaneLayout,
    spec: ColorSpec,
    is_rough: bool = False,
) -> Estimate:
    """Estimate the matte of all that stands still in the holes.

    Args:
        observed: Region by region.
        picture: The whole picture.
        layout: How samples lie in the planes.
        spec: Their colour.
        is_rough: Fit once only, with more frames to come.
    """
    frames = max((one.frames for one in observed), default=0)
    if frames < LEAST_FRAMES:
        return nothing_found(frames, f"only {frames} frames with a hole were seen, too few to tell")
    turns = 0 if is_rough else MOST_TURNS
    parts = [
        fit_region(one, picture, layout, spec, turns=turns) for one in observed if one.frames >= LEAST_FRAMES
    ]
    overlay = sum(part.overlay_px for part in parts)
    useful = sum(part.useful_px for part in parts)
    if not overlay:
        bare = nothing_found(frames, "nothing was found that is laid over the picture")
        return replace(bare, is_bare=True)
    confidence = useful / overlay
    if sum(part.wrong_share * part.hole_px for part in parts) > _MOST_WRONG_SHARE * sum(
        part.hole_px for part in parts
    ):
        return nothing_found(frames, "what is in the hole changes, or covers what nobody saw")
    if sum(part.opaque_px for part in parts) > overlay / 2:
        return nothing_found(frames, "the overlay is opaque", is_opaque=True)
    if confidence < _LEAST_USEFUL_SHARE:
        return nothing_found(frames, "too little of the background was seen to tell")
    matte = reduce(_joined, (part.matte for part in parts))
    noise = max((part.noise for part in parts), key=lambda one: one.luma)
    seen = np.concatenate([part.matte.alpha_hw[part.overlay_hw] for part in parts])
    low, high = (100 * float(one) for one in np.percentile(seen, (10, 90)))
    verdict = f"it covers {low:.0f} to {high:.0f} % of the background; noise of {noise.luma**0.5:.1f} codes"
    return Estimate(matte, noise, frames, confidence, verdict)


def _joined(first: Matte, second: Matte) -> Matte:
    """Return a matte of two, of which the second says nothing where the first does."""
    rect = first.rect.union(second.rect)
    size = (rect.height, rect.width)
    alpha_hw, error_hw = np.zeros(size, np.float32), np.full(size, np.float32(np.inf))
    colour_hw3 = np.zeros((*size, 3), np.float32)
    for one in (second, first):
        there = one.rect.relative_to(rect).slices
        known = np.isfinite(one.error_hw)
        for whole, part in (
            (alpha_hw, one.alpha_hw),
            (error_hw, one.error_hw),
            (colour_hw3, one.colour_hw3),
        ):
            whole[there][known] = part[known]
    return Matte(first.picture, rect, alpha_hw, colour_hw3, error_hw)


def nothing_found(frames: int, verdict: str, *, is_opaque: bool = False) -> Estimate:
    """Return that there is no translucent overlay, and why."""
    return Estimate(None, Noise.white(0.0, 0.0), frames, 0.0, verdict, is_opaque)
