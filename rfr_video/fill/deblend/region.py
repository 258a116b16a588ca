"""The matte of one region: what was observed there, fitted, and how good that is."""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.fill.deblend.behind import seen_along
from rfr_video.fill.deblend.fit import AlphaFit, fit_alpha
from rfr_video.fill.deblend.lasting import LASTING, likeness
from rfr_video.fill.deblend.luma import luma_limits, luma_of
from rfr_video.fill.deblend.matte import Matte, premultiplied
from rfr_video.fill.deblend.noise import Noise, measure_noise
from rfr_video.fill.deblend.observations import Observed
from rfr_video.fill.deblend.register import Template, register
from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorSpec, FloatImage, Subsampling, subsampled
from rfr_video.media.frame import rgb_from_codes
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.matte_picture import MATTE_LEAST_ALPHA
from rfr_video.motion.completion import spread

LEAST_FRAMES = 12
"""Fewer frames tell nothing of an overlay."""

MOST_TURNS = 8
"""Where frames show little uncovered, each turn makes more of it known."""

_LEAST_ALPHA = 0.05
_LEAST_EXCESS_CODES = 6.0
_OPAQUE_ALPHA = 0.85
"""Less is seen through this than coding and rounding leave of a dark scene, whatever the fit makes of it."""

_USEFUL_CODES2 = 150.0
_WRONG_CODES2 = 50.0**2
_LEAST_GAIN = 0.9
_CORRECTIONS = 4
_SURELY_COVERED = 0.5
_SETTLED = 0.002
_SLOW = 0.5
"""A matte is not fitted once more if its alpha changed by less than the former, the root of the mean square,
or by more than this part of the change before: then it has come as near as noise lets it."""

_TINY = np.float32(1e-9)
_LEAST_CHROMA_ALPHA = np.float32(0.02)


def removed(observed: Observed, matte: Matte, layout: PlaneLayout, spec: ColorSpec) -> list[FloatImage]:
    """Return what is behind a matte in all frames, RGB in 8-bit codes, float32 (h, w, 3) each."""
    native = matte.over(observed.rect, layout, spec)
    scale = np.float32(1 << (layout.bits - 8))
    pictures: list[FloatImage] = []
    for number in range(observed.frames):
        planes = native.removed([plane[number] * scale for plane in observed.seen])
        pictures.append(rgb_from_codes(planes, layout, spec) * np.float32(255))
    return pictures


@dataclass(frozen=True, eq=False)
class RegionMatte:
    """The matte of one region, and how good it is.

    Attributes:
        matte: Over the region and its margin.
        noise: Of what is recovered from under it.
        overlay_hw: Where something is laid over the picture, bool.
        useful_px: How much of that can be seen through well enough.
        opaque_px: How much of that cannot.
        hole_px: The size of the hole.
        wrong_share: How much of what is known of the picture behind contradicts the matte, 0 to 1.
    """

    matte: Matte
    noise: Noise
    overlay_hw: npt.NDArray[np.bool_]
    useful_px: int
    opaque_px: int
    hole_px: int
    wrong_share: float

    @property
    def overlay_px(self) -> int:
        """How much is laid over the picture."""
        return int(np.count_nonzero(self.overlay_hw))


def fit_region(
    observed: Observed, picture: Rect, layout: PlaneLayout, spec: ColorSpec, *, turns: int
) -> RegionMatte:
    """Fit a matte to what was observed, and in turns what is behind to the matte.

    Args:
        observed: At least :data:`LEAST_FRAMES` frames.
        picture: The whole picture.
        layout: How samples lie in the planes.
        spec: Their colour.
        turns: How often the matte is fitted anew at most.
    """
    fit = _fitted(observed, layout, spec)
    present = np.array(_gains(observed, fit, layout)) > _LEAST_GAIN
    if LEAST_FRAMES <= np.count_nonzero(present) < observed.frames:  # it fades, or is not there
        observed = observed.of_frames(present)
        fit = _fitted(observed, layout, spec)
    part = _described(observed, fit, picture, layout, spec)
    if not _lasts(observed, part, layout):
        return replace(part, overlay_hw=np.zeros_like(part.overlay_hw), useful_px=0, opaque_px=0)
    last_change = np.inf
    for _ in range(turns):
        if part.opaque_px > part.overlay_px / 2:
            break
        before_hw, recovered = part.matte.alpha_hw, removed(observed, part.matte, layout, spec)
        again = seen_along(observed, recovered, part.matte, part.noise, layout=layout, spec=spec)
        part = _described(again, _fitted(again, layout, spec), picture, layout, spec)
        change_hw = (part.matte.alpha_hw - before_hw)[observed.hole_hw]
        change = float((change_hw**2).mean()) ** 0.5
        if change < _SETTLED or change > _SLOW * last_change:
            break
        last_change = change
    return part


def _lasts(observed: Observed, part: RegionMatte, layout: PlaneLayout) -> bool:
    """Whether what was found can be more than what was borrowed wrongly."""
    if likeness(observed, layout) >= LASTING:
        return True
    covered = part.matte.alpha_hw[part.overlay_hw]  # an overlay of the picture's own mean colour
    return bool(covered.size) and float(np.median(covered)) > _SURELY_COVERED


