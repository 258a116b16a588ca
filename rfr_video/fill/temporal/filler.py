"""The temporal filler: borrowing first, and synthesis, once and carried along, for what is left."""

from collections.abc import Callable, Iterator

import numpy as np

from rfr_video.fill.classical import inpaint
from rfr_video.fill.filler import FillStep, MaskedFrame
from rfr_video.fill.temporal.borrow import Borrower, Found
from rfr_video.fill.temporal.carry import Carrier, Synthesise
from rfr_video.fill.temporal.look import Look, Looker
from rfr_video.fill.temporal.quality import Quality, motion_between_frames
from rfr_video.fill.temporal.window import View, Window
from rfr_video.media.colour import ColorSpec, FloatImage
from rfr_video.motion.flow import FlowEstimator
from rfr_video.rfrnet.runtime import Crop


class TemporalFiller:
    """Fills holes from other frames of the shot.

    Looks ahead by ``look_ahead_frames``, by three more to see cuts coming, and by as many as lie between two
    anchors.

    Args:
        spec: The colour of the frames' samples.
        look_ahead_frames: How far to either side it looks for pixels to borrow; at least the distance of
            anchors.
        quality: How much effort is made.
        synthesise: Fills crops with what was never seen.
        synthesis_notes: What the synthesis has to say for the report.
        motion: Measures motion from frame to frame; ``None`` for OpenCV's DIS as the quality has it. What is
            borrowed is aligned by DIS in any case.
    """

    margin_px = 48

    def __init__(
        self,
        spec: ColorSpec,
        *,
        look_ahead_frames: int,
        quality: Quality,
        synthesise: Synthesise,
        synthesis_notes: Callable[[], tuple[str, ...]] = tuple,
        motion: FlowEstimator | None = None,
    ) -> None:
        assert look_ahead_frames >= quality.anchor_frames
        self._spec = spec
        self._quality = quality
        self._look_ahead_frames = look_ahead_frames
        self._synthesis_notes = synthesis_notes
        self._motion = motion or motion_between_frames(quality)
        self._window: Window | None = None
        borrower = Borrower(spec, quality=quality)
        carrier = Carrier(spec, synthesise=synthesise, fresh_share=quality.fresh_share)
        self.steps = (
            FillStep("motion", self._views),
            FillStep("borrow", borrower.borrow, is_frame_by_frame=True),
            FillStep("synthesise", carrier.complete),
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What happened to the picture as a whole, and what the synthesis decided."""
        events = self._window.events if self._window else []
        counts = {
            kind: sum(event.kind == kind for event in events) for kind in ("cut", "flash", "fade", "dissolve")
        }
        found = ", ".join(f"{count} × {kind}" for kind, count in counts.items() if count)
        return ((f"shots: {found}; nothing is carried across",) if found else ()) + self._synthesis_notes()

    def borrowed(self, frames: Iterator[MaskedFrame]) -> Iterator[Found]:
        """Borrow only: yield what other frames know about every frame, before anything is made up."""
        motion, borrow, _ = self.steps
        return borrow.transform(motion.transform(frames))

    def _views(self, frames: Iterator[MaskedFrame]) -> Iterator[View]:
        """Look at the frames, and give each its neighbours."""
        first = next(frames, None)
        if first is None:
            return
        looker = Looker(first.frame.rect, self._spec, working_px=self._quality.working_px)
        self._window = Window(looker.grid, self._motion, self._look_ahead_frames)

        def looks() -> Iterator[Look]:
            yield looker.look(first)
            for masked in frames:
                yield looker.look(masked)

        yield from self._window.views(looks())


def classically(*, deep: bool) -> Synthesise:
    """Return a synthesis that needs no network: Telea's; ``deep`` is for more than 8 bits."""

    def synthesise(crops: Iterator[Crop]) -> Iterator[FloatImage]:
        for crop in crops:
            mask = np.where(crop.hole_hw > 0, 255, 0).astype(np.uint8)
            yield inpaint(crop.image_hw3, mask, deep=deep)

    return synthesise
