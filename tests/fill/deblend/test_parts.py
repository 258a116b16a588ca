"""Noise, gain, place and fusion, each by itself, where the truth is known."""

import numpy as np
import pytest
from scene_factory import Waves, video
from translucent import HEIGHT, WIDTH, logo, pan

from rfr_video.fill.deblend.change import obstacle
from rfr_video.fill.deblend.fit import fit_alpha
from rfr_video.fill.deblend.fusion import fused
from rfr_video.fill.deblend.matte import transmission
from rfr_video.fill.deblend.noise import Noise, measure_noise, opponents, rgb_of
from rfr_video.fill.deblend.register import Placing, Template, register
from rfr_video.fill.filler import MaskedFrame
from rfr_video.geometry import Rect

LOGO = logo()
ALPHA = LOGO.alpha_hw.astype(np.float32)


def luma(picture):
    return np.einsum("...c,c->...", picture.astype(np.float32), np.float32([0.299, 0.587, 0.114]))


def template():
    part = ALPHA * luma(LOGO.colour_hw3)
    return Template(ALPHA, part.astype(np.float32), LOGO.mask > 0)


def observed(*, error_codes, speed_px=3.0):
    """What is seen, and what is behind it but for an error that varies slowly."""
    clean = np.stack([luma(one) for one in pan(speed_px=speed_px)])
    seen = (1 - ALPHA) * clean + ALPHA * luma(LOGO.colour_hw3)
    wrong = np.stack([luma(one) - 127 for one in pan(7, len(clean))]) * error_codes / 40
    return seen.astype(np.float32), (clean + wrong).astype(np.float32)


def test_alpha_is_found_although_the_background_is_known_but_roughly():
    seen, behind = observed(error_codes=6)
    hole = LOGO.mask > 0
    fit = fit_alpha(seen, behind, np.full_like(seen, 0.9), hole, black=0, white=255)
    assert np.abs(fit.alpha_hw - ALPHA).max() < 0.2
    assert np.sqrt(((fit.alpha_hw - ALPHA)[hole] ** 2).mean()) < 0.05
    assert not fit.alpha_hw[~hole].any()


def test_errors_of_what_is_behind_do_not_flatten_the_line():
    seen, _ = observed(error_codes=0)
    faint = 127 + (np.stack([luma(one) for one in pan()]) - 127) / 4
    seen = (1 - ALPHA) * faint + ALPHA * luma(LOGO.colour_hw3)
    wrong_codes = 4.0
    behind = faint + wrong_codes * np.random.default_rng(4).standard_normal(faint.shape)
    covered = ALPHA > 0.4
    bias = []
    for error_codes in (0.0, wrong_codes):
        trust = np.full(seen.shape, 1 - error_codes / 20, np.float32)
        stacks = seen.astype(np.float32), behind.astype(np.float32)
        fit = fit_alpha(*stacks, trust, LOGO.mask > 0, black=0, white=255)
        bias.append(abs(float((fit.alpha_hw - ALPHA)[covered].mean())))
    assert bias[1] < bias[0] / 2


def test_a_background_that_stands_still_tells_nothing_and_the_error_says_so():
    hole = LOGO.mask > 0
    errors = []
    for speed_px in (3.0, 0.0):
        seen, behind = observed(error_codes=6, speed_px=speed_px)
        if not speed_px:
            seen, behind = np.repeat(seen[:1], len(seen), axis=0), np.repeat(behind[:1], len(seen), axis=0)
        trust = np.full_like(seen, 0.9 if speed_px else 0.0)
        fit = fit_alpha(seen, behind, trust, hole, black=0, white=255)
        errors.append(float(np.median(fit.error_hw[hole])))
    assert errors[0] < 20
    assert errors[1] > 300


@pytest.mark.parametrize("noise_codes", [0.0, 3.0])
def test_noise_is_what_is_amplified_under_the_overlay_and_texture_is_not(noise_codes):
    random = np.random.default_rng(2)
    colour, alpha = LOGO.colour_hw3, ALPHA[..., np.newaxis]
    recovered = []
    for picture in pan():
        mixed = (1 - alpha) * picture + alpha * colour
        mixed = mixed + noise_codes * random.standard_normal((HEIGHT, WIDTH, 1))
        behind = (mixed - alpha * colour) / transmission(alpha)
        recovered.append(behind.astype(np.float32))
    found = measure_noise(recovered, ALPHA)
    if noise_codes:
        assert 0.5 * noise_codes**2 < found.luma < 4 * noise_codes**2
        assert found.chroma < 0.2 * noise_codes**2  # the noise was gray
    else:
        assert found.luma < 0.5


