"""Finding what to replace, in passes of their own before the repair."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial, reduce
from itertools import tee

import numpy as np

from rfr_video.config import DetectConfig, DetectKind, Region
from rfr_video.geometry import Box, Rect
from rfr_video.masking.carry.spool import MaskSpool
from rfr_video.masking.combine import UnionMask
from rfr_video.masking.detect.detector import DefectDetectorMaker, OverlayDetector
from rfr_video.masking.detect.dirt import dirt_masks
from rfr_video.masking.detect.dropouts import dropout_masks
from rfr_video.masking.detect.fields import FieldDetector
from rfr_video.masking.detect.head_switching import find_head_switching
from rfr_video.masking.detect.logo.finder import find_logos
from rfr_video.masking.detect.overlay import Overlay, overlay_masks, smear_px
from rfr_video.masking.detect.scratches import scratch_masks
from rfr_video.masking.detect.streamed import StreamedDefects
from rfr_video.masking.detect.summary import Found, FoundCount
from rfr_video.masking.detect.text.scan import find_text
from rfr_video.masking.source import MaskSource
from rfr_video.media.frame import Frame
from rfr_video.media.hole import Mask
from rfr_video.media.orientation import UPRIGHT
from rfr_video.media.probe import VideoInfo, VideoStreamInfo
from rfr_video.media.reader import Damage, open_reader
from rfr_video.media.scan import WHOLE_PICTURES, Scan
from rfr_video.pipeline.progress import DetectProgress, ProgressCallback
from rfr_video.timecode import Span

OVERLAYS: Mapping[DetectKind, OverlayDetector] = {
    "logo": find_logos,
    "text": find_text,
    "head-switching": find_head_switching,
}
"""What finds overlays, by kind."""

DEFECTS: Mapping[DetectKind, DefectDetectorMaker] = {
    "dropouts": lambda _, config: StreamedDefects(partial(dropout_masks, sensitivity=config.sensitivity)),
    "dirt": lambda _, config: StreamedDefects(partial(dirt_masks, sensitivity=config.sensitivity)),
    "scratches": lambda _, config: StreamedDefects(partial(scratch_masks, sensitivity=config.sensitivity)),
}
"""What finds defects, by kind: called once per pass."""


@dataclass(frozen=True)
class Detection:
    """What was found in a video.

    Attributes:
        found: One per kind that was looked for; overlays where they are seen in the picture as shown.
        overlays: All overlays that were found, in the picture as it is stored.
        spool: The masks of all defects; ``None`` where none were looked for.
        damage: What was wrong with the source, as far as it was read as a whole.
    """

    found: tuple[Found, ...]
    overlays: tuple[Overlay, ...]
    spool: MaskSpool | None
    damage: Damage

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return all(one.is_empty for one in self.found)

    def masks(self, picture: Rect) -> MaskSource:
        """Return the masks of all that is to be repaired as a source; one at a time may be in use.

        Logos take along what compression smears around them.
        """
        px = smear_px(picture.height)
        return self._masks(
            [one.grown(px, picture=picture) if one.kind == "logo" else one for one in self.overlays], picture
        )

    def tight_masks(self, picture: Rect) -> MaskSource:
        """Return the masks of all that was found, just as it was found, likewise."""
        return self._masks(self.overlays, picture)

    def _masks(self, overlays: Sequence[Overlay], picture: Rect) -> MaskSource:
        sources: list[MaskSource] = []
        if overlays or self.spool is None:
            sources.append(overlay_masks(overlays, picture=picture))
        if self.spool is not None:
            sources.append(self.spool.masks(height=picture.height, width=picture.width))
        return sources[0] if len(sources) == 1 else UnionMask(sources)


@contextmanager
def detected(
    kinds: Sequence[DetectKind],
    config: DetectConfig,
    info: VideoInfo,
    *,
    span: Span,
    scan: Scan = WHOLE_PICTURES,
    progress: ProgressCallback | None = None,
) -> Generator[Detection | None]:
    """Look for damage; ``None`` where nothing is to be looked for.

    The masks of defects lie on disk, in a file without a name, as long as the block lasts.

    Args:
        kinds: What to look for.
        config: Where, and how readily.
        info: What is in the video.
        span: Of the video; what is found outside does not matter.
        scan: How its pictures are taken when defects are looked for.
        progress: Told of progress, in this thread.

    Raises:
        RfrVideoError: The video cannot be read, the region lies outside the picture, or there is no room on
            disk.
    """
    if not kinds:
        yield None
        return
    span = span.at_rate(info.video.rate)
    config = _as_stored(config, info.video)
    scans = [_scan(kind, config, info, span=span, progress=progress) for kind in kinds if kind in OVERLAYS]
    overlays = tuple(overlay for one in scans for overlay in one.overlays)
    shown = [_as_shown(one, info.video) for one in scans]
    defects: list[DetectKind] = [kind for kind in kinds if kind in DEFECTS]
    if not defects:
        yield Detection(tuple(shown), overlays, None, Damage())
        return
    with MaskSpool() as spool:
        found, damage = _stream(defects, config, info, span=span, scan=scan, spool=spool, progress=progress)
        yield Detection((*shown, *found), overlays, spool, damage)


def _scan(
    kind: DetectKind, config: DetectConfig, info: VideoInfo, *, span: Span, progress: ProgressCallback | None
) -> Found:
    scan = OVERLAYS[kind](info, config, span=span, report=DetectProgress(kind, progress))
    return Found(kind=kind, overlays=scan.overlays, notes=scan.notes)


def _as_stored(config: DetectConfig, video: VideoStreamInfo) -> DetectConfig:
    """Place a region, which is one of the picture as it is shown, in the picture as it is stored."""
    if config.region is None or video.orientation == UPRIGHT:
        return config
    area = video.orientation.stored_rect(config.area(video.shown_picture), shown=video.shown_picture)
    return replace(config, region=Region(Box(area.x, area.y, area.width, area.height)))


def _as_shown(found: Found, video: VideoStreamInfo) -> Found:
    """Place overlays where they are seen, and say what is not found in a picture that lies on its side."""
    shown = (one.as_shown(video.orientation, picture=video.picture) for one in found.overlays)
    notes = found.notes
    if found.kind == "text" and video.orientation.transposes:
        how = f"lines are looked for as the picture is stored, and it is shown {video.orientation}"
        notes = (*notes, how)
    return replace(found, overlays=tuple(shown), notes=notes)


def _stream(
    kinds: Sequence[DetectKind],
    config: DetectConfig,
    info: VideoInfo,
    *,
    span: Span,
    scan: Scan,
    spool: MaskSpool,
    progress: ProgressCallback | None,
) -> tuple[list[Found], Damage]:
    """Let all detectors of defects see the frames, side by side, and put what they find into the spool."""
    report = DetectProgress(" and ".join(kinds), progress)
    makers = [DEFECTS[kind] for kind in kinds]
    if scan.holds_fields:
        makers = [partial(FieldDetector, make) for make in makers]
    detectors = [make(info, config) for make in makers]
    counts = [FoundCount(kind) for kind in kinds]
    picture = Rect(0, 0, info.video.width, info.video.height)
    empty = np.zeros((picture.height, picture.width), np.uint8)
    area = config.area(picture)
    with open_reader(info.path, scan=scan, limits=info.limits) as reader:
        copies = tee(_up_to(reader.frames(), span), len(detectors))  # holds as many as the longest look-ahead
        rows = zip(
            *(detector.masks(frames) for detector, frames in zip(detectors, copies, strict=True)), strict=True
        )
        for number, row in enumerate(rows, start=1):
            moment = row[0].moment
            inside = span.contains(moment)
            masks = [_within(area, one.mask) if inside else None for one in row]
            for count, mask in zip(counts, masks, strict=True):
                count.add(0 if mask is None else int(np.count_nonzero(mask)))
            spool.append(moment, reduce(np.bitwise_or, [one for one in masks if one is not None], empty))
            report(number, info.video.expected_frames)
        damage = reader.damage
    notes = (detector.notes() for detector in detectors)
    return [count.found(note) for count, note in zip(counts, notes, strict=True)], damage


def _within(area: Rect, mask: Mask | None) -> Mask | None:
    """Return what lies inside an area; ``None`` for nothing."""
    if mask is None or (area.height, area.width) == mask.shape:
        return mask
    inside = np.zeros_like(mask)
    inside[area.slices] = mask[area.slices]
    return inside if inside.any() else None


def _up_to(frames: Iterator[Frame], span: Span) -> Iterator[Frame]:
    for frame in frames:
        if span.stop is not None and span.stop.reached(frame.moment):
            return
        yield frame
