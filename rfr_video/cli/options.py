"""Options derived from the config dataclasses, so that the command line cannot drift from them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import click

from rfr_video.errors import UsageError

Config = TypeVar("Config")


@dataclass(frozen=True)
class _Entry:
    """A field that is an option, its type, and the dataclass that owns it."""

    owner: type[Any]
    field: Field[Any]
    hint: Any

    @property
    def key(self) -> str:
        """Name of the value among click's parameters."""
        return f"{self.owner.__name__}_{self.field.name}".lower()


class ParsedType(click.ParamType[Any, Any]):
    """A value that a function of the library reads from text."""

    def __init__(self, parse: Callable[[str], object]) -> None:
        self._parse = parse
        self.name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the text; the library's message is the user's."""
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except UsageError as error:
            self.fail(str(error), param, ctx)


class GroupedCommand(click.Command):
    """A command whose help shows the options of each config dataclass under its ``heading``."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one section per owner; options without one come last."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            if isinstance(parameter, click.Argument):
                continue
            record = parameter.get_help_record(ctx)
            if record is not None:
                sections.setdefault(getattr(parameter, "section", "General"), []).append(record)
        for title in [title for title in sections if title != "General"] + ["General"]:
            with formatter.section(title):
                formatter.write_dl(sections[title])


def config_options(config: type[Any]) -> list[click.Option]:
    """Return one click option per option field of a config dataclass and of those nested in it."""
    return [_option(entry) for entry in _entries(config)]


def build_config(config: type[Config], values: Mapping[str, Any]) -> Config:
    """Build a config from click's parameters; the dataclasses check themselves.

    Raises:
        UsageError: Values contradict each other.
    """
    arguments: dict[str, Any] = {}
    for name, hint in get_type_hints(config).items():
        if is_dataclass(hint) and isinstance(hint, type) and not _metadata(config, name):
            arguments[name] = build_config(hint, values)
        else:
            arguments[name] = values[f"{config.__name__}_{name}".lower()]
    return config(**arguments)


def _entries(config: type[Any]) -> Iterator[_Entry]:
    hints = get_type_hints(config)
    for field in fields(config):
        hint = hints[field.name]
        if field.metadata:
            yield _Entry(config, field, hint)
        else:
            yield from _entries(hint)


def _metadata(config: Any, name: str) -> Mapping[Any, Any]:
    return next(field.metadata for field in fields(config) if field.name == name)


def _option(entry: _Entry) -> click.Option:
    metadata, hint = entry.field.metadata, _without_none(entry.hint)
    flag: str = metadata["flag"] or "--" + entry.field.name.replace("_", "-")
    many = get_origin(hint) is tuple
    default = entry.field.default
    common: dict[str, Any] = {"help": metadata["help"], "default": default, "metavar": metadata["metavar"]}
    if hint is bool:
        common["is_flag"] = True
    else:
        common |= {
            "type": _click_type(get_args(hint)[0] if many else hint, metadata["parse"]),
            "multiple": many,
            "show_default": default not in (None, (), ""),
        }
    if metadata["bare"] is not None:
        common |= {"is_flag": False, "flag_value": metadata["bare"]}
    option = click.Option([flag, entry.key], **common)
    option.section = entry.owner.heading  # pyright: ignore[reportAttributeAccessIssue]
    return option


def _click_type(hint: Any, parse: Callable[[str], object] | None) -> click.ParamType[Any, Any]:
    if parse is not None:
        return ParsedType(parse)
    if get_origin(hint) is Literal:
        return click.Choice(get_args(hint))
    if hint is Path:
        return click.Path(path_type=Path)
    return {int: click.INT, float: click.FLOAT, str: click.STRING}[hint]


def _without_none(hint: Any) -> Any:
    if isinstance(hint, UnionType):
        return next(part for part in get_args(hint) if part is not NoneType)
    return hint
