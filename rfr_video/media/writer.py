"""Encoding and muxing: repaired frames and copied packets in, one complete file out."""

from collections import deque
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from rfr_video.config.limits import LimitsConfig
from rfr_video.media.encoding import EncoderSettings, add_video, start_encoding
from rfr_video.media.frame import Frame
from rfr_video.media.frame_times import frame_times
from rfr_video.media.matroska_shape import close_target
from rfr_video.media.probe import VideoStreamInfo
from rfr_video.media.segmented_video import SegmentedVideo, SegmentFiles, StoredSegment
from rfr_video.media.source import open_source
from rfr_video.media.streams import (
    Fate,
    Passenger,
    add_copy,
    is_gap,
    plan_passengers,
    write_error,
)
from rfr_video.media.tags import container_options, copy_tags, kept_tags

# Copied packets wait for the encoder, which lags by its look-ahead; past this they go ahead of it.
MAX_WAITING_BYTES = 64 << 20


class Writer:
    """An open target. Give it frames and packets in file order, then call :meth:`finish` once.

    Args:
        path: Where to write; the partial file, not the final name.
        name: The final name, for messages.
        container: FFmpeg's name of the container.
        source: The open source: template of the copied streams, origin of chapters and metadata.
        info: The repaired stream.
        settings: The encoder.
        passengers: The other streams and their fates.
        files: Where segments of the repaired stream are stored; ``None`` stores nothing.

    Raises:
        EncodeError: The encoder or the container refuses.
        OutputError: The file cannot be written.
    """

    def __init__(
        self,
        path: Path,
        container: str,
        *,
        name: Path,
        source: InputContainer,
        info: VideoStreamInfo,
        settings: EncoderSettings,
        passengers: Sequence[Passenger],
        files: SegmentFiles | None = None,
    ) -> None:
        self._name = name
        self._path = path
        self._waiting: deque[Packet[Stream]] = deque()
        self._waiting_bytes = 0
        self._video_seconds: Fraction | None = None
        self._target = av.open(
            f"file:{path}", "w", format=container, container_options=container_options(source, container)
        )
        self._times = frame_times(self._target, info)
        try:
            self._video, self._copies = self._add_streams(source, info, settings, passengers)
            start_encoding(self._target)
        except (FFmpegError, ValueError, TypeError) as error:
            self._target.close()
            raise write_error(error, self._name) from error
        self._segments = SegmentedVideo(
            container,
            info=info,
            settings=settings,
            name=name,
            times=self._times,
            mux=self._mux_video,
            files=files,
        )

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
                video.metadata.update(kept_tags(stream.metadata))
                video.disposition = stream.disposition
                if self._target.format.name == "mpegts":
                    video.id = stream.id
            elif stream.index in copied:
                copies[stream.index] = add_copy(self._target, stream)
        assert video is not None, "the repaired stream is one of the source's"
        copy_tags(source, self._target)
        return video, copies

    def write_frame(self, frame: Frame) -> None:
        """Encode one frame, or write what is stored of it."""
        if self._segments.next_is_stored:
            self._segments.skip(pts=frame.pts, duration=frame.duration)
            return
        try:
            self._segments.encode(frame.picture_for_encoder(), pts=frame.pts, duration=frame.duration)
        except FFmpegError as error:
            raise write_error(error, self._name) from error

    def end_segment(self) -> StoredSegment | None:
        """End a segment behind the last frame; returns what was stored, if anything is."""
        try:
            return self._segments.end_segment()
        except FFmpegError as error:
            raise write_error(error, self._name) from error

    @property
    def moved_frames(self) -> int:
        """How many frames were moved, since the source has them at the time of the one before, or earlier."""
        return self._times.moved

    def write_packet(self, packet: "Packet[Stream]") -> None:
        """Copy a packet of another stream; packets of streams that are not carried are ignored."""
        copy = self._copies.get(packet.stream_index)
        if copy is None or copy.type == "attachment" or is_gap(packet, copy):
            return
        packet.stream = copy
        self._waiting.append(packet)
        self._waiting_bytes += packet.size
        self._release()

    def finish(self) -> None:
        """Flush the encoder and complete the file."""
        self.end_segment()
        try:
            self._release(everything=True)
            close_target(self._target, self._path)
        except (FFmpegError, OSError) as error:
            raise write_error(error, self._name) from error

    def abandon(self) -> None:
        """Close the file as it is, without complaint; the caller removes it."""
        self._waiting.clear()
        self._segments.abandon()
        try:
            self._target.close()
        except OSError:
            return

    def _mux_video(self, packet: "Packet[Stream]") -> None:
        packet.stream = self._video
        if packet.dts is not None:
            self._video_seconds = packet.dts * Fraction(packet.time_base)
        self._release()
        self._mux(packet)

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
            raise write_error(error, self._name) from error


def plan_encode(
    source: Path,
    *,
    container: str,
    info: VideoStreamInfo,
    settings: EncoderSettings,
    limits: LimitsConfig,
) -> tuple[Passenger, ...]:
    """Try the encoder in the container, and decide the fate of the other streams.

    Returns:
        One passenger per stream but the video.

    Raises:
        EncodeError: The encoder cannot be opened, or the container does not take its codec.
    """
    with open_source(source, limits=limits) as opened:
        return plan_passengers(
            opened,
            video_index=info.index,
            container=container,
            add_video=lambda target: add_video(target, info=info, settings=settings),
        )
