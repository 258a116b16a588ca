"""The loop: step after step, with log, validations and checkpoints.

The folder of a run holds ``checkpoint.pt`` (to go on), ``weights.safetensors`` (the moving average in
float16, as of the checkpoint), ``log.csv``, ``validation.csv``, ``validation.png`` and ``loss_curve.png``.
"""

import copy
import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import torch
from torch import Tensor

from rfr_video.errors import RfrVideoError, UsageError, WeightsError
from rfr_video.masking.random_holes import RandomHoles
from rfr_video.rfrnet.network import Inpainter
from rfr_video.rfrnet.weights import save_network
from rfr_video.training.checkpoint import Checkpoint, save_checkpoint
from rfr_video.training.curve import write_curve
from rfr_video.training.data import Batch, Samples, batches_ahead
from rfr_video.training.learner import Learner, learning_rate
from rfr_video.training.log import STEP_COLUMNS, VALIDATION_COLUMNS, Log, read_log
from rfr_video.training.material import Material
from rfr_video.training.recipe import Recipe
from rfr_video.training.validation import Validation, ValidationSet

CHECKPOINT = "checkpoint.pt"
WEIGHTS = "weights.safetensors"
LOG = "log.csv"
TABLE = "validation.csv"
SHEET = "validation.png"
CURVE = "loss_curve.png"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a run is.

    Attributes:
        step: Steps done.
        last_step: Steps wanted.
        elapsed_minutes: All parts of the run together.
        loss: The mean of the last line of the log; NaN before the first.
        psnr_db: Hole PSNR of the last validation of this part of the run, or None.
        samples_per_second: Of this part of the run, without validations and checkpoints.
        waiting_share: Which share of that time went into waiting for batches.
    """

    step: int
    last_step: int
    elapsed_minutes: float
    loss: float
    psnr_db: float | None
    samples_per_second: float
    waiting_share: float


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When a run ends.

    Attributes:
        last_step: Behind this step, those before a resumption included.
        minutes: After so long, likewise; None does not limit it.
        should_stop: Asked after every step; when true, the run is saved and ends at once.
    """

    last_step: int
    minutes: float | None
    should_stop: Callable[[], bool]


