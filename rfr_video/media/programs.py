"""The programs of a transport stream, of which PyAV knows only what FFmpeg prints about a file."""

import re
from dataclasses import dataclass
from typing import Any, cast

import av.logging
from av.container import InputContainer

_PROGRAM = re.compile(r"^  Program (\d+) (.*?)^(?=  \S)", re.MULTILINE | re.DOTALL)
_TAG = re.compile(r"^ +(service_name|service_provider) *: (.*?) *$", re.MULTILINE)


@dataclass(frozen=True)
class Program:
    """A program (ISO/IEC 13818-1), which receivers call a service.

    Attributes:
        number: By which receivers find it.
        tags: Its name and provider, under FFmpeg's names, as far as they are stated.
    """

    number: int
    tags: dict[str, str]


def programs(container: InputContainer) -> tuple[Program, ...]:
    """Return the programs of a file; none where its format does not have any."""
    if container.format.name != "mpegts":
        return ()
    level = av.logging.get_level()
    av.logging.set_level(av.logging.INFO)
    try:
        text: str = cast("Any", container).dumps_format()  # the stubs leave it out
    finally:
        av.logging.set_level(level)
    found = _PROGRAM.findall(f"{text}\n  .")
    return tuple(Program(int(number), dict(_TAG.findall(rest))) for number, rest in found)
