"""Following a line of text from frame to frame: when it comes and goes, and what stays while it is there."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from rfr_video.geometry import Rect
from rfr_video.masking.detect.text.lines import Line
from rfr_video.masking.detect.text.presence import Pattern, Presence, Values
from rfr_video.masking.detect.text.strokes import Gray
from rfr_video.timecode import Moment

SIDE_ROOM = 3.0  # of the height: what belongs to a line on its left and right, and is no letter by itself
ROOM = 2.0  # likewise above and below
_NEWS = 0.15  # how much of a new frame goes into the pattern
_FADING = 0.02  # of full strength, per frame
_GREATEST_STEP = 0.35
_FIRST_STEP = 0.65  # to the first frame that is not taken for full strength
_LEAST_STRENGTH = 0.08
_STILL_WITHIN = 6.0  # of 255
_LEVEL = 2.0  # of 255: changes below are noise
_MOST = 0.75


@dataclass(frozen=True)
class Edge:
    """How a line of text comes or goes.

    Attributes:
        fade_frames: Over how many frames; 0 for at once.
        stillness: The share of the surroundings that does not change with it, 0 to 1; 0 where it was not seen
            to come or go.
        salience: How much more than its surroundings it changes, the logarithm of a ratio; 0 likewise.
    """

    fade_frames: int = 0
    stillness: float = 0.0
    salience: float = 0.0


@dataclass(frozen=True)
class Followed:
    """A line of text from its first frame to its last.

    Attributes:
        line: As it was found.
        rect: The crop that ``mean`` and ``deviation`` are of.
        start: Of its first frame.
        stop: Of the first frame without it; ``None`` where it is there to the last.
        frames: How many there are from the one to the other.
        likeness: How much it looks like text, 0 to 1; the best of all looks.
        come: How it came.
        gone: How it went.
        contrast: Of its strokes, of 255.
        restlessness: The standard deviation over time in the middle of its strokes, the median, of 255.
        unrest: Likewise in its surroundings.
        drift_px: How far it has moved in the end.
        mean: Float32 (H, W), the crop on average.
        deviation: Float32 (H, W), its standard deviation over time.
        onset: Float32 (H, W): how much the crop changed when it came, or else when it went; ``None`` where
            neither was seen, or everything changed.
    """

    line: Line
    rect: Rect
    start: Moment
    stop: Moment | None
    frames: int
    likeness: float
    come: Edge
    gone: Edge
    contrast: float
    restlessness: float
    unrest: float
    drift_px: float
    mean: Values
    deviation: Values
    onset: Values | None


@dataclass(frozen=True)
class GrayFrame:
    """A gray picture, uint8 (H, W), and its place in time."""

    moment: Moment
    gray: Gray


class Track:
    """A line of text that is followed.

    Args:
        line: As it was found.
        picture: The whole picture.
        past: All frames that are kept, in order, the last one being the newest.
        found: The number of the frame in which the line was found; it is in all frames from there on.
        unseen_frames: After so many frames without it, it is gone.
    """

    def __init__(
        self, line: Line, *, picture: Rect, past: Iterable[GrayFrame], found: int, unseen_frames: int
    ) -> None:
        self.line = line
        self.likeness = line.likeness
        self.rect = _room(line, within=picture)
        self._unseen_frames = unseen_frames
        self.strokes = np.zeros((self.rect.height, self.rect.width), np.uint8)
        self.strokes[line.rect.relative_to(self.rect).slices] = line.strokes
        crops = [GrayFrame(one.moment, self._crop(one.gray)) for one in past]
        known = [one.gray for one in crops if one.moment.index >= found]
        self._early: Values = np.stack(known).astype(np.float32).mean(axis=0, dtype=np.float32)
        self._ema = self._early.copy()
        self.contrast = self._contrast(self._ema)
        self._pattern = self._make_pattern()
        self._sum = np.zeros(self.strokes.shape, np.float64)
        self._squares = np.zeros(self.strokes.shape, np.float64)
        self._count = 0
        before = [one for one in crops if one.moment.index < found]
        first, self._come = self._look_back(before)
        faint = first - self._come.fade_frames
        self._start = crops[faint].moment
        self._before = crops[faint - 1].gray if faint else None
        self._first = crops[first].gray
        for one in crops[first:]:
            self._add(one.gray)
        self._last = crops[-1]
        self._waiting: list[tuple[GrayFrame, Presence]] = []

    def push(self, picture: GrayFrame) -> Followed | None:
        """Take the next frame; returns the whole once it is gone."""
        crop = self._crop(picture.gray)
        presence = self._pattern.presence(crop)
        if presence.is_there:
            for waited, was in self._waiting:
                if was.may_be_there:
                    self._add(waited.gray)
            self._waiting.clear()
            self._add(crop)
            self._last = GrayFrame(picture.moment, crop)
            self._ema += np.float32(_NEWS) * (crop - self._ema)
            self._pattern = self._make_pattern()
            return None
        self._waiting.append((GrayFrame(picture.moment, crop), presence))
        lost = sum(not was.may_be_there for _, was in self._waiting)
        if len(self._waiting) >= self._unseen_frames or lost >= min(self._unseen_frames, 4):
            return self.finish()
        return None

    def finish(self) -> Followed:
        """Return the whole at the end of the video, or when it is gone."""
        gone, after = self._leave()
        count = max(self._count, 1)
        mean = self._sum / count
        variance = np.maximum(self._squares / count - mean * mean, 0)
        onset = _onset(self._come, self._before, self._first)
        if onset is None:
            onset = _onset(gone, after.gray if after else None, self._last.gray)
        deviation = np.sqrt(variance).astype(np.float32)
        far = cv2.dilate(self.strokes, np.ones((9, 9), np.uint8)) == 0
        core = self._pattern.core
        return Followed(
            line=self.line,
            rect=self.rect,
            start=self._start,
            stop=after.moment if after else None,
            frames=self._last.moment.index + 1 + gone.fade_frames - self._start.index,
            likeness=self.likeness,
            come=self._come,
            gone=gone,
            contrast=self._contrast(mean.astype(np.float32)),
            restlessness=float(np.median(deviation.ravel()[core])),
            unrest=float(np.median(deviation[far])) if far.any() else 0.0,
            drift_px=self._drift_px(),
            mean=mean.astype(np.float32),
            deviation=deviation,
            onset=onset,
        )

    def _look_back(self, before: list[GrayFrame]) -> tuple[int, Edge]:
        """Return how many of the frames before it was found are without it for sure, and how it came."""
        first = len(before)
        while first and self._pattern.presence(before[first - 1].gray).is_there:
            first -= 1
        if not first:
            return 0, Edge()
        fade = self._fade([self._pattern.presence(one.gray) for one in reversed(before[:first])])
        outside = before[max(first - 1 - fade, 0)].gray
        inside = before[first].gray if first < len(before) else None
        return first, self._edge(fade, outside, inside)

    def _leave(self) -> tuple[Edge, GrayFrame | None]:
        """Return how it goes, and the first frame without it."""
        if not self._waiting:
            return Edge(), None
        fade = self._fade([presence for _, presence in self._waiting])
        after = self._waiting[fade][0] if fade < len(self._waiting) else None
        if after is None:
            return Edge(fade), None
        return self._edge(fade, after.gray, self._last.gray), after

    def _fade(self, presences: list[Presence]) -> int:
        """Return over how many frames, counted from the text outwards, it is seen getting fainter."""
        strength = 1.0
        for count, one in enumerate(presences):
            most = _GREATEST_STEP if count else _FIRST_STEP
            falls = _FADING <= strength - one.strength <= most
            if not (falls and one.is_faint and one.strength >= _LEAST_STRENGTH):
                return count
            strength = one.strength
        return len(presences)

    def _edge(self, fade: int, outside: Gray, inside: Gray | None) -> Edge:
        inside_values = self._ema if inside is None else inside.astype(np.float32)
        change = np.abs(inside_values - outside)
        around = cv2.dilate(self.strokes, np.ones((5, 5), np.uint8)) == 0
        if not around.any():
            return Edge(fade)
        still = float((change[around] <= _STILL_WITHIN).mean())
        step = float(np.median(change.ravel()[self._pattern.core]))
        salience = math.log((step + _LEVEL) / (float(np.quantile(change[around], _MOST)) + _LEVEL))
        return Edge(fade, still, salience)

    def _drift_px(self) -> float:
        """Return how far the strokes are from where they were, by the gradient (Lucas and Kanade 1981)."""
        near = cv2.dilate(self.strokes, np.ones((3, 3), np.uint8)) > 0
        change = (self._ema - self._early)[near]
        slopes = [cv2.Scharr(self._early, cv2.CV_32F, dx, 1 - dx, scale=1 / 32)[near] for dx in (1, 0)]
        parts = [float(np.mean(one * change)) / max(float(np.mean(one * one)), 1e-6) for one in slopes]
        return math.hypot(*parts)

    def _add(self, crop: Gray) -> None:
        values = crop.astype(np.float64)
        self._sum += values
        self._squares += values * values
        self._count += 1

    def _make_pattern(self) -> Pattern:
        return Pattern.of(self._ema, self.strokes, contrast=self.contrast, stroke_px=self.line.stroke_px)

    def _contrast(self, mean: Values) -> float:
        near = cv2.dilate(self.strokes, np.ones((7, 7), np.uint8)) > 0
        inside = self.strokes > 0
        beside = near & ~inside
        if not beside.any():
            return 1.0
        return float(abs(mean[inside].mean() - mean[beside].mean()))

    def _crop(self, gray: Gray) -> Gray:
        return np.ascontiguousarray(gray[self.rect.slices])


def _room(line: Line, *, within: Rect) -> Rect:
    """Return the surroundings that may hold more of the line."""
    side, room = round(SIDE_ROOM * line.height_px), round(ROOM * line.height_px)
    return Rect.from_edges(
        max(line.rect.x - side, 0),
        max(line.rect.y - room, 0),
        min(line.rect.right + side, within.right),
        min(line.rect.bottom + room, within.bottom),
    )


def _onset(edge: Edge, outside: Gray | None, inside: Gray) -> Values | None:
    if outside is None or edge.stillness < 0.5:
        return None
    return cv2.absdiff(outside, inside).astype(np.float32)
