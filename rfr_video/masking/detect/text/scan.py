"""Captions of a video, found in one pass over it."""

from collections.abc import Iterator, Sequence

from rfr_video.config import DetectConfig
from rfr_video.geometry import Rect
from rfr_video.masking.detect.detector import OverlayScan, ScanReport
from rfr_video.masking.detect.overlay import Overlay, Presence
from rfr_video.masking.detect.text.cues import Cue, captions, cue
from rfr_video.masking.detect.text.finder import TextFinder
from rfr_video.masking.detect.text.track import Followed, GrayFrame
from rfr_video.masking.detect.text.working import WorkingArea
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
    Keeps 1.2 seconds of frames, shrunk to 1280 samples at most, and a packed mask per caption.
    """
    picture = Rect(0, 0, info.video.width, info.video.height)
    working = WorkingArea(picture, config.area(picture))
    rate = float(info.video.rate)
    whole = Rect(0, 0, working.size[0], working.picture_height)
    lines = followed_lines(info, working, span=span, report=report)
    found = [one for line in lines if (one := cue(line, rate=rate, picture=whole)) is not None]
    needed = needed_confidence(config.sensitivity)
    sure = captions(found, needed=needed, rate=rate)
    overlays = tuple(_overlay(one, working) for one in sure)
    return OverlayScan(overlays, tuple(_notes(sure, found, needed=needed, working=working)))


def needed_confidence(sensitivity: float) -> float:
    """Return how sure a caption must be to be masked: 0.6 where nobody says otherwise."""
    return _SUREST - (_SUREST - _LEAST_SURE) * sensitivity


def followed_lines(
    info: VideoInfo, working: WorkingArea, *, span: Span, report: ScanReport
) -> Iterator[Followed]:
    """Follow all that may be lines of text through a video, in the order in which they end.

    Args:
        info: What is in it.
        working: Where to look.
        span: Frames outside are not looked at; timecodes are resolved.
        report: Told of progress.

    Raises:
        InputError: It cannot be read.
    """
    finder = TextFinder(working.size, rate=info.video.rate, height=working.picture_height)
    with open_reader(info.path) as reader:
        for number, frame in enumerate(reader.frames(), start=1):
            if span.stop is not None and span.stop.reached(frame.moment):
                break
            if span.contains(frame.moment):
                yield from finder.push(GrayFrame(frame.moment, working.gray(frame)))
            report(number, info.video.expected_frames)
    yield from finder.finish()


def _overlay(one: Cue, working: WorkingArea) -> Overlay:
    presence = Presence(
        start=one.start.seconds,
        stop=one.stop.seconds if one.stop else None,
        start_frame=one.first,
        stop_frame=one.end,
        fade_in_frames=one.fade_in,
        fade_out_frames=one.fade_out,
    )
    return Overlay(
        kind="text",
        cutout=working.enlarged(one.cutout),
        confidence=one.confidence,
        presence=(presence,),
    )


def _notes(
    sure: Sequence[Cue], found: Sequence[Cue], *, needed: float, working: WorkingArea
) -> Iterator[str]:
    unsure = [one for one in found if _WORTH_SAYING <= one.confidence < needed]
    unsure = [one for one in unsure if not any(_covers(other, one) for other in sure)]
    if unsure:
        best = max(unsure, key=lambda one: one.confidence)
        rect = working.enlarged(best.cutout).rect
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
