"""Logos: what stays where it is while what lies behind it changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from rfr_video.config import DetectConfig
from rfr_video.geometry import Rect
from rfr_video.masking.detect.detector import OverlayScan, ScanReport
from rfr_video.masking.detect.logo.candidates import Edges, candidates, find_edges
from rfr_video.masking.detect.logo.drawn import find_drawn
from rfr_video.masking.detect.logo.evidence import Evidence
from rfr_video.masking.detect.logo.graphics import graphics
from rfr_video.masking.detect.logo.judge import Verdict, judge
from rfr_video.masking.detect.logo.parts import grouped, stands_for
from rfr_video.masking.detect.logo.presence import EdgeTemplate, Levels, Timed, presence
from rfr_video.masking.detect.logo.samples import Samples, Stretch
from rfr_video.masking.detect.logo.segment import Where, dilated, segment
from rfr_video.masking.detect.logo.working import WorkingSize
from rfr_video.masking.detect.overlay import Overlay, Presence
from rfr_video.masking.detect.sensitivity import least_confidence
from rfr_video.masking.placement import Cutout
from rfr_video.media.probe import VideoInfo
from rfr_video.media.sampling import frames_between, spread_frames
from rfr_video.timecode import Span

LEAST_SAMPLES, MOST_SAMPLES = 60, 240
SAMPLES_PER_SECOND = 2
_BESIDE_SHARE = 0.02
_LEAST_SECONDS = 1.5
_MORE_IN_PARTS = 0.4
"""By so much surer must be what is found in a part of the frames only."""

_LEAST_SAMPLES_PX = 30

NOTHING = (
    "nothing was found that stands still before a changing background; draw a mask and give it with "
    "--mask, or look closer with --sensitivity 0.8 and --region"
)


def find_logos(info: VideoInfo, config: DetectConfig, *, span: Span, report: ScanReport) -> OverlayScan:
    """Find logos; see :class:`rfr_video.masking.detect.detector.OverlayDetector`."""
    picture = Rect(0, 0, info.video.width, info.video.height)
    area = None if config.region is None else config.area(picture)
    count = _sample_count(info)
    with Samples(WorkingSize(picture), expected=count) as samples:
        for frame in spread_frames(info, count=count, span=span):
            samples.add(frame)
            report(len(samples), count)
        marks = _marks(samples, samples.size, area=area, least=least_confidence(config.sensitivity))
        found = sorted(_overlays(marks, samples, info), key=lambda one: -one.confidence)
        seconds = float(samples.times[-1] - samples.times[0]) if len(samples) else 0.0
    return OverlayScan(tuple(found), _notes(seconds) if found else (NOTHING,))


def _notes(seconds: float) -> tuple[str, ...]:
    """Return what is to be known of what was found in so many seconds."""
    if seconds >= _LEAST_SECONDS:
        return ()
    return (
        f"only {seconds:.1f} seconds were looked at, in which much of a scene stands as still as logos do; "
        "check what is found with detect logo --overlay, or take a longer span",
    )


@dataclass(frozen=True, eq=False)
class _Mark:
    """What is taken for one overlay.

    Attributes:
        seeds: Its edges, bool (H, W) of the working size.
        inside: Its shape, likewise.
        rect: The box around both.
        confidence: Of the surest of its parts.
        evidence: Of the frames in which it was found.
        stretch: These frames.
    """

    seeds: Where
    inside: Where
    rect: Rect
    confidence: float
    evidence: Evidence
    stretch: Stretch


def _sample_count(info: VideoInfo) -> int:
    expected = info.video.expected_frames
    if expected is None:
        return MOST_SAMPLES
    wanted = round(SAMPLES_PER_SECOND * expected / info.video.rate)
    return min(max(wanted, LEAST_SAMPLES), MOST_SAMPLES, expected)


def _marks(samples: Samples, size: WorkingSize, *, area: Rect | None, least: float) -> list[_Mark]:
    """Find overlays in all frames, then in parts of them, for those that are there for a part only.

    What is found by its looks comes last: its edges tell less of when it is there.
    """
    found: list[_Mark] = []
    drawn: list[_Mark] = []
    for stretch in samples.stretches():
        evidence = stretch.sums.evidence()
        edges = find_edges(evidence)
        surer = least if stretch.is_all else min(least + _MORE_IN_PARTS, 1.0)
        known = [mark.rect for mark in found]
        marks = list(_marks_in(evidence, edges, stretch, size, area=area, known=known, least=surer))
        found += _beside(marks, found)
        if stretch.is_all:
            drawn = _drawn_marks(evidence, stretch, size, area=area, least=least)
    found = [mark for mark in found if not _is_mostly_scene(mark, drawn)]
    return found + _beside(drawn, found)


def _is_mostly_scene(mark: _Mark, drawn: Sequence[_Mark]) -> bool:
    """Whether one thing that looks drawn stands for a mark; several are parts of it."""
    there = [one for one in drawn if one.rect.overlaps(mark.rect)]
    return len(there) == 1 and stands_for(
        there[0].rect, there[0].confidence, whole=mark.rect, whole_confidence=mark.confidence
    )


def _beside(marks: Sequence[_Mark], known: Sequence[_Mark]) -> list[_Mark]:
    """Return the marks that touch none of those that are known."""
    return [mark for mark in marks if not any(mark.rect.overlaps(other.rect) for other in known)]


def _drawn_marks(
    evidence: Evidence, stretch: Stretch, size: WorkingSize, *, area: Rect | None, least: float
) -> list[_Mark]:
    """Return what looks drawn; the larger one of two that overlap."""
    found: list[_Mark] = []
    small_area = None if area is None else size.small_box(area)
    drawn = (*find_drawn(evidence, area=small_area), *graphics(evidence, area=small_area))
    sure = [one for one in drawn if one.confidence >= least]
    for one in sorted(sure, key=lambda one: -one.rect.width * one.rect.height):
        if not any(one.rect.overlaps(mark.rect) for mark in found):
            rim = dilated(one.inside, 3) & dilated(~one.inside, 3)
            found.append(_Mark(rim, one.inside, one.rect, one.confidence, evidence, stretch))
    return found


def _marks_in(
    evidence: Evidence,
    edges: Edges,
    stretch: Stretch,
    size: WorkingSize,
    *,
    area: Rect | None,
    known: Sequence[Rect],
    least: float,
) -> Iterator[_Mark]:
    """Yield the overlays of a stretch: sure parts, each with what is not so sure beside it."""
    verdicts = [
        one
        for one in _verdicts(evidence, edges, known)
        if area is None or _inside(size.box(one.candidate.rect), area)
    ]
    for group in grouped(verdicts, least=least, gap_px=round(_BESIDE_SHARE * size.width)):
        yield _mark(group, evidence, stretch)


def _verdicts(evidence: Evidence, edges: Edges, known: Sequence[Rect]) -> Iterator[Verdict]:
    """Judge all clusters of edges but those at what is known already."""
    for candidate in candidates(edges):
        if any(candidate.rect.overlaps(rect) for rect in known):
            continue
        shape = segment(evidence, candidate.seeds, edges.sharp, candidate.rect)
        if shape is not None and np.count_nonzero(shape.inside) >= _LEAST_SAMPLES_PX:
            yield judge(evidence, candidate, shape, scene=edges.scene)


def _inside(rect: Rect, area: Rect) -> bool:
    """Whether the larger part of a box lies in the area."""
    if not rect.overlaps(area):
        return False
    shared = rect.intersection(area)
    return 2 * shared.width * shared.height > rect.width * rect.height


def _mark(group: Sequence[Verdict], evidence: Evidence, stretch: Stretch) -> _Mark:
    shape = evidence.busy.shape
    seeds, inside = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    rect = group[0].segment.rect
    for one in group:
        seeds |= one.candidate.seeds
        inside[one.segment.rect.slices] |= one.segment.inside
        rect = rect.union(one.segment.rect)
    return _Mark(seeds, inside, rect, max(one.confidence for one in group), evidence, stretch)


def _overlays(marks: Sequence[_Mark], samples: Samples, info: VideoInfo) -> Iterator[Overlay]:
    """Yield what was found, with the times at which it is there, if it ever is."""
    templates = [EdgeTemplate(mark.evidence, mark.seeds, mark.inside, mark.rect) for mark in marks]
    levels = np.ones((len(templates), len(samples)), np.float32)
    if any(template.can_tell for template in templates):
        for number in range(len(samples)):
            luma = samples.luma(number)
            levels[:, number] = [one.level(luma) if one.can_tell else 1.0 for one in templates]
    for mark, template, row in zip(marks, templates, levels, strict=True):
        times = _presence(template, row, samples, info) if template.can_tell else (Presence(),)
        mask = samples.size.mask(mark.inside)
        if times and mask.any():
            rows, columns = np.nonzero(mask)
            rect = Rect.from_edges(
                int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1
            )
            yield Overlay(
                kind="logo", cutout=Cutout.of(mask, rect), confidence=mark.confidence, presence=times
            )


def _presence(
    template: EdgeTemplate, levels: Levels, samples: Samples, info: VideoInfo
) -> tuple[Presence, ...]:
    """Tell when an overlay is there: by all samples, then by all frames where it comes or goes."""

    def refine(start: Fraction, stop: Fraction) -> Timed:
        times: list[Fraction] = []
        close: list[float] = []
        for frame in frames_between(info, start, stop):
            times.append(frame.moment.seconds)
            close.append(template.level(samples.size.luma(frame)))
        return Timed(times, np.array(close, np.float32))

    return presence(Timed(samples.times, levels), step=1 / info.video.rate, refine=refine)
