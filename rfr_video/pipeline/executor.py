"""The only threads of the program: a source, stages and a sink, joined by bounded channels.

The source and every stage run in a thread of their own; the sink runs in the calling thread, so that an
interrupt arrives there. The first error wins, everything else is stopped, and all threads are joined
before :meth:`Run.drain` returns or raises.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import Any, Generic, TypeVar

import cv2

Item = TypeVar("Item")
_END = object()

CHANNEL_SIZE = 4


class Stopped(Exception):  # noqa: N818 - a signal between our own threads
    """The run is being stopped; raised wherever a thread would wait."""


@dataclass(frozen=True)
class Stage:
    """A passive iterator to be run in a thread: items in, items out, in order.

    Attributes:
        name: What it is called in timings.
        transform: The iterator.
        lanes: In how many threads it may run side by side, each on every n-th item. More than one only where
            one item goes in for one that comes out, and none depends on another.
    """

    name: str
    transform: Callable[[Iterator[Any]], Iterator[Any]]
    lanes: int = 1


@dataclass
class Clock:
    """How long a part of the run has waited for others, in seconds."""

    waited_seconds: float = 0.0


class Channel(Generic[Item]):
    """A bounded first-in first-out queue that can end well or be stopped."""

    def __init__(self, size: int = CHANNEL_SIZE) -> None:
        self._items: deque[Item] = deque()
        self._size = size
        self._ended = False
        self._stopped = False
        self._changed = threading.Condition()

    def put(self, item: Item, clock: Clock) -> None:
        """Append an item; waits while the channel is full."""
        with self._changed:
            since = time.perf_counter()
            while len(self._items) >= self._size and not self._stopped:
                self._changed.wait()
            clock.waited_seconds += time.perf_counter() - since
            if self._stopped:
                raise Stopped
            self._items.append(item)
            self._changed.notify_all()

    def take(self, clock: Clock) -> Iterator[Item]:
        """Yield items until the channel ends; waits while it is empty."""
        while True:
            with self._changed:
                since = time.perf_counter()
                while not (self._items or self._ended or self._stopped):
                    self._changed.wait()
                clock.waited_seconds += time.perf_counter() - since
                if self._stopped:
                    raise Stopped
                if not self._items:
                    return
                item = self._items.popleft()
                self._changed.notify_all()
            yield item

    def end(self) -> None:
        """Say that no more items come."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Make every present and future wait raise :class:`Stopped`."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()


@dataclass(frozen=True)
class Timing:
    """How long each part of a run was at work, in seconds, by name, in the order of the run."""

    total_seconds: float
    busy_seconds: dict[str, float]

    @property
    def limiting_stage(self) -> str:
        """The part that the others waited for."""
        return max(self.busy_seconds, key=lambda name: self.busy_seconds[name])


class Run:
    """One run of a pipeline.

    Args:
        source: What comes in.
        stages: What happens to it, in order.
        bypass: Items of the source for which this is true go around the stages, straight to the sink;
            among themselves they keep their order.
    """

    def __init__(
        self,
        source: Iterable[Any],
        stages: Sequence[Stage],
        *,
        source_name: str,
        sink_name: str,
        bypass: Callable[[Any], bool],
    ) -> None:
        self._source = source
        self._bypass = bypass
        self._channels: list[Channel[Any]] = [Channel() for _ in range(len(stages) + 1)]
        self._lane_channels: list[Channel[Any]] = []
        self._clocks: dict[str, list[Clock]] = {}
        self._first_error: BaseException | None = None
        self._lock = threading.Lock()
        self._started = time.perf_counter()
        self._threads: list[threading.Thread] = []
        self._add_thread(source_name, self._feed)
        for number, stage in enumerate(stages):
            before, behind = self._channels[number], self._channels[number + 1]
            if stage.lanes == 1:
                self._add_thread(stage.name, self._work, stage, before, behind)
            else:
                self._add_lanes(stage, before, behind)
        self._sink_clock = self._clock(sink_name)

    def drain(self, sink: Callable[[Any], None]) -> Timing:
        """Run to the end and give every item to ``sink``; raises the first error of any part."""
        for thread in self._threads:
            thread.start()
        try:
            for item in self._channels[-1].take(self._sink_clock):
                sink(item)
        except Stopped:
            pass
        except BaseException as error:
            self._fail(error)
            raise
        finally:
            self._stop()
            for thread in self._threads:
                thread.join()
        if self._first_error is not None:
            raise self._first_error
        return self.timing()

    def timing(self) -> Timing:
        """Return how long each part has been at work so far."""
        total = time.perf_counter() - self._started
        waited = {
            name: sum(clock.waited_seconds for clock in clocks) / len(clocks)
            for name, clocks in self._clocks.items()
        }
        return Timing(total, {name: max(0.0, total - seconds) for name, seconds in waited.items()})

    def _feed(self, clock: Clock) -> None:
        """Run the source; only it writes past the stages."""
        first, last = self._channels[0], self._channels[-1]
        for item in self._source:
            (last if self._bypass(item) else first).put(item, clock)
        first.end()

    def _work(self, clock: Clock, stage: Stage, before: Channel[Any], behind: Channel[Any]) -> None:
        for item in stage.transform(before.take(clock)):
            behind.put(item, clock)
        behind.end()

    def _add_lanes(self, stage: Stage, before: Channel[Any], behind: Channel[Any]) -> None:
        """Run a stage in lanes: items are dealt out in turn, and collected in the same turn."""
        fronts: list[Channel[Any]] = [Channel(1) for _ in range(stage.lanes)]
        backs: list[Channel[Any]] = [Channel(1) for _ in range(stage.lanes)]
        self._lane_channels += fronts + backs
        for front, back in zip(fronts, backs, strict=True):
            self._add_thread(stage.name, self._work, stage, front, back)
        self._add_helper(_deal, before, fronts)
        self._add_helper(_collect, backs, behind)

    def _add_thread(self, name: str, body: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=self._guard, args=(body, self._clock(name), *args), name=name)
        self._threads.append(thread)

    def _add_helper(self, body: Callable[..., None], *args: object) -> None:
        """Add a thread that only moves items on; its time counts for nobody."""
        self._threads.append(threading.Thread(target=self._guard, args=(body, Clock(), *args)))

    def _clock(self, name: str) -> Clock:
        self._clocks.setdefault(name, []).append(Clock())
        return self._clocks[name][-1]

    def _guard(self, body: Callable[..., None], *args: object) -> None:
        try:
            body(*args)
        except Stopped:
            return
        except BaseException as error:  # noqa: BLE001 - raised again in the calling thread
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        with self._lock:
            self._first_error = self._first_error or error
        self._stop()

    def _stop(self) -> None:
        for channel in self._channels + self._lane_channels:
            channel.stop()


@contextmanager
def one_opencv_thread() -> Generator[None]:
    """Let OpenCV work in the thread that calls it: the parts of a run are side by side, and so are lanes.

    With threads of its own, a temporal fill took a tenth more of the processor on 2 cores, and a fifth more
    of the clock on 16.
    """
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def _deal(clock: Clock, before: Channel[Any], fronts: Sequence[Channel[Any]]) -> None:
    turns = cycle(fronts)
    for item in before.take(clock):
        next(turns).put(item, clock)
    for front in fronts:
        front.end()


def _collect(clock: Clock, backs: Sequence[Channel[Any]], behind: Channel[Any]) -> None:
    for lane in cycle([back.take(clock) for back in backs]):
        item = next(lane, _END)
        if item is _END:  # the others have ended too, or have nothing more
            break
        behind.put(item, clock)
    behind.end()
