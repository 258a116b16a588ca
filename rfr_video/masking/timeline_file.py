"""A timeline file → entries: strict reading of TOML or JSON (the format: docs/timeline.md).

Whether an entry fits the picture is not known here.
"""

import json
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import cast

from rfr_video.errors import MaskError, UsageError
from rfr_video.geometry import Box
from rfr_video.masking.placement import Polygon
from rfr_video.media.images import check_regular
from rfr_video.timecode import Instant, Span

SHAPES = ("box", "polygon", "mask", "keys")
MAX_COORDINATE_PX = 1_000_000
_TOO_LARGE = 10**12
_LONGEST_SEEN = 60  # characters of a value that an error shows

Outline = Box | Polygon


@dataclass(frozen=True)
class Key:
    """Where a moving shape stands at an instant."""

    at: Instant
    outline: Outline


@dataclass(frozen=True)
class Entry:
    """One ``[[hole]]``: a shape and when it is there.

    Attributes:
        name: The file and the number of the entry, for errors.
        shape: A box, a polygon, a mask file, or the keys of a moving box or polygon.
        span: Without timecodes.
    """

    name: str
    shape: Outline | Path | tuple[Key, ...]
    span: Span


def read_entries(path: Path, *, rate: Fraction) -> tuple[Entry, ...]:
    """Read a timeline file.

    Args:
        path: Ends in ``.toml`` or ``.json``.
        rate: Frames per second, for timecodes.

    Raises:
        MaskError: The file cannot be read, or something in it is not as docs/timeline.md says.
    """
    name = f"timeline {path}"
    document = _table(_load(path), name=name, allowed=("hole",))
    entries = _list(document.get("hole"))
    if not entries:
        raise _wrong(name, "hole", document.get("hole"), "one [[hole]] or more")
    return tuple(
        _entry(entry, name=f"{name}, hole {number}", folder=path.parent, rate=rate)
        for number, entry in enumerate(entries, start=1)
    )


def _load(path: Path) -> object:
    parsers: dict[str, Callable[[str], object]] = {".toml": tomllib.loads, ".json": _json}
    parse = parsers.get(path.suffix.lower())
    if parse is None:
        raise MaskError(f"timeline {path} is neither .toml nor .json; name it after what it holds")
    check_regular(path, name="timeline")
    try:
        return parse(path.read_text("utf-8-sig"))
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise MaskError(f"timeline {path} cannot be read: {reason}; check the name") from error
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise MaskError(f"timeline {path} is not valid {path.suffix[1:].upper()}: {reason}") from error


def _json(text: str) -> object:
    return json.loads(text, object_pairs_hook=_without_duplicates)


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(n for n in names if names.count(n) > 1)!r} is given twice")
    return table


def _entry(value: object, *, name: str, folder: Path, rate: Fraction) -> Entry:
    table = _table(value, name=name, allowed=(*SHAPES, "start", "end"))
    given = [key for key in SHAPES if key in table]
    if len(given) != 1:
        raise MaskError(
            f"{name} has {' and '.join(given) or 'no shape'}; give exactly one of {', '.join(SHAPES)}"
        )
    span = Span(_optional_time(table, "start", name=name), _optional_time(table, "end", name=name))
    span = span.at_rate(rate)
    if span.is_void:
        raise MaskError(f"{name} ends at {span.stop} but starts at {span.start}; end it later than it starts")
    if "keys" in table:
        return Entry(name, _keys(table["keys"], name=name, rate=rate), span)
    if "mask" in table:
        return Entry(name, _mask_file(table["mask"], name=name, folder=folder), span)
    return Entry(name, _outline(table, name=name), span)


def _keys(value: object, *, name: str, rate: Fraction) -> tuple[Key, ...]:
    rows = _list(value)
    if len(rows) < 2:
        raise _wrong(
            name, "keys", value, "a list of two keys or more, such as {at = 1.5, box = [0, 0, 9, 9]}"
        )
    keys = [_key(row, name=f"{name}, key {number}", rate=rate) for number, row in enumerate(rows, start=1)]
    for number, (before, key) in enumerate(pairwise(keys), start=2):
        _check_order(before, key, name=f"{name}, key {number}")
    return tuple(keys)


def _key(value: object, *, name: str, rate: Fraction) -> Key:
    table = _table(value, name=name, allowed=("at", "box", "polygon"))
    if "at" not in table:
        raise MaskError(f"{name} has no at; give the time at which the shape stands there")
    if ("box" in table) == ("polygon" in table):
        seen = "both box and polygon" if "box" in table else "no shape"
        raise MaskError(f"{name} has {seen}; give exactly one of box, polygon")
    return Key(_time(table["at"], "at", name=name).at_rate(rate), _outline(table, name=name))


