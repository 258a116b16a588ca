"""A file → :class:`VideoInfo`: everything that has to survive, and that the plan decides by."""

import re
import struct
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from typing import cast

import av
import av.logging
from av.container import InputContainer
from av.error import FFmpegError
from av.filter import Graph
from av.sidedata.sidedata import SideData
from av.stream import Stream
from av.video.stream import VideoStream

from rfr_video.config.limits import DEFAULT_LIMITS, LimitsConfig
from rfr_video.errors import InputError
from rfr_video.geometry import Rect
from rfr_video.media.colour import ChromaLocation, ColorRange, ColorTags
from rfr_video.media.fields import FieldOrder
from rfr_video.media.hdr import ContentLight, MasteringDisplay
from rfr_video.media.layout import has_alpha
from rfr_video.media.orientation import UPRIGHT, Orientation
from rfr_video.media.programs import Program, programs
from rfr_video.media.source import codec_name, disposition_names, open_source, video_stream

DECODE_ATTEMPTS = 250  # packets without a picture after which a stream counts as undecodable

_EXTRAS = {
    "A53_CC": "closed captions",
    "AFD": "active format description",
    "S12M_TIMECODE": "timecode in the picture",
    "STEREO3D": "stereoscopic layout",
    "SPHERICAL": "spherical projection",
    "ICC_PROFILE": "ICC profile",
    "FILM_GRAIN_PARAMS": "film grain",
    "DYNAMIC_HDR_PLUS": "HDR10+ metadata",
    "DYNAMIC_HDR_VIVID": "HDR Vivid metadata",
    "DOVI_RPU_BUFFER": "Dolby Vision metadata",
    "AMBIENT_VIEWING_ENVIRONMENT": "ambient viewing environment",
}
"""What a picture may carry beside its samples, by FFmpeg's names."""


@dataclass(frozen=True)
class StreamInfo:
    """A stream beside the repaired one. ``codec`` is FFmpeg's name, or ``unknown``."""

    index: int
    kind: str
    codec: str
    language: str | None
    disposition: tuple[str, ...]
    title: str | None


@dataclass(frozen=True)
class VideoStreamInfo:
    """The stream to repair.

    ``frame_count`` and ``duration_seconds`` are what the file says, ``None`` where it says nothing.
    ``expected_frames`` is the stated count, or an estimate from duration and rate for showing progress.
    ``start_pts`` is the timestamp of the first picture in units of ``time_base``; ``reorder_depth`` is
    how many pictures the decoder holds back to bring them into display order. ``variable_rate`` is whether
    the file's index shows frames of different durations, ``None`` without a whole index: nobody knows then
    before the end. ``rate_stated`` is whether the file tells a frame rate; otherwise 25 is assumed.
    ``field_order`` is what the stream states, or else what its first picture is flagged as;
    ``fields_flagged`` is whether that one is flagged as interlaced at all. ``alpha_lost`` is whether the
    stream has an alpha channel that the decoder does not read. ``extras``
    is what else its first picture carries, in words.
    """

    index: int
    codec: str
    profile: str | None
    width: int
    height: int
    pix_fmt: str
    time_base: Fraction
    start_pts: int
    rate: Fraction
    rate_stated: bool
    variable_rate: bool | None
    reorder_depth: int
    frame_count: int | None
    expected_frames: int | None
    duration_seconds: Fraction | None
    bit_rate: int | None
    color: ColorTags
    sample_aspect_ratio: Fraction | None
    field_order: FieldOrder
    fields_flagged: bool
    display_matrix: tuple[int, ...] | None
    mastering_display: MasteringDisplay | None
    content_light: ContentLight | None
    language: str | None
    disposition: tuple[str, ...]
    alpha_lost: bool
    extras: tuple[str, ...]

    @property
    def picture(self) -> Rect:
        """The whole picture as it is stored."""
        return Rect(0, 0, self.width, self.height)

    @property
    def orientation(self) -> Orientation:
        """How it is turned for display; upright where the display matrix turns it by no right angle."""
        return Orientation.of(self.display_matrix) or UPRIGHT

    @property
    def shown_picture(self) -> Rect:
        """The whole picture as it is shown, in samples as they are stored."""
        return self.orientation.shown_rect(self.picture, picture=self.picture)


