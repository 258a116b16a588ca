"""Where shots begin, told from thumbnails as the frames stream by.

A frame begins a shot when most of what the frame before it shows cannot be found in it, although motion has
been followed, and when that stands out from the frames around (an adaptive threshold, as in Yusoff et al.,
"Video Shot Cut Detection Using Adaptive Thresholding", BMVC 2000). One to three odd frames between two that
show the same are a flash and break nothing. A picture that comes out of black (or any blank) begins one shot,
however slowly; so does the last frame of a dissolve, which is told by its middle being a mixture of its ends.

Comparing two thumbnails: likeness.py. Making them: thumbnail.py. What to do at a cut is left to the caller.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt

from rfr_video.errors import UsageError
from rfr_video.motion.dissolve import SPANS_FRAMES, dissolve_before, fade_start
from rfr_video.motion.likeness import Likeness, Look, look_at

Thumbnail = npt.NDArray[np.uint8]
EventKind = Literal["cut", "flash", "fade", "dissolve"]
FrameT = TypeVar("FrameT")

LOOK_AHEAD_FRAMES = 3
LEAST_UNMATCHED = 0.27
_FLASH_FRAMES = LOOK_AHEAD_FRAMES
_BRIGHTER_BY = 20.0  # of 255: a step of mean luma that may be a flash
_BACKGROUND_FRAMES = 8
_BACKGROUND_SHARE = 0.5  # what of the usual mismatch is asked for on top
_PEAK_FRAMES = 2  # nearer cuts than this must be nearly as strong as their neighbours
_NEARLY = 0.9
_BLANK_CONTRAST = 2.5
_SHOWN_CONTRAST = 5.0  # more than blank, lest a picture that hovers there flickers between the two
_FAINT_CONTRAST = 8.0
_FADING_FRAMES = 3
_FADING = 0.5  # contrast that falls to this within that many frames is on its way to nothing
_DISSOLVED = 1.5
_KEPT_FRAMES = SPANS_FRAMES[0] + LOOK_AHEAD_FRAMES + 1


@dataclass(frozen=True)
class ShotEvent:
    """Something that happened to the picture as a whole.

    Args:
        kind: ``cut``, ``flash`` (one to three odd frames, bright or not), ``fade`` (through black or another
            blank), ``dissolve``.
        start_frame: The first frame that it touches, counted from 0.
        stop_frame: The frame after it: of a cut the one after the first of the new shot; of a flash the one
            that shows the picture from before again; of a fade or dissolve the first of the new shot.
        unmatched: The share of the picture before it that the picture after it does not show (of a flash: the
            odd frame), 0–1.
    """

    kind: EventKind
    start_frame: int
    stop_frame: int
    unmatched: float


@dataclass(frozen=True)
class ShotVerdict:
    """What is known of a frame.

    Args:
        frame: Its number, counted from 0.
        starts_shot: Nothing may be carried over from the frames before it. True of the first frame.
        event: What begins with this frame (cut, flash) or ends before it (fade, dissolve). A fade that has
            not ended with the video is told with the last frame.
    """

    frame: int
    starts_shot: bool
    event: ShotEvent | None = None


class ShotDetector:
    """Tells of every frame whether it begins a shot, three frames later; keeps 65 thumbnails and no more.

    Args:
        least_unmatched: The share of the picture, 0–1, that must be gone for a cut. Less finds more cuts, and
            more that are none.

    Raises:
        UsageError: The share is not between 0 and 1.
    """

    look_ahead_frames = LOOK_AHEAD_FRAMES

    def __init__(self, *, least_unmatched: float = LEAST_UNMATCHED) -> None:
        if not 0 < least_unmatched < 1:
            raise UsageError(
                f"the least unmatched share is {least_unmatched}; give more than 0 and less than 1"
            )
        self._least = least_unmatched
        self._likeness = Likeness()
        self._looks: deque[Look] = deque(maxlen=_KEPT_FRAMES)
        self._changes: deque[float] = deque(maxlen=_KEPT_FRAMES)
        self._pushed = 0
        self._decided = 0
        self._shot_start = 0
        self._fade_start: int | None = None  # as long as the picture is blank
        self._flash_stop = -1

    def push(self, thumbnail: Thumbnail, hole: Thumbnail | None = None) -> ShotVerdict | None:
        """Take the next frame, and tell about the one three frames before.

        Args:
            thumbnail: uint8 (h, w, 3) RGB or (h, w) luma, about 96×54: see :func:`thumbnail.thumbnail`. One
                size for all frames.
            hole: uint8 (h, w), not 0 = not to be looked at (logo, hole); may change from frame to frame.

        Returns:
            The verdict, or None for the first three frames.

        Raises:
            UsageError: A shape or type is wrong, or the size has changed.
        """
        look = look_at(thumbnail, hole)
        self._changes.append(self._likeness.unmatched(self._looks[-1], look) if self._looks else 0.0)
        self._looks.append(look)
        self._pushed += 1
        return self._decide() if self._pushed > self.look_ahead_frames else None

    def finish(self) -> Iterator[ShotVerdict]:
        """Tell about the last frames, three or fewer, after the last one was pushed."""
        while self._decided < self._pushed:
            yield self._decide()

    def _decide(self) -> ShotVerdict:
        frame = self._decided
        self._decided += 1
        event = self._event(frame)
        starts_shot = frame == 0 or (event is not None and event.kind != "flash")
        if starts_shot:
            self._shot_start = frame
        is_last = self._decided == self._pushed
        if is_last and event is None and self._fade_start is not None:
            event = ShotEvent("fade", self._fade_start, frame + 1, 1.0)
        return ShotVerdict(frame, starts_shot, event)

    def _event(self, frame: int) -> ShotEvent | None:
        if frame <= self._flash_stop:
            return None
        if self._fade_start is not None:
            return self._after_blank(frame)
        if frame == 0 or self._is_end_of_fade(frame):
            self._note_blank(frame)
            return None
        unmatched = self._standing_out(frame)
        event = self._flash(frame, unmatched=unmatched)
        if event is not None:
            return event
        self._note_blank(frame, is_cut=unmatched > 0)
        if unmatched:
            return ShotEvent("cut", frame, frame + 1, unmatched)
        return self._dissolve(frame) if self._fade_start is None else None

    def _standing_out(self, frame: int) -> float:
        """Return the share of the frame before that this one surely lacks; 0 where that is usual."""
        change = self._change(frame)
        if change < self._least:
            return 0.0
        around = range(frame - _PEAK_FRAMES, frame + _PEAK_FRAMES + 1)
        if change < _NEARLY * max(self._change(near) for near in around):
            return 0.0
        usual = [
            self._change(near)
            for near in range(frame - _BACKGROUND_FRAMES, frame + self.look_ahead_frames + 1)
            if near != frame and 0 < near < self._pushed
        ]
        wanted = self._least + _BACKGROUND_SHARE * (median(usual) if usual else 0.0)
        unmatched = self._likeness.surely_unmatched(self._look(frame - 1), self._look(frame))
        return unmatched if unmatched >= wanted else 0.0

    def _flash(self, frame: int, *, unmatched: float) -> ShotEvent | None:
        """Return a flash that begins with this frame: what comes soon after shows what was there before."""
        before, odd = self._look(frame - 1), self._look(frame)
        step = abs(odd.mean - before.mean)
        if not unmatched and step < _BRIGHTER_BY:
            return None
        for stop in range(frame + 1, min(frame + _FLASH_FRAMES + 1, self._pushed)):
            after = self._look(stop)
            if step >= _BRIGHTER_BY and abs(after.mean - before.mean) > step / 2:
                continue
            left = self._likeness.surely_unmatched(before, after)
            if left < min(0.6 * unmatched, 1.5 * self._least) or (not unmatched and left < self._least):
                self._flash_stop = stop
                return ShotEvent("flash", frame, stop, unmatched or self._change(frame))
        return None

    def _note_blank(self, frame: int, *, is_cut: bool = False) -> None:
        """Note from when on the picture has been fading, if nothing is left of it."""
        if self._look(frame).contrast < _BLANK_CONTRAST:
            earliest = frame if is_cut else self._earliest
            self._fade_start = fade_start(frame, look=self._look, earliest=earliest)

    def _is_end_of_fade(self, frame: int) -> bool:
        """Tell whether a picture is gone that was hardly there any more, or was going: no cut, no flash."""
        if self._look(frame).contrast >= _BLANK_CONTRAST:
            return False
        before, sooner = self._look(frame - 1), self._look(max(frame - 1 - _FADING_FRAMES, self._earliest))
        return before.contrast < max(_FAINT_CONTRAST, _FADING * sooner.contrast)

    def _after_blank(self, frame: int) -> ShotEvent | None:
        """Return the fade or cut by which a blank ends with this frame."""
        look = self._look(frame)
        if self._fade_start is None or look.contrast < _SHOWN_CONTRAST:
            return None
        start, self._fade_start = self._fade_start, None
        unmatched = self._likeness.surely_unmatched(self._look(frame - 1), look)
        later = self._look(min(frame + _FADING_FRAMES, self._pushed - 1))
        is_faint = look.contrast < max(_FAINT_CONTRAST, _FADING * later.contrast)
        if is_faint or unmatched < self._least or self._look(frame - 1).contrast >= _BLANK_CONTRAST:
            return ShotEvent("fade", start, frame, unmatched)
        return ShotEvent("cut", frame, frame + 1, unmatched)

    def _dissolve(self, stop: int) -> ShotEvent | None:
        ahead = stop + self.look_ahead_frames
        if ahead >= self._pushed:
            return None
        found = dissolve_before(
            stop,
            look=self._look,
            earliest=self._earliest,
            ahead=ahead,
            likeness=self._likeness,
            least_unmatched=_DISSOLVED * self._least,
        )
        return ShotEvent("dissolve", found.start_frame, stop, found.unmatched) if found else None

    @property
    def _earliest(self) -> int:
        """The first frame of this shot that is remembered."""
        return max(self._shot_start, self._oldest)

    @property
    def _oldest(self) -> int:
        return self._pushed - len(self._looks)

    def _look(self, frame: int) -> Look:
        return self._looks[frame - self._oldest]

    def _change(self, frame: int) -> float:
        """Return the unmatched share of a frame against the one before it; 0 where there is none."""
        return self._changes[frame - self._oldest] if self._oldest <= frame < self._pushed else 0.0


def shots(
    frames: Iterable[FrameT],
    *,
    seen: Callable[[FrameT], tuple[Thumbnail, Thumbnail | None]],
    detector: ShotDetector,
) -> Iterator[tuple[FrameT, ShotVerdict]]:
    """Pass frames on, in order, each with its verdict; looks ahead by three frames.

    Args:
        frames: Frames of any kind.
        seen: Makes of a frame its thumbnail, and the thumbnail of its hole or None.
        detector: A new one for every video.

    Raises:
        UsageError: The thumbnails are not fit for :meth:`ShotDetector.push`.
    """
    waiting: deque[FrameT] = deque()
    for frame in frames:
        waiting.append(frame)
        verdict = detector.push(*seen(frame))
        if verdict is not None:
            yield waiting.popleft(), verdict
    for verdict in detector.finish():
        yield waiting.popleft(), verdict
