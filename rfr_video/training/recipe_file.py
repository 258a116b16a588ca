"""Reading recipes, strictly: a key or a type that does not belong there is an error."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

from rfr_video.errors import UsageError
from rfr_video.training.recipe import Recipe

Part = TypeVar("Part")


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


def _override(values: dict[str, Any], text: str) -> None:
    key, equals, value = text.partition("=")
    *tables, name = key.strip().split(".")
    if not equals or not name:
        raise UsageError(f"{text!r} sets nothing; write key=value, such as schedule.steps=500")
    for table in tables:
        inner = values.setdefault(table, {})
        if not isinstance(inner, dict):
            raise UsageError(f"{text!r}: {table} is a value, no table; write key=value of a recipe")
        values = cast("dict[str, Any]", inner)
    try:
        values[name] = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        values[name] = value.strip()


def recipe_from_json(text: str) -> Recipe:
    """Read what :meth:`Recipe.to_json` returned; keys that are newer have their defaults.

    Raises:
        UsageError: It is no recipe of this version.
    """
    return _build(Recipe, json.loads(text), place="")


def _build(kind: type[Part], values: Mapping[str, Any], *, place: str) -> Part:
    hints = get_type_hints(kind)
    known = {part.name for part in fields(cast("Any", kind))}
    arguments: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            raise UsageError(f"recipe: no key {place}{name}; there are {', '.join(sorted(known))}")
        arguments[name] = _value(hints[name], value, place=place + name)
    return kind(**arguments)


def _value(hint: Any, value: Any, *, place: str) -> Any:
    """Check a value against the type of its field, and turn lists into tuples and tables into dataclasses."""
    origin = get_origin(hint)
    if origin is tuple:
        parts = get_args(hint)
        values = cast("list[Any]", value) if isinstance(value, list) else []
        if len(values) != len(parts):
            raise UsageError(f"recipe: {place} is {value!r}; give {len(parts)} values in brackets")
        return tuple(_value(part, one, place=place) for part, one in zip(parts, values, strict=True))
    if is_dataclass(hint) or (origin is not None and origin is not Literal):
        if not isinstance(value, dict):
            raise UsageError(f"recipe: {place} is {value!r}; write a table [{place}]")
        table = cast("dict[str, Any]", value)
        if isinstance(hint, type):
            return _build(cast("type[Any]", hint), table, place=f"{place}.")
        of = get_args(hint)[1]
        return {key: _value(of, one, place=f"{place}.{key}") for key, one in table.items()}
    wanted: type = str if origin is Literal else hint
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted:
        raise UsageError(f"recipe: {place} is {value!r}; give a value of type {wanted.__name__}")
    return value
