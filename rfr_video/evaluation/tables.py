"""What the reports of all measurements share: tables as text, and means."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any


def csv_text(kind: type[Any], rows: Iterable[Any]) -> str:
    """Return rows as lines of comma-separated values, under a line of names.

    Args:
        kind: The dataclass of the rows; its fields are the columns.
        rows: Members of it. ``None`` becomes an empty cell.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(kind)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    return text.getvalue()


def mean_of_known(values: Iterable[float | None]) -> float | None:
    """Return the mean of those that are not ``None``; ``None`` if there are none."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
