import re
from dataclasses import replace
from pathlib import Path

import pytest
from training_factory import TINY_RECIPE, TINY_TOML

from rfr_video.errors import UsageError
from rfr_video.training.recipe_file import read_recipe, recipe_from_json

RECIPES = sorted((Path(__file__).parents[2] / "recipes").glob("*.toml"))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(TINY_TOML)
    return path


def test_a_file_becomes_the_recipe_that_it_says(file):
    assert read_recipe(file) == TINY_RECIPE


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_recipes_of_the_checkout_are_valid(path):
    assert read_recipe(path).schedule.steps > 1000


def test_there_is_a_recipe_in_the_checkout():
    assert [path.name for path in RECIPES]


def test_overrides_change_single_values(file):
    recipe = read_recipe(
        file, overrides=["schedule.steps=5", "holes.share=[0.1, 0.2]", "losses.convention=published"]
    )
    assert (recipe.schedule.steps, recipe.holes.share) == (5, (0.1, 0.2))
    assert recipe.losses.convention == "published"
    assert replace(recipe.schedule, steps=8) == TINY_RECIPE.schedule


def test_a_recipe_survives_its_json():
    assert recipe_from_json(TINY_RECIPE.to_json()) == TINY_RECIPE


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sede = 1", "no key sede; there are data, holes"),
        ("[data]\ncrop = 1", "no key data.crop"),
        ("seed = '1'", "seed is '1'; give a value of type int"),
        ("seed = true", "seed is True"),
        ("data = 3", r"data is 3; write a table \[data\]"),
        ("[data]\nbatch = 0", "data.batch is 0; give a whole number from 1"),
        ("[data]\nzoom_share = 1.5", "data.zoom_share is 1.5; give a share"),
        ("[data]\nvideo_interval_seconds = 0", "data.video_interval_seconds is 0"),
        ("[holes]\nshare = [0.1]", r"holes.share is \[0.1\]; give 2 values"),
        ("[holes]\nweights = { circle = 1 }", "hole weight circle=1"),
        ("[losses]\nhole = -1", "losses.hole is -1"),
        ("[losses]\nhole = nan", "losses.hole is nan"),
        ("[losses]\nhole = 0\nvalid = 0\ntotal_variation = 0", "all weights of losses are 0"),
        ("[losses]\nconvention = 'mean'", "losses.convention is 'mean'; give one of: published, hole"),
        ("[schedule]\nlearning_rate = 0", "schedule.learning_rate is 0"),
        ("[schedule]\nbetas = [0.9, 1]", "betas is 1"),
        ("[schedule]\ndecay = 'linear'", "schedule.decay is 'linear'"),
        ("[schedule]\nclip_norm = -1", "schedule.clip_norm is -1"),
        ("[network]\nwidth = 7", "width is 7"),
        ("[log]\nsave_every_minutes = 0", "log.save_every_minutes is 0"),
        ("seed =", "is not TOML"),
    ],
)
def test_a_wrong_recipe_is_refused_by_name(tmp_path, text, message):
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        read_recipe(path)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        read_recipe(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("override", "message"),
    [("schedule.steps", "sets nothing"), ("seed.steps=1", "seed is a value"), ("=1", "sets nothing")],
)
def test_a_wrong_override_is_refused(file, override, message):
    with pytest.raises(UsageError, match=re.escape(message)):
        read_recipe(file, overrides=[override])


def test_the_first_difference_between_recipes_is_named():
    other = replace(TINY_RECIPE, schedule=replace(TINY_RECIPE.schedule, learning_rate=2e-3))
    assert TINY_RECIPE.first_difference(other) == "schedule.learning_rate is 0.002 there and 0.001 here"


def test_what_does_not_change_the_result_is_no_difference():
    other = replace(TINY_RECIPE, log=replace(TINY_RECIPE.log, every_steps=77))
    assert TINY_RECIPE.first_difference(other) is None
