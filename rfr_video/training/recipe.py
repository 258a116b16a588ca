"""What a training computes: frozen dataclasses that check themselves. Reading them from TOML: recipe_file.py.

Where the images lie, on which device and for how long it may run are no part of a recipe, except where the
learning rate follows the clock.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, cast, get_args

from rfr_video.errors import UsageError
from rfr_video.masking.random_holes import HoleMix
from rfr_video.rfrnet.network import RFRConfig

Convention = Literal["published", "hole"]
Decay = Literal["none", "steps", "time"]
Precision = Literal["float32", "bf16"]


@dataclass(frozen=True, kw_only=True)
class DataRecipe:
    """How samples come about.

    Attributes:
        crop_px: Side of the square samples.
        batch: Samples per step.
        zoom_share: Part of the samples that show a larger window, shrunk to the crop: its side is drawn
            between the crop's and the image's short side.
        flip_share: Part of the samples that is mirrored left to right.
        video_interval_seconds: Time between two frames that are taken from a shot of a video.
        video_side_px: Frames with a longer short side are shrunk to it.
        validation_every: Of the images and shots, in order, the first and every so many after it are held
            out; 0 holds out none and validates on pictures that are trained on.
        validation_crop_px: Side of the centre crops that validation fills.
        validation_holes: Their holes.
    """

    crop_px: int = 128
    batch: int = 8
    zoom_share: float = 0.7
    flip_share: float = 0.5
    video_interval_seconds: float = 2.0
    video_side_px: int = 480
    validation_every: int = 55
    validation_crop_px: int = 128
    validation_holes: HoleMix = field(
        default_factory=lambda: HoleMix(
            weights={"strokes": 1, "box": 1, "text": 1, "shape": 1}, share=(0.03, 0.4)
        )
    )

    def __post_init__(self) -> None:
        _check_whole("data", self, crop_px=16, batch=1, validation_every=0, validation_crop_px=16)
        _check_whole("data", self, video_side_px=16)
        if not 0 < self.video_interval_seconds < math.inf:
            raise UsageError(
                f"data.video_interval_seconds is {self.video_interval_seconds}; give some above 0"
            )
        _check_shares("data", self, "zoom_share", "flip_share")

    @property
    def least_px(self) -> int:
        """The shortest side that an image must have."""
        return max(self.crop_px, self.validation_crop_px)


@dataclass(frozen=True, kw_only=True)
class LossRecipe:
    """Weights of the terms of the loss; a term of weight 0 is not computed. See losses.py for the terms."""

    convention: Convention = "published"
    valid: float = 1.0
    hole: float = 6.0
    perceptual: float = 0.0
    style: float = 0.0
    total_variation: float = 0.1

    def __post_init__(self) -> None:
        _check_choice("losses", self, "convention", Convention)
        for name, value in self.weights.items():
            if not 0 <= value < math.inf:
                raise UsageError(f"losses.{name} is {value}; give a number from 0 on")
        if not any(self.weights.values()):
            raise UsageError("all weights of losses are 0; give at least hole a weight, such as 6")

    @property
    def weights(self) -> dict[str, float]:
        """The weights by term."""
        names = ("valid", "hole", "perceptual", "style", "total_variation")
        return {name: getattr(self, name) for name in names}

    @property
    def needs_features(self) -> bool:
        """Whether a term looks through a feature network."""
        return self.perceptual > 0 or self.style > 0


@dataclass(frozen=True, kw_only=True)
class ScheduleRecipe:
    """Steps, learning rate, optimiser.

    Attributes:
        steps: Length of the training, and of the decay ``steps``.
        decay: How the learning rate falls to 0: not at all, as a half cosine over the steps, or as one over
            the minutes. The last makes the most of a given time, but no two runs are the same.
        minutes: What the decay ``time`` runs over.
        learning_rate: At its highest.
        warm_up_steps: The rate rises linearly over so many steps.
        betas: Of AdamW (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019).
        weight_decay: Of AdamW; 0 makes it Adam.
        clip_norm: Longest gradient; 0 does not clip.
        ema_decay: Of the exponential moving average of the weights, which is what comes out; it begins lower,
            with (1 + step) / (10 + step).
        freeze_norms: Leave the statistics of batch normalisation as they are.
        precision: Of the network's arithmetic; bf16 is torch's autocast.
        compile: Use torch.compile where the device is CUDA.
    """

    steps: int = 100_000
    decay: Decay = "steps"
    minutes: float = 0.0
    learning_rate: float = 2e-4
    warm_up_steps: int = 50
    betas: tuple[float, float] = (0.9, 0.99)
    weight_decay: float = 0.0
    clip_norm: float = 1.0
    ema_decay: float = 0.999
    freeze_norms: bool = False
    precision: Precision = "bf16"
    compile: bool = True

    def __post_init__(self) -> None:
        _check_whole("schedule", self, steps=1, warm_up_steps=0)
        _check_choice("schedule", self, "decay", Decay)
        _check_choice("schedule", self, "precision", Precision)
        if not 0 < self.learning_rate < math.inf:
            raise UsageError(f"schedule.learning_rate is {self.learning_rate}; give one such as 2e-4")
        for name in ("weight_decay", "clip_norm", "minutes"):
            if not 0 <= getattr(self, name) < math.inf:
                raise UsageError(f"schedule.{name} is {getattr(self, name)}; give a number from 0 on")
        for name, value in (
            ("ema_decay", self.ema_decay),
            ("betas", self.betas[0]),
            ("betas", self.betas[1]),
        ):
            if not 0 <= value < 1:
                raise UsageError(f"schedule.{name} is {value}; give a number from 0 to below 1")


@dataclass(frozen=True, kw_only=True)
class LogRecipe:
    """What is written down how often; it does not change what is computed.

    Attributes:
        every_steps: Between lines of the log.
        validate_every_steps: Between validations, each with a table, a sheet of pictures, the weights and a
            checkpoint.
        save_every_minutes: Between further checkpoints.
        pictures: Rows of the sheet.
    """

    every_steps: int = 50
    validate_every_steps: int = 1000
    save_every_minutes: float = 10.0
    pictures: int = 12

    def __post_init__(self) -> None:
        _check_whole("log", self, every_steps=1, validate_every_steps=1, pictures=1)
        if not self.save_every_minutes > 0:
            raise UsageError(f"log.save_every_minutes is {self.save_every_minutes}; give a number above 0")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All that decides what a training computes, apart from images, masks and device."""

    seed: int = 0
    network: RFRConfig = field(default_factory=RFRConfig)
    data: DataRecipe = field(default_factory=DataRecipe)
    holes: HoleMix = field(default_factory=HoleMix)
    losses: LossRecipe = field(default_factory=LossRecipe)
    schedule: ScheduleRecipe = field(default_factory=ScheduleRecipe)
    log: LogRecipe = field(default_factory=LogRecipe)

    def __post_init__(self) -> None:
        _check_whole("recipe", self, seed=0)

    def to_json(self) -> str:
        """Return the recipe as one line of JSON, for checkpoints."""
        return json.dumps(asdict(self))

    def first_difference(self, other: "Recipe") -> str | None:
        """Name the first key in which another recipe computes something else, and both values; or None."""
        mine, others = _flat(asdict(self)), _flat(asdict(other))
        for key in sorted(mine.keys() | others.keys()):
            if key.startswith("log.") or key == "schedule.minutes":
                continue
            if mine.get(key) != others.get(key):
                return f"{key} is {others.get(key)} there and {mine.get(key)} here"
        return None


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(cast("dict[str, Any]", value), f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def _check_whole(table: str, part: object, **least: int) -> None:
    for name, bound in least.items():
        if getattr(part, name) < bound:
            raise UsageError(f"{table}.{name} is {getattr(part, name)}; give a whole number from {bound} on")


def _check_shares(table: str, part: object, *names: str) -> None:
    for name in names:
        if not 0 <= getattr(part, name) <= 1:
            raise UsageError(f"{table}.{name} is {getattr(part, name)}; give a share from 0 to 1")


def _check_choice(table: str, part: object, name: str, choices: Any) -> None:
    if getattr(part, name) not in get_args(choices):
        wanted = ", ".join(get_args(choices))
        raise UsageError(f"{table}.{name} is {getattr(part, name)!r}; give one of: {wanted}")
