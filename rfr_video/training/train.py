"""A run: steps until the recipe, the clock or the user says stop, with a log, validations and checkpoints.

The folder of a run holds ``checkpoint.pt`` (to go on), ``weights.safetensors`` (the moving average in float16,
as of the last validation), ``log.csv`` and ``validation.png``.
"""

import copy
import logging
import time
import zlib
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import cv2
import torch
from torch import Tensor

from rfr_video.errors import OutputError, RfrVideoError, UsageError, WeightsError
from rfr_video.masking.random_holes import RandomHoles, Shape, read_masks, read_shapes
from rfr_video.perception.network import FeatureNetwork
from rfr_video.perception.squeezenet import load_squeezenet
from rfr_video.rfrnet.network import RFRNet
from rfr_video.rfrnet.precision import choose_device
from rfr_video.rfrnet.weights import save_network
from rfr_video.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from rfr_video.training.data import Batch, Samples, batches_ahead
from rfr_video.training.images import ImageSet, read_images
from rfr_video.training.log import Log
from rfr_video.training.recipe import Recipe, first_difference
from rfr_video.training.step import Learner, learning_rate
from rfr_video.training.validation import Validation, ValidationSet

CHECKPOINT = "checkpoint.pt"
WEIGHTS = "weights.safetensors"
LOG = "log.csv"
SHEET = "validation.png"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class TrainingSources:
    """Where material comes from.

    Attributes:
        images: Folders of images.
        hole_shapes: Folder of pictures with alpha, whose opaque parts are holes.
        hole_masks: Folder of masks.
        features: SqueezeNet's ``.npz``, for the terms of the loss that need features.
    """

    images: tuple[Path, ...]
    hole_shapes: Path | None = None
    hole_masks: Path | None = None
    features: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a run is.

    Attributes:
        step: Steps done.
        steps: Steps wanted.
        elapsed_minutes: All parts of the run together.
        loss: Of the last line of the log.
        psnr_db: Hole PSNR of the last validation of this part of the run, or None.
        waiting_share: Part of the time of this part of the run that went into waiting for batches.
        validated: Whether a validation has just been made.
    """

    step: int
    steps: int
    elapsed_minutes: float
    loss: float
    psnr_db: float | None
    waiting_share: float
    validated: bool


@dataclass(frozen=True, kw_only=True)
class Yardsticks:
    """Hole PSNR in dB of classical inpainting on the validation set."""

    telea_db: float
    navier_stokes_db: float


def train(
    recipe: Recipe,
    folder: Path,
    *,
    sources: TrainingSources,
    device: str = "auto",
    steps: int | None = None,
    minutes: float | None = None,
    resume: bool = False,
    should_stop: Callable[[], bool] = lambda: False,
    report: Callable[[Progress], None] = lambda _: None,
) -> Progress:
    """Train a network, or go on with it.

    Args:
        recipe: What to compute.
        folder: Of the run; is made if it does not exist.
        sources: Images, shapes, features.
        device: As torch names it, or ``auto``.
        steps: Stop after so many steps, those before a resumption included; at the recipe's at the latest.
        minutes: Stop after so many minutes, likewise. Where the recipe's decay is ``time``, it is what the
            learning rate falls over.
        resume: Go on from the checkpoint in the folder.
        should_stop: Asked after every step; when true, the run is saved and ends.
        report: Hears of progress at every line of the log and at every validation.

    Raises:
        UsageError: The recipe needs what is not given, or the folder has a run already.
        InputError: There are no usable images.
        WeightsError: The checkpoint or the feature network cannot be used.
        OutputError: The folder cannot be written to.
        RfrVideoError: The loss is no finite number any more; the last good checkpoint is kept.
    """
    recipe = _timed(recipe, minutes)
    start = _begin_folder(folder, recipe, resume=resume)
    cv2.setNumThreads(1)  # batches are prepared beside the network, not against it
    target = choose_device(device)
    features = _load_features(recipe, sources)
    images = read_images(
        sources.images, least_px=recipe.data.least_px, validation_every=recipe.data.validation_every
    )
    _tell_skipped(images)
    run = _Run(
        recipe, folder, images=images, sources=sources, features=features, device=target, start=start
    )
    last_step = min(steps or recipe.schedule.steps, recipe.schedule.steps)
    limit = recipe.schedule.minutes if recipe.schedule.decay == "time" else minutes
    return run.go(last_step=last_step, minutes=limit, should_stop=should_stop, report=report)


class _Run:
    """The loop of :func:`train`, and what it keeps between two steps."""

    def __init__(
        self,
        recipe: Recipe,
        folder: Path,
        *,
        images: ImageSet,
        sources: TrainingSources,
        features: FeatureNetwork | None,
        device: torch.device,
        start: Checkpoint | None,
    ) -> None:
        self._recipe = recipe
        self._folder = folder
        self._device = device
        shapes = read_shapes(sources.hole_shapes) if sources.hole_shapes else ()
        masks = read_masks(sources.hole_masks) if sources.hole_masks else ()
        self._digest = _digest(images, shapes, masks)
        holes = RandomHoles(recipe.holes, shapes=shapes, masks=masks)
        self._samples = Samples(images.training, holes, recipe=recipe.data, seed=recipe.seed)
        self._validation = ValidationSet(
            images.validation,
            RandomHoles(recipe.data.validation_holes, shapes=shapes, masks=masks),
            crop_px=recipe.data.validation_crop_px,
        )
        torch.manual_seed(recipe.seed)
        network = RFRNet(recipe.network).to(device)
        self._learner = Learner(
            network, recipe=recipe, features=features.to(device) if features is not None else None
        )
        self._step = 0
        self._earlier_minutes = 0.0
        if start is not None:
            self._restore(start)
        self._log = Log(folder / LOG, after_step=self._step)
        self._yardsticks = Yardsticks(
            telea_db=self._validation.measure_classical(cv2.INPAINT_TELEA),
            navier_stokes_db=self._validation.measure_classical(cv2.INPAINT_NS),
        )
        self._psnr_db: float | None = None
        self._pending: list[dict[str, Tensor]] = []  # terms of the steps since the last line of the log
        self._loss = float("nan")
        self._waited_seconds = 0.0
        self._started_at = time.monotonic()
        self._saved_at = self._started_at

    def go(
        self,
        *,
        last_step: int,
        minutes: float | None,
        should_stop: Callable[[], bool],
        report: Callable[[Progress], None],
    ) -> Progress:
        """Run to the end."""
        recipe = self._recipe
        self._started_at = self._saved_at = time.monotonic()
        with batches_ahead(self._samples, start=self._step) as batches:
            while self._step < last_step and not (minutes and self._minutes >= minutes):
                self._advance(batches)
                validated = self._step % recipe.log.validate_every_steps == 0
                if self._step % recipe.log.every_steps == 0 or validated:
                    if validated:
                        self._validate()
                    report(self._progress(last_step, validated=validated))
                elif time.monotonic() - self._saved_at > 60 * recipe.log.save_every_minutes:
                    self._save()
                if should_stop():
                    break
        if self._step % recipe.log.validate_every_steps or self._psnr_db is None:
            self._validate() if not should_stop() else self._save()
        progress = self._progress(last_step, validated=not should_stop())
        report(progress)
        return progress

    def _advance(self, batches: Generator[Batch]) -> None:
        before = time.monotonic()
        batch = next(batches)
        self._waited_seconds += time.monotonic() - before
        self._pending.append(
            self._learner.step(batch, step=self._step, elapsed_minutes=self._minutes)
        )
        self._step += 1
        if self._step % self._recipe.log.every_steps == 0:
            self._write_line({})

    @property
    def _minutes(self) -> float:
        return self._earlier_minutes + (time.monotonic() - self._started_at) / 60

    def _write_line(self, more: dict[str, float]) -> None:
        """Write a line of the log: the means since the last one; checks that the loss is finite."""
        terms = self._take_terms()
        self._loss = terms.get("loss", self._loss)
        rate = learning_rate(
            self._recipe.schedule, step=max(self._step - 1, 0), elapsed_minutes=self._minutes
        )
        line = {"step": float(self._step), "minutes": self._minutes, "learning_rate": rate}
        self._log.add(line | terms | more)

    def _take_terms(self) -> dict[str, float]:
        """Return the means of the pending terms; raises where a loss is no finite number."""
        if not self._pending:
            return {}
        names = list(self._pending[0])
        values = torch.stack([torch.stack([terms[name] for name in names]) for terms in self._pending]).cpu()
        first_step = self._step - len(self._pending) + 1
        for offset, loss in enumerate(values[:, names.index("loss")].tolist()):
            if loss - loss != 0:
                kept = self._folder / CHECKPOINT
                there = f"{kept} is from before" if kept.exists() else "nothing was saved before"
                raise RfrVideoError(
                    f"the loss is {loss} at step {first_step + offset}; {there}: lower schedule.learning_rate, "
                    f"or go on from it in another folder"
                )
        self._pending = []
        return dict(zip(names, values.mean(0).tolist(), strict=True))

    def _validate(self) -> None:
        result: Validation = self._validation.measure(self._learner.fill)
        self._psnr_db = result.psnr_db
        self._write_line(
            {
                "psnr_db": result.psnr_db,
                "telea_psnr_db": self._yardsticks.telea_db,
                "navier_stokes_psnr_db": self._yardsticks.navier_stokes_db,
            }
        )
        self._validation.write_sheet(result, self._folder / SHEET, rows=self._recipe.log.pictures)
        save_network(
            cast("RFRNet", copy.deepcopy(self._learner.average).half()), self._folder / WEIGHTS
        )
        self._save()
        kinds = ", ".join(f"{kind} {value:.2f}" for kind, value in result.psnr_db_by_kind.items())
        logger.info(
            "step %d, %.1f min: hole PSNR %.3f dB (%s); Telea %.3f, Navier-Stokes %.3f",
            self._step,
            self._minutes,
            result.psnr_db,
            kinds,
            self._yardsticks.telea_db,
            self._yardsticks.navier_stokes_db,
        )

    def _save(self) -> None:
        if self._pending:
            self._write_line({})
        learner = self._learner
        random_state = [torch.get_rng_state()]
        if self._device.type == "cuda":
            random_state.append(torch.cuda.get_rng_state(self._device))
        save_checkpoint(
            Checkpoint(
                recipe_json=self._recipe.to_json(),
                digest=self._digest,
                step=self._step,
                elapsed_minutes=self._minutes,
                network=learner.network.state_dict(),
                average=learner.average.state_dict(),
                optimiser=learner.optimiser.state_dict(),
                random_state=random_state,
            ),
            self._folder / CHECKPOINT,
        )
        self._saved_at = time.monotonic()

    def _restore(self, start: Checkpoint) -> None:
        path = self._folder / CHECKPOINT
        if start.digest != self._digest:
            raise UsageError(f"{path} was trained on other images, shapes or masks; give the same ones")
        try:
            self._learner.network.load_state_dict(start.network)
            self._learner.average.load_state_dict(start.average)
            self._learner.optimiser.load_state_dict(start.optimiser)
        except (RuntimeError, ValueError, KeyError) as error:
            reason = str(error).partition("\n")[0]
            raise WeightsError(f"{path} does not fit the recipe's network ({reason})") from error
        torch.set_rng_state(start.random_state[0])
        if self._device.type == "cuda" and len(start.random_state) > 1:
            torch.cuda.set_rng_state(start.random_state[1], self._device)
        self._step = start.step
        self._earlier_minutes = start.elapsed_minutes

    def _progress(self, last_step: int, *, validated: bool) -> Progress:
        seconds = max(time.monotonic() - self._started_at, 1e-9)
        return Progress(
            step=self._step,
            steps=last_step,
            elapsed_minutes=self._minutes,
            loss=self._loss,
            psnr_db=self._psnr_db,
            waiting_share=self._waited_seconds / seconds,
            validated=validated,
        )


def _timed(recipe: Recipe, minutes: float | None) -> Recipe:
    """Put the minutes into a recipe whose decay follows the clock."""
    if minutes is not None and not minutes > 0:
        raise UsageError(f"minutes is {minutes:g}; give a number above 0")
    if recipe.schedule.decay != "time":
        return recipe
    if minutes:
        recipe = replace(recipe, schedule=replace(recipe.schedule, minutes=minutes))
    if not recipe.schedule.minutes:
        raise UsageError("the recipe's learning rate falls with time, and no time is given; give --minutes")
    return recipe


def _begin_folder(folder: Path, recipe: Recipe, *, resume: bool) -> Checkpoint | None:
    """Make the folder, or read what is to be resumed in it."""
    path = folder / CHECKPOINT
    if resume:
        start = load_checkpoint(path)
        if difference := first_difference(start.recipe_json, recipe):
            raise UsageError(f"{path} is of another recipe: {difference}; give its own, or another folder")
        return start
    if path.exists():
        raise UsageError(f"{path} exists; go on with --resume, or give another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"folder {folder} cannot be made ({error.strerror}); give another one") from error
    return None


def _load_features(recipe: Recipe, sources: TrainingSources) -> FeatureNetwork | None:
    if not recipe.losses.needs_features:
        return None
    if sources.features is None:
        raise UsageError(
            "the recipe has a perceptual or style loss, which needs a feature network; give --features, or "
            "set losses.perceptual and losses.style to 0"
        )
    return load_squeezenet(sources.features)


def _tell_skipped(images: ImageSet) -> None:
    logger.info(
        "%d images to train on, %d for validation; skipped: %d unreadable, %d too small",
        len(images.training),
        len(images.validation),
        len(images.unreadable),
        len(images.too_small),
    )


def _digest(images: ImageSet, shapes: Sequence[Shape], masks: Sequence[Shape]) -> int:
    digest = images.digest
    for shape in (*shapes, *masks):
        digest = zlib.crc32(shape.tobytes(), digest)
    return digest
