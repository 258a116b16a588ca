"""Videos as RGB pictures of 8 bits, and videos made of such pictures; for measuring, not for repair.

What is written is FFV1 in Matroska, whose 8-bit RGB samples are exactly those that went in; or H.264 in MP4,
for what is to look like videos from anywhere.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import numpy.typing as npt
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from rfr_video.errors import RfrVideoError
from rfr_video.media.colour import ColorSpec, ColorTags
from rfr_video.media.frame import Frame, codes_from_rgb
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.probe import probe
from rfr_video.media.reader import open_reader
from rfr_video.media.streams import write_error
from rfr_video.timecode import Moment

_PIX_FMT = "bgr0"  # the only one of 8-bit RGB without alpha that FFV1 takes

RgbPicture = npt.NDArray[np.uint8]
"""Uint8 (H, W, 3): red, green, blue."""


def read_rgb(path: Path) -> Generator[tuple[Moment, RgbPicture]]:
    """Decode a video, one picture at a time; close the generator to stop early.

    Colour is converted as everywhere, by the stream's tags and stated defaults, and rounded to 8 bits.

    Raises:
        InputError: It cannot be read, or its pixel format is not supported.
    """
    info = probe(path).video
    layout = PlaneLayout.of(info.pix_fmt)
    spec = ColorSpec.from_tags(info.color, height=info.height, jpeg=layout.is_jpeg, rgb=layout.is_rgb)
    with open_reader(path) as reader:
        for frame in reader.frames():
            yield frame.moment, _rgb(frame, spec)


@contextmanager
def rgb_writer(
    path: Path, *, width: int, height: int, rate: Fraction
) -> Generator[Callable[[RgbPicture], None]]:
    """Give a function that appends a picture to a new video; it is complete when the block ends well.

    Args:
        path: The file; ``.mkv`` is its natural suffix.
        width: Of every picture.
        height: Of every picture.
        rate: Pictures per second.

    Raises:
        OutputError: It cannot be written.
    """

    def frame_of(picture_hw3: RgbPicture) -> av.VideoFrame:
        picture = av.VideoFrame(width, height, _PIX_FMT)
        (plane,) = picture.planes
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(height, plane.line_size)
        rows[:, : 4 * width].reshape(height, width, 4)[..., :3] = picture_hw3[..., ::-1]
        return picture

    stream = {
        "codec_name": "ffv1",
        "rate": rate,
        "options": {"level": "3"},
        "width": width,
        "height": height,
        "pix_fmt": _PIX_FMT,
    }
    with _video_writer(path, "matroska", stream, frame_of) as write:
        yield write


@contextmanager
def h264_writer(
    path: Path, *, width: int, height: int, rate: Fraction, crf: int, preset: str = "veryfast"
) -> Generator[Callable[[RgbPicture], None]]:
    """Give a function that appends a picture to a new H.264 video (x264, 4:2:0).

    Colour is converted as the defaults for untagged videos of that size have it, so that :func:`read_rgb`
    converts it back.

    Args:
        path: The file; ``.mp4`` is its natural suffix.
        width: Of every picture; even.
        height: Of every picture; even.
        rate: Pictures per second.
        crf: Constant rate factor, 0 to 51.
        preset: How much effort x264 makes.

    Raises:
        OutputError: It cannot be written.
    """
    spec = ColorSpec.from_tags(ColorTags(), height=height, jpeg=False, rgb=False)
    layout = PlaneLayout.of("yuv420p")

    def frame_of(picture_hw3: RgbPicture) -> av.VideoFrame:
        picture = av.VideoFrame(width, height, "yuv420p")
        codes = codes_from_rgb(picture_hw3.astype(np.float32) / np.float32(255), layout, spec)
        for plane, values in zip(picture.planes, codes, strict=True):
            rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
            rows[:, : plane.width] = np.clip(np.rint(values), 0, 255)
        return picture

    stream = {
        "codec_name": "libx264",
        "rate": rate,
        "options": {"crf": str(crf), "preset": preset},
        "width": width,
        "height": height,
        "pix_fmt": "yuv420p",
    }
    with _video_writer(path, "mp4", stream, frame_of) as write:
        yield write


def rgb_pictures(path: Path) -> Iterator[RgbPicture]:
    """Decode a video like :func:`read_rgb`, without the times."""
    return (picture_hw3 for _, picture_hw3 in read_rgb(path))


@contextmanager
def _video_writer(
    path: Path,
    container_name: str,
    stream_options: dict[str, Any],
    frame_of: Callable[[RgbPicture], av.VideoFrame],
) -> Generator[Callable[[RgbPicture], None]]:
    """Give a function that encodes pictures, one after the other."""
    rate: Fraction = stream_options["rate"]
    with _errors_translated(path):
        container = av.open(f"file:{path}", "w", format=container_name)
    try:
        stream = cast("VideoStream", container.add_stream(**stream_options))
        count = 0

        def write(picture_hw3: RgbPicture) -> None:
            nonlocal count
            picture = frame_of(picture_hw3)
            picture.pts, picture.time_base = count, 1 / rate
            count += 1
            with _errors_translated(path):
                container.mux(cast("list[Packet[Stream]]", stream.encode(picture)))

        yield write
        with _errors_translated(path):
            container.mux(cast("list[Packet[Stream]]", stream.encode(None)))
    finally:
        with _errors_translated(path):
            container.close()


def _rgb(frame: Frame, spec: ColorSpec) -> RgbPicture:
    layout = frame.layout
    if layout.is_rgb and layout.bits == 8:  # nothing to convert
        planes = frame.planes()
        return np.stack([np.asarray(planes[index], np.uint8) for index in layout.color_planes], axis=2)
    return np.rint(np.clip(frame.crop(frame.rect, spec), 0, 1) * 255).astype(np.uint8)


@contextmanager
def _errors_translated(path: Path) -> Generator[None]:
    try:
        yield
    except RfrVideoError:
        raise
    except (FFmpegError, OSError) as error:
        raise write_error(error, path) from error
