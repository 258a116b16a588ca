"""What finished work depends on: another run may go on with it only where all of this is the same."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np

from rfr_video.errors import InputError, MaskError
from rfr_video.masking.timeline_file import read_entries
from rfr_video.media.build import ffmpeg_version
from rfr_video.pipeline.code_facts import code_facts
from rfr_video.pipeline.plan import Plan

_OF_NO_MATTER = ("overwrite", "resume", "self_check", "limits", "weights", "flow")
"""What changes nothing in the result, or is told better by the weights themselves."""

Key = dict[str, dict[str, str]]


def work_key(plan: Plan) -> Key:
    """Return what the result of a plan depends on: source, settings, weights and version, each by names.

    Reads the source, and all masks, from the first byte to the last.

    Raises:
        InputError: The source cannot be read.
        MaskError: A mask or timeline cannot be read.
    """
    path = plan.info.path
    try:
        source = {"sha256": _sha256(path), "bytes": str(path.stat().st_size)}
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist any more; check where it has gone") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    return {
        "source": source,
        "settings": _settings(plan),
        "weights": _weights(plan),
        "version": _version(plan),
    }


def differences(ours: Key, theirs: object) -> tuple[str, ...]:
    """Return which parts of another key differ, for settings which; empty where nothing does."""
    others = cast("dict[str, Any]", theirs) if isinstance(theirs, dict) else {}
    return tuple(
        _named(part, values, others.get(part)) for part, values in ours.items() if values != others.get(part)
    )


def _named(part: str, values: dict[str, str], others: object) -> str:
    if part != "settings" or not isinstance(others, dict):
        return part
    theirs = cast("dict[str, Any]", others)
    names = sorted(name for name in {*values, *theirs} if values.get(name) != theirs.get(name))
    return f"{part} ({', '.join(names)})"


def _settings(plan: Plan) -> dict[str, str]:
    """Return what was asked for and how that was understood, and the contents of all files that are read."""
    config = plan.config
    settings = dict(_leaves(asdict(config)))
    files = {name: path for name, path in config.mask.files.items() if path is not None}
    if config.mask.timeline is not None:
        entries = read_entries(config.mask.timeline, rate=plan.info.video.rate)
        files |= {f"timeline {one.name}": one.shape for one in entries if isinstance(one.shape, Path)}
    settings |= {name: _contents(path) for name, path in files.items()}
    settings |= {"container": plan.container, "encoder": str(plan.settings), "video": str(plan.video)}
    settings |= {output.name: f"{output.container} {output.settings}" for output in plan.side_outputs}
    temporal = plan.fill.temporal if plan.fill else None
    return settings | {"look-ahead": str(temporal and temporal.look_ahead_frames)}


def _weights(plan: Plan) -> dict[str, str]:
    network = plan.fill.network if plan.fill else None
    raft = plan.fill.temporal.raft if plan.fill and plan.fill.temporal else None
    named = {"network": network, "raft": raft}
    return {name: f"{one.sha256} on {one.device}" for name, one in named.items() if one is not None}


def _version(plan: Plan) -> dict[str, str]:
    versions = {
        **code_facts(),
        "ffmpeg": ffmpeg_version(),
        "opencv": cv2.__version__,
        "numpy": np.__version__,
    }
    if plan.fill and plan.fill.network:
        import torch

        versions["torch"] = str(torch.__version__)
    return versions


def _leaves(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield all settings under the names of their fields; of a path the kind only, for its contents count."""
    if isinstance(value, dict):
        for key, one in cast("dict[str, object]", value).items():
            if key not in _OF_NO_MATTER:
                yield from _leaves(one, f"{name}.{key}".strip("."))
    elif isinstance(value, tuple | list):
        for number, one in enumerate(cast("Sequence[object]", value), start=1):
            yield from _leaves(one, f"{name} {number}")
    else:
        yield name, value.suffix if isinstance(value, Path) else str(value)


def _contents(path: Path) -> str:
    """Return the hash of a file, or of all files in a folder with their names."""
    try:
        if not path.is_dir():
            return _sha256(path)
        files = sorted(one for one in path.iterdir() if one.is_file())
        listed = "".join(f"{one.name} {_sha256(one)}\n" for one in files)
    except OSError as error:
        raise MaskError(f"mask {path} cannot be read: {error.strerror}") from error
    return hashlib.sha256(listed.encode(errors="surrogateescape")).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
