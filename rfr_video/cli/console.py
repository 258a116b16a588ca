"""Printing that never turns a finished job into a failed one."""

import contextlib
import logging
import sys
from collections.abc import Iterable

from rfr_video.errors import UsageError

_SHOWN = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


def prepare() -> None:
    """Let both streams show what their encoding lacks in escaped form instead of raising."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # pyright: ignore[reportAttributeAccessIssue]


def set_up_logging(*, quiet: bool, verbose: bool) -> None:
    """Show as much of what the library logs as a user wants; raises :class:`UsageError` if both."""
    if quiet and verbose:
        raise UsageError("--quiet and --verbose exclude each other; give one of them")
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.ERROR if quiet else logging.WARNING,
        format="%(name)s: %(message)s",
    )


def say(text: str) -> None:
    """Print to standard output; a reader that went away or a full disk behind it is not our error."""
    _write(harmless(text), sys.stdout)


def complain(text: str) -> None:
    """Print one line to standard error."""
    _write(f"rfr-video: {harmless(' '.join(text.split()))}", sys.stderr)


def harmless(text: str) -> str:
    """Show control characters by their codes: names and titles of files could drive a terminal."""
    return text.translate(_SHOWN)


def table(rows: Iterable[tuple[str, ...]], *, header: tuple[str, ...] = (), texts: int = 2) -> None:
    """Print rows in columns: folded to the terminal's width, or whole lines where there is no terminal.

    Args:
        rows: Texts, column by column.
        header: Names of the columns; where they are given, all columns but the first are numbers.
        texts: How many columns come first that are not.
    """
    from rich.console import Console
    from rich.table import Table

    grid = Table(show_header=bool(header), box=None, pad_edge=False)
    for place, name in enumerate(header):
        grid.add_column(name, justify="left" if place < texts else "right")
    for row in rows:
        grid.add_row(*map(harmless, row))
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    console = Console(highlight=False, markup=False, emoji=False, width=None if is_terminal else 1000)
    with console.capture() as capture:
        console.print(grid)
    _write("\n".join(line.rstrip() for line in capture.get().split("\n")).rstrip("\n"), sys.stdout)


def _write(text: str, stream: object) -> None:
    with contextlib.suppress(OSError, ValueError, AttributeError):  # full, closed, absent
        print(text, file=stream, flush=True)  # pyright: ignore[reportArgumentType, reportCallIssue]
