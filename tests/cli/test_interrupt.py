"""A signal that comes while a library is at work, which makes another error of it."""

import os
import signal

import pytest

from rfr_video.cli.interrupt import interruptible
from rfr_video.errors import InputError, Interrupted


def _stopped_in_a_library(number, other):
    try:
        os.kill(os.getpid(), number)
    except Interrupted:
        raise other("made of it by a library") from None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("other", [InputError, RuntimeError, MemoryError])
def test_what_fails_after_a_signal_was_interrupted_by_it(number, other):
    with pytest.raises(Interrupted) as caught, interruptible():
        _stopped_in_a_library(number, other)
    assert caught.value.exit_code == 128 + number
    assert isinstance(caught.value.__cause__, other)


def test_what_fails_without_a_signal_is_left_as_it_is():
    with pytest.raises(InputError, match="as it is"), interruptible():
        raise InputError("as it is")
