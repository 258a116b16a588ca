"""What the reports of all measurements share: tables as text, means, and which code measured."""

import csv
import hashlib
import io
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import rfr_video


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


def code_facts() -> dict[str, str]:
    """Return the program's version, and a hash of its own source files, names included."""
    folder = Path(rfr_video.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(f"{path.relative_to(folder).as_posix()}\n".encode() + path.read_bytes())
    return {"version": str(rfr_video.__version__), "sha256": digest.hexdigest()}
