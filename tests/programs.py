"""The program in a process of its own, for tests that stop it on its way."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def command(*arguments: object, before: str = "") -> list[str]:
    """Return what runs the program; ``before`` are statements that it runs first."""
    given = [str(argument) for argument in arguments]
    if not before:
        return [sys.executable, "-m", "rfr_video", *given]
    program = f"{before}\nimport sys; from rfr_video.cli import main; sys.exit(main())"
    return [sys.executable, "-c", program, *given]


@contextmanager
def running(command: list[str], **options: object) -> Iterator[subprocess.Popen[str]]:
    """Start a program whose errors are kept; nothing of it is left behind the block."""
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until(happened: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Wait for something that a program does, however slow the machine is; it must not end before."""
    while not happened():
        if process.poll() is not None:
            raise AssertionError(f"ended too early, with {process.returncode}: {process.stderr.read()}")
        time.sleep(0.01)
