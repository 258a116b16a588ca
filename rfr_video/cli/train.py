"""``rfr-video train`` and ``rfr-video finetune``."""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import click

from rfr_video.cli import console
from rfr_video.cli.interrupt import remembered
from rfr_video.cli.options import GroupedCommand, build_config, config_options
from rfr_video.config import TrainConfig

if TYPE_CHECKING:
    from rfr_video.rfrnet.manifest import LocatedWeights
    from rfr_video.training.run import Progress

FINE_TUNING = ("schedule.learning_rate=5e-5", "schedule.freeze_norms=true")
_PATH = click.Path(path_type=Path)
_EPILOG = (
    "Exit codes: 0 done, 1 a bug or a loss that is no number, 2 usage, 3 images, 4 masks, 5 output, 8 "
    "weights or checkpoint; 129, 130 or 143 interrupted: the run is saved, and --resume goes on with it."
)
_FOLDER = click.option(
    "-o", "--output", "folder", type=_PATH, required=True, metavar="DIR", help="Folder of the run."
)
_QUIET = click.option("-q", "--quiet", is_flag=True, help="Show errors only.")


@click.command("train", cls=GroupedCommand, short_help="Train a network.", epilog=_EPILOG)
@click.argument("recipe", type=_PATH)
@_FOLDER
@_QUIET
def train_command(recipe: Path, folder: Path, quiet: bool, **values: Any) -> int:  # noqa: FBT001
    """Train a network as RECIPE says, a TOML file such as recipes/compact.toml."""
    config = build_config(TrainConfig, values)
    return _run(recipe, folder, config=config, weights=None, quiet=quiet)


@click.command("finetune", cls=GroupedCommand, short_help="Train existing weights further.", epilog=_EPILOG)
@click.argument("recipe", type=_PATH)
@_FOLDER
@click.option("--weights", required=True, metavar="NAME", help="Weights to begin with: a name or a path.")
@_QUIET
def finetune_command(recipe: Path, folder: Path, weights: str, quiet: bool, **values: Any) -> int:  # noqa: FBT001
    """Train existing weights further as RECIPE says, gently.

    The network's form is that of the weights, the learning rate 5e-5, and the statistics of batch
    normalisation stay as they are, unless --set says otherwise.
    """
    config = build_config(TrainConfig, values)
    from rfr_video.rfrnet.manifest import find_weights

    return _run(recipe, folder, config=config, weights=find_weights(weights), quiet=quiet)


train_command.params.extend(config_options(TrainConfig))
finetune_command.params.extend(config_options(TrainConfig))


def _run(
    recipe_file: Path, folder: Path, *, config: TrainConfig, weights: "LocatedWeights | None", quiet: bool
) -> int:
    from tqdm.contrib.logging import logging_redirect_tqdm

    from rfr_video.training.recipe_file import read_recipe
    from rfr_video.training.train import train

    logging.basicConfig(level=logging.ERROR if quiet else logging.INFO, format="%(message)s")
    gentle = FINE_TUNING if weights else ()
    recipe = read_recipe(recipe_file, overrides=(*gentle, *config.overrides))
    with remembered() as signals, _Bar(quiet=quiet) as bar, logging_redirect_tqdm():
        done = train(
            recipe,
            folder,
            config=config,
            weights=weights,
            should_stop=lambda: bool(signals),
            report=bar.show,
        )
    if signals:
        console.complain(f"interrupted at step {done.step}; saved in {folder}, go on with --resume")
        return 128 + signals[0]
    if not quiet:
        psnr = "" if done.psnr_db is None else f", hole PSNR {done.psnr_db:.3f} dB"
        console.say(f"{folder}: {done.step} steps in {done.elapsed_minutes:.1f} minutes{psnr}")
    return 0


class _Bar:
    """Shows how far a training is, on standard error: a live bar on a terminal, elsewhere lines."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def show(self, progress: "Progress") -> None:
        """Take note of progress."""
        if self._quiet:
            return
        text = (
            f"{progress.elapsed_minutes:.1f} min, loss {progress.loss:.4f}, "
            f"{progress.samples_per_second:.1f} samples/s, waiting {progress.waiting_share:.0%}"
        )
        if not sys.stderr.isatty():
            print(f"step {progress.step} of {progress.last_step}, {text}", file=sys.stderr, flush=True)
            return
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(total=progress.last_step, initial=progress.step, unit=" steps", desc="train")
        self._bar.set_postfix_str(text, refresh=False)
        self._bar.update(progress.step - self._bar.n)
