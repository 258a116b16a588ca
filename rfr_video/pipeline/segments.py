"""Segments of a run: where they end, what of them is stored, and how another run goes on from there.

A run that goes on reads and masks all frames again, for that is quick and needs no state. Frames of finished
segments come out of the fill untouched, and what is stored of them is written instead of being encoded.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rfr_video.fill.filler import FillState, MaskedFrame
from rfr_video.fill.tally import Tally
from rfr_video.media.frame import Frame
from rfr_video.media.segmented_video import SegmentFiles, StoredSegment
from rfr_video.media.work_folder import Segment, WorkFolder
from rfr_video.pipeline.filled_frames import FilledFrames
from rfr_video.pipeline.work_key import Key, differences
from rfr_video.timecode import clock

SEGMENT_FRAMES = 250
"""The longest that x264 and x265 go without a keyframe, so that the file hardly grows."""

VIDEO = "video"
"""What the packets of the repaired stream are called in the work folder."""

_ROWS, _CONFIDENCE, _TIMES, _STATE = "rows", "confidence", "times.", "state."

logger = logging.getLogger(__name__)


class Segments:
    """The segments of a run.

    Args:
        work: Where they are stored; it is begun here, or gone on with.
        key: Of what is to be done.
        resume: Whether to go on with the work of an earlier run, where its key is the same.
        filled: Rows of all frames, finished ones included, are added here.

    Attributes:
        done_frames: How many frames are finished, from the first on.
        note: What became of the work of an earlier run, or that there was none; ``None`` where nobody asked.

    Raises:
        OutputError: The work folder cannot be written.
    """

    def __init__(self, work: WorkFolder, key: Key, *, resume: bool, filled: FilledFrames) -> None:
        self._work = work
        self._filled = filled
        self._state: FillState = {}
        self._stored: dict[str, list[StoredSegment]] = {}
        self._rows: list[tuple[int, ...]] = []
        self._confidence: list[float] = []
        self.done_frames = 0
        self.note = self._opened(key, resume=resume)
        if self.note:
            logger.warning(self.note)

    @property
    def folder(self) -> Path:
        """The work folder."""
        return self._work.path

    def files(self, stream: str) -> SegmentFiles:
        """Return where the segments of a stream lie; names are lower-case letters."""
        return SegmentFiles(self._work.path, stream, tuple(self._stored.get(stream, ())))

    def marked(self, masked: MaskedFrame, number: int) -> MaskedFrame:
        """Tell the fill what becomes of a frame, the ``number``-th of the run."""
        is_last = number == self.done_frames - 1
        return replace(
            masked,
            ends_segment=self.ends(number),
            is_done=number < self.done_frames,
            state=self._state if is_last else None,
        )

    @staticmethod
    def ends(number: int) -> bool:
        """Whether a segment ends with a frame, counted from 0."""
        return (number + 1) % SEGMENT_FRAMES == 0

    def count(self, tally: Tally, frame: Frame) -> None:
        """Add the row of a frame that has a hole and was not finished before."""
        row = (frame.moment.index, frame.pts, *tally.samples)
        self._rows.append(row)
        self._confidence.append(tally.confidence)
        self._filled.add(tally, index=row[0], pts=row[1])

    def end(self, last: Frame, *, state: FillState, stored: Mapping[str, StoredSegment]) -> None:
        """Store a segment whose packets are stored; from here on a run can go on behind it.

        Args:
            last: Its last frame.
            state: What came out of the fill with that.
            stored: Its streams.

        Raises:
            OutputError: There is no room.
        """
        arrays: dict[str, npt.NDArray[Any]] = {
            _ROWS: np.array(self._rows, np.int64),
            _CONFIDENCE: np.array(self._confidence, np.float64),
            **{_TIMES + name: np.array(one.decoding_times, np.int64) for name, one in stored.items()},
            **{_STATE + name: array for name, array in state.items()},
        }
        files = {name: one.checksum for name, one in stored.items()}
        self._work.add(Segment(files, arrays, last.moment.seconds))
        self._rows.clear()
        self._confidence.clear()

    def _opened(self, key: Key, *, resume: bool) -> str | None:
        """Go on with the work of the earlier run, or begin anew; say which, where somebody may wonder."""
        work = self._work
        differing = differences(key, work.key) if work.was_begun else ()
        if resume and work.was_begun and not differing:
            for segment in work.go_on():
                self._load(segment)
            if work.seconds is not None:
                return f"goes on from {clock(work.seconds)}: {self.done_frames} frames were finished before"
            return "starts anew: no segment was finished before"
        work.begin(key)
        if not work.was_begun:
            return "starts anew: there is no unfinished work" if resume else None
        if not resume:
            return "starts anew: --resume was not given, so unfinished work of an earlier run is thrown away"
        return f"starts anew: {', '.join(differing)} differ from those of the unfinished work"

    def _load(self, segment: Segment) -> None:
        arrays = segment.arrays
        for row, confidence in zip(arrays[_ROWS].tolist(), arrays[_CONFIDENCE].tolist(), strict=True):
            index, pts, *samples = row
            self._filled.add(Tally(tuple(samples), confidence), index=index, pts=pts)
        for name, checksum in segment.files.items():
            times = tuple(arrays[_TIMES + name].tolist())
            self._stored.setdefault(name, []).append(StoredSegment(SEGMENT_FRAMES, checksum, times))
        self._state = {
            name.removeprefix(_STATE): array for name, array in arrays.items() if name.startswith(_STATE)
        }
        self.done_frames += SEGMENT_FRAMES
