"""``rfr-video train``."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rfr_video.cli import console
from rfr_video.cli.interrupt import remembered
from rfr_video.errors import UsageError

if TYPE_CHECKING:
    from rfr_video.training.train import Progress

_PATH = click.Path(path_type=Path)


@click.command("train", short_help="Train a network from a recipe.")
@click.argument("recipe_file", type=_PATH, metavar="RECIPE")
@click.option("-o", "--output", "folder", type=_PATH, required=True, help="Folder of the run.")
@click.option("--images", type=_PATH, multiple=True, required=True, help="Folder of images. Repeatable.")
@click.option("--hole-shapes", type=_PATH, help="Folder of logos: their opaque parts become holes.")
@click.option("--hole-masks", type=_PATH, help="Folder of masks (white = hole).")
@click.option("--features", type=_PATH, help="SqueezeNet's .npz, for perceptual and style losses.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change the recipe. Repeatable.")
@click.option("--steps", type=click.IntRange(min=1), help="Stop after so many steps.")
@click.option("--minutes", type=float, help="Stop after so many minutes.")
@click.option("--resume", is_flag=True, help="Go on with the run in the folder.")
@click.option("--device", default="auto", show_default=True, help="cpu, cuda, cuda:N or mps.")
@click.option("--threads", type=click.IntRange(min=1), help="Threads of the processor.")
@click.option("-q", "--quiet", is_flag=True, help="Show errors only.")
def train_command(
    recipe_file: Path,
    folder: Path,
    images: tuple[Path, ...],
    hole_shapes: Path | None,
    hole_masks: Path | None,
    features: Path | None,
    overrides: tuple[str, ...],
    steps: int | None,
    minutes: float | None,
    resume: bool,  # noqa: FBT001 - click passes flags by name
    device: str,
    threads: int | None,
    quiet: bool,  # noqa: FBT001
) -> int:
    """Train a network as RECIPE says, a TOML file such as recipes/compact.toml.

    Ctrl-C saves the run; --resume goes on with it as if it had never stopped.
    """
    if steps and minutes:
        raise UsageError("--steps and --minutes exclude each other; give one of them")
    logging.basicConfig(level=logging.WARNING if quiet else logging.INFO, format="%(message)s")
    import torch

    from rfr_video.training.recipe import read_recipe
    from rfr_video.training.train import TrainingSources, train

    if threads:
        torch.set_num_threads(threads)
    recipe = read_recipe(recipe_file, overrides=overrides)
    sources = TrainingSources(
        images=images, hole_shapes=hole_shapes, hole_masks=hole_masks, features=features
    )
    with remembered() as signals, _Bar(quiet=quiet) as bar:
        done = train(
            recipe,
            folder,
            sources=sources,
            device=device,
            steps=steps,
            minutes=minutes,
            resume=resume,
            should_stop=lambda: bool(signals),
            report=bar.show,
        )
    if signals:
        console.complain(f"interrupted at step {done.step}; saved in {folder}, go on with --resume")
        return 128 + signals[0]
    if not quiet:
        console.say(f"{folder}: {done.step} steps in {done.elapsed_minutes:.1f} minutes")
    return 0


class _Bar:
    """Shows how far a training is, on standard error."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._bar: Any = None

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def show(self, progress: "Progress") -> None:
        """Take note of progress."""
        if self._quiet:
            return
        from tqdm import tqdm

        if self._bar is None:
            self._bar = tqdm(total=progress.steps, initial=progress.step, unit=" steps", desc="train")
        text = f"{progress.elapsed_minutes:.1f} min, loss {progress.loss:.4f}, waiting {progress.waiting_share:.0%}"
        if progress.psnr_db is not None:
            text += f", {progress.psnr_db:.2f} dB"
        self._bar.set_postfix_str(text, refresh=False)
        self._bar.update(progress.step - self._bar.n)