class Run:
    """A training in a folder.

    Args:
        recipe: What to compute.
        folder: Exists and can be written to.
        network: To train, on its device.
        material: What to learn from.
        start: Where to go on, if anywhere.

    Raises:
        UsageError: The checkpoint is of other material, or the recipe's holes have none.
        WeightsError: The checkpoint is not of such a network.
    """

    def __init__(
        self,
        recipe: Recipe,
        folder: Path,
        *,
        network: Inpainter,
        material: Material,
        start: Checkpoint | None = None,
    ) -> None:
        self._recipe = recipe
        self._folder = folder
        self._digest = material.digest
        holes = RandomHoles(recipe.holes, shapes=material.shapes, masks=material.masks)
        self._samples = Samples(material.training, holes, recipe=recipe.data, seed=recipe.seed)
        self._validation = ValidationSet(
            material.validation,
            RandomHoles(recipe.data.validation_holes, shapes=material.shapes, masks=material.masks),
            crop_px=recipe.data.validation_crop_px,
        )
        self._learner = Learner(network, recipe=recipe, features=material.features)
        self._step = 0
        self._earlier_minutes = 0.0
        if start is not None:
            self._restore(start)
        self._first_step = self._step
        self._log = Log(folder / LOG, STEP_COLUMNS, after_step=self._step)
        self._table = Log(folder / TABLE, VALIDATION_COLUMNS, after_step=self._step)
        self._telea = self._validation.measure_classical(cv2.INPAINT_TELEA)
        self._navier_stokes = self._validation.measure_classical(cv2.INPAINT_NS)
        self._psnr_db: float | None = None
        self._validated_step = -1
        self._pending: list[dict[str, Tensor]] = []  # terms of the steps since the last line of the log
        self._loss = math.nan
        self._waiting_seconds = 0.0
        self._learning_seconds = 0.0
        self._started_at = self._saved_at = time.monotonic()

    def go(self, limits: Limits, *, workers: int, report: Callable[[Progress], None]) -> Progress:
        """Run to the end.

        Args:
            limits: Where that is.
            workers: Processes that prepare batches; 0 stands for a thread.
            report: Hears of progress at every line of the log.

        Raises:
            OutputError: The folder cannot be written to.
            RfrVideoError: The loss is no finite number any more; the last good checkpoint is kept.
        """
        log = self._recipe.log
        self._started_at = self._saved_at = time.monotonic()
        with batches_ahead(
            self._samples, start=self._step, stop=limits.last_step, workers=workers
        ) as batches:
            while not self._is_over(limits):
                self._advance(batches)
                if self._step % log.validate_every_steps == 0:
                    self._validate()
                elif self._step % log.every_steps == 0:
                    self._write_line({})
                elif time.monotonic() - self._saved_at > 60 * log.save_every_minutes:
                    self._save()
                if not self._pending:
                    report(self._progress(limits))
                if limits.should_stop():
                    self._save()
                    return self._progress(limits)
        if self._validated_step != self._step:
            self._validate()
        report(self._progress(limits))
        return self._progress(limits)

    def _is_over(self, limits: Limits) -> bool:
        late = limits.minutes is not None and self._minutes >= limits.minutes
        return late or self._step >= limits.last_step

    def _advance(self, batches: Iterator[Batch]) -> None:
        before = time.monotonic()
        batch = next(batches)
        ready = time.monotonic()
        self._pending.append(self._learner.step(batch, step=self._step, elapsed_minutes=self._minutes))
        self._step += 1
        self._waiting_seconds += ready - before
        self._learning_seconds += time.monotonic() - ready

    @property
    def _minutes(self) -> float:
        return self._earlier_minutes + (time.monotonic() - self._started_at) / 60

    def _write_line(self, more: dict[str, float]) -> None:
        """Write a line of the log: the means since the last one."""
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
        before = time.monotonic()
        names = list(self._pending[0])
        values = torch.stack([torch.stack([terms[name] for name in names]) for terms in self._pending]).cpu()
        self._learning_seconds += time.monotonic() - before  # a device only finishes its steps here
        broken = torch.nonzero(~values[:, names.index("loss")].isfinite())
        if len(broken):
            raise self._diverged("the loss", step=self._step - len(self._pending) + 1 + int(broken[0, 0]))
        self._pending = []
        return {name: float(values[:, index].mean()) for index, name in enumerate(names)}

    def _diverged(self, what: str, *, step: int) -> RfrVideoError:
        kept = self._folder / CHECKPOINT
        kept_text = f"{kept} is from before" if kept.exists() else "nothing was saved yet"
        return RfrVideoError(
            f"{what} is no finite number at step {step}; {kept_text}: train with a lower "
            f"schedule.learning_rate, or with schedule.precision float32"
        )

    def _validate(self) -> None:
        """Measure the average, and write down everything."""
        result = self._validation.measure(self._learner.fill)
        self._psnr_db, self._validated_step = result.psnr_db, self._step
        self._write_line(
            {
                "psnr_db": result.psnr_db,
                "telea_psnr_db": self._telea.psnr_db,
                "navier_stokes_psnr_db": self._navier_stokes.psnr_db,
            }
        )
        rows = {"network": result, "Telea": self._telea, "Navier-Stokes": self._navier_stokes}
        for method, row in rows.items():
            self._table.add({"step": str(self._step), "method": method, "psnr_db": row.psnr_db} | row.by_kind)
        self._validation.write_sheet(result, self._folder / SHEET, rows=self._recipe.log.pictures)
        write_curve(read_log(self._folder / LOG), self._folder / CURVE)
        self._save()
        heading = f"step {self._step}, {self._minutes:.1f} min: hole PSNR"
        logger.info("%s\n%s", heading, "\n".join(_line(*item) for item in rows.items()))

    def _save(self) -> None:
        """Save the state after this step, having checked the losses that led to it."""
        if self._pending:
            self._write_line({})
        learner = self._learner
        if not all(bool(weight.isfinite().all()) for weight in learner.network.parameters()):
            raise self._diverged("a weight", step=self._step)
        random_state = [torch.get_rng_state()]
        if learner.device.type == "cuda":
            random_state.append(torch.cuda.get_rng_state(learner.device))
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
        save_network(copy.deepcopy(learner.average).half(), self._folder / WEIGHTS)
        self._saved_at = time.monotonic()

    def _restore(self, start: Checkpoint) -> None:
        path = self._folder / CHECKPOINT
        if start.digest != self._digest:
            raise UsageError(f"{path} was trained on other pictures, shapes or masks; give the same ones")
        learner = self._learner
        try:
            learner.network.load_state_dict(start.network)
            learner.average.load_state_dict(start.average)
            learner.optimiser.load_state_dict(start.optimiser)
            torch.set_rng_state(start.random_state[0])
        except (RuntimeError, ValueError, LookupError, TypeError) as error:
            reason = str(error).partition("\n")[0]
            raise WeightsError(f"{path} does not fit the recipe's network ({reason})") from error
        if learner.device.type == "cuda" and len(start.random_state) > 1:
            torch.cuda.set_rng_state(start.random_state[1], learner.device)
        self._step = start.step
        self._earlier_minutes = start.elapsed_minutes

    def _progress(self, limits: Limits) -> Progress:
        seconds = max(self._learning_seconds + self._waiting_seconds, 1e-9)
        return Progress(
            step=self._step,
            last_step=limits.last_step,
            elapsed_minutes=self._minutes,
            loss=self._loss,
            psnr_db=self._psnr_db,
            samples_per_second=(self._step - self._first_step) * self._recipe.data.batch / seconds,
            waiting_share=self._waiting_seconds / seconds,
        )


def _line(method: str, result: Validation) -> str:
    kinds = "".join(f"  {kind} {value:6.3f}" for kind, value in result.by_kind.items())
    return f"  {method:<14}{result.psnr_db:7.3f} dB{kinds}"
