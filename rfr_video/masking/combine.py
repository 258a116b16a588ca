"""Masks out of masks: several at once, only for a part of the video, and turned as the picture is stored."""

from collections.abc import Sequence
from functools import reduce

import numpy as np

from rfr_video.masking.source import MaskSource
from rfr_video.media.hole import Mask
from rfr_video.media.orientation import Orientation
from rfr_video.timecode import Moment, Span


class UnionMask:
    """Fills what any of several sources fills."""

    def __init__(self, sources: Sequence[MaskSource]) -> None:
        self._sources = tuple(sources)
        self._parts: tuple[Mask, ...] = ()
        self._union: Mask | None = None

    def is_empty(self) -> bool:
        """Whether all sources are empty; asks them in order up to the first that is not."""
        return all(source.is_empty() for source in self._sources)

    def mask_at(self, moment: Moment) -> Mask | None:
        """Return the union, which is computed anew only when one of the masks is another array."""
        masks = [source.mask_at(moment) for source in self._sources]
        parts = tuple(mask for mask in masks if mask is not None)
        if len(parts) < 2:
            return parts[0] if parts else None
        same = len(parts) == len(self._parts) and all(map(_is, parts, self._parts))
        if not same:
            self._parts, self._union = parts, reduce(np.bitwise_or, parts)
        return self._union

    def finish(self, frame_count: int) -> None:
        """Pass the end of the video on."""
        for source in self._sources:
            source.finish(frame_count)


class SpannedMask:
    """Gives the masks of a source inside a span, and none outside.

    Args:
        source: Is asked inside the span only.
        span: In seconds or frames (resolve timecodes with :meth:`Span.at_rate` first).
    """

    def __init__(self, source: MaskSource, span: Span) -> None:
        self._source = source
        self._span = span

    def is_empty(self) -> bool:
        """Whether the source is empty or no frame lies inside the span, as far as it tells by itself."""
        return self._span.is_void or self._source.is_empty()

    def mask_at(self, moment: Moment) -> Mask | None:
        """Return the source's mask for a frame inside the span."""
        return self._source.mask_at(moment) if self._span.contains(moment) else None

    def finish(self, frame_count: int) -> None:
        """Pass the end of the video on."""
        self._source.finish(frame_count)


class StoredMask:
    """Turns the masks of a source, which are of the picture as it is shown, as it is stored.

    Args:
        source: Masks of the picture as shown.
        orientation: How it is shown.
    """

    def __init__(self, source: MaskSource, orientation: Orientation) -> None:
        self._source = source
        self._orientation = orientation
        self._shown: Mask | None = None
        self._stored: Mask | None = None

    def is_empty(self) -> bool:
        """Whether the source is empty."""
        return self._source.is_empty()

    def mask_at(self, moment: Moment) -> Mask | None:
        """Return the source's mask, turned; it is turned anew only when it is another array."""
        shown = self._source.mask_at(moment)
        if shown is not self._shown:
            self._shown = shown
            self._stored = None if shown is None else self._orientation.stored(shown)
        return self._stored

    def finish(self, frame_count: int) -> None:
        """Pass the end of the video on."""
        self._source.finish(frame_count)


def _is(first: Mask, second: Mask) -> bool:
    return first is second
