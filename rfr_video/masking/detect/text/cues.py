"""Cues: lines of text that come and go together, as one caption each."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rfr_video.geometry import Rect
from rfr_video.masking.detect.overlay import smear_px
from rfr_video.masking.detect.text.confidence import confidence
from rfr_video.masking.detect.text.footprint import drawn_strokes, footprint
from rfr_video.masking.detect.text.panel import Panel, panel
from rfr_video.masking.detect.text.strokes import Polarity
from rfr_video.masking.detect.text.track import Followed
from rfr_video.masking.detect.text.working import WorkingPlane
from rfr_video.masking.placement import Cutout
from rfr_video.timecode import Moment

LEAST_SECONDS = 0.3
LEAST_CONFIDENCE = 0.12
"""What is less sure is forgotten."""

_LEAST_FRAMES = 2
_COMPARED_SECONDS = 120  # captions that are further apart have nothing to do with each other
_TOGETHER_FRAMES = 3
_BESIDE = 3.0  # of the letters' height
_ABOVE = 1.6
_TWIN = 0.5
_SHARED = 0.7
_SAME_HEIGHT = 0.75
_SAME_TONE = 30.0
_SAME_ROW = 0.6


@dataclass(frozen=True)
class Cue:
    """A caption.

    Attributes:
        start: Of the first frame that shows anything of it.
        stop: Of the first frame that shows nothing of it any more; ``None``: there to the last frame.
        frames: How many there are from the one to the other.
        fade_in: How many frames show it less than fully at first.
        fade_out: Likewise at last.
        cutout: Its mask, without the box behind its letters.
        panel: The box behind its letters, in the picture.
        confidence: That it is one, 0 to 1.
        height_px: Of its letters.
        tone: Of its letters, 0 to 255.
        polarity: Of its letters.
        plane: In which it was found; tones of different planes cannot be compared.
        row: In the middle of its surest line.
    """

    start: Moment
    stop: Moment | None
    frames: int
    fade_in: int
    fade_out: int
    cutout: Cutout
    panel: Panel
    confidence: float
    height_px: float
    tone: float
    polarity: Polarity
    plane: int
    row: float

    @property
    def rect(self) -> Rect:
        """The box around its mask."""
        return self.cutout.rect

    @property
    def first(self) -> int:
        """The number of its first frame."""
        return self.start.index

    @property
    def end(self) -> int:
        """The number of the frame after its last."""
        return self.start.index + self.frames


def cue(found: Followed, working: WorkingPlane, *, rate: float) -> Cue | None:
    """Make a cue of one line; ``None`` where it is surely none, or too short to be read.

    Args:
        found: The line.
        working: The plane in which it was found.
        rate: Frames per second.
    """
    if found.frames < max(_LEAST_FRAMES, LEAST_SECONDS * rate):
        return None
    sure = confidence(found, rate=rate)
    if sure < LEAST_CONFIDENCE:
        return None
    line = found.line
    mask = footprint(found, height=working.picture_height)
    edges = panel(found, drawn_strokes(found)).moved(found.rect.x, found.rect.y)
    return Cue(
        start=found.start,
        stop=found.stop,
        frames=found.frames,
        fade_in=found.come.fade_frames,
        fade_out=found.gone.fade_frames,
        cutout=working.enlarged(_cutout(mask, found.rect)),
        panel=edges.mapped(lambda x: working.to_picture(x, 0)[0], lambda y: working.to_picture(0, y)[1]),
        confidence=sure,
        height_px=line.height_px / float(working.scale),
        tone=line.tone,
        polarity=line.polarity,
        plane=working.plane,
        row=working.to_picture(0, line.rect.y + line.rect.height / 2)[1],
    )


def captions(cues: Iterable[Cue], *, needed: float, rate: float, picture: Rect) -> list[Cue]:
    """Unite lines that are one caption, and leave out what is not sure enough; in order of time.

    A line that is not sure is sure enough beside one that is, where both come and go together; and where
    others of its style stand in its place at other times.

    Args:
        cues: In any order.
        needed: The least confidence.
        rate: Frames per second.
        picture: The whole picture.
    """
    rows = sorted(cues, key=lambda one: one.first)
    reach = round(_COMPARED_SECONDS * rate)
    sure = _Nearby([one for one in rows if one.confidence >= needed], reach)
    adopted = [
        replace(one, confidence=needed)
        for one in rows
        if one.confidence < needed
        and any(_is_one_caption(one, other) or _is_of_style(one, other) for other in sure.of(one))
    ]
    return [_with_panel(one, picture) for one in _united([*sure.cues, *adopted])]


class _Nearby:
    """Cues, of which those that start at about the same time are found quickly.

    Args:
        cues: In order of their starts.
        reach: How many frames apart they may start.
    """

    def __init__(self, cues: Sequence[Cue], reach: int) -> None:
        self.cues = cues
        self._starts = [one.first for one in cues]
        self._reach = reach

    def of(self, one: Cue) -> Sequence[Cue]:
        first = bisect_left(self._starts, one.first - self._reach)
        return self.cues[first : bisect_right(self._starts, one.first + self._reach)]


def _united(cues: list[Cue]) -> list[Cue]:
    """Unite what is one caption; in order of time."""
    open_: list[Cue] = []
    done: list[Cue] = []
    for one in sorted(cues, key=lambda cue: (cue.first, -cue.confidence)):
        done += [other for other in open_ if other.end <= one.first]
        open_ = [other for other in open_ if other.end > one.first]
        home = next((other for other in open_ if _is_one_caption(one, other)), None)
        if home is not None:
            open_.remove(home)
            one = _union(home, one) if home.confidence >= one.confidence else _union(one, home)
        open_.append(one)
    return sorted(done + open_, key=lambda cue: (cue.first, cue.rect.y, cue.rect.x))


def _is_one_caption(one: Cue, other: Cue) -> bool:
    """Whether two lines cover each other, or are next to each other, and are there at the same time."""
    shared = min(one.end, other.end) - max(one.first, other.first)
    if shared <= 0:
        return False
    if _overlap(one.rect, other.rect) >= _TWIN:
        return shared >= _SHARED * min(one.frames, other.frames)
    if abs(one.first - other.first) > _TOGETHER_FRAMES or abs(one.end - other.end) > _TOGETHER_FRAMES:
        return False
    height = max(one.height_px, other.height_px)
    beside = max(one.rect.x, other.rect.x) - min(one.rect.right, other.rect.right)
    above = max(one.rect.y, other.rect.y) - min(one.rect.bottom, other.rect.bottom)
    return beside <= _BESIDE * height and above <= _ABOVE * height


def _is_of_style(one: Cue, other: Cue) -> bool:
    """Whether two lines look the same and stand in the same place, at different times."""
    kinds = (one.plane, one.polarity), (other.plane, other.polarity)
    if min(one.end, other.end) > max(one.first, other.first) or kinds[0] != kinds[1]:
        return False
    lower, higher = sorted((one.height_px, other.height_px))
    return (
        lower >= _SAME_HEIGHT * higher
        and abs(one.tone - other.tone) <= _SAME_TONE
        and abs(one.row - other.row) <= _SAME_ROW * higher
        and one.rect.x < other.rect.right
        and other.rect.x < one.rect.right
    )


def _overlap(one: Rect, other: Rect) -> float:
    """Return what part of the smaller rectangle both share."""
    if not one.overlaps(other):
        return 0.0
    both = one.intersection(other)
    return both.width * both.height / min(one.width * one.height, other.width * other.height)


def _union(one: Cue, other: Cue) -> Cue:
    """Unite two lines; the first is the surer one, whose times count where they are far apart."""
    rect = one.rect.union(other.rect)
    mask = np.zeros((rect.height, rect.width), np.uint8)
    for part in (one, other):
        mask[part.rect.relative_to(rect).slices] |= part.cutout.mask
    start, fade_in = one.start, one.fade_in
    if 0 < one.first - other.first <= _TOGETHER_FRAMES:
        start, fade_in = other.start, other.fade_in
    stop, end, fade_out = one.stop, one.end, one.fade_out
    if 0 < other.end - one.end <= _TOGETHER_FRAMES:
        stop, end, fade_out = other.stop, other.end, other.fade_out
    return replace(
        one,
        start=start,
        stop=stop,
        frames=end - start.index,
        fade_in=fade_in,
        fade_out=fade_out,
        cutout=_cutout(mask, rect),
        panel=one.panel.united(other.panel),
    )


def _with_panel(one: Cue, picture: Rect) -> Cue:
    """Let the mask cover the box behind the letters."""
    edges = one.panel
    if not edges.is_known:
        return one
    assert edges.left is not None
    assert edges.right is not None
    above = None if edges.top is None else one.rect.y - edges.top
    below = None if edges.bottom is None else edges.bottom - one.rect.bottom
    border = (
        max(above if above is not None else (below or 0), 0),
        max(below if below is not None else (above or 0), 0),
    )
    box = Rect.from_edges(
        edges.left,
        max(one.rect.y - border[0], picture.y),
        edges.right,
        min(one.rect.bottom + border[1], picture.bottom),
    ).grown(smear_px(picture.height), within=picture)
    rect = one.rect.union(box)
    mask = np.zeros((rect.height, rect.width), np.uint8)
    mask[one.rect.relative_to(rect).slices] = one.cutout.mask
    mask[box.relative_to(rect).slices] = 255
    return replace(one, cutout=_cutout(mask, rect))


def _cutout(mask: np.typing.NDArray[np.uint8], rect: Rect) -> Cutout:
    """Pack a mask that is as large as a rectangle, without its empty borders."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    inner = Rect.from_edges(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    cutout = Cutout.of(mask, inner)
    return replace(cutout, rect=Rect(rect.x + inner.x, rect.y + inner.y, inner.width, inner.height))
