"""FFmpeg's filter ``removelogo``, as a yardstick to measure against.

The filter works in 4:2:0: pictures are converted to it and back, as they are for everybody who uses it.
"""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import av.filter
import numpy as np
from av.error import FFmpegError
from av.filter import Graph
from av.video.format import VideoFormat

from rfr_video.errors import MaskError
from rfr_video.media.rgb_video import RgbPicture

NAME = "removelogo"
_TIME_BASE = Fraction(1, 25)  # the filter does not look at times


def has_removelogo() -> bool:
    """Whether this build of FFmpeg comes with the filter."""
    return NAME in av.filter.filters_available


def ffmpeg_version() -> str:
    """Return the version of this build of FFmpeg."""
    return av.ffmpeg_version_info


class LogoFilter:
    """The filter, set up for one mask that stays where it is.

    Args:
        bitmap: An image of the pictures' size; what is not black is to be removed.
        width: Of the pictures.
        height: Of the pictures.

    Raises:
        MaskError: The filter refuses the image.
    """

    def __init__(self, bitmap: Path, *, width: int, height: int) -> None:
        self._graph = Graph()
        chain = [
            self._graph.add_buffer(
                width=width, height=height, format=VideoFormat("rgb24"), time_base=_TIME_BASE
            ),
            self._graph.add("format", pix_fmts="yuv420p"),
            self._graph.add(NAME, filename=str(bitmap)),
            self._graph.add("format", pix_fmts="rgb24"),
            self._graph.add("buffersink"),
        ]
        for before, after in pairwise(chain):
            before.link_to(after)
        try:
            self._graph.configure()
        except FFmpegError as error:
            raise MaskError(f"{NAME} refuses the mask {bitmap}: {error.strerror}") from error
        self._count = 0

    def apply(self, picture_hw3: RgbPicture) -> RgbPicture:
        """Return a picture without what the mask covers; all else has been through 4:2:0 as well."""
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture_hw3), format="rgb24")
        frame.pts, frame.time_base = self._count, _TIME_BASE
        self._count += 1
        self._graph.vpush(frame)
        filtered = self._graph.vpull()
        return np.asarray(filtered.to_ndarray(), np.uint8)