@dataclass(frozen=True)
class VideoInfo:
    """What is in a media file, and when that was last changed, in nanoseconds since 1970.

    ``missing_bytes`` is how far its index points beyond its end; ``limits`` are those that it was opened
    within, and is to be opened within again.
    """

    path: Path
    container: str
    size_bytes: int
    modified_ns: int
    duration_seconds: Fraction | None
    video: VideoStreamInfo
    others: tuple[StreamInfo, ...]
    chapter_count: int
    programs: tuple[Program, ...]
    missing_bytes: int
    limits: LimitsConfig


def probe(path: Path, *, limits: LimitsConfig = DEFAULT_LIMITS) -> VideoInfo:
    """Read the headers of a file and decode its first picture.

    Raises:
        InputError: The file is no video that can be decoded within the limits.
    """
    with open_source(path, limits=limits) as container:
        stream = video_stream(container, path)
        duration = container.duration
        size_bytes, modified_ns = _state(path) or (container.size, 0)
        return VideoInfo(
            path=path,
            container=container.format.name,
            size_bytes=size_bytes,
            modified_ns=modified_ns,
            duration_seconds=None if duration is None else Fraction(duration, av.time_base),
            others=tuple(_other(other) for other in container.streams if other.index != stream.index),
            chapter_count=len(container.chapters()),
            programs=programs(container),
            missing_bytes=max(0, _indexed_end(stream) - size_bytes),
            limits=limits,
            video=stream_info(container, stream, path),
        )


@contextmanager
def unchanged(info: VideoInfo) -> Generator[None]:
    """Check at the end of the block that a file is still what it was when it was probed.

    One that was removed meanwhile is read to its end, as it was.

    Raises:
        InputError: It is another one, or was written to.
    """
    yield
    if _state(info.path) not in (None, (info.size_bytes, info.modified_ns)):
        raise InputError(
            f"{info.path} was changed while it was read, so the result would be of two minds; run again when "
            "nothing writes to it any more"
        )