def _described(
    observed: Observed, fit: AlphaFit, picture: Rect, layout: PlaneLayout, spec: ColorSpec
) -> RegionMatte:
    """Return a matte of what was fitted, and how good it is."""
    hole_hw = observed.hole_hw
    error_hw = np.where(hole_hw, fit.error_hw, np.float32(np.inf))
    colour_hw3 = _colour(observed, fit, layout, spec)
    matte = Matte(picture, observed.rect, fit.alpha_hw, colour_hw3, error_hw)
    overlay_hw = hole_hw & ((fit.alpha_hw > _LEAST_ALPHA) | (np.abs(fit.excess_hw) > _LEAST_EXCESS_CODES))
    trusted = (observed.trust_thw > np.float32(0.5)) & hole_hw
    wrong = (fit.misfit_thw > _WRONG_CODES2) & trusted
    return RegionMatte(
        matte=matte,
        noise=measure_noise(removed(observed, matte, layout, spec), fit.alpha_hw),
        overlay_hw=overlay_hw,
        useful_px=int(np.count_nonzero(overlay_hw & (error_hw < _USEFUL_CODES2))),
        opaque_px=int(np.count_nonzero(overlay_hw & (fit.alpha_hw > _OPAQUE_ALPHA))),
        hole_px=int(np.count_nonzero(hole_hw)),
        wrong_share=float(np.count_nonzero(wrong)) / max(float(np.count_nonzero(trusted)), 1.0),
    )


def _fitted(observed: Observed, layout: PlaneLayout, spec: ColorSpec) -> AlphaFit:
    black, white = luma_limits(layout, spec)
    return fit_alpha(
        luma_of(observed.seen, layout),
        luma_of(observed.behind, layout),
        observed.trust_thw,
        observed.hole_hw,
        black=black,
        white=white,
    )


def _gains(observed: Observed, fit: AlphaFit, layout: PlaneLayout) -> list[float]:
    """Return how much of the overlay is there in every frame."""
    seen, part_hw = luma_of(observed.seen, layout), _luma_part(observed, fit, layout)
    overlay = Template(fit.alpha_hw, part_hw, observed.hole_hw)
    return [register(one, overlay).gain for one in seen]


def _luma_part(observed: Observed, fit: AlphaFit, layout: PlaneLayout) -> FloatImage:
    """Return what the overlay adds to luma, in codes."""
    seen, behind = luma_of(observed.seen, layout), luma_of(observed.behind, layout)
    return _mean(seen - (np.float32(1) - fit.alpha_hw) * behind, fit.weights_thw)


def _mean(values: npt.NDArray[np.floating[Any]], weights: FloatImage) -> FloatImage:
    return np.asarray((weights * values).sum(axis=0) / np.maximum(weights.sum(axis=0), _TINY), np.float32)


def _colour(observed: Observed, fit: AlphaFit, layout: PlaneLayout, spec: ColorSpec) -> FloatImage:
    """Return the overlay's colour, RGB float32 (h, w, 3), which explains the mean of every plane."""
    scale = np.float32(1 << (layout.bits - 8))
    wanted: list[FloatImage] = []
    alphas: list[FloatImage] = []
    for index, (seen, behind) in enumerate(zip(observed.seen, observed.behind, strict=True)):
        is_full = index == 0 or layout.subsampling == Subsampling(1, 1)
        alpha = fit.alpha_hw if is_full else subsampled(fit.alpha_hw, spec, layout.subsampling)
        weights = fit.weights_thw if is_full else _shrunk(fit.weights_thw, seen.shape[1:])
        wanted.append(_mean(seen - (np.float32(1) - alpha) * behind, weights) * scale)
        alphas.append(alpha)
    straight = [_straight(part, alpha) for part, alpha in zip(wanted, alphas, strict=True)]
    colour_hw3 = rgb_from_codes(straight, layout, spec)
    if layout.is_rgb or layout.is_gray:
        return colour_hw3
    for _ in range(_CORRECTIONS):  # chroma is low-passed after it was mixed, and must come out as wanted
        mixed = premultiplied(fit.alpha_hw, colour_hw3, layout, spec)
        for index in range(1, len(straight)):
            missing = (wanted[index] - mixed[index]) * (alphas[index] > _LEAST_CHROMA_ALPHA)
            share = np.maximum(alphas[index], 4 * _LEAST_CHROMA_ALPHA)
            straight[index] = np.asarray(straight[index] + missing / share, np.float32)
        colour_hw3 = rgb_from_codes(straight, layout, spec)
    return colour_hw3


def _straight(part: FloatImage, alpha: FloatImage) -> FloatImage:
    """Divide by alpha; where there is hardly any, go on smoothly with the colour beside it."""
    is_there = alpha > _LEAST_CHROMA_ALPHA
    colour = part / np.maximum(alpha, _LEAST_CHROMA_ALPHA)
    spread_hw = spread(np.asarray(colour, np.float32), np.asarray(alpha * is_there, np.float32))
    thin = np.where(alpha > MATTE_LEAST_ALPHA, colour, spread_hw)
    return np.asarray(np.where(is_there, colour, thin), np.float32)


def _shrunk(weights_thw: FloatImage, size: tuple[int, ...]) -> FloatImage:
    """Return weights for the samples of a smaller plane."""
    width_height = (size[1], size[0])
    return np.stack(
        [
            np.asarray(cv2.resize(one, width_height, interpolation=cv2.INTER_AREA), np.float32)
            for one in weights_thw
        ]
    )
