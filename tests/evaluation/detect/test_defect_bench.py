"""Measuring how dropouts and dirt are found."""

import cv2
import numpy as np
import pytest
from media_factory import Clip, make_video

from rfr_video.config import DetectDirtConfig, DetectDropoutsConfig
from rfr_video.errors import InputError, UsageError
from rfr_video.evaluation.detect.blotches import read_textures
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


@pytest.mark.parametrize("kind", ["dropouts", "dirt"])
def test_figures_are_those_of_what_was_drawn(clip, textures, kind):
    config = (
        DetectDropoutsConfig(frames=8)
        if kind == "dropouts"
        else DetectDirtConfig(frames=8, textures=textures)
    )
    (score,) = measured(clip, config).scores
    assert 0 < score.defect_share < 0.2
    assert 0 <= score.precision <= 1
    assert 0 <= score.recall <= 1
    assert measured(clip, config).scores[0].f1 == score.f1


def test_all_is_found_and_nothing_else_when_there_is_nothing_to_it(clip):
    bench = DefectBench.open([clip], DetectDropoutsConfig(frames=4))
    truths = []

    def burn(planes, generator):
        mask = np.zeros(planes[0].shape, np.uint8)
        mask[5] = 255
        truths.append(mask)
        return mask

    exact = DefectBench(bench.config, bench.clips, burn, lambda _: iter(truths))
    (score,) = measure_defects(exact, progress=lambda _: None)
    assert (score.precision, score.recall, score.f1) == (1, 1, 1)


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
        mask = bench.burn(planes, generator)
        heights += [int(row[3]) for row in cv2.connectedComponentsWithStats(mask)[2][1:]]
    assert (max(heights) > 10) == (kind == "dirt")
