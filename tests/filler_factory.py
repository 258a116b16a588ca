"""A filler that gives known pixels of known origin, put in the place of the real one."""

from collections.abc import Iterator, Sequence

import numpy as np

from rfr_video.fill.filler import Fill, FilledFrame, FillStep, MaskedFrame

RGB = (0.8, 0.4, 0.2)


class KnownFiller:
    """Fills every hole with one colour, one mixture of origins and one confidence."""

    margin_px = 2
    notes = ()

    def __init__(self, shares: Sequence[float], confidence: float, rgb: Sequence[float] = RGB) -> None:
        self._values = rgb, shares, confidence
        self.steps = (FillStep("fill", self.fill, is_frame_by_frame=True),)

    def fill(self, frames: Iterator[MaskedFrame]) -> Iterator[FilledFrame]:
        for masked in frames:
            regions = masked.hole.regions if masked.hole else ()
            yield FilledFrame(masked.frame, masked.hole, tuple(self._fill(region.rect) for region in regions))

    def _fill(self, rect):
        rgb, shares, confidence = (
            np.broadcast_to(np.float32(value), (rect.height, rect.width, *np.shape(value)))
            for value in self._values
        )
        return Fill(rgb, shares, confidence)


def use_filler(monkeypatch, *, shares=(0, 0, 0, 1), confidence=0.0, rgb=RGB) -> None:
    """Let every run fill with these."""
    filler = KnownFiller(shares, confidence, rgb)
    monkeypatch.setattr("rfr_video.pipeline.restore.open_filler", lambda *args, **kwargs: filler)
