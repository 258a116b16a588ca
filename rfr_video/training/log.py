"""The logs of a run: CSV files whose lines belong to steps."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

from rfr_video.errors import InputError
from rfr_video.masking.random_holes import HoleKind
from rfr_video.media.target import translate

STEP_COLUMNS = (
    "step",
    "minutes",
    "learning_rate",
    "loss",
    "valid",
    "hole",
    "perceptual",
    "style",
    "total_variation",
    "psnr_db",
    "telea_psnr_db",
    "navier_stokes_psnr_db",
)
VALIDATION_COLUMNS = ("step", "method", "psnr_db", *get_args(HoleKind))


class Log:
    """Appends lines to a CSV file.

    Args:
        path: The file.
        columns: Names; the first is ``step``.
        after_step: Lines of later steps are dropped: a resumed run writes them anew.

    Raises:
        InputError: The file is no log.
        OutputError: It cannot be written.
    """

    def __init__(self, path: Path, columns: Sequence[str], *, after_step: int) -> None:
        self._path = path
        self._columns = columns
        try:
            kept = [row for row in read_log(path) if int(row["step"]) <= after_step]
        except (KeyError, ValueError, TypeError) as error:
            raise InputError(f"{path} is no log of a training; move it away and run again") from error
        self._write(kept, mode="w")

    def add(self, values: Mapping[str, float | str]) -> None:
        """Append a line; what is not given stays empty."""
        line = {name: value if isinstance(value, str) else f"{value:.7g}" for name, value in values.items()}
        self._write([line], mode="a")

    def _write(self, rows: list[dict[str, str]], *, mode: str) -> None:
        try:
            with self._path.open(mode, newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, self._columns, extrasaction="ignore")
                if mode == "w":
                    writer.writeheader()
                writer.writerows(rows)
        except OSError as error:
            raise translate(error, self._path) from error


def read_log(path: Path) -> list[dict[str, str]]:
    """Read the lines of a log, all values as text; none where there is no file."""
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
