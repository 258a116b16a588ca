"""The log of a run: a CSV file, one line per so many steps."""

import csv
from collections.abc import Mapping
from pathlib import Path

from rfr_video.media.target import translate

COLUMNS = (
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


class Log:
    """Appends lines to a CSV file.

    Args:
        path: The file.
        after_step: Lines of later steps are dropped: a resumed run writes them anew.
    """

    def __init__(self, path: Path, *, after_step: int) -> None:
        self._path = path
        kept = [row for row in read_log(path) if int(row["step"]) <= after_step]
        self._write(kept, mode="w")

    def add(self, values: Mapping[str, float]) -> None:
        """Append a line; what is not given stays empty."""
        self._write([{name: f"{value:.7g}" for name, value in values.items()}], mode="a")

    def _write(self, rows: list[dict[str, str]], *, mode: str) -> None:
        try:
            with self._path.open(mode, newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, COLUMNS)
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
