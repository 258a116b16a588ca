"""Where masks come from: one small protocol that every source of masks follows."""

from typing import Protocol

from rfr_video.media.hole import Mask
from rfr_video.timecode import Moment


class MaskSource(Protocol):
    """Gives every frame its mask, in order.

    Errors are :class:`rfr_video.errors.MaskError`; they name the mask and what does not fit.
    """

    def is_empty(self) -> bool:
        """Whether no frame will ever have anything to fill. May read all masks, never the source."""
        ...

    def mask_at(self, moment: Moment) -> Mask | None:
        """Return the mask of a frame, or ``None`` when nothing is to be filled.

        Moments come in rising order, each once. While a mask does not change, the same array object is
        returned, so that work on it need not be repeated; nobody writes to it.
        """
        ...

    def finish(self, frame_count: int) -> None:
        """Hear that the video ended after ``frame_count`` frames; raises when masks are left over.

        Frames that were skipped because they are damaged count, as they do in the numbers of the moments.
        """
        ...