def _check_order(before: Key, key: Key, *, name: str) -> None:
    """Check that two keys after one another can be interpolated between."""
    if (before.at.frame is None) != (key.at.frame is None):
        raise MaskError(
            f"{name} is at {key.at}, the one before at {before.at}; give all seconds or all frames"
        )
    if Span(before.at, key.at).is_void:
        raise MaskError(f"{name} is at {key.at}, the one before at {before.at}; give keys in rising order")
    if type(before.outline) is not type(key.outline):
        raise MaskError(f"{name} is a {_kind(key)}, the one before a {_kind(before)}; give one kind of shape")
    points = _point_count(before), _point_count(key)
    if points[0] != points[1]:
        raise MaskError(f"{name} has {points[1]} points, the one before {points[0]}; give the same number")


def _kind(key: Key) -> str:
    return "box" if isinstance(key.outline, Box) else "polygon"


def _point_count(key: Key) -> int:
    return 4 if isinstance(key.outline, Box) else len(key.outline.points)


def _outline(table: Mapping[str, object], *, name: str) -> Outline:
    if "box" in table:
        return _box(table["box"], name=name)
    return _polygon(table["polygon"], name=name)


def _box(value: object, *, name: str) -> Box:
    numbers = _numbers(value, count=4)
    whole = numbers is not None and all(number.denominator == 1 for number in numbers)
    if numbers is None or not whole or max(map(abs, numbers)) > MAX_COORDINATE_PX:
        wanted = f"[x, y, width, height] in whole numbers, at most ±{MAX_COORDINATE_PX}"
        raise _wrong(name, "box", value, wanted)
    try:
        return Box(*(int(number) for number in numbers))
    except UsageError as error:
        raise MaskError(f"{name}: {error}") from error


def _polygon(value: object, *, name: str) -> Polygon:
    rows = _list(value)
    if len(rows) < 3:
        raise _wrong(name, "polygon", value, "three points or more, each [x, y]")
    points: list[tuple[Fraction, Fraction]] = []
    for row in rows:
        numbers = _numbers(row, count=2)
        if numbers is None or max(map(abs, numbers)) > MAX_COORDINATE_PX:
            raise _wrong(f"{name}, polygon", "a point", row, f"[x, y], at most ±{MAX_COORDINATE_PX}")
        points.append((numbers[0], numbers[1]))
    return Polygon(tuple(points))


def _mask_file(value: object, *, name: str, folder: Path) -> Path:
    if not isinstance(value, str) or not value:
        raise _wrong(name, "mask", value, "the name of an image file")
    return folder / value


def _optional_time(table: Mapping[str, object], key: str, *, name: str) -> Instant | None:
    return _time(table[key], key, name=name) if key in table else None


def _time(value: object, key: str, *, name: str) -> Instant:
    if isinstance(value, str):
        try:
            return Instant.parse(value)
        except UsageError as error:
            raise MaskError(f"{name}, {key}: {error}") from error
    number = _number(value)
    if number is None or number < 0:
        wanted = 'seconds as a number, or a text such as "0:01:02.5" or "250f", of at most 12 digits'
        raise _wrong(name, key, value, wanted)
    return Instant(seconds=number)


def _list(value: object) -> list[object]:
    """Return a list as it is, and anything else as an empty one."""
    return cast("list[object]", value) if isinstance(value, list) else []


def _numbers(value: object, *, count: int) -> list[Fraction] | None:
    """Return a list of so many numbers, or ``None`` where it is none."""
    rows = _list(value)
    numbers = [number for number in map(_number, rows) if number is not None]
    return numbers if len(numbers) == len(rows) == count else None


def _number(value: object) -> Fraction | None:
    """Return a number as it is written (0.1 is a tenth), or ``None`` where it is none, or too large."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Fraction(repr(value)) if abs(value) < _TOO_LARGE else None  # neither is NaN


def _table(value: object, *, name: str, allowed: tuple[str, ...]) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _wrong(name, "the entry", value, f"a table with the keys {', '.join(allowed)}")
    table = cast("dict[str, object]", value)
    if unknown := [key for key in table if key not in allowed]:
        raise MaskError(f"{name} has the unknown key {unknown[0]!r}; known are {', '.join(allowed)}")
    return table


def _wrong(name: str, what: str, seen: object, wanted: str) -> MaskError:
    text = "missing" if seen is None else _text(seen)
    if len(text) > _LONGEST_SEEN:
        text = f"{text[:_LONGEST_SEEN]}…"
    return MaskError(f"{name}: {what} is {text}; give {wanted}")


def _text(value: object) -> str:
    try:
        return " ".join((repr(value) if isinstance(value, str) else str(value)).split())
    except ValueError:  # Python writes no integers of thousands of digits
        return "too large to show"
