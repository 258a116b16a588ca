"""Measuring how dropouts and dirt are found."""

import cv2
import numpy as np
import pytest
from clips_factory import write_noise
from media_factory import Clip, make_video

from rfr_video.config import (
    DetectDirtConfig,
    DetectDropoutsConfig,
    DetectHeadSwitchingConfig,
    DetectScratchesConfig,
)
from rfr_video.errors import InputError, UsageError
from rfr_video.evaluation.detect.blotches import burn_blotches, read_textures
from rfr_video.evaluation.detect.damage import Damage, is_visible
from rfr_video.evaluation.detect.defect_bench import DefectBench, DefectReport, measure_defects


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return make_video(
        tmp_path_factory.mktemp("clips") / "clip.mkv", Clip(codec="ffv1", width=192, height=128)
    )


@pytest.fixture(scope="module")
def textures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("textures")
    texture = np.zeros((64, 64, 4), np.uint8)
    cv2.circle(texture, (32, 32), 20, (255, 255, 255, 255), -1)
    cv2.imwrite(str(folder / "disc.png"), texture)
    return folder


def measured(clip, config):
    bench = DefectBench.open([clip], config)
    return DefectReport(bench, measure_defects(bench, progress=lambda _: None))


CONFIGS = {
    "dropouts": DetectDropoutsConfig,
    "head-switching": DetectHeadSwitchingConfig,
    "scratches": DetectScratchesConfig,
}


@pytest.mark.parametrize("kind", [*CONFIGS, "dirt"])
def test_figures_are_those_of_what_was_drawn(clip, textures, kind):
    config = DetectDirtConfig(frames=8, textures=textures) if kind == "dirt" else CONFIGS[kind](frames=8)
    (score,) = measured(clip, config).scores
    assert 0 < score.defect_share < 0.2
    assert 0 <= score.precision <= 1
    assert 0 <= score.recall <= 1
    assert score.likeness <= score.f1
    assert score.lines_off is None or kind == "head-switching"
    assert measured(clip, config).scores[0].f1 == score.f1


def test_all_is_found_and_nothing_else_when_there_is_nothing_to_it(clip):
    bench = DefectBench.open([clip], DetectDropoutsConfig(frames=4))
    truths = []

    def burn(number, planes, generator):
        mask = np.zeros(planes[0].shape, np.uint8)
        mask[5 + number] = 255
        truths.append(mask)
        return Damage(mask, touched=mask)

    exact = DefectBench(bench.config, bench.clips, burn, lambda _: iter(truths))
    (score,) = measure_defects(exact, progress=lambda _: None)
    assert (score.precision, score.recall, score.f1, score.likeness) == (1, 1, 1, 1)


@pytest.mark.parametrize(("row", "precision"), [(6, 1.0), (7, 0.5)])
def test_what_damage_has_merely_touched_is_neither_right_nor_wrong(clip, row, precision):
    bench = DefectBench.open([clip], DetectDropoutsConfig(frames=4))
    found = np.zeros((128, 192), np.uint8)
    found[[5, row]] = 255

    def burn(number, planes, generator):
        mask, touched = np.zeros((2, *planes[0].shape), np.uint8)
        mask[5] = touched[5:7] = 255
        return Damage(mask, touched)

    one = DefectBench(bench.config, bench.clips, burn, lambda _: iter([found] * 4))
    (score,) = measure_defects(one, progress=lambda _: None)
    assert (score.precision, score.recall) == (precision, 1)


def test_a_change_is_seen_on_gray_before_it_is_on_black_or_among_edges():
    changes = []
    for clean in (np.full((9, 9), 127.0), np.full((9, 9), 16.0), np.tile([0.0, 255.0, 255.0, 0.0], (12, 3))):
        seen = [change for change in range(40) if is_visible(clean, clean + change)[4, 4]]
        changes.append(min(seen))
    assert changes == [4, 14, 33]


@pytest.mark.parametrize(("level", "hides"), [(250, True), (90, False)])
def test_dirt_that_nobody_sees_is_not_to_be_found(level, hides):
    luma = np.full((128, 192), level, np.uint8)
    flat = [np.ones((8, 8), np.float32)]
    generator = np.random.default_rng(0)
    damage = [burn_blotches([luma.copy()], generator, textures=flat) for _ in range(40)]
    assert any(one.touched.any() and not one.mask.any() for one in damage) == hides


def test_noise_of_a_tape_is_laid_over_in_turn(clip, tmp_path):
    noise = write_noise(tmp_path / "noise.mkv", height=64, width=96)
    bench = DefectBench.open([clip], DetectDropoutsConfig(frames=4, overlay=noise))
    rows = []
    for number in range(4):
        planes = [np.full((128, 192), 90, np.uint8), *(np.full((64, 96), 128, np.uint8) for _ in range(2))]
        damage = bench.burn(number, planes, np.random.default_rng(0))
        rows.append(int(np.flatnonzero(damage.mask.any(axis=1)).mean()))
        assert (planes[0][rows[-1]] > 200).all()
        assert (planes[0][damage.touched == 0] == 90).all()
    assert rows == [23, 63, 23, 63]


def test_an_overlay_must_be_a_video_with_colour(clip, tmp_path):
    (tmp_path / "none.mkv").write_bytes(b"")
    with pytest.raises(InputError):
        DefectBench.open([clip], DetectDropoutsConfig(overlay=tmp_path / "none.mkv"))


def test_textures_must_be_there_and_have_alpha(tmp_path):
    with pytest.raises(UsageError, match="--textures"):
        DetectDirtConfig()
    with pytest.raises(InputError, match="no folder of PNG files"):
        read_textures(tmp_path)
    cv2.imwrite(str(tmp_path / "plain.png"), np.zeros((4, 4), np.uint8))
    with pytest.raises(InputError, match="no PNG of 8 bits with alpha"):
        read_textures(tmp_path)


@pytest.mark.parametrize("kind", ["dropouts", "dirt"])
def test_each_kind_draws_its_own_damage(clip, textures, kind):
    config = DetectDropoutsConfig() if kind == "dropouts" else DetectDirtConfig(textures=textures)
    bench, generator = DefectBench.open([clip], config), np.random.default_rng(0)
    heights = []
    for _ in range(20):
        planes = [np.full((128, 192), 90, np.uint8), *(np.full((64, 96), 128, np.uint8) for _ in range(2))]
        mask = bench.burn(0, planes, generator).mask
        heights += [int(row[3]) for row in cv2.connectedComponentsWithStats(mask)[2][1:]]
    assert (max(heights) > 10) == (kind == "dirt")
