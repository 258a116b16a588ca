"""Adapting a network to one video: a copy of it learns from known pixels beside the holes for a bounded time.

What is learnt is how this material looks, not what is in the hole, which stays unknown. Learning from the
very material: Ulyanov et al., "Deep Image Prior", CVPR 2018; on videos, Zhang et al., "An Internal Learning
Approach to Video Inpainting", ICCV 2019.
"""

import copy
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from rfr_video.errors import UsageError
from rfr_video.rfrnet.average import average_into, averaged_copy
from rfr_video.rfrnet.device_failures import no_room_means_failure
from rfr_video.rfrnet.known_windows import Exercise, KnownWindows, View
from rfr_video.rfrnet.network import Inpainter
from rfr_video.rfrnet.precision import has_bfloat16_units

JUDGED = 48
CHUNK = 16
_LEAST_ERROR = 1e-10


@dataclass(frozen=True, kw_only=True)
class AdaptationConfig:
    """How to adapt.

    Attributes:
        seconds: Time in all, judging included.
        device: Where, as torch names it.
        seed: Of the exercises; the outcome still depends on how many steps the time allows.
        learning_rate: At its highest; it falls to 0 over the time.
        batch_pixels: About so many pixels per step.
        judge_every_steps: Between looks at the exercises that are held out.
        patience: After so many looks without an improvement it ends.
        least_gain_db: An adapted network that is not better by so much is not kept.
    """

    seconds: float = 60.0
    device: str = "cpu"
    seed: int = 0
    learning_rate: float = 5e-5
    batch_pixels: int = 16 * 96 * 96
    judge_every_steps: int = 10
    patience: int = 8
    least_gain_db: float = 0.05

    def __post_init__(self) -> None:
        if not self.seconds > 0:
            raise UsageError(f"adaptation takes {self.seconds:g} s; give a number above 0, such as 60")


@dataclass(frozen=True, kw_only=True)
class Adaptation:
    """What came of it.

    Attributes:
        steps: Steps of learning.
        seconds: How long it took.
        psnr_before_db: Mean PSNR of the exercises that are held out, by the network as it was; ``None`` where
            so little is known beside the holes that there are none.
        psnr_after_db: By the best copy.
        kept: Whether the copy is used.
        from_cache: Whether all this happened in an earlier run.
    """

    steps: int
    seconds: float
    psnr_before_db: float | None
    psnr_after_db: float | None
    kept: bool
    from_cache: bool = False


def adapt(
    network: Inpainter,
    views: Sequence[View],
    *,
    config: AdaptationConfig | None = None,
    report: Callable[[float], None] = lambda _: None,
) -> tuple[Inpainter, Adaptation]:
    """Adapt a copy of a network to views, and return it if it is better, else the network itself.

    Args:
        network: Float32, on the CPU, in eval mode; it is left as it is.
        views: Parts of the pictures around their holes.
        config: How.
        report: Told the seconds so far, after every step.

    Returns:
        A network like the given one, and the figures.

    Raises:
        DeviceError: The device failed, or has too little memory.
    """
    config = config or AdaptationConfig()
    with no_room_means_failure(
        f"{config.device} has too little memory to learn from this video", advice="leave out --adapt"
    ):
        learning = _Learning(network, KnownWindows(views), config)
        figures = learning.run(report)
        return (learning.best() if figures.kept else network), figures