def test_noise_that_was_copied_from_the_frame_before_is_noise():
    random = np.random.default_rng(2)
    alpha, noise_codes = ALPHA[..., np.newaxis], 3.0
    recovered = []
    noise = np.zeros((HEIGHT, WIDTH, 1))
    waves = Waves(1, shortest_px=9)
    for index in range(24):
        picture = waves.view(HEIGHT, WIDTH, x=3.0 * index, y=0.0)
        noise = np.roll(noise, -3, axis=1) if index % 3 else random.standard_normal((HEIGHT, WIDTH, 1))
        recovered.append((picture + noise_codes * noise / transmission(alpha)).astype(np.float32))
    assert 0.5 * noise_codes**2 < measure_noise(recovered, ALPHA).luma < 4 * noise_codes**2


@pytest.mark.parametrize("gain", [0.0, 0.3, 0.7])
def test_the_gain_of_a_fade_is_found(gain):
    for picture in pan()[::8]:
        seen = luma(LOGO.over(picture, gain))
        assert register(seen, template()).gain == pytest.approx(gain, abs=0.05)


def test_an_overlay_that_is_all_there_in_its_place_is_just_that():
    for picture in pan()[::5]:
        assert register(luma(LOGO.over(picture)), template()) == Placing()


def test_jitter_by_parts_of_a_pixel_is_found():
    rolled = template()
    for picture in pan()[::8]:
        clean = luma(picture)
        alpha = 0.5 * (ALPHA + np.roll(ALPHA, 1, axis=1))  # half a pixel to the right
        part = 0.5 * (rolled.part_hw + np.roll(rolled.part_hw, 1, axis=1))
        placing = register(((1 - alpha) * clean + part).astype(np.float32), rolled)
        assert placing.x == pytest.approx(0.5, abs=0.15)
        assert placing.y == pytest.approx(0, abs=0.15)


def fuse(recovered, other, variance, other_error=None):
    ones, zeros = np.ones((HEIGHT, WIDTH), np.float32), np.zeros((HEIGHT, WIDTH), np.float32)
    noise = Noise.white(variance, variance)
    error_hw2 = None if other_error is None else np.full((HEIGHT, WIDTH, 2), other_error, np.float32)
    maps = {"amplified_hw": ones, "wrong_hw": zeros, "other_error_hw2": error_hw2}
    return fused(recovered, other, noise=noise, **maps)


def test_fusion_takes_each_picture_where_it_is_right():
    random = np.random.default_rng(3)
    truth = opponents(pan()[0].astype(np.float32))
    noisy = truth + 8 * random.standard_normal(truth.shape).astype(np.float32)
    other = truth.copy()
    other[:, : WIDTH // 2] += 60  # wrong on the left
    both, share = fuse(noisy, other, 64)
    errors = [np.sqrt(((one - truth) ** 2).mean()) for one in (both, noisy, other)]
    assert errors[0] < 0.75 * min(errors[1:])
    assert share[:, : WIDTH // 2 - 8].mean() > 0.9
    assert share[:, WIDTH // 2 + 8 :].mean() < 0.35


def test_a_mean_is_believed_as_far_as_its_error_says():
    random = np.random.default_rng(3)
    truth = opponents(pan()[0].astype(np.float32))
    noisy, mean = (truth + codes * random.standard_normal(truth.shape).astype(np.float32) for codes in (8, 2))
    shares = [fuse(noisy, mean, 64, other_error)[1].mean() for other_error in (0.0, 4.0, 4000.0)]
    assert shares[0] < 0.01
    assert shares[0] < shares[1] < shares[2]


def test_what_is_known_exactly_stays_and_what_is_all_noise_goes():
    truth, other = (opponents(one.astype(np.float32)) for one in pan()[:2])
    same, share = fuse(truth, other, 0)
    assert np.allclose(same, truth, atol=1e-3)
    assert (share == 1).all()
    none, share = fuse(truth, other, 1e6)
    assert np.allclose(none, other, atol=1e-3)
    assert not share.any()


def test_opponents_are_turned_back():
    picture = pan()[0].astype(np.float32)
    assert np.allclose(rgb_of(opponents(picture)), picture, atol=1e-2)


@pytest.mark.parametrize(("drawn", "is_opaque"), [(Rect(43, 33, 10, 14), True), (None, False)])
def test_a_mask_with_some_slack_around_opaque_letters_hides_nothing(drawn, is_opaque):
    pictures = [Waves().view(80, 120, x=4 * number) for number in range(12)]
    for picture in pictures if drawn else ():
        picture[drawn.slices] = 250
    clip = video(pictures, [(Rect(40, 30, 16, 20),)] * 12)
    shown = [MaskedFrame(frame, masked.hole) for frame, masked in zip(clip.clean, clip.masked, strict=True)]
    assert obstacle(shown) == ("the overlay is opaque" if is_opaque else None)
