"""The seam for fillers: masked frames in, the same frames with a fill for every region out."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from rfr_video.media.colour import ColorSpec, FloatImage
from rfr_video.media.frame import Frame
from rfr_video.media.hole import Hole

FillState: TypeAlias = Mapping[str, npt.NDArray[Any]]
"""What a filler knows behind a frame, as arrays that can be stored; empty where it fills frame by frame."""


class Origin(IntEnum):
    """Where what fills a hole comes from, most truthful first.

    Attributes:
        DEBLENDED: The true sample, recovered from below a translucent overlay.
        BORROWED: Seen in another frame, and fetched from there.
        CARRIED: Made up in another frame, and brought here along the flow.
        SYNTHESISED: Made up in this frame.
    """

    DEBLENDED = 0
    BORROWED = 1
    CARRIED = 2
    SYNTHESISED = 3

    @property
    def word(self) -> str:
        """What people read: ``deblended``, ``borrowed``, ``carried`` or ``synthesised``."""
        return self.name.lower()


@dataclass(frozen=True)
class Fill:
    """What goes into one region of a hole, and where it comes from.

    All three are of the region's rectangle; only what lies inside the hole is used.

    Attributes:
        rgb_hw3: Float32 (H, W, 3), nominally in [0, 1], not clipped.
        origin_hw4: Float32 (H, W, one per :class:`Origin`): shares in [0, 1] that add up to 1 inside the
            hole, for a pixel may be a blend.
        confidence_hw: Float32 (H, W): how far the pixel may be taken for what was there, 0 to 1; 0 for what
            was made up, however good it looks, for nobody saw it.
    """

    rgb_hw3: FloatImage
    origin_hw4: FloatImage
    confidence_hw: FloatImage

    def __post_init__(self) -> None:
        size = self.rgb_hw3.shape[:2]
        assert self.rgb_hw3.shape == (*size, 3), self.rgb_hw3.shape
        assert self.origin_hw4.shape == (*size, len(Origin)), self.origin_hw4.shape
        assert self.confidence_hw.shape == size, self.confidence_hw.shape

    @classmethod
    def of_one(cls, rgb_hw3: FloatImage, origin: Origin, *, confidence: float = 0.0) -> "Fill":
        """Make a fill that is of one origin and one confidence throughout; the maps take no memory."""
        size = rgb_hw3.shape[:2]
        shares = np.zeros(len(Origin), np.float32)
        shares[origin] = 1
        return cls(
            rgb_hw3,
            origin_hw4=np.broadcast_to(shares, (*size, len(Origin))),
            confidence_hw=np.broadcast_to(np.float32(confidence), size),
        )


@dataclass(frozen=True)
class MaskedFrame:
    """A frame and what is to be replaced in it.

    Attributes:
        frame: The frame.
        hole: ``None`` when nothing is to be replaced.
        lends: Whether others may borrow from it. Outside the span that is to be repaired nobody said what
            is to be replaced, so a logo would be taken for what is behind it.
        ends_segment: Whether a run may go on behind it from what is stored: it comes out with a state, and
            nothing else of how it and those before were filled reaches those behind.
        is_done: Whether it was filled in an earlier run. It comes out as if it had no hole, but others may
            borrow from it.
        state: What came out with it then; given with the last one that is done.
    """

    frame: Frame
    hole: Hole | None
    lends: bool = True
    ends_segment: bool = False
    is_done: bool = False
    state: FillState | None = None

    @property
    def to_fill(self) -> Hole | None:
        """What is to be filled now."""
        return None if self.is_done else self.hole


@dataclass(frozen=True)
class FilledFrame:
    """A frame with what goes into its hole: one fill per region, in the order of :attr:`Hole.regions`.

    With the last frame of a segment comes what the filler needs to go on behind it.
    """

    frame: Frame
    hole: Hole | None
    fills: tuple[Fill, ...] = ()
    state: FillState = field(default_factory=dict[str, npt.NDArray[Any]])

    def composited(self, spec: ColorSpec) -> Frame:
        """Blend the fills into the frame's native samples, and return it.

        Args:
            spec: The colour of the frame's samples.
        """
        if self.hole is not None:
            for region, fill in zip(self.hole.regions, self.fills, strict=True):
                self.frame.paste(region.rect, fill.rgb_hw3, region.weights, spec=spec)
        return self.frame


class Filler(Protocol):
    """A way to fill holes: a passive stage that starts no threads."""

    @property
    def margin_px(self) -> int:
        """How far around a region it looks; regions closer than that are handed over as one."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What it decided, or did otherwise than asked, up to now: one line each, for the report."""
        ...

    @property
    def steps(self) -> "tuple[FillStep, ...]":
        """What is done, one after the other: :class:`MaskedFrame` in, :class:`FilledFrame` out.

        Every frame comes out once, in order; see :class:`MaskedFrame` for those that end a segment and those
        that are done. A filler may hold frames back to look ahead, by a bounded
        number that its class states; it writes to no frame.
        """
        ...


@dataclass(frozen=True)
class FillStep:
    """A part of a filler that may run beside its other parts.

    Attributes:
        name: What it is called in timings.
        transform: A passive iterator: items in, items out, in order.
        is_frame_by_frame: Whether its items do not depend on each other, one goes in for one that comes out,
            and so several may be worked on side by side.
    """

    name: str
    transform: Callable[[Iterator[Any]], Iterator[Any]]
    is_frame_by_frame: bool = False


def fill_frames(filler: Filler, frames: Iterator[MaskedFrame]) -> Iterator[FilledFrame]:
    """Take frames through all steps of a filler, in this thread."""
    items: Iterator[Any] = frames
    for step in filler.steps:
        items = step.transform(items)
    return items