class _Learning:
    """The loop, and what it keeps between two steps."""

    def __init__(self, network: Inpainter, windows: KnownWindows, config: AdaptationConfig) -> None:
        self._started_at = time.monotonic()
        self._config = config
        self._windows = windows
        self._rng = np.random.default_rng(config.seed)
        self._network = copy.deepcopy(network).to(config.device).requires_grad_()
        self._network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue, reportUnknownMemberType]
        self._average = averaged_copy(self._network)
        self._best = self._state()
        self._optimiser = torch.optim.AdamW(
            self._network.parameters(), lr=config.learning_rate, betas=(0.9, 0.99), weight_decay=0.0
        )
        self._batch = max(2, round(config.batch_pixels / (windows.height * windows.width)))
        judge = np.random.default_rng((config.seed, 1))
        self._judged = self._draw(judge, JUDGED, held_out=True)

    def run(self, report: Callable[[float], None]) -> Adaptation:
        """Learn until the time is over or nothing gets better."""
        config = self._config
        if not self._judged:
            return Adaptation(
                steps=0, seconds=self._elapsed, psnr_before_db=None, psnr_after_db=None, kept=False
            )
        before = best = self._judge()
        steps, looks_since_best = 0, 0
        while (done := self._elapsed / config.seconds) < 1:
            rate = 0.5 * (1 + math.cos(math.pi * done)) * min(1.0, (steps + 1) / 10)
            if not self._step(steps, rate=config.learning_rate * rate):
                break
            steps += 1
            report(self._elapsed)
            if steps % config.judge_every_steps:
                continue
            seen = self._judge()
            looks_since_best += 1
            if seen > best:
                best, looks_since_best, self._best = seen, 0, self._state()
            if looks_since_best >= config.patience or not math.isfinite(seen):
                break
        kept = best >= before + config.least_gain_db
        return Adaptation(
            steps=steps, seconds=self._elapsed, psnr_before_db=before, psnr_after_db=best, kept=kept
        )

    def best(self) -> Inpainter:
        """Return the best copy, on the CPU, in eval mode, its parameters fixed."""
        self._average.load_state_dict(self._best)
        self._average.to("cpu", memory_format=torch.contiguous_format)  # pyright: ignore[reportCallIssue, reportUnknownMemberType]
        return self._average

    @property
    def _elapsed(self) -> float:
        return time.monotonic() - self._started_at

    def _state(self) -> dict[str, Tensor]:
        return {name: value.clone() for name, value in self._average.state_dict().items()}

    def _step(self, step: int, *, rate: float) -> bool:
        exercises = self._draw(self._rng, self._batch, held_out=False)
        if not exercises:
            return False
        self._network.train()
        for module in self._network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        truth_n3hw, known_n1hw, target_n1hw = self._upload(exercises)
        output_n3hw = self._fill(self._network, truth_n3hw, known_n1hw)
        error_n = ((output_n3hw - truth_n3hw).abs() * target_n1hw).sum((1, 2, 3))
        loss = (error_n / (3 * target_n1hw.sum((1, 2, 3)))).mean()
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
        self._optimiser.step()
        average_into(self._average, self._network, step=step, decay=0.98)
        return True

    @torch.no_grad()
    def _judge(self) -> float:
        """Return the mean PSNR in dB of the average over the exercises that are held out."""
        values: list[float] = []
        for first in range(0, len(self._judged), CHUNK):
            truth_n3hw, known_n1hw, target_n1hw = self._upload(self._judged[first : first + CHUNK])
            output_n3hw = self._fill(self._average, truth_n3hw, known_n1hw).clamp(0, 1)
            square_n = ((output_n3hw - truth_n3hw).square() * target_n1hw).sum((1, 2, 3))
            error_n = square_n / (3 * target_n1hw.sum((1, 2, 3)))
            values += (-10 * error_n.clamp(min=_LEAST_ERROR).log10()).tolist()
        return sum(values) / len(values)

    def _draw(self, rng: np.random.Generator, count: int, *, held_out: bool) -> list[Exercise]:
        drawn = (self._windows.draw(rng, held_out=held_out) for _ in range(count))
        return [exercise for exercise in drawn if exercise is not None]

    def _upload(self, exercises: Sequence[Exercise]) -> tuple[Tensor, Tensor, Tensor]:
        device = torch.device(self._config.device)
        truth_nhw3 = torch.from_numpy(np.stack([one.truth_hw3 for one in exercises]))
        known_nhw = torch.from_numpy(np.stack([one.known_hw for one in exercises]))
        target_nhw = torch.from_numpy(np.stack([one.target_hw for one in exercises]))
        return (
            truth_nhw3.permute(0, 3, 1, 2).to(device),
            known_nhw[:, None].float().to(device),
            target_nhw[:, None].float().to(device),
        )

    def _fill(self, network: Inpainter, truth_n3hw: Tensor, known_n1hw: Tensor) -> Tensor:
        device = torch.device(self._config.device)
        with torch.autocast(device.type, torch.bfloat16, enabled=has_bfloat16_units(device)):
            return network(truth_n3hw * known_n1hw, known_n1hw).float()
