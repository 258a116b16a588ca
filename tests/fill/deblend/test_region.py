"""A matte is fitted to what was observed, what is behind is measured anew; and nothing is made of nothing."""

import cv2
import numpy as np
import pytest
from translucent import HEIGHT, WIDTH, logo, pan

from rfr_video.fill.deblend.estimate import estimate_matte
from rfr_video.fill.deblend.observations import Observed
from rfr_video.fill.deblend.region import MOST_TURNS, fit_region
from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorSpec, ColorTags
from rfr_video.media.layout import PlaneLayout

PICTURE = Rect(0, 0, WIDTH, HEIGHT)
LAYOUT = PlaneLayout.of("gbrp")
SPEC = ColorSpec.from_tags(ColorTags(), height=HEIGHT, jpeg=False, rgb=True)
LOGO = logo(0.5)


def observed(seen, behind, trust):
    planes = [
        tuple(np.stack([one[..., channel] for one in stack]).astype(np.float32) for channel in range(3))
        for stack in (seen, behind)
    ]
    hole_hw = LOGO.mask > 0
    trust_thw = np.broadcast_to(np.float32(trust) * hole_hw, (len(seen), HEIGHT, WIDTH))
    return Observed(PICTURE, hole_hw, *planes, trust_thw)


def roughly(pictures, codes, *, frames_alike=6):
    """What is behind as if it were borrowed wrongly in the hole, in the same way for a few frames."""
    random = np.random.default_rng(5)
    errors = random.standard_normal((len(pictures) // frames_alike + 1, HEIGHT, WIDTH, 1))
    smooth = [cv2.GaussianBlur(error, (0, 0), 2.5)[..., np.newaxis] for error in errors]
    inside = (LOGO.mask > 0)[..., np.newaxis]
    return [
        picture + inside * codes * smooth[number // frames_alike] / smooth[0].std()
        for number, picture in enumerate(pictures)
    ]


def alpha_error(fitted):
    return float(np.sqrt(((fitted.matte.alpha_hw - LOGO.alpha_hw)[LOGO.mask > 0] ** 2).mean()))


def test_a_matte_gets_better_with_what_is_seen_along_the_motion_through_it():
    clean = pan()
    known = observed([LOGO.over(one) for one in clean], roughly(clean, 30.0), 0.4)
    first, last = (fit_region(known, PICTURE, LAYOUT, SPEC, turns=turns) for turns in (0, MOST_TURNS))
    assert alpha_error(last) < 0.6 * alpha_error(first)
    assert last.useful_px > first.useful_px


@pytest.mark.parametrize("codes", [10.0, 20.0])
def test_what_is_borrowed_wrongly_is_no_overlay(codes):
    clean = pan(frames=30)
    estimate = estimate_matte(
        [observed(clean, roughly(clean, codes), 0.8)], picture=PICTURE, layout=LAYOUT, spec=SPEC
    )
    assert estimate.matte is None
    assert estimate.is_bare
    assert estimate.verdict == "nothing was found that is laid over the picture"


def test_a_faint_overlay_is_one_although_much_is_borrowed_wrongly():
    clean, faint = pan(frames=30), logo(0.15)
    seen = [faint.over(one) for one in clean]
    estimate = estimate_matte(
        [observed(seen, roughly(clean, 10.0), 0.8)], picture=PICTURE, layout=LAYOUT, spec=SPEC
    )
    assert estimate.matte is not None
    assert np.abs(estimate.matte.alpha_hw - faint.alpha_hw)[LOGO.mask > 0].mean() < 0.04
