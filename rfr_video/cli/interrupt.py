"""Signals that end the program: an orderly stop first, and a hard one when that takes too long.

The orderly stop raises :class:`Interrupted` in the main thread; threads are joined and the partial file is
removed on the way out. But Python runs its signal handlers between two steps of its own: while the main
thread sits in one long call of an encoder, or waits for a thread that does, nothing happens. So a watchdog
hears of the signal as well, and ends the process itself when the stop is not through in time.
"""

import os
import signal
import socket
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from rfr_video.errors import Interrupted

PATIENCE_SECONDS = 1.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruptible() -> Generator[None]:
    """Turn the signals that end a program into :class:`Interrupted` in the block; for the main thread.

    It is raised wherever the thread happens to be, and libraries may turn it into an error of their own: so
    every error that follows a signal leaves the block as :class:`Interrupted`.
    """
    received: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        received.append(number)
        _interrupt(number, frame)

    reader, writer = socket.socketpair()
    writer.setblocking(False)  # noqa: FBT003 - that is its interface
    heard = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]  # as under nohup
    handlers = {number: signal.signal(number, interrupt) for number in heard}
    wakeup = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    over = threading.Event()
    threading.Thread(target=_watch, args=(reader, over), daemon=True, name="watchdog").start()
    try:
        yield
    except Exception as error:
        if received and not isinstance(error, Interrupted):
            raise Interrupted(received[0]) from error
        raise
    finally:
        over.set()
        signal.set_wakeup_fd(wakeup)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        writer.close()


@contextmanager
def remembered() -> Generator[list[int]]:
    """Collect those signals in the block instead, for work that saves itself; the second one ends it."""
    received: list[int] = []

    def remember(number: int, frame: FrameType | None) -> None:
        received.append(number)
        if len(received) > 1:
            _interrupt(number, frame)

    heard = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    wakeup = signal.set_wakeup_fd(-1)  # the watchdog is not to hear of them
    handlers = {number: signal.signal(number, remember) for number in heard}
    try:
        yield received
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    raise Interrupted(number)


def _watch(reader: socket.socket, over: threading.Event) -> None:
    """Wait for one of the signals; end the process when the block is not left soon after it."""
    with reader:
        while received := reader.recv(1):
            if received[0] in SIGNALS and not over.wait(PATIENCE_SECONDS):
                end_now(128 + received[0])


def end_now(exit_code: int) -> NoReturn:
    """Remove what is half written and end the process, without waiting for encoders to close."""
    target = sys.modules.get("rfr_video.media.target")  # not loaded: nothing is being written yet
    if target:
        target.remove_partials()
    work = sys.modules.get("rfr_video.media.work_folder")
    kept = work.kept_work() if work else None
    os.write(2, f"rfr-video: interrupted; {kept or 'nothing was written'}\n".encode())
    os._exit(exit_code)
