"""What is behind an overlay, measured again once something is known of the overlay.

At first, what is behind is what other frames show uncovered. A first matte shows more: motion can be measured
through the overlay, and along it frames show each place under many parts of the overlay and beside it. Their
mean has hardly any of the errors that the matte makes in a single place; so a matte that is fitted to it is
better than the first. Estimating the two in turns is the idea of A. Dempster, N. Laird, D. Rubin, "Maximum
Likelihood from Incomplete Data via the EM Algorithm", Journal of the Royal Statistical Society B 39, 1977.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rfr_video.fill.deblend.along import Mean, fetched, gray_of, misfit, outwards
from rfr_video.fill.deblend.matte import Matte, transmission
from rfr_video.fill.deblend.noise import Noise, opponents, rgb_of
from rfr_video.fill.deblend.observations import Observed
from rfr_video.media.colour import ColorSpec, FloatImage
from rfr_video.media.frame import codes_from_rgb, rgb_from_codes
from rfr_video.media.layout import PlaneLayout
from rfr_video.motion.flow import Picture

REACH_FRAMES = 5
"""So many neighbours are looked at to either side."""

UNTRUSTED_CODES2 = 400.0
"""What other frames show is wrong by this mean square where it is not trusted at all."""

_CAUTION = np.float32(4.0)
_LEAST_NOISE_CODES2 = 1.0
_MOST_CODES2 = np.float32(1e6)


@dataclass(frozen=True, eq=False)
class _View:
    """A frame: what is behind the overlay in opponent colours, float32 (h, w, 3), and mean square errors.

    Attributes:
        recovered_hw3: By the matte.
        borrowed_hw3: From frames that show it uncovered.
        borrowed_error_hw: Of that.
        known_hw3: Both, weighted.
        known_error_hw: Of that.
    """

    recovered_hw3: FloatImage
    borrowed_hw3: FloatImage
    borrowed_error_hw: FloatImage
    known_hw3: FloatImage
    known_error_hw: FloatImage

    @cached_property
    def gray(self) -> Picture:
        """Luma of what is known, uint8."""
        return gray_of(self.known_hw3)


def seen_along(
    observed: Observed,
    recovered: Sequence[FloatImage],
    matte: Matte,
    noise: Noise,
    *,
    layout: PlaneLayout,
    spec: ColorSpec,
) -> Observed:
    """Return what was observed, with what is behind measured along the motion.

    What a frame itself shows through the overlay is left out of what is behind it there: what is seen and
    what is behind have no noise in common.

    Args:
        observed: As it was at first.
        recovered: What is behind in every frame by the matte, RGB in 8-bit codes.
        matte: Of the overlay, over the same rectangle.
        noise: Of the samples.
        layout: How samples lie in the planes.
        spec: Their colour.
    """
    own = np.float32(max(noise.luma, _LEAST_NOISE_CODES2))
    wrong_hw = np.where(observed.hole_hw, np.minimum(matte.error_hw, _MOST_CODES2), np.float32(0))
    error_hw = np.asarray(own / transmission(matte.alpha_hw) ** 2 + wrong_hw, np.float32)
    views = [
        _view(observed, number, opponents(picture), error_hw=error_hw, own=own, layout=layout, spec=spec)
        for number, picture in enumerate(recovered)
    ]
    scale = np.float32(1 << (layout.bits - 8))
    planes: list[tuple[FloatImage, ...]] = []
    trust: list[FloatImage] = []
    for number in range(len(views)):
        mean_hw3, mean_error_hw = _mean(views, number, error_hw)
        mean_hw3[~observed.hole_hw] = views[number].borrowed_hw3[~observed.hole_hw]
        codes = codes_from_rgb(rgb_of(mean_hw3) / np.float32(255), layout, spec)
        planes.append(tuple(plane / scale for plane in codes))
        trust.append(np.clip(1 - np.sqrt(mean_error_hw / np.float32(UNTRUSTED_CODES2)), 0, 1))
    stacks = tuple(np.stack(plane).astype(np.float32) for plane in zip(*planes, strict=True))
    return Observed(
        observed.rect, observed.hole_hw, observed.seen, stacks, np.stack(trust).astype(np.float32)
    )


def _view(
    observed: Observed,
    number: int,
    recovered_hw3: FloatImage,
    *,
    error_hw: FloatImage,
    own: np.float32,
    layout: PlaneLayout,
    spec: ColorSpec,
) -> _View:
    scale = np.float32(1 << (layout.bits - 8))
    planes = [plane[number] * scale for plane in observed.behind]
    borrowed_hw3 = opponents(rgb_from_codes(planes, layout, spec) * np.float32(255))
    doubt_hw = (1 - observed.trust_thw[number]) ** 2 * observed.hole_hw
    borrowed_error_hw = own + _CAUTION * np.float32(UNTRUSTED_CODES2) * doubt_hw
    weight_hw = 1 / error_hw + 1 / borrowed_error_hw
    total_hw3 = recovered_hw3 / error_hw[..., np.newaxis] + borrowed_hw3 / borrowed_error_hw[..., np.newaxis]
    known_hw3 = np.asarray(total_hw3 / weight_hw[..., np.newaxis], np.float32)
    return _View(recovered_hw3, borrowed_hw3, borrowed_error_hw, known_hw3, 1 / weight_hw)


def _mean(views: Sequence[_View], number: int, error_hw: FloatImage) -> tuple[FloatImage, FloatImage]:
    """Return what all but a frame itself show of it, and the mean square error of that."""
    view, both = views[number], [0, 0]  # chroma is taken as far as luma is right
    mean = Mean(view.borrowed_hw3, view.borrowed_error_hw[..., np.newaxis][..., both])
    error_hw2 = error_hw[..., np.newaxis][..., both]
    before = views[max(number - REACH_FRAMES, 0) : number][::-1]
    for side in (before, views[number + 1 : number + 1 + REACH_FRAMES]):
        for step, at in outwards(view.gray, [other.gray for other in side]):
            moved_hw3, moved_error_hw2 = fetched(side[step].recovered_hw3, error_hw2, at)
            expected_hw2 = moved_error_hw2 + view.known_error_hw[..., np.newaxis]
            wrong_hw2 = moved_error_hw2 + misfit(moved_hw3, view.known_hw3, expected_hw2=expected_hw2)
            mean.add(moved_hw3, wrong_hw2[..., both])
    return mean.value(), np.asarray(1 / mean.weight_hw2[..., 0], np.float32)
