"""Training from scratch, fine-tuning and going on: what is checked and read before the first step."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import torch

from rfr_video.config import TrainConfig
from rfr_video.errors import OutputError, UsageError
from rfr_video.rfrnet.forms import build_network
from rfr_video.rfrnet.manifest import LocatedWeights
from rfr_video.rfrnet.precision import choose_device
from rfr_video.rfrnet.weights import load_network
from rfr_video.training.checkpoint import Checkpoint, load_checkpoint
from rfr_video.training.material import read_material
from rfr_video.training.recipe import Recipe
from rfr_video.training.recipe_file import recipe_from_json
from rfr_video.training.run import CHECKPOINT, Limits, Progress, Run


def train(
    recipe: Recipe,
    folder: Path,
    *,
    config: TrainConfig,
    weights: LocatedWeights | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    report: Callable[[Progress], None] = lambda _: None,
) -> Progress:
    """Train a network, or go on with it. On a processor, the same arguments give the same weights.

    Args:
        recipe: What to compute.
        folder: Of the run; is made if it does not exist.
        config: Material and conditions; its overrides are the business of whoever reads the recipe.
        weights: To begin with; the network has their form then, whatever the recipe's is.
        should_stop: Asked after every step; when true, the run is saved and ends.
        report: Hears of progress at every line of the log.

    Raises:
        UsageError: The recipe needs what is not given, or the folder has another run.
        InputError: There is nothing usable to learn from.
        MaskError: Shapes or masks cannot be read.
        WeightsError: Weights, checkpoint or feature network cannot be used.
        OutputError: The folder cannot be written to.
        RfrVideoError: The loss is no finite number any more; the last good checkpoint is kept.
    """
    network = None
    if weights is not None:
        network = load_network(weights).requires_grad_()
        recipe = replace(recipe, network=network.config)
    recipe = _timed(recipe, config.minutes)
    start = _begin(folder, recipe, resume=config.resume)
    device = choose_device(config.device)
    cv2.setNumThreads(1)  # batches are prepared beside the network, not against it
    if config.threads:
        torch.set_num_threads(config.threads)
    material = read_material(config, recipe=recipe)
    if material.features is not None:
        material.features.to(device)
    torch.manual_seed(recipe.seed)
    network = (network or build_network(recipe.network)).to(device)
    run = Run(recipe, folder, network=network, material=material, start=start)
    schedule = recipe.schedule
    limits = Limits(
        last_step=min(config.steps or schedule.steps, schedule.steps),
        minutes=schedule.minutes if schedule.decay == "time" else config.minutes,
        should_stop=should_stop,
    )
    return run.go(limits, workers=config.workers, report=report)


def _timed(recipe: Recipe, minutes: float | None) -> Recipe:
    """Put the minutes into a recipe whose learning rate follows the clock."""
    if recipe.schedule.decay != "time":
        return recipe
    if minutes is not None:
        recipe = replace(recipe, schedule=replace(recipe.schedule, minutes=minutes))
    if not recipe.schedule.minutes:
        raise UsageError("the recipe's learning rate falls with time, and no time is given; give --minutes")
    return recipe


def _begin(folder: Path, recipe: Recipe, *, resume: bool) -> Checkpoint | None:
    """Make the folder, or read what is to go on in it."""
    path = folder / CHECKPOINT
    if resume:
        start = load_checkpoint(path)
        if difference := recipe.first_difference(recipe_from_json(start.recipe_json)):
            raise UsageError(f"{path} is of another recipe: {difference}; give its own, or another folder")
        return start
    if path.exists():
        raise UsageError(f"{path} exists; go on with --resume, or give another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"folder {folder} cannot be made ({error.strerror}); give another one") from error
    return None
