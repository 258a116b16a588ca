"""The window that slides over a shot: every frame with its neighbours, and the motion between them."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from rfr_video.fill.temporal.look import Look
from rfr_video.motion.flow import FlowEstimator
from rfr_video.motion.grid import Grid
from rfr_video.motion.shots import ShotDetector, ShotEvent, Thumbnail, shots
from rfr_video.motion.steps import Step, StepField, measure_step


@dataclass(frozen=True, eq=False)
class View:
    """A frame and its neighbours in the same shot.

    Attributes:
        look: The frame.
        in_shot: How many frames of the shot come before it.
        ends_shot: Whether it is the shot's last frame.
        before: Earlier frames, the nearest first; empty where the frame has nothing to fill.
        after: Later frames, the nearest first; likewise.
        steps_before: The motion from the frame to the first of ``before``, from that to the second, ….
        steps_after: Likewise to the frames ``after``.
        grid: Of the motion.
    """

    look: Look
    in_shot: int
    ends_shot: bool
    before: tuple[Look, ...]
    after: tuple[Look, ...]
    steps_before: tuple[StepField, ...]
    steps_after: tuple[StepField, ...]
    grid: Grid


@dataclass
class _Entry:
    """A frame in the window; ``step`` is the motion from the frame before it, once that was needed."""

    look: Look
    in_shot: int
    step: Step | None = None


@dataclass
class Window:
    """Slides over the frames.

    Attributes:
        grid: Of the motion.
        estimator: Measures it.
        reach_frames: How many frames the window reaches to either side.
        events: What happened to the picture as a whole, up to now.
    """

    grid: Grid
    estimator: FlowEstimator
    reach_frames: int
    events: list[ShotEvent] = field(default_factory=list[ShotEvent])

    def views(self, looks: Iterable[Look]) -> Iterator[View]:
        """Give every frame its neighbours; looks ahead by the reach, and three frames more for cuts."""
        entries: deque[_Entry] = deque()
        done = 0  # how many of the entries have been given out
        for look, verdict in shots(looks, seen=_seen, detector=ShotDetector()):
            if verdict.event is not None:
                self.events.append(verdict.event)
            is_parted = bool(entries) and entries[-1].look.masked.lends != look.masked.lends
            if verdict.starts_shot or is_parted:
                yield from self._flush(entries, done)
                entries.clear()
                done = 0
            entries.append(_Entry(look, entries[-1].in_shot + 1 if entries else 0))
            if len(entries) - done > self.reach_frames:
                yield self._view(entries, done)
                done += 1
                if done > self.reach_frames:
                    entries.popleft()
                    done -= 1
        yield from self._flush(entries, done)

    def _flush(self, entries: deque[_Entry], done: int) -> Iterator[View]:
        """Give out what is left of a shot."""
        while done < len(entries):
            yield self._view(entries, done)
            done += 1
            if done > self.reach_frames:
                entries.popleft()
                done -= 1

    def _view(self, entries: deque[_Entry], at: int) -> View:
        """Gather the neighbours of a frame; only frames with something to fill need any."""
        entry = entries[at]
        ends_shot = at == len(entries) - 1
        if entry.look.masked.to_fill is None:
            return View(entry.look, entry.in_shot, ends_shot, (), (), (), (), self.grid)
        window = list(entries)
        steps = [self._step(before, behind) for before, behind in pairwise(window)]
        return View(
            look=entry.look,
            in_shot=entry.in_shot,
            ends_shot=ends_shot,
            before=tuple(other.look for other in reversed(window[:at])),
            after=tuple(other.look for other in window[at + 1 :]),
            steps_before=tuple(step.backward for step in reversed(steps[:at])),
            steps_after=tuple(step.forward for step in steps[at:]),
            grid=self.grid,
        )

    def _step(self, before: _Entry, behind: _Entry) -> Step:
        if behind.step is None:
            sights = before.look.sight, behind.look.sight
            behind.step = measure_step(*sights, grid=self.grid, estimator=self.estimator)
        return behind.step


def _seen(look: Look) -> tuple[Thumbnail, Thumbnail | None]:
    return look.thumbnail, look.maps.thumbnail if look.maps else None
