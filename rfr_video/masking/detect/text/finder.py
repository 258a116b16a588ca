"""Looking for lines of text while the frames of a video pass by."""

from collections import deque
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from rfr_video.geometry import Rect
from rfr_video.masking.detect.text.letters import letters
from rfr_video.masking.detect.text.lines import Line, lines
from rfr_video.masking.detect.text.strokes import (
    Gray,
    Polarity,
    StrokeLook,
    coming,
    staying,
    stroke_reach_px,
)
from rfr_video.masking.detect.text.track import Followed, GrayFrame, Track

LOOKS_PER_SECOND = 7.5
KEPT_SECONDS = 1.2
LEAST_LIKENESS = 0.5
MOST_TRACKS = 24
_UNSEEN_SECONDS = 0.4
_SURVEY_LOOKS = 6  # between two looks for text that was there before it could be told from the picture
_TALLEST = 0.13  # a letter, of the picture's height
_SAME = 0.5


class TextFinder:
    """Finds lines of text in the frames of a video, pushed one by one.

    Keeps 1.2 seconds of frames, and what is followed.

    Args:
        size: Width and height of the pictures, which may be a part of the video's.
        rate: Frames per second.
        height: Of the video's whole pictures, shrunk likewise.
    """

    def __init__(self, size: tuple[int, int], *, rate: Fraction, height: int) -> None:
        self._picture = Rect(0, 0, *size)
        self._reach = stroke_reach_px(height)
        self._tallest_px = _TALLEST * height
        self._step = max(1, round(float(rate) / LOOKS_PER_SECOND))
        self._unseen = max(2, round(_UNSEEN_SECONDS * float(rate)))
        self._past: deque[GrayFrame] = deque(
            maxlen=max(2 * self._step + 2, round(KEPT_SECONDS * float(rate)))
        )
        self._looks: deque[tuple[int, StrokeLook]] = deque(maxlen=3)
        self._tracks: list[Track] = []
        self._taken = 0
        self._surveyed = 0

    @property
    def kept_frames(self) -> int:
        """How many frames are kept now."""
        return len(self._past)

    def push(self, picture: GrayFrame) -> Iterator[Followed]:
        """Take the next frame; yields the lines that are known to be gone."""
        self._past.append(picture)
        for track in list(self._tracks):
            followed = track.push(picture)
            if followed is not None:
                self._tracks.remove(track)
                yield followed
        if self._taken % self._step == 0:
            self._look(picture)
        self._taken += 1

    def finish(self) -> Iterator[Followed]:
        """Yield the lines that are there to the last."""
        for track in self._tracks:
            yield track.finish()
        self._tracks.clear()

    def _look(self, picture: GrayFrame) -> None:
        look = StrokeLook.of(picture.gray, reach_px=self._reach)
        self._looks.append((picture.moment.index, look))
        if len(self._looks) < 2:
            return
        frame, now = self._looks[-2]
        survey = self._surveyed % _SURVEY_LOOKS == 0
        self._surveyed += 1
        found: list[Line] = []
        polarities: tuple[Polarity, ...] = ("bright", "dark")
        for polarity in polarities:
            if len(self._looks) == 3:
                before = self._looks[0][1]
                found += self._lines(coming(before, now, look, polarity), now.gray, polarity)
            if survey or len(self._looks) == 2:
                found += self._lines(staying(now, look, polarity), now.gray, polarity)
        for line in sorted(found, key=lambda one: -one.likeness):
            self._take(line, frame)

    def _lines(self, strokes: Gray, gray: Gray, polarity: Polarity) -> list[Line]:
        found = lines(letters(strokes, gray, polarity, tallest_px=self._tallest_px))
        return [line for line in found if line.likeness >= LEAST_LIKENESS]

    def _take(self, line: Line, frame: int) -> None:
        for track in list(self._tracks):
            shared = _shared(line, track)
            if shared >= _SAME * np.count_nonzero(line.strokes):
                track.likeness = max(track.likeness, line.likeness)
                return
            if shared >= _SAME * np.count_nonzero(track.strokes) and line.likeness >= track.likeness - 0.1:
                self._tracks.remove(track)
        if len(self._tracks) >= MOST_TRACKS:
            worst = min(self._tracks, key=lambda one: one.likeness)
            if worst.likeness >= line.likeness:
                return
            self._tracks.remove(worst)
        self._tracks.append(
            Track(line, picture=self._picture, past=self._past, found=frame, unseen_frames=self._unseen)
        )


def _shared(line: Line, track: Track) -> int:
    """Return how many samples of strokes a line shares with one that is followed."""
    if line.polarity != track.line.polarity or not line.rect.overlaps(track.line.rect):
        return 0
    both = line.rect.intersection(track.line.rect)
    ours = line.strokes[both.relative_to(line.rect).slices] > 0
    theirs = track.strokes[both.relative_to(track.rect).slices] > 0
    return int(np.count_nonzero(ours & theirs))
