"""Encoding and muxing: repaired frames and copied packets in, one complete file out."""

import math
import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from rfr_video.errors import EncodeError, RfrVideoError
from rfr_video.media.colour import ChromaLocation
from rfr_video.media.encoders import Encoder
from rfr_video.media.frame import Frame
from rfr_video.media.probe import VideoStreamInfo
from rfr_video.media.source import open_source
from rfr_video.media.streams import (
    ISO_FAMILY,
    PROGRAM_STREAMS,
    Fate,
    Passenger,
    add_copy,
    is_gap,
    plan_passengers,
    refusal_reason,
)
from rfr_video.media.target import translate

# Copied packets wait for the encoder, which lags by its look-ahead; past this they go ahead of it.
MAX_WAITING_BYTES = 64 << 20

# Statistics that describe the old encoding and would be wrong for the new one.
_STALE_TAGS = re.compile(r"(BPS|NUMBER_OF_|_STATISTICS|DURATION|ENCODER).*", re.IGNORECASE)
_MAX_TIMESCALE = 1 << 31


@dataclass(frozen=True)
class EncoderSettings:
    """Everything the encoder is opened with."""

    encoder: Encoder
    pix_fmt: str
    options: dict[str, str] = field(default_factory=dict[str, str])


class Writer:
    """An open target. Give it frames and packets in file order, then call :meth:`finish` once.

    Args:
        path: Where to write; the partial file, not the final name.
        container: FFmpeg's name of the container.
        source: The open source: template of the copied streams, origin of chapters and metadata.
        info: The repaired stream.
        settings: The encoder.
        passengers: The other streams and their fates.

    Raises:
        EncodeError: The encoder or the container refuses.
        OutputError: The file cannot be written.
    """

    def __init__(
        self,
        path: Path,
        container: str,
        *,
        source: InputContainer,
        info: VideoStreamInfo,
        settings: EncoderSettings,
        passengers: Sequence[Passenger],
    ) -> None:
        self._path = path
        self._counts_frames = settings.encoder.counts_frames
        self._source_base = info.time_base
        self._frame_times: dict[int, tuple[int, int]] = {}
        self._decoding_times: deque[int] = deque()
        self._waiting: deque[Packet[Stream]] = deque()
        self._waiting_bytes = 0
        self._video_seconds: Fraction | None = None
        self._frames = 0
        self._target = av.open(
            f"file:{path}", "w", format=container, container_options=container_options(source, container)
        )
        try:
            self._video, self._copies = self._add_streams(source, info, settings, passengers)
            self._target.start_encoding()
        except (FFmpegError, ValueError, TypeError) as error:
            self._target.close()
            raise self._translate(error) from error

    def _add_streams(
        self,
        source: InputContainer,
        info: VideoStreamInfo,
        settings: EncoderSettings,
        passengers: Sequence[Passenger],
    ) -> tuple[VideoStream, dict[int, Stream]]:
        """Add the repaired stream at its old place among the others, so that the order stays."""
        copied = {passenger.index for passenger in passengers if passenger.fate is Fate.COPIED}
        copies: dict[int, Stream] = {}
        video: VideoStream | None = None
        for stream in source.streams:
            if stream.index == info.index:
                video = add_video(self._target, info=info, settings=settings)
                video.metadata.update(_kept_tags(stream.metadata))
                video.disposition = stream.disposition
                if self._target.format.name == "mpegts":
                    video.id = stream.id
            elif stream.index in copied:
                copies[stream.index] = add_copy(self._target, stream)
        assert video is not None, "the repaired stream is one of the source's"
        copy_tags(source, self._target)
        return video, copies

    def write_frame(self, frame: Frame) -> None:
        """Encode one frame."""
        picture = frame.picture_for_encoder()
        counter = self._frames if self._counts_frames else frame.pts
        self._frame_times[counter] = (frame.pts, picture.duration or 0)
        if self._counts_frames:
            self._decoding_times.append(frame.pts)
            picture.pts = counter
            picture.time_base = self._video.codec_context.time_base
        self._frames += 1
        try:
            packets = cast("list[Packet[Stream]]", self._video.encode(picture))
        except FFmpegError as error:
            raise self._translate(error) from error
        self._mux_video(packets)

    def write_packet(self, packet: "Packet[Stream]") -> None:
        """Copy a packet of another stream; packets of streams that are not carried are ignored."""
        copy = self._copies.get(packet.stream_index)
        if copy is None or is_gap(packet, copy):
            return
        packet.stream = copy
        self._waiting.append(packet)
        self._waiting_bytes += packet.size
        self._release()

    def finish(self) -> None:
        """Flush the encoder and complete the file."""
        try:
            rest = cast("list[Packet[Stream]]", self._video.encode(None))
            self._mux_video(rest)
            self._release(everything=True)
            self._target.close()
        except (FFmpegError, OSError) as error:
            raise self._translate(error) from error

    def abandon(self) -> None:
        """Close the file as it is, without complaint; the caller removes it."""
        self._waiting.clear()
        try:
            self._target.close()
        except OSError:
            return

    def _mux_video(self, packets: Sequence["Packet[Stream]"]) -> None:
        for packet in packets:
            self._restore_timestamps(packet)
            packet.stream = self._video
            if packet.dts is not None:
                self._video_seconds = packet.dts * Fraction(packet.time_base)
            self._release()
            self._mux(packet)

    def _restore_timestamps(self, packet: "Packet[Stream]") -> None:
        """Give a packet the timestamps and the duration of the frame that it holds."""
        assert packet.pts is not None
        pts, duration = self._frame_times.pop(packet.pts)
        if self._counts_frames:
            if packet.dts is not None and packet.dts < 0:  # packets before the first frame's own time
                self._decoding_times.appendleft(self._decoding_times[0] - max(duration, 1))
            packet.time_base = self._source_base
            packet.pts, packet.dts = pts, self._decoding_times.popleft()
        if duration:
            packet.duration = duration

    def _release(self, *, everything: bool = False) -> None:
        """Mux waiting packets up to the video's decoding time, which keeps the file interleaved."""
        while self._waiting:
            head = self._waiting[0]
            due = self._video_seconds is not None and (
                head.dts is None or head.dts * Fraction(head.time_base) <= self._video_seconds
            )
            if not (due or everything or self._waiting_bytes > MAX_WAITING_BYTES):
                return
            self._waiting_bytes -= head.size
            self._mux(self._waiting.popleft())

    def _mux(self, packet: "Packet[Stream]") -> None:
        try:
            self._target.mux_one(packet)
        except (FFmpegError, OSError) as error:
            raise self._translate(error) from error

    def _translate(self, error: Exception) -> RfrVideoError:
        if isinstance(error, OSError) and error.errno is not None and 0 < error.errno < 4096:
            return translate(error, self._path)
        return EncodeError(f"{self._target.format.name} cannot be written: {refusal_reason(error)}")


