"""Which weights there are, and where: manifests and the search path.

Reading the files themselves is the business of weights.py. Nothing is ever downloaded.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast

from rfr_video.errors import UsageError, WeightsError
from rfr_video.rfrnet.network import RFRConfig

SEARCH_VARIABLE = "RFR_VIDEO_WEIGHTS"
MANIFEST = "manifest.toml"
SUFFIXES = (".safetensors", ".pth")


@dataclass(frozen=True, kw_only=True)
class WeightsEntry:
    """One table of a manifest.

    Attributes:
        name: What a user calls the weights.
        file: Name of the file, in the manifest's folder.
        sha256: Of the file, 64 lowercase hexadecimal digits.
        config: The form of the network.
        domain: What the weights are good at.
        training_data: One line per source.
        licence: An SPDX identifier or a sentence.
        validation: Measured figures by name, units in the names.
    """

    name: str
    file: str
    sha256: str
    config: RFRConfig
    domain: str
    training_data: tuple[str, ...]
    licence: str
    validation: Mapping[str, float]


@dataclass(frozen=True)
class LocatedWeights:
    """A file of weights, and its manifest's entry where it has one."""

    path: Path
    entry: WeightsEntry | None = None


def search_folders() -> tuple[Path, ...]:
    """Return the folders that are searched, in order: RFR_VIDEO_WEIGHTS, the checkout's, the user's own."""
    named = [Path(part) for part in os.environ.get(SEARCH_VARIABLE, "").split(os.pathsep) if part]
    checkout = Path(__file__).parents[2] / "weights"
    user = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "rfr-video" / "weights"
    return (*named, checkout, user)


def read_manifest(path: Path) -> tuple[WeightsEntry, ...]:
    """Read a manifest; raises :class:`WeightsError` naming the table and key that is wrong."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("weights", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WeightsError(f"{path}: cannot be read as a manifest ({error}); restore the file") from error
    if not isinstance(tables, list):
        raise WeightsError(f"{path}: 'weights' is not a list of tables; write [[weights]]")
    return tuple(
        _entry(table, place=f"{path}: table {number}")
        for number, table in enumerate(cast("list[object]", tables), start=1)
    )


def installed_weights() -> Iterator[LocatedWeights]:
    """Yield the weights of all manifests on the search path, also those whose file is missing."""
    for folder in search_folders():
        if (folder / MANIFEST).is_file():
            for entry in read_manifest(folder / MANIFEST):
                yield LocatedWeights(folder / entry.file, entry)


def find_weights(name_or_path: str) -> LocatedWeights:
    """Find weights by path, by name in a manifest, or by file name on the search path.

    Raises:
        WeightsError: There are none, naming where they were sought and what there is.
    """
    path = Path(name_or_path)
    if path.is_file():
        known = (item for item in installed_weights() if item.path.resolve() == path.resolve())
        return next(known, LocatedWeights(path))
    installed = list(installed_weights())
    for item in installed:
        if item.entry and item.entry.name == name_or_path:
            return item
    for folder in search_folders():
        for suffix in ("", *SUFFIXES):
            candidate = folder / f"{name_or_path}{suffix}"
            if candidate.is_file():
                return LocatedWeights(candidate)
    names = ", ".join(sorted(item.entry.name for item in installed if item.entry)) or "none"
    folders = ", ".join(str(folder) for folder in search_folders())
    raise WeightsError(
        f"no weights {name_or_path!r}: no such file, and not in {folders} (named there: {names}); "
        f"give a path, or set {SEARCH_VARIABLE} to the folder that has them"
    )


def _entry(table: object, *, place: str) -> WeightsEntry:
    if not isinstance(table, dict):
        raise WeightsError(f"{place} is not a table; write [[weights]]")
    values = cast("dict[str, Any]", table)
    wanted = {field.name for field in fields(WeightsEntry)}
    if values.keys() != wanted:
        odd = ", ".join(sorted(values.keys() ^ wanted))
        raise WeightsError(f"{place} lacks or does not know: {odd}; give exactly {', '.join(sorted(wanted))}")
    for key in ("name", "file", "sha256", "domain", "licence"):
        if not isinstance(values[key], str) or not values[key]:
            raise WeightsError(f"{place}: {key} is {values[key]!r}; give a text")
    for key, kind in (("training_data", list), ("validation", dict), ("config", dict)):
        if not isinstance(values[key], kind):
            raise WeightsError(f"{place}: {key} is {values[key]!r}; give a {kind.__name__}")
    if len(values["sha256"]) != 64 or not set(values["sha256"]) <= set("0123456789abcdef"):
        raise WeightsError(f"{place}: sha256 is {values['sha256']!r}; give 64 lowercase hexadecimal digits")
    if Path(values["file"]).name != values["file"]:
        raise WeightsError(f"{place}: file is {values['file']!r}; give a name without folders")
    try:
        config = RFRConfig(**values["config"])
    except (TypeError, UsageError) as error:
        raise WeightsError(
            f"{place}: config is wrong ({error}); give width, kernel, recurrences, form"
        ) from error
    values["config"] = config
    values["training_data"] = tuple(map(str, values["training_data"]))
    return WeightsEntry(**values)
