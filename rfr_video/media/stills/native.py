"""Pictures decoded by FFmpeg to the very planes that the file codes, without a way through RGB."""

import io

import av
import numpy as np
from av.error import FFmpegError

from rfr_video.media.colour import ChromaLocation, ColorRange, ColorSpec, ColorTags, Matrix, Plane
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.stills.still import Still

_PLANAR = {
    "gray": "gray",
    "gbrp": "gbrp",
    "yuvj444p": "yuvj444p",
    "yuvj422p": "yuvj422p",
    "yuvj420p": "yuvj420p",
    "yuvj440p": "yuvj440p",
    "yuvj411p": "yuvj411p",
    "yuv420p": "yuv420p",
    "yuva420p": "yuv420p",
}
"""FFmpeg's formats for 8-bit stills in planes, and what they are without alpha."""


def decode_native(data: bytes, *, demuxer: str, color_range: ColorRange) -> Still | None:
    """Decode a picture with FFmpeg; ``None`` where it cannot. Alpha is left out.

    Args:
        data: The file.
        demuxer: FFmpeg's name for the kind of file.
        color_range: Of luma and chroma; their matrix is that of Rec. ITU-R BT.601 in every kind of still.
    """
    try:
        with av.open(io.BytesIO(data), "r", format=demuxer) as container:
            picture = next(container.decode(container.streams.video[0]), None)
    except FFmpegError:
        return None
    if picture is None or picture.format.name not in _PLANAR:
        return None
    picture.make_writable()
    layout = PlaneLayout.of(_PLANAR[picture.format.name])
    tags = ColorTags(matrix=Matrix.BT470BG, color_range=color_range, chroma_location=ChromaLocation.CENTER)
    spec = ColorSpec.from_tags(tags, height=picture.height, jpeg=layout.is_jpeg, rgb=layout.is_rgb)
    return Still(tuple(_plane(picture, index) for index in layout.color_planes), layout, spec)


def _plane(picture: av.VideoFrame, index: int) -> Plane:
    plane = picture.planes[index]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]
