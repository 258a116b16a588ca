"""The seam for fillers: masked frames in, the same frames with a fill for every region out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from rfr_video.media.colour import ColorSpec, FloatImage
from rfr_video.media.frame import Frame
from rfr_video.media.hole import Hole


@dataclass(frozen=True)
class MaskedFrame:
    """A frame and what is to be replaced in it; ``None`` when nothing is."""

    frame: Frame
    hole: Hole | None


@dataclass(frozen=True)
class FilledFrame:
    """A frame with what goes into its hole.

    ``fills`` holds one RGB image per region of the hole, float32 (H, W, 3) of the region's rectangle; only
    what lies inside the hole is used.
    """

    frame: Frame
    hole: Hole | None
    fills: tuple[FloatImage, ...] = ()

    def composited(self, spec: ColorSpec) -> Frame:
        """Blend the fills into the frame's native samples, and return it.

        Args:
            spec: The colour of the frame's samples.
        """
        if self.hole is not None:
            for region, rgb in zip(self.hole.regions, self.fills, strict=True):
                self.frame.paste(region.rect, rgb, region.weights, spec=spec)
        return self.frame


class Filler(Protocol):
    """A way to fill holes: a passive stage that starts no threads."""

    @property
    def margin_px(self) -> int:
        """How far around a region it looks; regions closer than that are handed over as one."""
        ...

    @property
    def is_frame_by_frame(self) -> bool:
        """Whether frames do not depend on each other, so that several may be filled side by side."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What it decided, or did otherwise than asked, up to now: one line each, for the report."""
        ...

    def fill(self, frames: Iterator[MaskedFrame]) -> Iterator[FilledFrame]:
        """Fill the holes of a stream of frames.

        Every frame comes out once, in order. A filler may hold frames back to look ahead, by a bounded
        number that its class states; it writes to no frame.
        """
        ...
