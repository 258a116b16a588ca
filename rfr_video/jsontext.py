"""Data of the program as JSON text."""

import json
from collections.abc import Mapping
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any


def json_text(value: object) -> str:
    """Return indented JSON.

    Paths become text and enum members their names. Fractions become text such as ``30000/1001``, which
    loses nothing; those under a name that ends in ``_seconds`` become decimal numbers.
    """
    return json.dumps(_plain(value), indent=2, ensure_ascii=False)


def _plain(value: Any, name: str = "") -> object:
    if isinstance(value, Mapping):
        return {key: _plain(item, str(key)) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, Fraction):
        return float(value) if name.endswith("_seconds") else str(value)
    if isinstance(value, Enum):
        return value.name.lower()
    return str(value) if isinstance(value, Path) else value
