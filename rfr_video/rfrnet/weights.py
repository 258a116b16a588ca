"""Loading weights, strictly and safely, and converting published checkpoints.

A file either becomes exactly the network that it was saved from, or an error that names what is wrong:
there is no partly loaded and no random network. Files cannot run code. Finding them: manifest.py.
"""

import hashlib
import json
import pickle
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import numpy as np
import safetensors.torch
import torch
from torch import Tensor

from rfr_video.errors import OutputError, UsageError, WeightsError
from rfr_video.rfrnet.forms import build_network
from rfr_video.rfrnet.manifest import LocatedWeights
from rfr_video.rfrnet.network import Inpainter, RFRConfig

PUBLISHED_KEY = "generator"
_NAMED_AT_MOST = 3
_CONFIG_KEY = "rfr_config"
_WANTED = "give a .safetensors file or an RFR-Net checkpoint (.pth)"


def load_network(weights: LocatedWeights) -> Inpainter:
    """Load a network, in eval mode, float32, on the CPU, its parameters fixed.

    The form is the manifest's where there is one, else what the file says of itself, else what its shapes
    say.

    Raises:
        WeightsError: The file is missing, damaged, no checkpoint, has another hash than its manifest says,
            or its parameters are not exactly those of the network.
    """
    path = weights.path
    if weights.entry:
        check_hash(weights)
    state, config = read_state(path)
    if weights.entry:
        config = weights.entry.config
    with torch.device("meta"):
        network = build_network(config)
    wanted = dict(network.state_dict())
    check_state(state, wanted, path=path)
    # Assigned, not copied into empty ones: to make those of nothing, torch would load a computer algebra.
    network.load_state_dict({name: state[name].to(each.dtype) for name, each in wanted.items()}, assign=True)
    return network.eval().requires_grad_(requires_grad=False)


def read_state(path: Path) -> tuple[dict[str, Tensor], RFRConfig]:
    """Read the parameters of a file by name, and the form that they are for."""
    stated: dict[str, Any] = {}
    if _is_safetensors(path):
        state, stated = _read_safetensors(path)
    else:
        state = _read_checkpoint(path)
    try:
        return state, RFRConfig(**{**_seen_form(state), **stated})
    except (KeyError, IndexError, TypeError, UsageError) as error:
        raise WeightsError(
            f"{path}: not weights of RFR-Net ({len(state)} parameters, the first is "
            f"{next(iter(state), 'none')!r}, wrong or missing: {error}); {_WANTED}"
        ) from error


def _seen_form(state: Mapping[str, Tensor]) -> dict[str, Any]:
    """Tell the form from the parameters; what they do not show keeps its default."""
    if "reasoning.deepest.0.first.weight" in state:
        return {"width": int(state["first.weight"].shape[0]), "form": "residual"}
    return {
        "width": int(state["Pconv1.weight"].shape[0]),
        "kernel": int(state["Pconv2.weight"].shape[-1]),
    }


def check_state(state: Mapping[str, Tensor], wanted: Mapping[str, Tensor], *, path: Path) -> None:
    """Raise :class:`WeightsError` unless names, shapes and values are those of the network."""
    if missing := _some(wanted.keys() - state.keys()):
        raise WeightsError(f"{path}: lacks {missing}; {_WANTED} of the right form")
    if unexpected := _some(state.keys() - wanted.keys()):
        raise WeightsError(f"{path}: has unexpected {unexpected}; {_WANTED} of the right form")
    for name, value in state.items():
        if value.shape != wanted[name].shape:
            raise WeightsError(
                f"{path}: {name} has shape {tuple(value.shape)}, not {tuple(wanted[name].shape)}; "
                f"give weights of that form, or correct the manifest's config"
            )
        if not _is_finite(value):
            raise WeightsError(f"{path}: {name} holds numbers that are not finite; train or fetch it again")


