"""The streams beside the repaired one: what becomes of each in the target container.

Whether a container can carry a stream is asked of libavformat itself, by writing a header to memory.
"""

import contextlib
import errno
import io
import re
from ast import literal_eval
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import AttachmentStream, DataStream, Disposition, Stream
from av.video.stream import VideoStream

from rfr_video.errors import DeviceError, EncodeError, RfrVideoError
from rfr_video.media.containers import (
    COVER_AS_ATTACHMENT,
    COVER_AS_STREAM,
    ISO_FAMILY,
    MATROSKA_FAMILY,
    MPEGTS_CODECS,
)
from rfr_video.media.encoding import start_encoding
from rfr_video.media.source import codec_name, is_chapter_track, source_options
from rfr_video.media.tags import stream_tags
from rfr_video.media.target import translate

_FIRST_LIBAV_ERROR = 4096  # below are the system's error numbers
_SAID_BY_LIBAV = (errno.EPERM, errno.EINVAL)  # no disk says these: the first is its plain -1


class Fate(Enum):
    """What becomes of a stream."""

    COPIED = "copied"
    REBUILT = "rebuilt"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Passenger:
    """A stream beside the repaired one and its fate; ``reason`` says why it is not simply copied."""

    index: int
    kind: str
    codec: str
    fate: Fate
    reason: str = ""

    def __str__(self) -> str:
        return f"stream {self.index} ({self.kind}, {self.codec})"


def plan_passengers(
    source: InputContainer,
    *,
    video_index: int,
    container: str,
    add_video: Callable[[OutputContainer], object],
) -> tuple[Passenger, ...]:
    """Decide the fate of every stream but the repaired one.

    Args:
        source: The open source.
        video_index: Index of the stream that is repaired.
        container: FFmpeg's name of the target container.
        add_video: Adds the repaired stream to a container, as the real run will.

    Returns:
        One passenger per stream, in the order of the source; dropped means that the container refuses it.

    Raises:
        EncodeError: The container refuses the repaired stream itself, or its encoder cannot be opened.
    """
    if container == "mpegts" and (codec := _trial_codec(container, add_video)) not in MPEGTS_CODECS:
        raise EncodeError(
            f"container mpegts has no stream type for {codec}; choose another --codec or container"
        )
    if refusal := _refusal([], container, add_video):
        raise EncodeError(
            f"the video cannot be encoded into {container}: {refusal}; choose another --codec, or other "
            "options for it, or another container"
        )
    others = [stream for stream in source.streams if stream.index != video_index]
    fates = {stream.index: _known_fate(stream, source, container) for stream in others}
    copies = [stream for stream in others if fates[stream.index] is None]
    if _refusal(copies, container, add_video):
        for stream in copies:
            if refusal := _refusal([stream], container, add_video):
                fates[stream.index] = (Fate.DROPPED, refusal)
    return tuple(
        Passenger(stream.index, stream.type, codec_name(stream), *(fates[stream.index] or (Fate.COPIED, "")))
        for stream in others
    )


def add_copy(target: OutputContainer, stream: Stream) -> Stream:
    """Add a stream that will carry copied packets, with its metadata, disposition and identifier."""
    if isinstance(stream, AttachmentStream):
        return target.add_stream_from_template(stream)
    if is_cover(stream) and target.format.name in COVER_AS_ATTACHMENT:
        return _add_cover(target, stream)
    copy = target.add_stream_from_template(stream, opaque=True)
    copy.metadata.update(stream_tags(stream, target))
    copy.disposition = stream.disposition
    if isinstance(stream, VideoStream) and isinstance(copy, VideoStream) and stream.sample_aspect_ratio:
        copy.codec_context.sample_aspect_ratio = stream.sample_aspect_ratio  # else only the bitstream's
    if target.format.name == "mpegts":
        copy.id = stream.id  # the packet identifier, by which receivers find the stream
    return copy


def _add_cover(target: OutputContainer, stream: Stream) -> Stream:
    """Add a cover picture as an attachment, which is written with the header; its packet is not copied."""
    kind = codec_name(stream).replace("mjpeg", "jpeg")
    name = stream.metadata.get("filename") or stream.metadata.get("FILENAME") or f"cover.{kind}"
    return target.add_attachment(name, f"image/{kind}", cover_picture(stream))


def cover_picture(stream: Stream) -> bytes:
    """Return the bytes of a cover picture, which the demuxer hands out before anything else."""
    with av.open(stream.container.name, "r", options=source_options()) as again:
        return next(bytes(packet) for packet in again.demux(again.streams[stream.index]) if packet.size)


