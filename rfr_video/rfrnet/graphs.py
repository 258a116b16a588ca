"""Which batches are replayed from a recording: those of a kind that keeps coming back.

The network is several hundred kernels. Launched one by one they cost the host milliseconds for every batch;
launched as one graph they cost next to nothing. Here is only when a kind of batch is recorded, how many
recordings are kept, and what happens when recording fails; how a device records: cuda_graphs.py.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

Kind = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A batch on its device.

    Attributes:
        images_n3hw: Float32, RGB in [0, 1], (N, 3, H, W).
        known_n1hw: Float32, (N, 1, H, W), 1 = known, 0 = hole.
        recurrences: None for the network's own number.
        frequent: Whether more of its kind are to come, so that a search for the fastest algorithms pays.
    """

    images_n3hw: Tensor
    known_n1hw: Tensor
    recurrences: int | None
    frequent: bool

    @property
    def kind(self) -> Kind:
        """What is fixed in a recording: N, H, W, and the recurrences, 0 for the network's own number."""
        count, _, height, width = self.images_n3hw.shape
        return count, height, width, self.recurrences or 0


Forward = Callable[[Batch], Tensor]
"""The forward pass, on the current stream where a device has streams; returns float32 (N, H, W, 3)."""


class Recording(Protocol):
    """The forward pass of one kind of batch, recorded."""

    def replay(self, batch: Batch) -> Tensor:
        """Do on this batch what was recorded; later replays leave the result alone."""
        ...

    def release(self) -> None:
        """Give up the memory, once no replay is under way."""
        ...


class Recorder(Protocol):
    """What makes recordings."""

    def record(self, example: Batch) -> Recording | None:
        """Record a kind of batch; None when that would hold more memory than is allowed.

        Raises:
            RuntimeError: The device cannot record it.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class GraphLimits:
    """When a kind of batch is recorded.

    Attributes:
        runs_before: How often it must have come before.
        most: How many recordings are kept, at least 1.
        idle_runs: When all places are taken: how many batches ago the one that gives way must have come.
    """

    runs_before: int = 2
    most: int = 8
    idle_runs: int = 64


class Graphs:
    """Runs batches: from a recording where there is one, else kernel by kernel.

    After the first failure to record, everything goes kernel by kernel, and ``note`` is told why.
    """

    def __init__(
        self,
        forward: Forward,
        *,
        recorder: Recorder | None,
        note: Callable[[str], None],
        limits: GraphLimits | None = None,
    ) -> None:
        self._forward = forward
        self._recorder = recorder
        self._note = note
        self._limits = limits or GraphLimits()
        self._recordings: dict[Kind, Recording] = {}
        self._last_run: dict[Kind, int] = {}
        self._seen: Counter[Kind] = Counter()
        self._too_large: set[Kind] = set()
        self._runs = 0

    @property
    def recorded(self) -> frozenset[Kind]:
        """The kinds of batch that are replayed."""
        return frozenset(self._recordings)

    def run(self, batch: Batch) -> Tensor:
        """Run a batch, as :data:`Forward` does."""
        kind = batch.kind
        self._runs += 1
        self._seen[kind] += 1
        if kind not in self._recordings and self._is_worth_it(kind):
            self._record(batch)
        if kind not in self._recordings:
            return self._forward(batch)
        self._last_run[kind] = self._runs
        return self._recordings[kind].replay(batch)

    def give_up(self, reason: str) -> None:
        """Release all recordings and make no more."""
        self._recorder = None
        for kind in list(self._recordings):
            self._recordings.pop(kind).release()
        self._note(f"CUDA graphs are off ({reason}); the network is launched kernel by kernel")

    def _is_worth_it(self, kind: Kind) -> bool:
        return (
            self._recorder is not None
            and self._seen[kind] > self._limits.runs_before
            and kind not in self._too_large
            and (len(self._recordings) < self._limits.most or self._idle() is not None)
        )

    def _record(self, batch: Batch) -> None:
        assert self._recorder is not None
        kind = batch.kind
        try:
            recording = self._recorder.record(batch)
        except RuntimeError as error:
            self.give_up(_root(error))
            return
        if recording is None:
            if not self._too_large:
                count, height, width, _ = kind
                self._note(
                    f"no CUDA graph for {count} crops of {width}×{height}: it would hold too much memory"
                )
            self._too_large.add(kind)
            return
        # Released only now: recordings share memory, and the last one to go takes it along.
        if len(self._recordings) == self._limits.most and (idle := self._idle()) is not None:
            self._recordings.pop(idle).release()
        self._recordings[kind] = recording

    def _idle(self) -> Kind | None:
        """Return the kind that has not come for longest, if that is long enough."""
        oldest = min(self._recordings, key=self._last_run.__getitem__)
        return oldest if self._runs - self._last_run[oldest] > self._limits.idle_runs else None


def _root(error: BaseException) -> str:
    """Return the first line of what went wrong first: the end of a failed recording fails as well."""
    while error.__context__ is not None:
        error = error.__context__
    return str(error).partition("\n")[0]