def add_video(target: OutputContainer, *, info: VideoStreamInfo, settings: EncoderSettings) -> VideoStream:
    """Add the repaired stream to a container and set its encoder up like the source.

    Raises:
        ValueError: The container does not take the codec.
    """
    encoder = settings.encoder
    time_base = 1 / info.rate if encoder.counts_frames else info.time_base
    stream = target.add_stream(encoder.name, rate=info.rate)
    assert isinstance(stream, VideoStream)
    context = stream.codec_context
    context.width, context.height, context.pix_fmt = info.width, info.height, settings.pix_fmt
    context.time_base = time_base
    stream.time_base = 1 / info.rate if target.format.name == "avi" else info.time_base  # AVI counts frames
    context.color_range = info.color.color_range
    context.color_primaries = info.color.primaries
    context.color_trc = info.color.transfer
    context.colorspace = info.color.matrix
    context.field_order = info.field_order
    if info.sample_aspect_ratio:
        context.sample_aspect_ratio = info.sample_aspect_ratio
    if info.display_matrix:
        stream.set_display_matrix(info.display_matrix)
    options = {**encoder.options, **settings.options}
    if info.color.chroma_location != ChromaLocation.UNSPECIFIED:
        options["chroma_sample_location"] = info.color.chroma_location.option
    if info.field_order.is_interlaced and encoder.field_flags:
        options["flags"] = options.get("flags", "") + encoder.field_flags
    context.options = {**options, **_parameter_list(encoder, info)}
    return stream


def plan_encode(
    source: Path, *, container: str, info: VideoStreamInfo, settings: EncoderSettings
) -> tuple[Passenger, ...]:
    """Try the encoder in the container, and decide the fate of the other streams.

    Returns:
        One passenger per stream but the video.

    Raises:
        EncodeError: The encoder cannot be opened, or the container does not take its codec.
    """
    with open_source(source) as opened:
        return plan_passengers(
            opened,
            video_index=info.index,
            container=container,
            add_video=lambda target: add_video(target, info=info, settings=settings),
        )


def _parameter_list(encoder: Encoder, info: VideoStreamInfo) -> dict[str, str]:
    """Static HDR metadata and field coding, for the encoders that take them in a list of their own."""
    parameters: list[str] = []
    mastering, light = info.mastering_display, info.content_light
    if encoder.name == "libx265":
        parameters = ["log-level=none"]
        if info.field_order.is_interlaced:
            parameters.append("interlace=" + ("tff" if info.field_order.top_field_first else "bff"))
        parameters += [f"master-display={mastering.as_integers()}"] if mastering else []
        parameters += [f"max-cll={light}"] if light else []
        return {"x265-params": ":".join(parameters)}
    if encoder.name in ("libx264", "libx264rgb"):
        parameters += [f"mastering-display={mastering.as_integers()}"] if mastering else []
        parameters += [f"cll={light}"] if light else []
        return {"x264-params": ":".join(parameters)} if parameters else {}
    if encoder.name == "libsvtav1":
        parameters += [f"mastering-display={mastering.as_decimals()}"] if mastering else []
        parameters += [f"content-light={light}"] if light else []
        return {"svtav1-params": ":".join(parameters)} if parameters else {}
    return {}


def copy_tags(source: InputContainer, target: OutputContainer) -> None:
    """Copy the metadata and the chapters of the file."""
    target.metadata.update(_kept_tags(source.metadata))
    if chapters := source.chapters():
        target.set_chapters(chapters)


def container_options(source: InputContainer, container: str) -> dict[str, str]:
    """Return muxer options that keep timestamps and tags as they are."""
    if container == "mpegts":
        return {"mpegts_copyts": "1"}
    if container in PROGRAM_STREAMS:
        return {"preload": "0"}
    if container not in ISO_FAMILY:
        return {}
    bases = [stream.time_base.denominator for stream in source.streams if stream.time_base]
    ticks = math.lcm(*bases)
    options = {"movie_timescale": str(ticks if ticks < _MAX_TIMESCALE else max(bases))}  # of the edit lists
    if any(key.startswith("com.") for key in source.metadata):
        options["movflags"] = "use_metadata_tags"
    return options


def _kept_tags(tags: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if not _STALE_TAGS.fullmatch(key)}
