"""The streams beside the repaired one: what becomes of each in the target container.

Whether a container can carry a stream is asked of libavformat itself, by writing a header to memory.
"""

import io
import re
from ast import literal_eval
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import av
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import AttachmentStream, DataStream, Stream

from rfr_video.errors import EncodeError

ISO_FAMILY = ("mp4", "mov", "ipod", "3gp", "3g2", "psp", "ismv", "f4v")
PROGRAM_STREAMS = ("mpeg", "vob", "svcd", "dvd")
NO_NEGATIVE_TIMES = ("mpegts", "flv", *PROGRAM_STREAMS)


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
    if refusal := _refusal([], container, add_video):
        raise EncodeError(
            f"the video cannot be encoded into {container}: {refusal}; choose another --codec, or other "
            "options for it, or another container"
        )
    others = [stream for stream in source.streams if stream.index != video_index]
    fates = {stream.index: _rebuilt(stream, source, container) for stream in others}
    copies = [stream for stream in others if fates[stream.index] is None]
    if _refusal(copies, container, add_video):
        for stream in copies:
            if refusal := _refusal([stream], container, add_video):
                fates[stream.index] = (Fate.DROPPED, refusal)
    return tuple(
        Passenger(stream.index, stream.type, _codec_name(stream), *(fates[stream.index] or (Fate.COPIED, "")))
        for stream in others
    )


def add_copy(target: OutputContainer, stream: Stream) -> Stream:
    """Add a stream that will carry copied packets, with its metadata, disposition and identifier."""
    if isinstance(stream, AttachmentStream):
        return target.add_stream_from_template(stream)
    copy = target.add_stream_from_template(stream, opaque=True)
    copy.metadata.update(stream.metadata)
    copy.disposition = stream.disposition
    if target.format.name == "mpegts":
        copy.id = stream.id  # the packet identifier, by which receivers find the stream
    return copy


def is_gap(packet: "Packet[Stream]", copy: Stream) -> bool:
    """Whether a packet is the silence between two subtitles of MP4, which the muxer writes by itself."""
    timed_text = copy.type == "subtitle" and copy.container.format.name in ISO_FAMILY
    return timed_text and bytes(packet) == b"\0\0"


def _rebuilt(stream: Stream, source: InputContainer, container: str) -> tuple[Fate, str] | None:
    """Timecode and chapter tracks of MP4 and MOV: their muxer writes them from tags and chapters."""
    if not isinstance(stream, DataStream) or container not in ISO_FAMILY:
        return None
    if stream.name is None and "timecode" in stream.metadata:
        return Fate.REBUILT, f"timecode track, written from the tag timecode={stream.metadata['timecode']}"
    if stream.name == "bin_data" and source.chapters():
        return Fate.REBUILT, "chapter track, written from the chapters"
    return None


def _refusal(
    streams: list[Stream], container: str, add_video: Callable[[OutputContainer], object]
) -> str | None:
    """Write a header for the video and these streams to memory; return what libavformat objects to."""
    try:
        with av.open(io.BytesIO(), "w", format=container) as trial:
            add_video(trial)
            for stream in streams:
                add_copy(trial, stream)
            trial.start_encoding()
    except (FFmpegError, ValueError, TypeError) as error:
        return refusal_reason(error)
    return None


def refusal_reason(error: Exception) -> str:
    """Return the telling part of an error of libavcodec or libavformat."""
    call = str(getattr(error, "filename", ""))
    if opened := re.fullmatch(r"avcodec_open2\(\"(\w+)\", (\{.*\})\)", call):
        options = ", ".join(f"{key}={value}" for key, value in literal_eval(opened[2]).items())
        hint = "; it needs an NVIDIA card and its driver" if "nvenc" in opened[1] else ""
        return f"encoder {opened[1]} refuses to start with {options}{hint}"
    log = getattr(error, "log", None)
    return str(log[2]).strip() if log else str(error)


def _codec_name(stream: Stream) -> str:
    context = stream.codec_context
    if isinstance(stream, AttachmentStream):
        return stream.mimetype or "unknown"
    if context is None:  # pyright: ignore[reportUnnecessaryComparison] - its stubs leave None out
        return stream.name or "unknown"
    return context.codec.canonical_name
