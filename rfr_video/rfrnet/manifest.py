"""Which weights there are, and where: manifests and the search path.

Reading the files themselves is the business of weights.py. Nothing is ever downloaded.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rfr_video.errors import UsageError, WeightsError

if TYPE_CHECKING:
    from rfr_video.rfrnet.network import RFRConfig

SEARCH_VARIABLE = "RFR_VIDEO_WEIGHTS"
SHIPPED = Path(__file__).parents[1] / "weights"  # in a checkout a link to the folder at its root
MANIFEST = "manifest.toml"
SUFFIXES = (".safetensors", ".pth")
DEVICE_KINDS = ("cpu", "cuda", "mps")
_OPTIONAL = {"default_for"}


@dataclass(frozen=True, kw_only=True)
class WeightsEntry:
    """One table of a manifest.

    Attributes:
        name: What a user calls the weights.
        file: Name of the file, in the manifest's folder or another one of the search path.
        sha256: Of the file, 64 lowercase hexadecimal digits.
        config: The form of the network.
        domain: What the weights are good at.
        training_data: One line per source.
        licence: An SPDX identifier or a sentence.
        validation: Measured figures by name, units in the names.
        default_for: Kinds of device, of :data:`DEVICE_KINDS`, on which it is used when nobody names any.
    """

    name: str
    file: str
    sha256: str
    config: "RFRConfig"
    domain: str
    training_data: tuple[str, ...]
    licence: str
    validation: Mapping[str, float]
    default_for: tuple[str, ...] = ()


@dataclass(frozen=True)
class LocatedWeights:
    """A file of weights, and its manifest's entry where it has one."""

    path: Path
    entry: WeightsEntry | None = None

    @property
    def name(self) -> str:
        """What to call them: the manifest's name, else the file's."""
        return self.entry.name if self.entry else self.path.name

    @property
    def exists(self) -> bool:
        """Whether the file is there; an installation may leave out some that its manifest lists."""
        return _is_file(self.path)


def search_folders() -> tuple[Path, ...]:
    """Return the folders that are searched, in order: RFR_VIDEO_WEIGHTS, the program's, the user's own."""
    named = [Path(part) for part in os.environ.get(SEARCH_VARIABLE, "").split(os.pathsep) if part]
    return (*named, SHIPPED, *_user_folders())


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
        yield from _listed(folder)


def default_weights(device_kind: str) -> LocatedWeights | None:
    """Return what is used on a kind of device when nobody names any; ``None`` where nothing is installed.

    The first folder of the search path that has any weights decides: the first of its manifest that are
    ``default_for`` the device, or else the first.

    Args:
        device_kind: One of :data:`DEVICE_KINDS`.
    """
    for folder in search_folders():
        present = [item for item in _listed(folder) if item.exists]
        suited = (item for item in present if item.entry and device_kind in item.entry.default_for)
        if present:
            return next(suited, present[0])
    return None


def find_weights(name_or_path: str) -> LocatedWeights:
    """Find weights by path, by name in a manifest, or by file name on the search path.

    Raises:
        WeightsError: There are none, naming where they were sought and what there is.
    """
    path = Path(name_or_path)
    if _is_file(path):
        known = (item for item in installed_weights() if item.path.resolve() == path.resolve())
        return next(known, LocatedWeights(path))
    installed = list(installed_weights())
    for item in installed:
        if item.entry and item.entry.name == name_or_path:
            return item
    for folder in search_folders():
        for suffix in ("", *SUFFIXES):
            candidate = folder / f"{name_or_path}{suffix}"
            if _is_file(candidate):
                return LocatedWeights(candidate)
    names = ", ".join(sorted(item.entry.name for item in installed if item.entry)) or "none"
    folders = ", ".join(str(folder) for folder in search_folders())
    raise WeightsError(
        f"no weights {name_or_path!r}: no such file, and not in {folders} (named there: {names}); "
        f"give a path, or set {SEARCH_VARIABLE} to the folder that has them"
    )


def _user_folders() -> tuple[Path, ...]:
    """Return the user's folder of weights, by the XDG base directory specification; a user may have none."""
    if given := os.environ.get("XDG_DATA_HOME"):
        return (Path(given) / "rfr-video" / "weights",)
    try:
        return (Path.home() / ".local" / "share" / "rfr-video" / "weights",)
    except RuntimeError:
        return ()


def _is_file(path: Path) -> bool:
    """Whether there is a file; a folder that may not be entered holds none, nor has a name too long one."""
    try:
        return path.is_file()
    except OSError:
        return False


def _listed(folder: Path) -> Iterator[LocatedWeights]:
    """Yield the weights that a folder's manifest lists; their files may lie in any folder of the path."""
    if not _is_file(folder / MANIFEST):
        return
    for entry in read_manifest(folder / MANIFEST):
        candidates = (place / entry.file for place in (folder, *search_folders()))
        path = next(filter(_is_file, candidates), folder / entry.file)
        yield LocatedWeights(path, entry)


def _entry(table: object, *, place: str) -> WeightsEntry:
    from rfr_video.rfrnet.network import RFRConfig  # loads torch, which most runs of the program never need

    if not isinstance(table, dict):
        raise WeightsError(f"{place} is not a table; write [[weights]]")
    values = cast("dict[str, Any]", table)
    wanted = {field.name for field in fields(WeightsEntry)} - _OPTIONAL
    if values.keys() - _OPTIONAL != wanted:
        odd = ", ".join(sorted((values.keys() - _OPTIONAL) ^ wanted))
        raise WeightsError(f"{place} lacks or does not know: {odd}; give exactly {', '.join(sorted(wanted))}")
    for key in ("name", "file", "sha256", "domain", "licence"):
        if not isinstance(values[key], str) or not values[key]:
            raise WeightsError(f"{place}: {key} is {values[key]!r}; give a text")
    values.setdefault("default_for", [])
    for key, kind in (
        ("training_data", list),
        ("validation", dict),
        ("config", dict),
        ("default_for", list),
    ):
        if not isinstance(values[key], kind):
            raise WeightsError(f"{place}: {key} is {values[key]!r}; give a {kind.__name__}")
    for name, figure in values["validation"].items():
        if not isinstance(figure, int | float):
            raise WeightsError(f"{place}: validation's {name} is {figure!r}; give a number")
    if len(values["sha256"]) != 64 or not set(values["sha256"]) <= set("0123456789abcdef"):
        raise WeightsError(f"{place}: sha256 is {values['sha256']!r}; give 64 lowercase hexadecimal digits")
    if Path(values["file"]).name != values["file"]:
        raise WeightsError(f"{place}: file is {values['file']!r}; give a name without folders")
    if unknown := [kind for kind in values["default_for"] if kind not in DEVICE_KINDS]:
        raise WeightsError(f"{place}: default_for has {unknown[0]!r}; give some of {', '.join(DEVICE_KINDS)}")
    try:
        config = RFRConfig(**values["config"])
    except (TypeError, UsageError) as error:
        raise WeightsError(
            f"{place}: config is wrong ({error}); give width, kernel, recurrences, form"
        ) from error
    values["config"] = config
    values["training_data"] = tuple(map(str, values["training_data"]))
    values["default_for"] = tuple(values["default_for"])
    return WeightsEntry(**values)
