"""Detectors that tell the defects of pictures from the pictures around them, as frames stream by."""

from collections import deque
from collections.abc import Callable, Iterator

from rfr_video.masking.detect.detector import FrameMask
from rfr_video.masking.detect.planes import Planes
from rfr_video.media.frame import Frame
from rfr_video.media.hole import Mask
from rfr_video.timecode import Moment

Find = Callable[[Iterator[Planes]], Iterator[Mask | None]]
"""Takes pictures of one size, and gives the mask of each, in order; looks ahead by a bounded number."""


class StreamedDefects:
    """Finds defects of one kind; see :class:`rfr_video.masking.detect.detector.DefectDetector`.

    Looks ahead as far as what finds them.

    Args:
        find: Finds them; made for one pass.
        notes: What it has to say after the last picture.
    """

    def __init__(self, find: Find, notes: Callable[[], tuple[str, ...]] = tuple) -> None:
        self._find = find
        self.notes = notes

    def masks(self, frames: Iterator[Frame]) -> Iterator[FrameMask]:
        """Yield one mask per frame."""
        moments: deque[Moment] = deque()

        def pictures() -> Iterator[Planes]:
            for frame in frames:
                moments.append(frame.moment)
                yield Planes.of_frame(frame)

        for mask in self._find(pictures()):
            yield FrameMask(moments.popleft(), mask)
