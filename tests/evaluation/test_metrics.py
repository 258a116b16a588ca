"""Measures: known values, and what counts."""

import numpy as np
import pytest
import torch

from rfr_video.evaluation.metrics import (
    PSNR_CEILING_DB,
    feature_distance,
    l1_percent,
    psnr_db,
    ssim,
    ssim_uniform,
)


def noise(height=24, width=31, seed=1):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def flat(value, height=24, width=31):
    return np.full((height, width, 3), value, np.uint8)


@pytest.fixture
def hole():
    hole_hw = np.zeros((24, 31), np.bool_)
    hole_hw[6:14, 9:20] = True
    return hole_hw


def test_psnr_of_a_known_difference(hole):
    assert psnr_db(flat(100), flat(105)) == pytest.approx(20 * np.log10(255 / 5))
    assert psnr_db(flat(0), flat(255)) == pytest.approx(0)
    seen = np.where(hole[..., None], flat(110), flat(100))
    assert psnr_db(flat(100), seen, hole_hw=hole) == pytest.approx(20 * np.log10(255 / 10))
    assert psnr_db(flat(100), seen, hole_hw=~hole) == PSNR_CEILING_DB


def test_psnr_is_never_infinite():
    assert psnr_db(noise(), noise()) == PSNR_CEILING_DB
    truth, seen = flat(0, 1000, 1000), flat(0, 1000, 1000)
    seen[0, 0, 0] = 1  # 113 dB by the formula
    assert psnr_db(truth, seen) == PSNR_CEILING_DB


def test_mean_l1_is_over_the_whole_picture_in_percent():
    seen = flat(0, 20, 20)
    seen[:10, :10] = 51
    assert l1_percent(flat(0, 20, 20), seen) == pytest.approx(5)


def test_ssim_of_flat_pictures_is_the_luminance_term_alone():
    c1 = (0.01 * 255) ** 2
    expected = (2 * 100 * 140 + c1) / (100**2 + 140**2 + c1)
    assert ssim(flat(100), flat(140)) == pytest.approx(expected)
    assert ssim(noise(), noise()) == pytest.approx(1)


def test_ssim_is_that_of_gaussian_windows(hole):
    truth, seen = noise(seed=1), noise(seed=2)
    kernel = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    window_hw = np.outer(kernel, kernel) / kernel.sum() ** 2
    values = np.full((24, 31), np.nan)
    for y in range(5, 24 - 5):
        for x in range(5, 31 - 5):
            values[y, x] = np.mean([naive_ssim(truth, seen, window_hw, y, x, c) for c in range(3)])
    assert ssim(truth, seen) == pytest.approx(np.nanmean(values))
    assert ssim(truth, seen, hole_hw=hole) == pytest.approx(values[hole].mean())


def naive_ssim(truth, seen, window_hw, y, x, channel):
    a = truth[y - 5 : y + 6, x - 5 : x + 6, channel].astype(float)
    b = seen[y - 5 : y + 6, x - 5 : x + 6, channel].astype(float)
    mean_a, mean_b = (window_hw * a).sum(), (window_hw * b).sum()
    variance_a, variance_b = (window_hw * (a - mean_a) ** 2).sum(), (window_hw * (b - mean_b) ** 2).sum()
    covariance = (window_hw * (a - mean_a) * (b - mean_b)).sum()
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    luminance = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
    return luminance * (2 * covariance + c2) / (variance_a + variance_b + c2)


def test_feature_distance_counts_directions_in_the_hole_only():
    hole_hw = np.zeros((8, 8), np.bool_)
    hole_hw[:, :4] = True
    truth = torch.zeros(1, 2, 4, 4)
    truth[:, 0] = 3.0
    turned_outside = truth.clone()
    turned_outside[..., 2:] = turned_outside[..., 2:].flip(1)
    for seen, expected in ((truth, 0), (7 * truth, 0), (turned_outside, 0), (truth.flip(1), 2)):
        assert feature_distance([truth], [seen], hole_hw=hole_hw) == pytest.approx(expected)


def test_feature_distance_weighs_cells_by_their_part_of_the_hole_and_depths_alike():
    hole_hw = np.zeros((8, 8), np.bool_)
    hole_hw[:2, :3] = True  # all of the first cell of 2×2, half of the second
    truth = torch.zeros(1, 2, 4, 4)
    truth[:, 0] = 1.0
    seen = truth.clone()
    seen[..., 0, 1] = seen[..., 0, 1].flip(1)
    assert feature_distance([truth], [seen], hole_hw=hole_hw) == pytest.approx(2 * 0.5 / 1.5)
    both = feature_distance([truth, truth], [seen, truth], hole_hw=hole_hw)
    assert both == pytest.approx(0.5 / 1.5)
    nothing = torch.zeros(1, 2, 4, 4)
    assert feature_distance([nothing], [nothing], hole_hw=hole_hw) == 0


def test_ssim_with_a_square_window_is_that_of_samples_in_windows_inside():
    truth, seen = noise(seed=1), noise(seed=2)
    values = []
    for y in range(3, 24 - 3):
        for x in range(3, 31 - 3):
            for channel in range(3):
                a = truth[y - 3 : y + 4, x - 3 : x + 4, channel].astype(float).ravel()
                b = seen[y - 3 : y + 4, x - 3 : x + 4, channel].astype(float).ravel()
                (var_a, covariance), (_, var_b) = np.cov(a, b)
                c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
                luminance = (2 * a.mean() * b.mean() + c1) / (a.mean() ** 2 + b.mean() ** 2 + c1)
                values.append(luminance * (2 * covariance + c2) / (var_a + var_b + c2))
    assert ssim_uniform(truth, seen, window_px=7) == pytest.approx(np.mean(values))
    assert ssim_uniform(truth, truth, window_px=7) == pytest.approx(1)
