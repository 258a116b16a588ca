"""The files that every ``evaluate`` command can write: CSV, JSON, and a sheet of pictures."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def table_options(command: Command) -> Command:
    """Give a command the options ``--csv`` and ``--json``."""
    csv = click.option(
        "--csv", "csv_file", type=click.Path(path_type=Path), help="Write every score here as CSV."
    )
    json = click.option(
        "--json",
        "json_file",
        type=click.Path(path_type=Path),
        help="Write settings, hashes, means and scores here as JSON.",
    )
    return csv(json(command))


@dataclass(frozen=True)
class ReportFiles:
    """Where results go; ``None`` for what is not wanted."""

    csv: Path | None
    json: Path | None
    sheet: Path | None

    def check(self, *, overwrite: bool, measured: tuple[str, Path] | None = None) -> None:
        """Check that no file replaces another, or anything that exists unless allowed.

        Args:
            overwrite: Whether existing files may be replaced.
            measured: What a file that is measured is called, and its path; it is never replaced.

        Raises:
            OutputError: One does.
        """
        from rfr_video.media.target import check_extra

        files = {"CSV": self.csv, "JSON": self.json, "sheet": self.sheet}
        for name, path in files.items():
            if path:
                used = {other: value for other, value in files.items() if other != name}
                if measured:
                    used[measured[0]] = measured[1]
                check_extra(path, name=name, used=used, overwrite=overwrite)

    def write(self, *, csv: Callable[[], str], json: Callable[[], str], sheet: Callable[[], bytes]) -> None:
        """Write what is wanted; raises :class:`OutputError`."""
        from rfr_video.media.target import write_extra

        if self.csv:
            write_extra(self.csv, csv().encode(errors="backslashreplace"))
        if self.json:
            write_extra(self.json, f"{json()}\n".encode(errors="backslashreplace"))
        if self.sheet:
            write_extra(self.sheet, sheet())
