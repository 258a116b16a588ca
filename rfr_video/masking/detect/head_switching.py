"""Head switching: the torn, noisy band at the bottom of a tape's pictures.

A video recorder changes from one head to the next a few lines before a field ends; what follows is displaced
from line to line, noisy, and short of colour. So every line there differs from the line above it, of the same
field, by more than lines do just above the band, and that in all pictures of the file. The band begins where
these differences step up; where they grow little by little, the scene is to blame.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rfr_video.config import DetectConfig
from rfr_video.geometry import Rect
from rfr_video.masking.detect.detector import OverlayScan, ScanReport
from rfr_video.masking.detect.overlay import Overlay, Presence
from rfr_video.masking.detect.planes import BytePlane, Planes
from rfr_video.masking.detect.sensitivity import least_confidence
from rfr_video.masking.placement import Cutout
from rfr_video.media.fields import LINE_PX
from rfr_video.media.probe import VideoInfo
from rfr_video.media.sampling import spread_frames
from rfr_video.timecode import Span

SAMPLES = 60
"""Pictures that are looked at, spread over the file."""

NOTHING = (
    "no band of torn lines was found at the bottom of the picture; draw one with --box 0,-8,WIDTH,8 or the "
    "like, or look closer with --sensitivity 0.8"
)

_LOOKED_AT = 0.2  # of the picture's height, from the bottom
_HIGHEST = 0.12
_ABOVE_LINES = 12
_LARGEST_CODES = 60
_CHROMA_WEIGHT = 0.5
_LEAST_EXCESS, _MOST_EXCESS = 0.25, 1.0
_HIGHEST_STEP = 2.0
_EVEN_SUM = 1.0  # as many lines with the largest excess make a confidence of a half
_LEAST_STEP_SHARE = 0.6
_ON_THE_WAY_UP, _JITTER_LINES = 0.3, 4
_NOISE = 0.02
_DARK_CODES, _BLACK_SHARE = 28, 0.5

Profile = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Band:
    """A band of torn lines.

    Attributes:
        lines: Its height in lines of the frame, from the highest place of its upper edge on.
        black_lines: How many lines below it are black.
        confidence: That it is one, 0 to 1.
    """

    lines: int
    black_lines: int
    confidence: float

    def rect(self, picture: Rect) -> Rect:
        """Return it with the black lines, in a picture of the size that was looked at."""
        height = self.lines + self.black_lines
        return Rect(picture.x, picture.bottom - height, picture.width, height)

    def __str__(self) -> str:
        black = f", and {self.black_lines} black lines below" if self.black_lines else ""
        return f"{self.lines} lines at the bottom{black}, confidence {self.confidence:.2f}"


class LineProfile:
    """Gathers how far the lines at the bottom of pictures differ from the ones above them."""

    def __init__(self) -> None:
        self._sum: Profile | None = None
        self._black: npt.NDArray[np.bool_] | None = None
        self._height = 0
        self._count = 0

    def add(self, picture: Planes) -> None:
        """Look at a picture; all are of one size. Black ones do not count."""
        height = picture.luma.shape[0]
        first = round((1 - _LOOKED_AT) * height)
        black = np.mean(picture.luma[first:] <= _DARK_CODES, axis=1) > _BLACK_SHARE
        if black.all() or first < LINE_PX:
            return
        self._height = height
        profile = np.log(_differences(picture.luma, first) + 0.5)
        if picture.chroma:
            chroma = np.add(*(_coarse_differences(plane, first, height) for plane in picture.chroma))
            profile += _CHROMA_WEIGHT * np.log(chroma + 0.5)
        self._sum = profile if self._sum is None else self._sum + profile
        self._black = black if self._black is None else self._black & black
        self._count += 1

    def band(self, *, sensitivity: float) -> Band | None:
        """Return the band that the pictures have; ``None`` where none is sure enough."""
        band = self._step()
        return None if band is None or band.confidence < least_confidence(sensitivity) else band

    def _step(self) -> Band | None:
        """Return where lines begin to differ more; ``None`` where they do so by no step."""
        if self._sum is None or self._black is None:
            return None
        rows = int(np.flatnonzero(~self._black)[-1]) + 1 if not self._black.all() else 0
        profile = self._sum[:rows] / self._count
        if rows <= _ABOVE_LINES + LINE_PX:
            return None
        top = _edge(profile, first=max(_ABOVE_LINES, rows - round(_HIGHEST * self._height)))
        above = profile[max(0, top - _ABOVE_LINES) : top - 1]
        if not len(above) or not _is_step(profile, top):
            return None
        excess = profile[top:] - np.quantile(above, 0.9) - _LEAST_EXCESS
        total = float(np.clip(excess, -_MOST_EXCESS, _MOST_EXCESS).sum())
        if total <= 0:
            return None
        return Band(rows - top, len(self._black) - rows, total / (total + _EVEN_SUM))


def find_head_switching(
    info: VideoInfo, config: DetectConfig, *, span: Span, report: ScanReport
) -> OverlayScan:
    """Find the band; see :class:`rfr_video.masking.detect.detector.OverlayDetector`.

    The mask goes down to the last line: the black ones below are filled, too.
    """
    picture = Rect(0, 0, info.video.width, info.video.height)
    area = config.area(picture)
    profile = LineProfile()
    for number, frame in enumerate(spread_frames(info, count=SAMPLES, span=span), start=1):
        profile.add(Planes.of_frame(frame))
        report(number, SAMPLES)
    band = profile.band(sensitivity=config.sensitivity)
    if band is None:
        return OverlayScan((), (NOTHING,))
    rect = band.rect(picture)
    if not rect.overlaps(area):
        return OverlayScan((), (f"{band}; that is not in the region",))
    rect = rect.intersection(area)
    found = Overlay(
        kind="head-switching",
        cutout=Cutout.of(np.full((picture.height, picture.width), 255, np.uint8), rect),
        confidence=band.confidence,
        presence=(Presence(),),
    )
    return OverlayScan((found,), (str(band),))


def _differences(plane: BytePlane, first: int) -> Profile:
    """Return how far each row from one on differs from the one two above it, which is of the same field.

    A pixel may have come from the left or the right, so that slanted edges do not count; means over the row,
    in codes.
    """
    rows = plane[first - LINE_PX :].astype(np.int16)
    here, above = rows[LINE_PX:, 1:-1], rows[:-LINE_PX]
    nearest = np.minimum.reduce(
        [np.abs(here - above[:, 1 + by : above.shape[1] - 1 + by]) for by in (-1, 0, 1)]
    )
    return np.asarray(np.minimum(nearest, _LARGEST_CODES).mean(axis=1), np.float64)


def _coarse_differences(plane: BytePlane, first: int, height: int) -> Profile:
    """Return the same of the chroma rows that belong to the luma rows of the same field."""
    rows = np.arange(first, height)
    if plane.shape[0] < height:
        rows = rows // (2 * LINE_PX) * LINE_PX + rows % LINE_PX
    rows = np.minimum(rows, plane.shape[0] - 1)
    start = max(LINE_PX, int(rows[0]))
    return _differences(plane, start)[np.maximum(rows - start, 0)]


def _edge(profile: Profile, *, first: int) -> int:
    """Return where a profile steps up most clearly: where two levels, above and below, explain it best."""
    best, at, levels = -1.0, len(profile) - 1, (0.0, 0.0)
    for row in range(first, len(profile) - 1):
        above = profile[row - _ABOVE_LINES : row]
        below = np.minimum(profile[row:], np.median(above) + _HIGHEST_STEP)
        both = np.concatenate([above, below])
        left = _squares(above) + _squares(below)
        gain = (_squares(both) - left) / (left / len(both) + _NOISE)
        if below.mean() > above.mean() and gain > best:
            best, at, levels = gain, row, (float(above.mean()), float(below.mean()))
    least = levels[0] + _ON_THE_WAY_UP * (levels[1] - levels[0])
    for _ in range(_JITTER_LINES):  # the edge is not at the same line in all pictures
        if at > first and profile[at - 1] > least:
            at -= 1
    return at


def _is_step(profile: Profile, top: int) -> bool:
    """Whether two levels explain a profile, not much worse than a ramp would."""
    part = profile[max(0, top - _ABOVE_LINES) :]
    part = np.minimum(part, np.median(part[: min(top, _ABOVE_LINES)]) + _HIGHEST_STEP)
    along = np.arange(len(part))
    ramp = _squares(np.asarray(part - np.polyval(np.polyfit(along, part, 1), along), np.float64))
    split = min(top, _ABOVE_LINES)
    step = _squares(part[:split]) + _squares(part[split:]) + _NOISE * len(part)
    return ramp > _LEAST_STEP_SHARE * step


def _squares(values: Profile) -> float:
    return float(np.square(values - values.mean()).sum())
