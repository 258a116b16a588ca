"""Logos: edges that stay where they are while what lies behind them changes."""

import cv2
import numpy as np

from rfr_video.config import DetectConfig
from rfr_video.geometry import Rect
from rfr_video.masking.detect.detector import OverlayScan, ScanReport
from rfr_video.masking.detect.overlay import Overlay, Presence
from rfr_video.masking.placement import Cutout
from rfr_video.media.colour import FloatImage
from rfr_video.media.hole import Mask
from rfr_video.media.preview import luma
from rfr_video.media.probe import VideoInfo
from rfr_video.media.sampling import spread_frames
from rfr_video.timecode import Span

_SAMPLES = 120
_EDGE = 0.03
_CONSISTENT = 0.8
_CHANGE = 0.02

NOTHING = (
    "nothing was found that stands still before a changing background; draw a mask and give it with "
    "--mask, or look closer with --sensitivity 0.8 and --region"
)


def find_logos(info: VideoInfo, config: DetectConfig, *, span: Span, report: ScanReport) -> OverlayScan:
    """Find logos; see :class:`rfr_video.masking.detect.detector.OverlayDetector`."""
    picture = Rect(0, 0, info.video.width, info.video.height)
    area = config.area(picture)
    shape = (area.height, area.width)
    sums = {name: np.zeros(shape, np.float64) for name in ("x", "y", "size", "luma", "square")}
    count = 0
    for frame in spread_frames(info, count=_SAMPLES, span=span):
        plane = luma(frame, area)
        dx, dy = _gradient(plane)
        for name, value in zip(sums, (dx, dy, np.hypot(dx, dy), plane, plane * plane), strict=True):
            sums[name] += value
        count += 1
        report(count, _SAMPLES)
    if not count:
        return OverlayScan((), (NOTHING,))
    mean = {name: (value / count).astype(np.float32) for name, value in sums.items()}
    mask = _mask(mean)
    overlays = _overlays(mask, area=area, picture=picture)
    return OverlayScan(overlays, () if overlays else (NOTHING,))


def _gradient(plane: FloatImage) -> tuple[FloatImage, FloatImage]:
    dx, dy = (cv2.Sobel(plane, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    return np.asarray(dx, np.float32), np.asarray(dy, np.float32)


def _mask(mean: dict[str, FloatImage]) -> Mask:
    steady = np.hypot(mean["x"], mean["y"])
    consistent = (steady > _EDGE) & (steady > _CONSISTENT * mean["size"])
    spread = np.sqrt(np.maximum(mean["square"] - mean["luma"] ** 2, 0))
    around = cv2.blur(spread, (31, 31))
    edges = (consistent & (around > _CHANGE)).astype(np.uint8) * np.uint8(255)
    closed = cv2.morphologyEx(edges, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    return np.asarray(closed, np.uint8)


def _overlays(mask: Mask, *, area: Rect, picture: Rect) -> tuple[Overlay, ...]:
    joined = cv2.dilate(mask, np.ones((15, 15), np.uint8))
    count, labels, rows, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found: list[Overlay] = []
    for number in range(1, count):
        part = np.where(labels == number, mask, np.uint8(0))
        if np.count_nonzero(part) < 60:
            continue
        whole: Mask = np.zeros((picture.height, picture.width), np.uint8)
        whole[area.slices] = cv2.dilate(part, np.ones((3, 3), np.uint8))
        x, y, width, height = (int(value) for value in rows[number][:4])
        rect = Rect(area.x + x, area.y + y, width, height)
        found.append(
            Overlay(kind="logo", cutout=Cutout.of(whole, rect), confidence=0.6, presence=(Presence(),))
        )
    return tuple(found)
