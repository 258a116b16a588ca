"""What a scan for overlays finds: where, what shape, how sure, and when it is there."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

import cv2
import numpy as np

from rfr_video.config import DetectKind
from rfr_video.geometry import Rect
from rfr_video.masking.placement import Cutout, Fixed
from rfr_video.masking.source import MaskSource
from rfr_video.masking.timeline import Timeline
from rfr_video.media.hole import Mask
from rfr_video.media.orientation import UPRIGHT, Orientation
from rfr_video.timecode import Instant, Moment, Span, clock


@dataclass(frozen=True, kw_only=True)
class Presence:
    """A stretch of the video in which an overlay is seen, with the parts in which it comes and goes.

    Times count from the first frame, as :class:`Moment` counts them.

    Attributes:
        start: Of the first frame that shows anything of it; ``None``: from the first frame on.
        stop: Of the first frame that shows nothing of it any more; ``None``: up to the last frame.
        start_frame: The number of the first frame that shows anything of it, where it is known.
        stop_frame: The number of the frame after the last that does, where it is known.
        fade_in_frames: How many frames from ``start`` on show it less than fully; 0 where it appears at once.
        fade_out_frames: How many frames before ``stop`` show it less than fully.
    """

    start: Fraction | None = None
    stop: Fraction | None = None
    start_frame: int | None = None
    stop_frame: int | None = None
    fade_in_frames: int = 0
    fade_out_frames: int = 0

    @property
    def span(self) -> Span:
        """The same as a span of the video."""
        return Span(
            None if self.start is None else Instant(seconds=self.start),
            None if self.stop is None else Instant(seconds=self.stop),
        )

    def opacity_at(self, moment: Moment, *, rate: Fraction) -> float:
        """Return how much of the overlay a frame shows, 0 to 1; along fades it grows and falls linearly.

        Args:
            moment: Of the frame.
            rate: Frames per second.
        """
        if not self.span.contains(moment):
            return 0.0
        opacity = 1.0
        if self.start is not None and self.fade_in_frames:
            shown = float((moment.seconds - self.start) * rate) + 1
            opacity = min(opacity, shown / (self.fade_in_frames + 1))
        if self.stop is not None and self.fade_out_frames:
            left = float((self.stop - moment.seconds) * rate)
            opacity = min(opacity, left / (self.fade_out_frames + 1))
        return opacity

    def __str__(self) -> str:
        start = "the start" if self.start is None else clock(self.start)
        stop = "the end" if self.stop is None else clock(self.stop)
        fades = [
            f"fades {way} over {count} frames"
            for way, count in (("in", self.fade_in_frames), ("out", self.fade_out_frames))
            if count
        ]
        return ", ".join([f"{start} to {stop}", *fades])


@dataclass(frozen=True, kw_only=True)
class Overlay:
    """Something that was laid over the picture: a logo, a caption.

    Attributes:
        kind: As what it was found.
        cutout: Its samples; of text, what compression smears around them included.
        confidence: That it is one, 0 to 1.
        presence: When it is there, in rising order, without overlap; at least one stretch.
    """

    kind: DetectKind
    cutout: Cutout
    confidence: float
    presence: tuple[Presence, ...]

    @property
    def rect(self) -> Rect:
        """The box around it."""
        return self.cutout.rect

    @property
    def mask(self) -> Mask:
        """Its mask inside :attr:`rect`, uint8 (height, width), 255 = fill."""
        return self.cutout.mask

    def grown(self, px: int, *, picture: Rect) -> "Overlay":
        """Return it with so many samples more all around, inside the picture."""
        rect = self.rect.grown(px, within=picture)
        mask = np.zeros((rect.height, rect.width), np.uint8)
        mask[self.rect.relative_to(rect).slices] = self.mask
        return replace(self, cutout=Cutout.packing(grown_mask(mask, px), rect))

    def as_shown(self, orientation: Orientation, *, picture: Rect) -> "Overlay":
        """Return it where it is seen in the picture as that is shown.

        Args:
            orientation: How the picture is shown.
            picture: The whole picture as it is stored.
        """
        if orientation == UPRIGHT:
            return self
        rect = orientation.shown_rect(self.rect, picture=picture)
        return replace(self, cutout=Cutout.packing(orientation.shown(self.mask), rect))

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data, without the mask."""
        rect = self.rect
        return {
            "kind": self.kind,
            "box": [rect.x, rect.y, rect.width, rect.height],
            "samples": int(np.count_nonzero(self.mask)),
            "confidence": round(self.confidence, 3),
            "presence": [
                {
                    "start_seconds": None if one.start is None else float(one.start),
                    "stop_seconds": None if one.stop is None else float(one.stop),
                    "start_frame": one.start_frame,
                    "stop_frame": one.stop_frame,
                    "fade_in_frames": one.fade_in_frames,
                    "fade_out_frames": one.fade_out_frames,
                }
                for one in self.presence
            ],
        }

    def __str__(self) -> str:
        rect = self.rect
        times = "; ".join(map(str, self.presence[:_MOST_TIMES]))
        more = len(self.presence) - _MOST_TIMES
        return (
            f"{self.kind} at {rect.x},{rect.y},{rect.width},{rect.height}, confidence {self.confidence:.2f}, "
            f"{times}{f'; and {more} times more' if more > 0 else ''}"
        )


_MOST_TIMES = 5
_SMEAR = 2 / 480  # of the picture's height


def smear_px(height: int) -> int:
    """Return how far compression smears what is drawn into a picture of that height."""
    return max(1, round(_SMEAR * height))


def grown_mask(mask: Mask, px: int) -> Mask:
    """Return a mask with so many samples more all around, as far as its array goes."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * px + 1, 2 * px + 1))
    return np.asarray(cv2.dilate(mask, disc), np.uint8)


def overlay_masks(overlays: Iterable[Overlay], *, picture: Rect) -> MaskSource:
    """Return the masks of overlays while they are there: with their fades, and not outside.

    Args:
        overlays: In any order.
        picture: The whole picture.
    """
    shapes = [(Fixed(one.cutout), presence.span) for one in overlays for presence in one.presence]
    return Timeline(shapes, picture=picture)
