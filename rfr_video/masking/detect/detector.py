"""What finds something in a video: two families, a protocol each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from rfr_video.config import DetectConfig
from rfr_video.masking.detect.overlay import Overlay
from rfr_video.media.frame import Frame
from rfr_video.media.hole import Mask
from rfr_video.media.probe import VideoInfo
from rfr_video.timecode import Moment, Span

ScanReport = Callable[[int, int | None], None]
"""Told how many frames of a scan are done, and how many there will be, if that is known."""


@dataclass(frozen=True)
class OverlayScan:
    """The result of a scan.

    Attributes:
        overlays: What was found, surest first, or in order of time where most come and go.
        notes: What a user should know or do, a line each: always, where nothing was found.
    """

    overlays: tuple[Overlay, ...]
    notes: tuple[str, ...] = ()


class OverlayDetector(Protocol):
    """Finds overlays by a scan over the file, reading what it needs of it."""

    def __call__(
        self, info: VideoInfo, config: DetectConfig, *, span: Span, report: ScanReport
    ) -> OverlayScan:
        """Scan a video.

        Args:
            info: What is in it.
            config: Where to look, and how readily.
            span: Nothing outside matters; timecodes are resolved.
            report: Told of progress.

        Raises:
            RfrVideoError: The video cannot be read, or the region lies outside the picture.
        """
        ...


@dataclass(frozen=True)
class FrameMask:
    """What was found in a frame.

    Attributes:
        moment: Of the frame.
        mask: Picture-sized, 255 = fill; ``None`` where nothing was found.
    """

    moment: Moment
    mask: Mask | None


class DefectDetector(Protocol):
    """Finds defects while frames stream by. Made anew for every pass; starts no threads."""

    def masks(self, frames: Iterator[Frame]) -> Iterator[FrameMask]:
        """Yield one mask per frame, in order; reads ahead by a bounded number of frames, which it states.

        The region to look in is kept to by who calls.
        """
        ...

    def notes(self) -> tuple[str, ...]:
        """Return what a user should know of what was found, a line each; asked after the last frame."""
        ...


DefectDetectorMaker = Callable[[VideoInfo, DetectConfig], DefectDetector]
