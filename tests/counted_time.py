"""Time that passes by being looked at, so that what is bounded by time does the same on every machine."""

from itertools import count
from types import ModuleType, SimpleNamespace

import pytest


def count_time(patch: pytest.MonkeyPatch, module: ModuleType, *, step_seconds: float) -> None:
    """Let a module's monotonic clock go on by a step whenever it is read, and by nothing else."""
    ticks = count()
    patch.setattr(module, "time", SimpleNamespace(monotonic=lambda: step_seconds * next(ticks)))
