"""What a training computes, as a file: TOML tables that become frozen dataclasses, which check themselves.

Where the images lie, on which device and for how long it may run are no part of a recipe, except where the
learning rate follows the clock.
"""

import json
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from rfr_video.errors import UsageError
from rfr_video.masking.random_holes import HoleMix
from rfr_video.rfrnet.network import RFRConfig

Part = TypeVar("Part")

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
        validation_every: Of the images, in order, the first and every so many after it are held out; 0 holds
            out none and validates on images that are trained on.
        validation_crop_px: Side of the centre crops that validation fills.
        validation_holes: Their holes.
    """

    crop_px: int = 128
    batch: int = 8
    zoom_share: float = 0.7
    flip_share: float = 0.5
    validation_every: int = 55
    validation_crop_px: int = 128
    validation_holes: HoleMix = field(
        default_factory=lambda: HoleMix(
            weights={"strokes": 1, "box": 1, "text": 1, "shape": 1}, share=(0.03, 0.4)
        )
    )

    def __post_init__(self) -> None:
        _check_whole("data", self, crop_px=16, batch=1, validation_every=0, validation_crop_px=16)
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
        for name, value in (("ema_decay", self.ema_decay), ("betas", self.betas[0]), ("betas", self.betas[1])):
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


def read_recipe(path: Path, *, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe.

    Args:
        path: A TOML file.
        overrides: Texts such as ``schedule.steps=500``; the value is TOML, or a plain word.

    Raises:
        UsageError: The file is no recipe, or a key or value is wrong.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"recipe {path} cannot be read ({error.strerror}); give a TOML file") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"recipe {path} is not TOML ({error}); correct the file") from error
    for text in overrides:
        _override(values, text)
    return _build(Recipe, values, place="")


def first_difference(old_json: str, recipe: Recipe) -> str | None:
    """Name the first key in which two recipes would compute something else, and both values; or None.

    Args:
        old_json: From :meth:`Recipe.to_json`.
        recipe: The other one.
    """
    old, new = _flat(json.loads(old_json)), _flat(json.loads(recipe.to_json()))
    for key in sorted(old.keys() | new.keys()):
        if key.startswith("log.") or key == "schedule.minutes":
            continue
        if old.get(key) != new.get(key):
            return f"{key} was {old.get(key)}, is {new.get(key)}"
    return None


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")  # pyright: ignore[reportUnknownArgumentType]
        else:
            flat[prefix + key] = value
    return flat


def _override(values: dict[str, Any], text: str) -> None:
    key, equals, value = text.partition("=")
    *tables, name = key.strip().split(".")
    if not equals or not name:
        raise UsageError(f"{text!r} sets nothing; write key=value, such as schedule.steps=500")
    for table in tables:
        values = values.setdefault(table, {})
        if not isinstance(values, dict):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise UsageError(f"{text!r}: {table} is a value, no table; write key=value of a recipe")
    try:
        values[name] = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        values[name] = value.strip()


def _build(kind: type[Part], values: Mapping[str, Any], *, place: str) -> Part:
    hints = get_type_hints(kind)
    known = {part.name for part in fields(kind)}  # pyright: ignore[reportArgumentType]
    arguments: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            raise UsageError(f"recipe: no key {place}{name}; there are {', '.join(sorted(known))}")
        arguments[name] = _value(hints[name], value, place=place + name)
    return kind(**arguments)


def _value(hint: Any, value: Any, *, place: str) -> Any:
    if is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, dict):
            raise UsageError(f"recipe: {place} is {value!r}; write a table [{place}]")
        return _build(hint, value, place=f"{place}.")  # pyright: ignore[reportUnknownArgumentType]
    origin = get_origin(hint)
    if origin is tuple:
        parts = get_args(hint)
        if not isinstance(value, list) or len(value) != len(parts):  # pyright: ignore[reportUnknownArgumentType]
            raise UsageError(f"recipe: {place} is {value!r}; give {len(parts)} numbers in brackets")
        pairs = zip(parts, value, strict=True)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        return tuple(_value(part, one, place=place) for part, one in pairs)
    if origin is not None and origin is not Literal:
        if not isinstance(value, dict):
            raise UsageError(f"recipe: {place} is {value!r}; write a table [{place}]")
        of = get_args(hint)[1]
        items: list[tuple[str, Any]] = list(value.items())  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        return {key: _value(of, one, place=f"{place}.{key}") for key, one in items}
    wanted = str if origin is Literal else hint
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not wanted:
        raise UsageError(f"recipe: {place} is {value!r}; give {wanted.__name__}")
    return value


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
