"""Captions of a video, found in one pass over it."""

from collections.abc import Iterator, Sequence

from rfr_video.config import DetectConfig
from rfr_video.geometry import Rect
from rfr_video.masking.detect.detector import OverlayScan, ScanReport
from rfr_video.masking.detect.overlay import Overlay, Presence
from rfr_video.masking.detect.text.cues import Cue, captions, cue
from rfr_video.masking.detect.text.finder import TextFinder
from rfr_video.masking.detect.text.track import Followed, GrayFrame
from rfr_video.masking.detect.text.working import WorkingPlane, working_planes
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.probe import VideoInfo
from rfr_video.media.reader import open_reader
from rfr_video.timecode import Span, clock

NOTHING = (
    "nothing was found that is surely text; say where and when it is with --timeline, or look closer with "
    "--sensitivity 0.8 and --region bottom"
)
_SUREST, _LEAST_SURE = 0.95, 0.25
_WORTH_SAYING = 0.3


def find_text(info: VideoInfo, config: DetectConfig, *, span: Span, report: ScanReport) -> OverlayScan:
    """Find captions; see :class:`rfr_video.masking.detect.detector.OverlayDetector`.

    Every frame is decoded and what is followed is looked for in it; 7.5 per second are searched for new text.
    Keeps 1.2 seconds of frames, shrunk to 1280 samples at most, colour to half of it, and a packed mask per
    caption.
    """
    picture = Rect(0, 0, info.video.width, info.video.height)
    area = config.area(picture)
    planes = working_planes(picture, area, PlaneLayout.of(info.video.pix_fmt))
    rate = float(info.video.rate)
    lines = followed_lines(info, planes, span=span, report=report)
    found = [one for line, plane in lines if (one := cue(line, plane, rate=rate)) is not None]
    needed = needed_confidence(config.sensitivity)
    sure = captions(found, needed=needed, rate=rate, picture=picture)
    return OverlayScan(tuple(map(_overlay, sure)), tuple(_notes(sure, found, needed=needed)))


def needed_confidence(sensitivity: float) -> float:
    """Return how sure a caption must be to be masked: 0.6 where nobody says otherwise."""
    return _SUREST - (_SUREST - _LEAST_SURE) * sensitivity


def followed_lines(
    info: VideoInfo, planes: Sequence[WorkingPlane], *, span: Span, report: ScanReport
) -> Iterator[tuple[Followed, WorkingPlane]]:
    """Follow all that may be lines of text through a video, in the order in which they end.

    Args:
        info: What is in it.
        planes: In which to look.
        span: Frames outside are not looked at; timecodes are resolved.
        report: Told of progress.

    Raises:
        InputError: It cannot be read.
    """
    finders = [TextFinder(one.size, rate=info.video.rate, height=one.picture_height) for one in planes]
    with open_reader(info.path, limits=info.limits) as reader:
        for number, frame in enumerate(reader.frames(), start=1):
            if span.stop is not None and span.stop.reached(frame.moment):
                break
            if span.contains(frame.moment):
                for finder, plane in zip(finders, planes, strict=True):
                    seen = GrayFrame(frame.moment, plane.gray(frame))
                    yield from ((line, plane) for line in finder.push(seen))
            report(number, info.video.expected_frames)
    for finder, plane in zip(finders, planes, strict=True):
        yield from ((line, plane) for line in finder.finish())


def _overlay(one: Cue) -> Overlay:
    presence = Presence(
        start=one.start.seconds,
        stop=one.stop.seconds if one.stop else None,
        start_frame=one.first,
        stop_frame=one.end,
        fade_in_frames=one.fade_in,
        fade_out_frames=one.fade_out,
    )
    return Overlay(kind="text", cutout=one.cutout, confidence=one.confidence, presence=(presence,))


def _notes(sure: Sequence[Cue], found: Sequence[Cue], *, needed: float) -> Iterator[str]:
    unsure = [one for one in found if _WORTH_SAYING <= one.confidence < needed]
    unsure = [one for one in unsure if not any(_covers(other, one) for other in sure)]
    if unsure:
        best = max(unsure, key=lambda one: one.confidence)
        rect = best.rect
        yield (
            f"{len(unsure)} more {'place' if len(unsure) == 1 else 'places'} may be text, the likeliest at "
            f"{clock(best.start.seconds)}, {rect.x},{rect.y},{rect.width},{rect.height}, confidence "
            f"{best.confidence:.2f}: not masked; with --sensitivity {_sensitivity(best.confidence):.2f} it is"
        )
    if not sure:
        yield NOTHING


def _sensitivity(confidence: float) -> float:
    """Return at which sensitivity so much confidence is enough, a little more than needed."""
    return min(1.0, (_SUREST - confidence) / (_SUREST - _LEAST_SURE) + 0.01)


def _covers(one: Cue, other: Cue) -> bool:
    return one.rect.overlaps(other.rect) and one.first < other.end and other.first < one.end
