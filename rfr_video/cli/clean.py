"""``rfr-video clean``: what runs that ended early have left behind."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rfr_video.cli import console
from rfr_video.errors import OutputError, UsageError
from rfr_video.jsontext import json_text

if TYPE_CHECKING:
    from rfr_video.media.leftovers import Leftover

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


@click.command(
    "clean",
    short_help="Show what interrupted runs have left behind, and remove it.",
    epilog="Exit codes: 0 done, 2 usage or no such folder, 5 something could not be removed.",
)
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path), metavar="[FOLDER]...")
@click.option("-y", "--yes", is_flag=True, help="Remove it; unfinished work cannot be gone on with then.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def clean_command(folders: tuple[Path, ...], yes: bool, as_json: bool) -> int:  # noqa: FBT001 - click passes flags by name
    """Show unfinished work and half-written files in FOLDERs (the current one if none is given).

    What a running process uses stays, as does all that is not surely the program's.
    """
    from rfr_video.media.leftovers import leftovers

    try:
        found = [one for folder in folders or (Path(),) for one in leftovers(folder)]
        gone = [one for one in found if yes and not one.in_use and one.remove()]
    except NotADirectoryError as error:
        raise UsageError(f"{error.filename} is no folder; give the folder of the output") from error
    except FileNotFoundError as error:
        raise UsageError(f"folder {error.filename} does not exist; check the name") from error
    except OSError as error:
        raise OutputError(f"{error.filename} cannot be read or removed: {error.strerror}") from error
    if as_json:
        console.say(json_text([_facts(one, is_gone=one in gone) for one in found]))
    elif found:
        console.table(_rows(found, gone))
    else:
        console.say("nothing was left behind")
    return 0


def _facts(one: "Leftover", *, is_gone: bool) -> dict[str, object]:
    return {
        "path": one.path,
        "belongs_to": one.belongs_to,
        "segments": one.segments,
        "bytes": one.size_bytes,
        "age_seconds": round(one.age_seconds),
        "in_use": one.in_use,
        "removed": is_gone,
    }


def _rows(found: "list[Leftover]", gone: "list[Leftover]") -> Iterator[tuple[str, ...]]:
    for one in found:
        what = "half written" if one.segments is None else f"{one.segments} segments of unfinished work"
        fate = "in use" if one.in_use else "removed" if one in gone else "left; --yes removes it"
        size = f"{one.size_bytes / 1e6:.1f} MB"
        yield str(one.path), f"for {one.belongs_to}", what, size, f"{_age(one.age_seconds)} old", fate


def _age(seconds: float) -> str:
    count, unit = next(((count, unit) for count, unit in _UNITS if seconds >= count), _UNITS[-1])
    return f"{seconds // count:.0f} {unit}"
