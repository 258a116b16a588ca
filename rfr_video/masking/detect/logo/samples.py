"""The frames that a search for logos looks at: summed up in parts, and kept on disk to look again."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from rfr_video.masking.carry.spool import Spool
from rfr_video.masking.detect.logo.evidence import EvidenceSums
from rfr_video.masking.detect.logo.working import WorkingSize
from rfr_video.media.colour import FloatImage
from rfr_video.media.frame import Frame

PARTS = 8
_LEAST_FRAMES = 20
"""Of a stretch that is looked at by itself."""

_MANY_FRAMES = 120

_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 92]


@dataclass(frozen=True, eq=False)
class Stretch:
    """Samples that follow each other, summed up; ``is_all`` where these are all."""

    sums: EvidenceSums
    is_all: bool


class Samples:
    """Frames that were looked at. A context manager: luma lies in a file without a name.

    Args:
        size: The working size.
        expected: About how many there will be.
    """

    def __init__(self, size: WorkingSize, *, expected: int) -> None:
        self.size = size
        self._expected = max(expected, 1)
        self._parts = [EvidenceSums() for _ in range(PARTS)]
        self._spool = Spool()
        self.times: list[Fraction] = []

    def __enter__(self) -> Self:
        self._spool.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spool.__exit__(kind, error, trace)

    def __len__(self) -> int:
        return len(self.times)

    def add(self, frame: Frame) -> None:
        """Look at the next frame; raises :class:`OutputError` where the disk is full."""
        planes = self.size.planes(frame)
        part = min(len(self.times) * PARTS // self._expected, PARTS - 1)
        self._parts[part].add(planes)
        self.times.append(frame.moment.seconds)
        packed = cv2.imencode(".jpg", planes[0].astype(np.uint8), _QUALITY)[1]
        self._spool.append(packed.tobytes())

    def luma(self, number: int) -> FloatImage:
        """Return the luma of a frame again, nearly as it was, float32 (H, W), 0 to 255."""
        packed = np.frombuffer(self._spool[number], np.uint8)
        plane = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
        assert plane is not None, "packed by ourselves"
        return plane.astype(np.float32)

    def stretches(self) -> Iterator[Stretch]:
        """Yield all samples; then halves that overlap by halves, and of many samples quarters too."""
        lengths = (PARTS, PARTS // 2, PARTS // 4) if len(self) >= _MANY_FRAMES else (PARTS, PARTS // 2)
        for length in lengths:
            for first in range(0, PARTS - length + 1, max(length // 2, 1)):
                sums = EvidenceSums()
                for part in self._parts[first : first + length]:
                    if part.frames:
                        sums.merge(part)
                if sums.frames >= (1 if length == PARTS else _LEAST_FRAMES):
                    yield Stretch(sums, length == PARTS)
