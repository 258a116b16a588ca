"""Progress on a terminal as a live bar, elsewhere as plain lines."""

import shutil
import sys
import time
from types import TracebackType
from typing import Any, Self

from tqdm import tqdm

from rfr_video.pipeline.progress import Activity, Progress

REFRESH_SECONDS = 0.2
LINE_SECONDS = 5.0


class ProgressDisplay:
    """Shows how far a run is, on standard error.

    Args:
        quiet: Show nothing.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._live = sys.stderr is not None and sys.stderr.isatty()  # pyright: ignore[reportUnnecessaryComparison]
        self._bar: tqdm[Any] | None = None
        self._shown_at = time.monotonic()
        self._line_length = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()
        elif self._line_length and self._live:
            print(file=sys.stderr, flush=True)

    def show(self, progress: Progress) -> None:
        """Take note of progress; shows it when the last picture of it is old enough."""
        interval = REFRESH_SECONDS if self._live else LINE_SECONDS
        now = time.monotonic()
        done = progress.frames == progress.frames_expected
        if self._quiet or (now - self._shown_at < interval and not (done and self._live)):
            return
        self._shown_at = now
        if progress.activity is Activity.ADAPT:
            self._show_line(f"adapting the network to this video: {progress.seconds:.0f} s")
        elif progress.activity in (Activity.CARRY, Activity.DETECT, Activity.VERIFY):
            self._show_line(f"{progress.limited_by}: {_pace(progress)}")
        elif self._live:
            self._update_bar(progress)
        else:
            self._show_line(f"{_pace(progress)}, limited by {progress.limited_by}")

    def _show_line(self, text: str) -> None:
        """Show a line; on a terminal the next one replaces it."""
        columns = shutil.get_terminal_size().columns
        line = (
            f"\r{text[: columns - 1]:<{min(self._line_length, columns - 1)}}" if self._live else f"{text}\n"
        )
        self._line_length = len(text)
        print(line, end="", file=sys.stderr, flush=True)

    def _update_bar(self, progress: Progress) -> None:
        if self._bar is None:
            columns, rows = shutil.get_terminal_size()  # 80 × 24 where the terminal does not say
            self._bar = tqdm(
                total=progress.frames_expected, unit=" frames", desc="restore", ncols=columns, nrows=rows
            )
        self._bar.set_postfix_str(f"limited by {progress.limited_by}", refresh=False)
        self._bar.update(progress.frames - self._bar.n)


def _pace(progress: Progress) -> str:
    speed = progress.frames / progress.seconds if progress.seconds else 0.0
    total, left = "", ""
    if progress.frames_expected:
        total = f" of {progress.frames_expected}"
        left = f", {(progress.frames_expected - progress.frames) / speed:.0f} s left" if speed else ""
    return f"{progress.frames}{total} frames, {speed:.1f} frames/s{left}"