def is_gap(packet: "Packet[Stream]", copy: Stream) -> bool:
    """Whether a packet is the silence between two subtitles of MP4, which the muxer writes by itself."""
    timed_text = copy.type == "subtitle" and copy.container.format.name in ISO_FAMILY
    return timed_text and bytes(packet) == b"\0\0"


def is_cover(stream: Stream) -> bool:
    """Whether a stream is a cover picture."""
    return bool(stream.disposition & Disposition.attached_pic)


def _known_fate(stream: Stream, source: InputContainer, container: str) -> tuple[Fate, str] | None:
    """Return what a trial header would not tell, or ``None``."""
    if is_cover(stream) and container not in COVER_AS_STREAM + COVER_AS_ATTACHMENT:
        return Fate.DROPPED, f"{container} has no place for a cover picture"
    if rebuilt := _rebuilt(stream, source, container):
        return rebuilt
    from_there = source.format.name == container
    if container == "mpegts" and not from_there and codec_name(stream) not in MPEGTS_CODECS:
        return Fate.DROPPED, "mpegts has no stream type for it"
    if isinstance(stream, DataStream) and not (from_there or stream.name or container in ISO_FAMILY):
        return Fate.DROPPED, f"{container} has no place for a track of an unknown kind"
    return None


def _rebuilt(stream: Stream, source: InputContainer, container: str) -> tuple[Fate, str] | None:
    """Timecode and chapter tracks of MP4 and MOV: their muxer writes them from tags and chapters.

    Matroska has a tag for a timecode, no track.
    """
    is_timecode = getattr(stream, "name", None) is None and "timecode" in stream.metadata
    if isinstance(stream, DataStream) and is_timecode and container in MATROSKA_FAMILY:
        return Fate.REBUILT, f"timecode track, kept as the tag timecode={stream.metadata['timecode']}"
    if not isinstance(stream, DataStream) or container not in ISO_FAMILY:
        return None
    if is_timecode:
        return Fate.REBUILT, f"timecode track, written from the tag timecode={stream.metadata['timecode']}"
    if is_chapter_track(stream, source):
        return Fate.REBUILT, "chapter track, written from the chapters"
    return None


def is_rebuilt(stream: Stream, finished: InputContainer) -> bool:
    """Whether the muxer of a finished file wrote a track by itself, from tags or chapters."""
    is_iso = finished.format.name.startswith("mov,")
    return is_iso and _rebuilt(stream, finished, ISO_FAMILY[0]) is not None


def _trial_codec(container: str, add_video: Callable[[OutputContainer], object]) -> str:
    """Return the codec of the stream that ``add_video`` adds."""
    trial = av.open(io.BytesIO(), "w", format=container)
    with contextlib.suppress(FFmpegError, ValueError, TypeError):
        add_video(trial)
    return codec_name(trial.streams[0]) if trial.streams else "unknown"


def _refusal(
    streams: list[Stream], container: str, add_video: Callable[[OutputContainer], object]
) -> str | None:
    """Write a header for the video and these streams to memory; return what libavformat objects to."""
    trial = av.open(io.BytesIO(), "w", format=container)
    try:
        add_video(trial)
        for stream in streams:
            add_copy(trial, stream)
        start_encoding(trial)
    except (FFmpegError, ValueError, TypeError) as error:
        return refusal_reason(error)
    finally:
        with contextlib.suppress(FFmpegError):  # some muxers cannot end a file without packets
            trial.close()
    return None


def write_error(error: Exception, name: Path) -> RfrVideoError:
    """Say what an error of libavformat while writing means: the system's errors, or the container's."""
    if isinstance(error, MemoryError):
        return DeviceError(f"memory ran out while writing {name}; end other programs and run again")
    if isinstance(error, OSError) and error.errno is not None and _is_of_the_system(error.errno):
        return translate(error, name)
    return EncodeError(f"{name} cannot be written: {refusal_reason(error)}")


def _is_of_the_system(number: int) -> bool:
    return 0 < number < _FIRST_LIBAV_ERROR and number not in _SAID_BY_LIBAV


def refusal_reason(error: Exception) -> str:
    """Return the telling part of an error of libavcodec or libavformat."""
    call = str(getattr(error, "filename", ""))
    if opened := re.match(r"avcodec_open2\(\"(\w+)\", (\{.*\})?", call):
        settings: dict[str, str] = literal_eval(opened[2]) if opened[2] else {}
        options = ", ".join(f"{key}={value}" for key, value in settings.items())
        hint = "; it needs an NVIDIA card and its driver" if "nvenc" in opened[1] else ""
        return f"encoder {opened[1]} refuses to start{f' with {options}' if options else ''}{hint}"
    log = getattr(error, "log", None)
    return str(log[2]).strip() if log else str(getattr(error, "strerror", None) or error)
