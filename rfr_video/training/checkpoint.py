"""Checkpoints: all that a run needs to go on as if it had never stopped, in one file, whole or not at all."""

import pickle
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from rfr_video.errors import OutputError, WeightsError
from rfr_video.media.target import partial_file, translate

VERSION = 1
_WANTED = "give a folder that an earlier run left"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """The state of a run between two steps.

    Attributes:
        recipe_json: What it computes.
        digest: Of the images and of the shapes and masks of holes.
        step: How many steps are done; with the batch size it says which samples come next.
        elapsed_minutes: How long it has run, all parts together.
        network: Parameters and buffers by name.
        average: Likewise, of the moving average.
        optimiser: Its own state dict.
        random_state: Of torch's generator on the CPU, and after it of that of the device, where it has one.
    """

    recipe_json: str
    digest: int
    step: int
    elapsed_minutes: float
    network: dict[str, Tensor]
    average: dict[str, Tensor]
    optimiser: dict[str, Any]
    random_state: list[Tensor]


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write a checkpoint; an earlier one stays until the new one is complete.

    Raises:
        OutputError: It cannot be written.
    """
    content = {part.name: getattr(checkpoint, part.name) for part in fields(checkpoint)}
    try:
        with partial_file(path, overwrite=True) as partial:
            torch.save({"version": VERSION, **content}, partial)
    except OSError as error:
        raise translate(error, path) from error
    except RuntimeError as error:  # torch's own writer does not pass on what the system said
        reason = str(error).partition("\n")[0]
        raise OutputError(
            f"{path} cannot be written ({reason}): the disk may be full; free some space and use --resume"
        ) from error


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint onto the CPU; it cannot run code.

    Raises:
        WeightsError: There is none, or it is damaged or of another version.
    """
    try:
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise WeightsError(f"{path} is not there; {_WANTED}, or start without --resume") from error
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error.strerror}); {_WANTED}") from error
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, LookupError) as error:
        raise WeightsError(f"{path} is damaged, or no checkpoint of a training; {_WANTED}") from error
    wanted = {part.name for part in fields(Checkpoint)}
    values = cast("dict[str, Any]", content) if isinstance(content, dict) else {}
    if values.pop("version", None) != VERSION or values.keys() != wanted:
        raise WeightsError(f"{path} is no checkpoint of this version of rfr-video; {_WANTED}")
    return Checkpoint(**values)