def _state(path: Path) -> tuple[int, int] | None:
    """Return size and time of the last change; ``None`` where there is no such file any more."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns


def count_frames(path: Path, *, limits: LimitsConfig) -> int:
    """Count the video packets by reading the whole file without decoding it."""
    with open_source(path, limits=limits) as container:
        stream = video_stream(container, path)
        return sum(1 for packet in container.demux(stream) if packet.size and not packet.is_discard)


def stream_info(container: InputContainer, stream: VideoStream, path: Path) -> VideoStreamInfo:
    """Read what is stated about a stream, and decode its first picture; ``path`` is for errors.

    Raises:
        InputError: Not one picture can be decoded.
    """
    context = stream.codec_context
    picture = _first_picture(container, stream, path)
    time_base = stream.time_base
    assert time_base is not None, "libavformat gives every stream a time base"
    side_data, shown = _side_data(picture), _shown(picture, stream)
    matrix = side_data.get("DISPLAYMATRIX")
    rate = stream.average_rate or context.framerate or stream.guessed_rate
    duration = _duration(container, stream)
    pts = picture.pts if picture.pts is not None else stream.start_time
    return VideoStreamInfo(
        index=stream.index,
        codec=context.codec.canonical_name,
        profile=stream.profile,
        width=picture.width,
        height=picture.height,
        pix_fmt=picture.format.name,
        time_base=time_base,
        start_pts=pts or 0,
        rate=rate or Fraction(25),
        rate_stated=rate is not None,
        variable_rate=_is_uneven(stream),
        reorder_depth=context.reorder_depth,
        frame_count=stream.frames or None,
        expected_frames=stream.frames or (round(duration * rate) if duration and rate else None),
        duration_seconds=None if stream.duration is None else stream.duration * time_base,
        bit_rate=context.bit_rate,
        color=ColorTags(
            matrix=int(picture.colorspace),
            color_range=ColorRange(picture.color_range),
            primaries=int(picture.color_primaries),
            transfer=int(picture.color_trc),
            chroma_location=_chroma_location(shown),
        ),
        sample_aspect_ratio=stream.sample_aspect_ratio or None,
        field_order=_field_order(FieldOrder(context.field_order), picture, shown),
        fields_flagged=picture.interlaced_frame,
        display_matrix=None if matrix is None else struct.unpack("9i", matrix),
        mastering_display=MasteringDisplay.unpack(side_data.get("MASTERING_DISPLAY_METADATA")),
        content_light=ContentLight.unpack(side_data.get("CONTENT_LIGHT_LEVEL")),
        language=stream.language,
        disposition=disposition_names(stream.disposition),
        alpha_lost=stream.metadata.get("alpha_mode") == "1" and not has_alpha(picture.format.name),
        extras=tuple(words for name, words in _EXTRAS.items() if name in side_data),
    )


def _duration(container: InputContainer, stream: VideoStream) -> Fraction | None:
    """Duration of the stream, or else of the file, in seconds."""
    if stream.duration is not None and stream.time_base is not None:
        return stream.duration * stream.time_base
    return None if container.duration is None else Fraction(container.duration, av.time_base)


def _indexed_end(stream: VideoStream) -> int:
    return max((entry.pos + entry.size for entry in stream.index_entries), default=0)


def _is_uneven(stream: VideoStream) -> bool | None:
    times = [entry.timestamp for entry in stream.index_entries]
    if not times or len(times) != stream.frames:
        return None
    return len({after - before for before, after in pairwise(times)}) > 1


def _first_picture(container: InputContainer, stream: VideoStream, path: Path) -> av.VideoFrame:
    for packet in islice(container.demux(stream), DECODE_ATTEMPTS):
        try:
            pictures = packet.decode()
        except FFmpegError:
            continue
        if pictures:
            return pictures[0]
    raise InputError(f"{path}: not one picture of its video stream can be decoded; the file is damaged")


def _side_data(picture: av.VideoFrame) -> dict[str, bytes]:
    entries = cast("Iterable[SideData]", picture.side_data)  # the stubs know motion vectors only
    return {entry.type.name: bytes(memoryview(entry)) for entry in entries}


def _shown(picture: av.VideoFrame, stream: VideoStream) -> str:
    """Return what the ``showinfo`` filter tells of a picture: PyAV has no attributes for some of it."""
    graph = Graph()
    graph.link_nodes(graph.add_buffer(template=stream), graph.add("showinfo"), graph.add("buffersink"))
    graph.configure()
    level = av.logging.get_level()
    av.logging.set_level(av.logging.INFO)
    try:
        with av.logging.Capture() as lines:
            graph.push(picture)
            graph.pull()
    finally:
        av.logging.set_level(level)
    return "".join(text for _, _, text in lines)


def _chroma_location(shown: str) -> ChromaLocation:
    match = re.search(r" cl:(\w+)", shown)
    if match is None or match[1].upper() not in ChromaLocation.__members__:
        return ChromaLocation.UNSPECIFIED
    return ChromaLocation[match[1].upper()]


def _field_order(stated: FieldOrder, picture: av.VideoFrame, shown: str) -> FieldOrder:
    """Return what the stream states, or else what its first picture is flagged as."""
    if stated.is_interlaced or not picture.interlaced_frame:
        return stated
    return FieldOrder.TT if re.search(r" i:T", shown) else FieldOrder.BB


def _other(stream: Stream) -> StreamInfo:
    return StreamInfo(
        index=stream.index,
        kind=stream.type,
        codec=codec_name(stream),
        language=stream.language,
        disposition=disposition_names(stream.disposition),
        title=stream.metadata.get("title") or stream.metadata.get("filename"),
    )