def _is_finite(value: Tensor) -> bool:
    """Whether all numbers are finite; by NumPy, which wakes no threads for so little."""
    known_to_numpy = value.float() if value.dtype is torch.bfloat16 else value
    return bool(np.isfinite(known_to_numpy.detach().numpy()).all())


def check_hash(weights: LocatedWeights) -> str:
    """Return the file's SHA-256; raises :class:`WeightsError` where it is not the one of its manifest."""
    path, entry = weights.path, weights.entry
    try:
        with path.open("rb") as file:
            seen = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read ({error.strerror}); {_WANTED}") from error
    if entry and seen != entry.sha256:
        raise WeightsError(
            f"{path}: SHA-256 is {seen}, the manifest says {entry.sha256}; fetch the file again, or correct "
            f"the manifest if the change was yours"
        )
    return seen


def convert_checkpoint(source: Path, target: Path) -> RFRConfig:
    """Write any loadable weights as safetensors, complete or not at all; returns their form.

    Raises:
        WeightsError: The source is not exactly a network's weights.
        OutputError: The target cannot be written.
    """
    network = load_network(LocatedWeights(source))
    save_network(network, target)
    return network.config


def save_network(network: Inpainter, target: Path) -> None:
    """Write a network as safetensors, its form in the file's metadata."""
    partial = target.with_name(f".{target.name}.partial")
    state = {name: value.contiguous() for name, value in network.state_dict().items()}
    try:
        safetensors.torch.save_file(
            state, partial, metadata={_CONFIG_KEY: json.dumps(asdict(network.config))}
        )
        partial.replace(target)
    except (OSError, safetensors.SafetensorError) as error:
        raise OutputError(f"{target}: cannot be written ({error}); choose another place") from error
    finally:
        partial.unlink(missing_ok=True)


def _is_safetensors(path: Path) -> bool:
    """Tell the two formats apart by their first bytes; raises :class:`WeightsError` on any other."""
    try:
        with path.open("rb") as file:
            head = file.read(9)
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read ({error.strerror}); {_WANTED}") from error
    if head.startswith((b"PK\x03\x04", b"\x80\x02")):
        return False
    if head[8:] == b"{":
        return True
    what = "is empty" if not head else f"is no checkpoint (it begins with {head[:4].hex(' ')})"
    raise WeightsError(f"{path}: {what}; {_WANTED}")


def _read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        opened: Any = safetensors.safe_open(path, framework="pt")
        with opened as file:
            metadata: dict[str, str] = file.metadata() or {}
            state: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return state, json.loads(metadata.get(_CONFIG_KEY, "{}"))
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        raise WeightsError(f"{path}: damaged or truncated ({_line(error)}); fetch it again") from error


def _read_checkpoint(path: Path) -> dict[str, Tensor]:
    try:
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"{path}: damaged, or holds more than tensors and numbers, which is not loaded as it could run "
            f"code; fetch it again, or save its state dict alone"
        ) from error
    except (RuntimeError, EOFError, OSError, ValueError, LookupError) as error:
        raise WeightsError(f"{path}: damaged or truncated ({_line(error)}); fetch it again") from error
    if isinstance(content, dict) and PUBLISHED_KEY in content:
        content = cast("dict[str, Any]", content)[PUBLISHED_KEY]
    if not isinstance(content, dict):
        raise WeightsError(f"{path}: holds a {type(content).__name__}, no state dict; {_WANTED}")
    state = cast("dict[Any, Any]", content)
    for name, value in state.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise WeightsError(f"{path}: entry {name!r} is a {type(value).__name__}, no tensor; {_WANTED}")
    return cast("dict[str, Tensor]", state)


def _some(names: set[str]) -> str:
    first = ", ".join(sorted(names)[:_NAMED_AT_MOST])
    rest = len(names) - _NAMED_AT_MOST
    return f"{first} and {rest} more" if rest > 0 else first


def _line(error: Exception) -> str:
    return str(error).partition("\n")[0]
