from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from counted_time import count_time
from training_factory import TINY_RECIPE, image_folder, on_processor

from rfr_video.errors import InputError, OutputError, RfrVideoError, UsageError, WeightsError
from rfr_video.rfrnet.manifest import LocatedWeights
from rfr_video.rfrnet.network import RFRConfig
from rfr_video.rfrnet.weights import load_network
from rfr_video.training import run
from rfr_video.training.checkpoint import load_checkpoint, save_checkpoint
from rfr_video.training.log import read_log
from rfr_video.training.recipe import LossRecipe
from rfr_video.training.run import CHECKPOINT, CURVE, LOG, SHEET, TABLE, WEIGHTS
from rfr_video.training.train import train

RESULTS = {CHECKPOINT, WEIGHTS, LOG, TABLE, SHEET, CURVE}


def with_schedule(recipe=TINY_RECIPE, **changes):
    return replace(recipe, schedule=replace(recipe.schedule, **changes))


def same(one, other):
    """Whether two structures of tensors and numbers are equal to the bit."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def test_a_run_leaves_weights_log_table_pictures_and_checkpoint(images, tmp_path):
    heard = []
    done = train(TINY_RECIPE, tmp_path / "run", config=on_processor(images), report=heard.append)
    assert {path.name for path in (tmp_path / "run").iterdir()} == RESULTS
    assert (done.step, done.last_step) == (8, 8)
    assert [progress.step for progress in heard] == [2, 4, 6, 8, 8]
    log = read_log(tmp_path / "run" / LOG)
    assert [row["step"] for row in log] == ["2", "4", "6", "8"]
    assert all(float(row["hole"]) > 0 and float(row["loss"]) > 0 for row in log)
    assert [bool(row["psnr_db"]) for row in log] == [False, True, False, True]
    table = read_log(tmp_path / "run" / TABLE)
    assert [row["method"] for row in table] == ["network", "Telea", "Navier-Stokes"] * 2


def test_weights_are_the_moving_average_in_half_precision(images, tmp_path):
    train(TINY_RECIPE, tmp_path, config=on_processor(images))
    network = load_network(LocatedWeights(tmp_path / WEIGHTS))
    assert network.config == TINY_RECIPE.network
    average = load_checkpoint(tmp_path / CHECKPOINT).average
    for name, value in network.state_dict().items():
        wanted = average[name].half().float() if value.is_floating_point() else average[name]
        assert torch.equal(value, wanted)


@pytest.mark.parametrize("precision", ["float32", "bf16"])
@pytest.mark.parametrize("stop_after", [3, 4])
def test_a_resumed_run_equals_an_uninterrupted_one(images, tmp_path, stop_after, precision):
    recipe = with_schedule(precision=precision)
    config = on_processor(images)
    train(recipe, tmp_path / "whole", config=config)
    train(recipe, tmp_path / "parts", config=replace(config, steps=stop_after))
    assert load_checkpoint(tmp_path / "parts" / CHECKPOINT).step == stop_after
    train(recipe, tmp_path / "parts", config=replace(config, resume=True))
    whole, parts = (load_checkpoint(tmp_path / name / CHECKPOINT) for name in ("whole", "parts"))
    assert parts.step == whole.step == 8
    for part in ("network", "average", "optimiser", "random_state"):
        assert same(getattr(parts, part), getattr(whole, part)), part
    steps = [int(row["step"]) for row in read_log(tmp_path / "parts" / LOG)]
    assert steps == sorted(set(steps))


def test_a_network_learns_a_single_picture_by_heart(tmp_path):
    """Coloured squares, which nothing around a hole foretells."""
    (tmp_path / "images").mkdir()
    squares = np.random.default_rng(5).integers(0, 256, (3, 3, 3), np.uint8)
    picture = cv2.resize(squares, (32, 32), interpolation=cv2.INTER_NEAREST)
    cv2.imwrite(str(tmp_path / "images" / "squares.png"), picture)
    recipe = replace(
        with_schedule(steps=500, learning_rate=4e-3, warm_up_steps=50, ema_decay=0.9),
        network=RFRConfig(width=16, recurrences=1, form="residual"),
        data=replace(TINY_RECIPE.data, validation_every=0, batch=8, flip_share=0.0),
        losses=LossRecipe(convention="hole", valid=0.0, hole=1.0, total_variation=0.0),
        log=replace(TINY_RECIPE.log, every_steps=100, validate_every_steps=500),
    )
    done = train(recipe, tmp_path / "run", config=on_processor(tmp_path / "images"))
    assert done.psnr_db > 35
    assert float(read_log(tmp_path / "run" / TABLE)[1]["psnr_db"]) < 28  # Telea


def test_another_seed_gives_other_weights(images, tmp_path):
    for seed in (1, 2):
        train(replace(TINY_RECIPE, seed=seed), tmp_path / str(seed), config=on_processor(images, steps=1))
    one, other = (load_checkpoint(tmp_path / seed / CHECKPOINT) for seed in "12")
    assert not same(one.network, other.network)


def test_a_stop_saves_at_once_and_a_resumed_run_equals_an_uninterrupted_one(images, tmp_path):
    config = on_processor(images)
    asked = []

    def should_stop():
        asked.append(True)
        return len(asked) == 5

    done = train(TINY_RECIPE, tmp_path / "run", config=config, should_stop=should_stop)
    assert done.step == 5
    train(TINY_RECIPE, tmp_path / "run", config=replace(config, resume=True))
    train(TINY_RECIPE, tmp_path / "whole", config=config)
    one, other = (load_checkpoint(tmp_path / name / CHECKPOINT) for name in ("run", "whole"))
    assert same(one.network, other.network)


@pytest.fixture
def counted_time(monkeypatch):
    """The clock is read some times in every step, and goes on by 10 ms each time."""
    count_time(monkeypatch, run, step_seconds=0.01)


@pytest.mark.usefixtures("counted_time")
def test_minutes_end_a_run_and_count_over_its_parts(images, tmp_path):
    recipe = with_schedule(steps=10**6)
    done = train(recipe, tmp_path, config=on_processor(images, minutes=0.01))
    assert 0 < done.step < 10**6
    again = train(recipe, tmp_path, config=on_processor(images, minutes=0.001, resume=True))
    assert again.step == done.step


@pytest.mark.usefixtures("counted_time")
def test_a_rate_that_follows_the_clock_ends_with_it(images, tmp_path):
    recipe = with_schedule(steps=10**6, decay="time")
    with pytest.raises(UsageError, match="give --minutes"):
        train(recipe, tmp_path, config=on_processor(images))
    train(recipe, tmp_path, config=on_processor(images, minutes=0.02))
    rates = [float(row["learning_rate"]) for row in read_log(tmp_path / LOG)]
    assert rates[-1] < 0.2 * max(rates)


def test_fine_tuning_begins_with_the_weights_and_has_their_form(images, tmp_path):
    train(TINY_RECIPE, tmp_path / "first", config=on_processor(images))
    weights = LocatedWeights(tmp_path / "first" / WEIGHTS)
    other_form = replace(with_schedule(learning_rate=1e-9), network=RFRConfig(width=16))
    train(other_form, tmp_path / "second", config=on_processor(images, steps=1), weights=weights)
    tuned = load_network(LocatedWeights(tmp_path / "second" / WEIGHTS))
    assert tuned.config == TINY_RECIPE.network
    for name, value in load_network(weights).named_parameters():
        torch.testing.assert_close(tuned.get_parameter(name), value, rtol=2e-3, atol=1e-5)


def test_frozen_norms_keep_their_statistics(images, tmp_path):
    train(TINY_RECIPE, tmp_path / "first", config=on_processor(images, steps=2))
    weights = LocatedWeights(tmp_path / "first" / WEIGHTS)
    before = dict(load_network(weights).named_buffers())
    for freeze in (True, False):
        recipe = with_schedule(freeze_norms=freeze)
        folder = tmp_path / str(freeze)
        train(recipe, folder, config=on_processor(images, steps=2), weights=weights)
        after = load_checkpoint(folder / CHECKPOINT).network
        kept = [torch.equal(after[name], value) for name, value in before.items() if "running" in name]
        assert all(kept) if freeze else not any(kept)


def test_a_loss_that_is_no_number_stops_with_its_step_and_keeps_the_last_checkpoint(images, tmp_path):
    config = on_processor(images)
    train(TINY_RECIPE, tmp_path, config=replace(config, steps=4))
    broken = load_checkpoint(tmp_path / CHECKPOINT)
    broken.network["Pconv1.weight"].fill_(float("nan"))
    save_checkpoint(broken, tmp_path / CHECKPOINT)
    before = {name: (tmp_path / name).read_bytes() for name in (CHECKPOINT, WEIGHTS)}
    with pytest.raises(RfrVideoError, match=f"at step 5; {tmp_path / CHECKPOINT} is from before"):
        train(TINY_RECIPE, tmp_path, config=replace(config, resume=True))
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


def test_a_checkpoint_of_another_recipe_is_refused(images, tmp_path):
    train(TINY_RECIPE, tmp_path, config=on_processor(images, steps=1))
    wider = replace(TINY_RECIPE, network=RFRConfig(width=16, kernel=3, recurrences=1))
    with pytest.raises(UsageError, match=r"another recipe: network.width is 8 there and 16 here"):
        train(wider, tmp_path, config=on_processor(images, resume=True))


def test_a_checkpoint_of_other_images_is_refused(images, tmp_path):
    train(TINY_RECIPE, tmp_path / "run", config=on_processor(images, steps=1))
    fewer = image_folder(tmp_path / "fewer", count=5)
    with pytest.raises(UsageError, match="trained on other pictures"):
        train(TINY_RECIPE, tmp_path / "run", config=on_processor(fewer, resume=True))


def test_a_checkpoint_whose_network_is_another_is_refused(images, tmp_path):
    train(TINY_RECIPE, tmp_path, config=on_processor(images, steps=1))
    start = load_checkpoint(tmp_path / CHECKPOINT)
    del start.network["Pconv1.weight"]
    save_checkpoint(start, tmp_path / CHECKPOINT)
    with pytest.raises(WeightsError, match="does not fit the recipe's network") as caught:
        train(TINY_RECIPE, tmp_path, config=on_processor(images, resume=True))
    assert "\n" not in str(caught.value)


def test_a_run_is_not_overwritten_by_another(images, tmp_path):
    train(TINY_RECIPE, tmp_path, config=on_processor(images, steps=1))
    with pytest.raises(UsageError, match="go on with --resume"):
        train(TINY_RECIPE, tmp_path, config=on_processor(images, steps=1))


def test_a_folder_that_cannot_be_made_is_said(images, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be made"):
        train(TINY_RECIPE, tmp_path / "file" / "run", config=on_processor(images))


def test_a_folder_of_something_else_is_left_alone(images, tmp_path):
    (tmp_path / LOG).write_text("time,event\n1,started\n")
    with pytest.raises(InputError, match="is no log of a training"):
        train(TINY_RECIPE, tmp_path, config=on_processor(images, steps=1))
    assert (tmp_path / LOG).read_text() == "time,event\n1,started\n"
