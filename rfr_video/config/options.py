"""How a field of a config becomes an option."""

from collections.abc import Callable
from dataclasses import field
from typing import Any


def option(
    text: str,
    *,
    default: object = None,
    flag: str | None = None,
    metavar: str | None = None,
    parse: Callable[[str], object] | None = None,
    bare: object = None,
) -> Any:
    """Declare a field that is an option.

    Like :func:`dataclasses.field`, the result stands for a value of the field's own type.

    Args:
        text: The help text.
        default: The field's default.
        flag: The option's name where it is not the field's.
        metavar: What the help shows for the value.
        parse: Reads the value from text; raises :class:`UsageError`.
        bare: The value where the option is given without one; ``None`` demands one.
    """
    metadata = {"help": text, "flag": flag, "metavar": metavar, "parse": parse, "bare": bare}
    return field(default=default, metadata=metadata)
