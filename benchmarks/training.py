"""Time training: samples per second, beside the same steps without the drawing of samples.

    python benchmarks/training.py recipes/compact.toml photos --features squeezenet1_0.npz
    python benchmarks/training.py recipes/full.toml photos --features squeezenet1_0.npz --workers 12

Terms of the loss that need a feature network are left out where none is given. Each round takes the same
number of steps three ways:

    drawing   samples drawn and nothing learnt, in this thread: what preparing costs
    alone     steps on one batch that is at hand: what the network and its loss can do
    training  steps on samples that are prepared beside it, as in rfr-video train
    ratio     samples per second, training ÷ alone
    waiting   share of the training's time in which it waited for samples

On CUDA a step is only queued when the host goes on, so there the ratio says more than the waiting.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import torch

from rfr_video.config import TrainConfig
from rfr_video.masking.random_holes import RandomHoles
from rfr_video.rfrnet.forms import build_network
from rfr_video.training.data import Batch, Samples, batches_ahead
from rfr_video.training.learner import Learner
from rfr_video.training.material import read_material
from rfr_video.training.recipe_file import read_recipe

FEATURELESS = ("losses.perceptual=0", "losses.style=0")
WARM_UP_STEPS = 5


@dataclass(frozen=True, kw_only=True)
class Round:
    """Seconds of a round's steps, each way, and those of them that were waited."""

    drawing: float
    alone: float
    training: float
    waiting: float


def main() -> None:
    """Print one row per round, and their median."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("images", type=Path, nargs="+", help="folders")
    parser.add_argument("--features", type=Path)
    parser.add_argument("--hole-shapes", type=Path)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, help="of the CPU; all by default")
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--steps", type=int, default=20, help="per way and round")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.threads:
        torch.set_num_threads(options.threads)
    recipe = read_recipe(options.recipe, overrides=() if options.features else FEATURELESS)
    config = TrainConfig(
        images=tuple(options.images), features=options.features, hole_shapes=options.hole_shapes
    )
    material = read_material(config, recipe=recipe)
    device = torch.device(options.device)
    if material.features is not None:
        material.features.to(device)
    learner = Learner(build_network(recipe.network).to(device), recipe=recipe, features=material.features)
    holes = RandomHoles(recipe.holes, shapes=material.shapes, masks=material.masks)
    samples = Samples(material.training, holes, recipe=recipe.data, seed=recipe.seed)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else options.device
    batch = recipe.data.batch
    print(f"torch {torch.__version__}, {name}, {torch.get_num_threads()} threads, {options.workers} workers")
    print(f"{options.recipe.name}: {batch} × {recipe.data.crop_px}² per step; samples per second:")
    print("round    drawing    alone  training  ratio  waiting")
    rounds: list[Round] = []
    for number in range(options.rounds):
        rounds.append(measure(learner, samples, steps=options.steps, workers=options.workers))
        print(row(str(number + 1), rounds[-1], options.steps * batch), flush=True)
    names = Round.__dataclass_fields__
    middle = Round(**{key: statistics.median(getattr(one, key) for one in rounds) for key in names})
    print(row("median", middle, options.steps * batch))


def measure(learner: Learner, samples: Samples, *, steps: int, workers: int) -> Round:
    """Time one round, every way behind some steps that do not count."""
    ready = samples[0]
    alone = timed(lambda _: ready, learner, steps=steps)
    with batches_ahead(samples, start=0, stop=steps + WARM_UP_STEPS, workers=workers) as batches:
        training = timed(lambda _: next(batches), learner, steps=steps)
    start = time.perf_counter()
    for step in range(steps):
        samples[step]
    drawing = time.perf_counter() - start
    return Round(drawing=drawing, alone=alone[0], training=training[0], waiting=training[1])


def timed(batch_of: Callable[[int], Batch], learner: Learner, *, steps: int) -> tuple[float, float]:
    """Return the seconds of so many steps, and how many of them went into getting batches."""
    for step in range(WARM_UP_STEPS):
        learner.step(batch_of(step), step=step, elapsed_minutes=0.0)
    waited = 0.0
    finish(learner.device)
    start = time.perf_counter()
    for step in range(steps):
        before = time.perf_counter()
        batch = batch_of(step)
        waited += time.perf_counter() - before
        learner.step(batch, step=WARM_UP_STEPS + step, elapsed_minutes=0.0)
    finish(learner.device)
    return time.perf_counter() - start, waited


def finish(device: torch.device) -> None:
    """Wait until a device has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def row(name: str, one: Round, count: int) -> str:
    """Write a row of the table."""
    return (
        f"{name:<7}{count / one.drawing:>9.1f}{count / one.alone:>9.1f}{count / one.training:>10.1f}"
        f"{one.alone / one.training:>7.2f}{one.waiting / one.training:>9.1%}"
    )


if __name__ == "__main__":
    main()
