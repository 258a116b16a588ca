"""A folder of numbered images as masks: image k, in the order of the numbers, is for frame k.

A damaged frame that is skipped counts: its image is skipped too.
"""

from pathlib import Path
from typing import Self

from rfr_video.errors import MaskError
from rfr_video.geometry import Rect
from rfr_video.masking.still import decode_fitting, read_fitting, steady
from rfr_video.media.hole import Mask
from rfr_video.media.images import numbered_images, read_bytes
from rfr_video.media.probe import VideoInfo, count_frames
from rfr_video.timecode import Moment


class MaskSequence:
    """Masks from numbered images, read one at a time as their frames come.

    Args:
        folder: For the errors.
        images: One per frame, in order.
        picture: The whole picture as it is shown, whose size every image must have.
    """

    def __init__(self, folder: Path, images: list[Path], *, picture: Rect) -> None:
        self._folder = folder
        self._images = images
        self._picture = picture
        self._data = b""
        self._mask: Mask | None = None

    @classmethod
    def open(cls, folder: Path, *, info: VideoInfo) -> Self:
        """List the images of a folder.

        Raises:
            MaskError: It holds no numbered images, or another number of them than the video has frames,
                as far as the video's headers tell.
        """
        images = numbered_images(folder)
        if info.video.frame_count not in (None, len(images)):
            # A header may count frames that are never shown: only an exact count is worth an error.
            counted = count_frames(info.path, limits=info.limits)
            if counted != len(images):
                raise _wrong_count(folder, len(images), counted)
        return cls(folder, images, picture=info.video.shown_picture)

    def is_empty(self) -> bool:
        """Whether no image has anything to fill; reads images up to the first that has."""
        return not any(read_fitting(path, picture=self._picture).any() for path in self._images)

    def mask_at(self, moment: Moment) -> Mask | None:
        """Return the mask of the frame's image; equal images give the same array object."""
        if moment.index >= len(self._images):
            raise MaskError(
                f"mask folder {self._folder} holds {len(self._images)} images, the video has at least "
                f"{moment.index + 1} frames; give one image per frame"
            )
        path = self._images[moment.index]
        data = read_bytes(path)
        if data != self._data:
            mask = decode_fitting(data, path, picture=self._picture)
            self._data = data
            self._mask = steady(mask, self._mask)
        return self._mask

    def finish(self, frame_count: int) -> None:
        """Raise :class:`MaskError` when there were not as many frames, skipped ones included, as images."""
        if frame_count != len(self._images):
            raise _wrong_count(self._folder, len(self._images), frame_count)


def _wrong_count(folder: Path, images: int, frames: int) -> MaskError:
    return MaskError(
        f"mask folder {folder} holds {images} images, the video has {frames} frames; give one image per frame"
    )
