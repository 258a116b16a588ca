"""Finding what is to be repaired, and writing it as masks for inspection and editing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from rfr_video.config import DetectKind, DetectRunConfig, ScanConfig
from rfr_video.errors import UsageError
from rfr_video.geometry import Rect
from rfr_video.masking.detect.overlay import Overlay
from rfr_video.masking.detect.summary import Found
from rfr_video.masking.placement import draw
from rfr_video.media.colour import ColorSpec, Plane
from rfr_video.media.hole import Mask
from rfr_video.media.images import mask_where
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.probe import VideoInfo, probe
from rfr_video.media.reader import Damage, open_reader
from rfr_video.media.sampling import frame_at
from rfr_video.media.scan import WHOLE_PICTURES, Scan
from rfr_video.media.target import check_extra, check_target, write_extra
from rfr_video.pipeline.detection import DEFECTS, OVERLAYS, Detection, detected
from rfr_video.pipeline.encoder_choice import Choice
from rfr_video.pipeline.mask_files import check_mask_files, check_overlay, open_mask_files, overlaid
from rfr_video.pipeline.progress import ProgressCallback
from rfr_video.pipeline.scan_choice import choose_scan
from rfr_video.pipeline.timeline_files import check_timeline, is_timeline, write_timeline
from rfr_video.timecode import Span

_STILL = ".png"


@dataclass(frozen=True)
class DetectRun:
    """The result of a run.

    Attributes:
        info: The source.
        found: What was found; where it is empty, nothing was written.
        damage: What was wrong with the source, as far as it was read.
        choices: Whether it was looked at field by field, and why.
    """

    info: VideoInfo
    found: Found
    damage: Damage
    choices: tuple[Choice, ...] = ()


def detect_into(
    source: Path,
    target: Path,
    kind: DetectKind,
    config: DetectRunConfig,
    *,
    progress: ProgressCallback | None = None,
) -> DetectRun:
    """Look for one kind of damage in a video, and write masks of what is found.

    Args:
        source: The video.
        target: ``FILE.mkv`` or a folder for a mask per frame; for overlays also ``FILE.png``, one for all,
            and ``FILE.toml``, a timeline with a mask for each beside it.
        kind: What to look for.
        config: Where and how, and what else to write.
        progress: Called in this thread.

    Raises:
        RfrVideoError: Something given does not fit, or reading or writing failed; nothing is left behind.
    """
    info = probe(source, limits=config.limits)
    _check(source, target, kind, config)
    scan, choices = _scan(kind, config, info)
    with detected([kind], config.detect, info, span=Span(), scan=scan, progress=progress) as detection:
        assert detection is not None
        found = detection.found[0]
        damage = detection.damage
        if not found.is_empty:
            damage = _write(info, target, detection, config)
    return DetectRun(info, found, damage, choices)


def _scan(kind: DetectKind, config: DetectRunConfig, info: VideoInfo) -> tuple[Scan, tuple[Choice, ...]]:
    """Choose how pictures are taken; overlays, which stand still, are looked for in whole frames."""
    if kind not in DEFECTS:
        return WHOLE_PICTURES, ()
    return choose_scan(ScanConfig(field_order=config.fields.field_order), info)


def _check(source: Path, target: Path, kind: DetectKind, config: DetectRunConfig) -> None:
    pictures = [path for path in (target, config.overlay) if path is not None and _is_still(path)]
    if is_timeline(target) and kind not in OVERLAYS:
        raise UsageError(
            f"{target} is a timeline, and {kind} differ from frame to frame; name a video, {target.stem}.mkv"
        )
    if pictures and kind not in OVERLAYS:
        raise UsageError(
            f"{pictures[0]} is one picture, and {kind} differ from frame to frame; name a video, "
            f"{pictures[0].stem}.mkv"
        )
    used = {"input": source}
    if _is_still(target):
        check_target(target, source, overwrite=config.overwrite)
    elif is_timeline(target):
        check_timeline(source, target, overwrite=config.overwrite)
    else:
        others = ("FILE.png", "FILE.toml") if kind in OVERLAYS else ()
        check_mask_files(source, target, None, used=used, overwrite=config.overwrite, others=others)
    if config.overlay is not None:
        check = partial(check_extra, name="overlay") if _is_still(config.overlay) else check_overlay
        check(config.overlay, used={**used, "output": target}, overwrite=config.overwrite)


def _write(info: VideoInfo, target: Path, detection: Detection, config: DetectRunConfig) -> Damage:
    """Write what is asked for, and return what was wrong with the source, as far as it was read."""
    overlay = config.overlay
    shown = detection.found[0].overlays
    if _is_still(target):
        write_extra(target, _png(_union(shown, info.video.shown_picture)))
    if is_timeline(target):
        write_timeline(target, shown, info)
    if overlay is not None and _is_still(overlay):
        write_extra(overlay, _png(_shown(info, detection.overlays)))
    videos = (
        None if _is_still(target) or is_timeline(target) else target,
        None if overlay is None or _is_still(overlay) else overlay,
    )
    if videos == (None, None):
        return detection.damage
    return _write_frames(info, *videos, detection, overwrite=config.overwrite)


def _write_frames(
    info: VideoInfo, target: Path | None, overlay: Path | None, detection: Detection, *, overwrite: bool
) -> Damage:
    """Write the mask of every frame."""
    masks = detection.tight_masks(info.video.picture)
    empty = _union((), info.video.picture)
    with (
        open_mask_files(target, overlay, info, overwrite=overwrite) as files,
        open_reader(info.path, limits=info.limits) as reader,
    ):
        for frame in reader.frames():
            mask = masks.mask_at(frame.moment)
            files.write(frame, empty if mask is None else mask_where(mask > 0))
        files.finish(reader.positions)
        return reader.damage


def _union(overlays: Iterable[Overlay], picture: Rect) -> Mask:
    mask = np.zeros((picture.height, picture.width), np.uint8)
    for overlay in overlays:
        draw(mask, overlay.cutout)
    return mask


def _shown(info: VideoInfo, overlays: Sequence[Overlay]) -> Plane:
    """Show what was found over a frame that shows the surest of it; uint8 (H, W, 3), blue first."""
    presence = max(overlays, key=lambda one: one.confidence).presence[0]
    end = presence.stop if presence.stop is not None else info.duration_seconds
    start = presence.start or Fraction(0)
    frame = frame_at(info, start if end is None else (start + end) / 2)
    there = [one for one in overlays if any(part.span.contains(frame.moment) for part in one.presence)]
    video = info.video
    layout = PlaneLayout.of(video.pix_fmt)
    spec = ColorSpec.from_tags(video.color, height=video.height, jpeg=layout.is_jpeg, rgb=layout.is_rgb)
    stored = overlaid(frame, _union(there, video.picture), 1.0, spec)
    return video.orientation.shown(stored)[..., ::-1]


def _is_still(path: Path) -> bool:
    return path.suffix.lower() == _STILL and not path.is_dir()


def _png(picture: Plane) -> bytes:
    return cv2.imencode(_STILL, picture)[1].tobytes()
