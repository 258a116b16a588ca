"""Filling interlaced frames: each field is filled among the fields of its own parity, and both are woven.

The top fields of a video are a video of half the height, and so are the bottom fields. Nothing is ever taken
from a field of the other parity, which shows other lines at another moment.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from rfr_video.fill.filler import Fill, FilledFrame, Filler, FillState, FillStep, MaskedFrame, Origin
from rfr_video.media.colour import ColorSpec
from rfr_video.media.fields import Parity, field_rect, joined_notes, side_by_side
from rfr_video.media.hole import Region

_Items = tuple[MaskedFrame, Any, Any]
"""A frame, and what is being made of its top and its bottom field."""


class FieldFiller:
    """Fills interlaced frames by two fillers, one per field; looks ahead as far as these do.

    Args:
        top: Fills top fields.
        bottom: Fills bottom fields in the same way.
        spec: The colour of the frames' samples.
    """

    def __init__(self, top: Filler, bottom: Filler, spec: ColorSpec) -> None:
        self._fillers = (top, bottom)
        self._spec = spec
        self.margin_px = top.margin_px
        pairs = list(zip(top.steps, bottom.steps, strict=True))
        self.steps = tuple(
            FillStep(
                pair[0].name,
                partial(self._step, pair, is_first=number == 0, is_last=number == len(pairs) - 1),
                is_frame_by_frame=pair[0].is_frame_by_frame,
            )
            for number, pair in enumerate(pairs)
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What the fillers say; once where they say the same."""
        top, bottom = self._fillers
        return joined_notes(top.notes, bottom.notes)

    def _step(
        self, pair: tuple[FillStep, FillStep], items: Iterator[Any], *, is_first: bool, is_last: bool
    ) -> Iterator[Any]:
        """Take both fields a step further; the first step is given frames, and the last one gives them."""
        triples: Iterator[_Items] = (_split(masked) for masked in items) if is_first else items
        done = side_by_side(triples, (iter, pair[0].transform, pair[1].transform))
        return (self._woven(*triple) for triple in done) if is_last else done

    def _woven(self, masked: MaskedFrame, *fields: FilledFrame) -> FilledFrame:
        """Put the fills of two fields together as those of the frame."""
        state = {
            f"{parity.name}.{name}": array
            for parity, one in zip(Parity, fields, strict=True)
            for name, array in one.state.items()
        }
        hole = masked.to_fill
        regions = hole.regions if hole else ()
        fills = tuple(self._woven_region(masked, region, fields) for region in regions)
        return FilledFrame(masked.frame, hole, fills, state)

    def _woven_region(self, masked: MaskedFrame, whole: Region, fields: tuple[FilledFrame, ...]) -> Fill:
        """Gather what fills a region of the frame; lines and samples that nothing fills are the picture's."""
        rect = whole.rect
        rgb_hw3 = masked.frame.crop(rect, self._spec)
        origin_hw4 = np.zeros((rect.height, rect.width, len(Origin)), np.float32)
        confidence_hw = np.zeros((rect.height, rect.width), np.float32)
        for parity, filled in zip(Parity, fields, strict=True):
            outer = field_rect(rect, parity)
            if filled.hole is None or outer is None:
                continue
            for region, fill in zip(filled.hole.regions, filled.fills, strict=True):
                if region.rect.overlaps(outer):
                    inner = region.rect.relative_to(outer).slices
                    rgb_hw3[parity.lines][inner] = fill.rgb_hw3
                    origin_hw4[parity.lines][inner] = fill.origin_hw4
                    confidence_hw[parity.lines][inner] = fill.confidence_hw
        return Fill(rgb_hw3, origin_hw4, confidence_hw)


def fields_of(masked: MaskedFrame) -> tuple[MaskedFrame, MaskedFrame]:
    """Return the two fields of an interlaced frame, each with its hole, as frames of half the height."""
    holes = masked.hole.fields if masked.hole else (None, None)
    assert holes is not None, "the hole of an interlaced frame is made of those of its fields"
    top, bottom = (
        replace(masked, frame=masked.frame.field(parity), hole=hole, state=_state_of(masked, parity))
        for parity, hole in zip(Parity, holes, strict=True)
    )
    return top, bottom


def _state_of(masked: MaskedFrame, parity: Parity) -> FillState | None:
    """Return the part of a state that is a field's."""
    if masked.state is None:
        return None
    prefix = f"{parity.name}."
    return {
        name.removeprefix(prefix): array for name, array in masked.state.items() if name.startswith(prefix)
    }


def _split(masked: MaskedFrame) -> _Items:
    return (masked, *fields_of(masked))
