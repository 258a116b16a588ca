"""A video stream that is encoded in segments, each of which can be stored and put back.

Every segment has an encoder of its own, which begins with a keyframe and is emptied at the end: what comes
of a segment depends on its own frames only, not on whether those before were encoded in this run. So a run
that goes on behind the last segment that was stored gives the stream that one gives which was never cut off.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame

from rfr_video.media.encoding import EncoderSettings, add_video, start_encoding
from rfr_video.media.frame_times import FrameTimes
from rfr_video.media.packet_file import Checksum, PacketFile, read_packets
from rfr_video.media.probe import VideoStreamInfo


@dataclass(frozen=True)
class StoredSegment:
    """A segment of a stream whose packets are in a file.

    Attributes:
        frames: How many it has.
        checksum: Of the file.
        decoding_times: What the next segment needs of this one's times: see :class:`FrameTimes`.
    """

    frames: int
    checksum: Checksum
    decoding_times: tuple[int, ...]


@dataclass(frozen=True)
class SegmentFiles:
    """Where the segments of a stream lie.

    Attributes:
        folder: Holds them.
        stream: The name of the stream.
        stored: Those that are complete, from the first on.
    """

    folder: Path
    stream: str
    stored: tuple[StoredSegment, ...] = ()

    def path(self, number: int) -> Path:
        """Return the file of a segment."""
        return self.folder / f"{number:06}.{self.stream}"


class SegmentedVideo:
    """Encodes frames, in order, and hands the packets on with the frames' own times.

    Args:
        container: FFmpeg's name of the container that the packets are for.
        info: The stream.
        settings: The encoder.
        name: The final name of what the packets go into, for messages.
        times: Of the frames that go into the container.
        mux: Takes the packets.
        files: Where segments are stored, and which of them are; ``None`` stores nothing.
    """

    def __init__(
        self,
        container: str,
        *,
        info: VideoStreamInfo,
        settings: EncoderSettings,
        name: Path,
        times: FrameTimes,
        mux: "Callable[[Packet[Stream]], None]",
        files: SegmentFiles | None = None,
    ) -> None:
        self._open = lambda: SegmentEncoder(container, info, settings)
        self._times = times
        self._name = name
        self._mux = mux
        self._files = files
        self._encoder: SegmentEncoder | None = None
        self._file: PacketFile | None = None
        self._segment = self._frames = 0
        self._stored = _stored_packets(files, times.time_base) if files else iter(())
        self._left = 0
        if files and files.stored:
            self._left = sum(one.frames for one in files.stored)
            self._segment = len(files.stored)
            times.go_on(files.stored[-1].decoding_times)

    @property
    def next_is_stored(self) -> bool:
        """Whether the packets of the next frame are there already."""
        return self._left > 0

    def skip(self, *, pts: int, duration: int) -> None:
        """Hand on what is stored of the next frame, whose times are those that it had."""
        self._left -= 1
        self._times.skip(pts=pts, duration=duration)
        for packet in next(self._stored):
            self._mux(packet)

    def encode(self, picture: VideoFrame, *, pts: int, duration: int) -> None:
        """Encode a picture.

        Args:
            picture: Its own time does not matter.
            pts: Its time.
            duration: How long it is shown; 0 where nobody says.

        Raises:
            FFmpegError: The encoder refuses.
            OutputError: The segment cannot be stored.
        """
        if self._encoder is None:
            self._encoder = self._open()
            self._file = PacketFile(self._files.path(self._segment), name=self._name) if self._files else None
        picture.pts = self._times.count(pts=pts, duration=duration)
        self._frames += 1
        self._hand_on(self._encoder.encode(picture))

    def end_segment(self) -> StoredSegment | None:
        """Empty the encoder; the next frame begins a segment. Returns what was stored, if anything is."""
        if self._encoder is None:
            return None
        self._hand_on(self._encoder.encode(None))
        self._encoder.close()
        self._encoder = None
        frames, self._frames = self._frames, 0
        self._segment += 1
        if self._file is None:
            return None
        return StoredSegment(frames, self._file.complete(), self._times.decoding_times)

    def abandon(self) -> None:
        """Leave a segment as it is."""
        if self._file is not None:
            self._file.close()

    def _hand_on(self, packets: "Sequence[Packet[Stream]]") -> None:
        for packet in packets:
            self._times.restore(packet)
            if self._file is not None:
                self._file.append(packet)
            self._mux(packet)


class SegmentEncoder:
    """An encoder, set up as for a container that nothing is written to."""

    def __init__(self, container: str, info: VideoStreamInfo, settings: EncoderSettings) -> None:
        self._container = av.open(io.BytesIO(), "w", format=container)
        self._stream = add_video(self._container, info=info, settings=settings)
        start_encoding(self._container)

    def encode(self, picture: VideoFrame | None) -> "list[Packet[Stream]]":
        """Encode a picture; ``None`` gets the packets out that are held back."""
        if picture is not None:
            picture.time_base = self._stream.codec_context.time_base
        return cast("list[Packet[Stream]]", self._stream.encode(picture))

    def close(self) -> None:
        """Let the encoder go; what it holds back is lost."""
        with suppress(FFmpegError):  # some muxers cannot end a file without packets
            self._container.close()


def _stored_packets(files: SegmentFiles, time_base: Fraction) -> "Iterator[list[Packet[Stream]]]":
    """Yield packets frame by frame: one each, and with the last frame of a segment all that are left."""
    for number, segment in enumerate(files.stored):
        packets = read_packets(files.path(number), time_base=time_base)
        for _ in range(segment.frames - 1):
            packet = next(packets, None)
            yield [] if packet is None else [packet]
        yield list(packets)
