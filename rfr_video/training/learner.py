"""One step of learning: a batch in, weights a little better out."""

import math
from collections.abc import Callable
from contextlib import AbstractContextManager

import torch
from torch import Tensor, nn

from rfr_video.perception.network import FeatureNetwork
from rfr_video.rfrnet.average import average_into, averaged_copy
from rfr_video.rfrnet.network import Inpainter
from rfr_video.training.data import Batch
from rfr_video.training.losses import loss_terms
from rfr_video.training.recipe import Recipe, ScheduleRecipe

LARGEST_SHIFT_PX = 15  # one less than the strides of all layers of a feature network together


def learning_rate(schedule: ScheduleRecipe, *, step: int, elapsed_minutes: float) -> float:
    """Return the rate of a step, counted from 0: a warm-up, then the decay of the recipe."""
    done = {
        "none": 0.0,
        "steps": step / schedule.steps,
        "time": elapsed_minutes / schedule.minutes if schedule.minutes else 0.0,
    }[schedule.decay]
    warm = min(1.0, (step + 1) / max(schedule.warm_up_steps, 1))
    return schedule.learning_rate * warm * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))


class Learner:
    """A network, its moving average and its optimiser.

    Args:
        network: On its device, with gradients.
        recipe: What to compute.
        features: For the terms that need them, on the same device.

    Attributes:
        network: The one that learns.
        average: Its moving average.
        optimiser: Of the network's parameters.
        device: Of all of it.
    """

    def __init__(self, network: Inpainter, *, recipe: Recipe, features: FeatureNetwork | None = None) -> None:
        self.network = network
        self.network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue, reportUnknownMemberType]
        self.average = averaged_copy(self.network)
        self._recipe = recipe
        self._features = features
        self.device = next(network.parameters()).device
        schedule = recipe.schedule
        self.optimiser = torch.optim.AdamW(
            network.parameters(),
            lr=schedule.learning_rate,
            betas=schedule.betas,
            weight_decay=schedule.weight_decay,
            fused=True,
        )
        if schedule.compile and self.device.type == "cuda":
            self.network.compile()

    def step(self, batch: Batch, *, step: int, elapsed_minutes: float) -> dict[str, Tensor]:
        """Learn from a batch; returns ``loss`` and its terms, not weighted, each a scalar on the device."""
        self._set_mode()
        rate = learning_rate(self._recipe.schedule, step=step, elapsed_minutes=elapsed_minutes)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        truth_n3hw, known_n1hw = self._upload(batch)
        with self._autocast():
            output_n3hw: Tensor = self.network(truth_n3hw * known_n1hw, known_n1hw).float()
        losses = self._recipe.losses
        down_px, right_px = (int(torch.randint(LARGEST_SHIFT_PX + 1, ())) for _ in range(2))
        terms = loss_terms(
            output_n3hw,
            truth_n3hw,
            known_n1hw,
            recipe=losses,
            look=self._look,
            shift_px=(down_px, right_px),
        )
        loss = torch.stack([losses.weights[name] * term for name, term in terms.items()]).sum()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        if self._recipe.schedule.clip_norm:
            nn.utils.clip_grad_norm_(self.network.parameters(), self._recipe.schedule.clip_norm)
        self.optimiser.step()
        average_into(self.average, self.network, step=step, decay=self._recipe.schedule.ema_decay)
        return {"loss": loss.detach()} | {name: term.detach() for name, term in terms.items()}

    @torch.no_grad()
    def fill(self, image_n3hw: Tensor, known_n1hw: Tensor) -> Tensor:
        """Return the raw output of the average, float32 on the CPU."""
        with self._autocast():
            return self.average(image_n3hw.to(self.device), known_n1hw.to(self.device)).float().cpu()

    def _set_mode(self) -> None:
        self.network.train()
        if self._recipe.schedule.freeze_norms:
            for module in self.network.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()

    def _upload(self, batch: Batch) -> tuple[Tensor, Tensor]:
        truth_nhw3 = batch.truth_nhw3.to(self.device, non_blocking=True)
        hole_nhw = batch.hole_nhw.to(self.device, non_blocking=True)
        truth_n3hw = truth_nhw3.permute(0, 3, 1, 2).float() / 255  # channels-last as it comes
        return truth_n3hw, 1 - hole_nhw[:, None].float()

    def _autocast(self) -> AbstractContextManager[object]:
        enabled = self._recipe.schedule.precision == "bf16"
        return torch.autocast(self.device.type, torch.bfloat16, enabled=enabled)

    @property
    def _look(self) -> Callable[[Tensor], tuple[Tensor, ...]] | None:
        features = self._features
        if features is None:
            return None

        def look(images_n3hw: Tensor) -> tuple[Tensor, ...]:
            with self._autocast():
                return features(images_n3hw)

        return look
