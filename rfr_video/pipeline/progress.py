"""How far a run is, as it is told to whoever asked for it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from rfr_video.media.probe import VideoInfo


class Activity(StrEnum):
    """What a run is busy with."""

    DETECT = "detect"
    CARRY = "carry"
    ADAPT = "adapt"
    RESTORE = "restore"
    VERIFY = "verify"


@dataclass(frozen=True)
class Progress:
    """How far a run is. ``frames_expected`` is ``None`` where the source does not say."""

    frames: int
    frames_expected: int | None
    seconds: float
    limited_by: str
    activity: Activity = Activity.RESTORE


ProgressCallback = Callable[[Progress], None]


class CarryProgress:
    """Turns the half frames of carrying masks, which goes in two directions, into progress.

    Args:
        info: What is in the video.
        progress: Is told.
    """

    def __init__(self, info: VideoInfo, progress: ProgressCallback | None) -> None:
        self._expected = info.video.expected_frames
        self._progress = progress
        self._halves = 0
        self._started = time.perf_counter()

    def __call__(self) -> None:
        """Hear that half a frame more is done."""
        self._halves += 1
        if self._progress:
            seconds = time.perf_counter() - self._started
            frames = self._halves // 2
            self._progress(Progress(frames, self._expected, seconds, "carrying masks", Activity.CARRY))


class DetectProgress:
    """Turns how far a search is into progress.

    Args:
        what: What is looked for.
        progress: Is told.
    """

    def __init__(self, what: str, progress: ProgressCallback | None) -> None:
        self._what = what
        self._progress = progress
        self._started = time.perf_counter()

    def __call__(self, frames: int, expected: int | None) -> None:
        """Hear that so many frames are looked at, of so many."""
        if self._progress:
            seconds = time.perf_counter() - self._started
            self._progress(Progress(frames, expected, seconds, f"finding {self._what}", Activity.DETECT))
