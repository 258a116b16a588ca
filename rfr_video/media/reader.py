"""Demuxing and decoding: frames of the repaired stream and packets of the others, in file order."""

import heapq
import logging
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from rfr_video.config.limits import DEFAULT_LIMITS, LimitsConfig
from rfr_video.errors import InputError
from rfr_video.media.containers import NO_PRESENTATION_TIMES
from rfr_video.media.frame import Frame
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.packets import PacketWatch
from rfr_video.media.scan import WHOLE_PICTURES, PictureFilter, Scan
from rfr_video.media.source import describe, open_source, video_stream
from rfr_video.timecode import Moment

CopiedPacket: TypeAlias = "Packet[Stream]"
"""A packet of a stream that is not repaired."""

REORDER_DEPTH = 8  # pictures over which guessed timestamps are put in order
_SHOWN_ERRORS = 10
_ONE_FRAME_PER_PACKET = ("h264", "hevc", "mpeg1video", "mpeg2video", "prores", "ffv1", "mjpeg", "dvvideo")

logger = logging.getLogger(__name__)


@dataclass
class Damage:
    """What was wrong with a source, counted while it is read."""

    skipped_packets: int = 0
    concealed_frames: int = 0
    missing_frames: int = 0
    missing_seconds: Fraction = Fraction(0)
    moved_frames: int = 0

    @property
    def found(self) -> bool:
        """Whether anything was wrong."""
        return self != Damage()

    def __str__(self) -> str:
        text = (
            f"{self.skipped_packets} damaged packets skipped, {self.concealed_frames} damaged frames "
            f"concealed by the decoder, {self.missing_frames} frames missing"
        )
        if self.missing_seconds:
            text += f", {float(self.missing_seconds):.1f} s missing at the end"
        if self.moved_frames:
            text += f", {self.moved_frames} frames moved that came at the time of the one before, or earlier"
        return text


class Reader:
    """An open source. Iterate once: it yields :class:`Frame` and copied packets as they lie in the file.

    Damaged packets are skipped and counted in :attr:`damage`; the frame numbers of what follows count them.

    Args:
        container: The open source.
        stream: The stream that is repaired.
        path: Of the source.
        scan: How its pictures are taken.
        limit_errors: How much damage is passed over.

    Attributes:
        container: The open source; its streams are the templates of the copied ones.
        stream: The stream that is repaired.
        damage: What was found wrong so far.
        positions: How many frames the source has had so far, skipped ones included.
    """

    def __init__(
        self,
        container: InputContainer,
        stream: VideoStream,
        path: Path,
        *,
        scan: Scan = WHOLE_PICTURES,
        limit_errors: int = DEFAULT_LIMITS.limit_errors,
    ) -> None:
        self.container = container
        self.stream = stream
        self.damage = Damage()
        self.positions = 0
        self._path = path
        self._limit_errors = limit_errors
        self._layout: PlaneLayout | None = None
        self._picture_kind: tuple[int, int, str] | None = None
        self._start_pts: int | None = None
        self._next_pts = 0
        self._frames = 0
        self._interlaced = False
        self._scan = scan
        self._filter = PictureFilter(scan)
        self._numbers: deque[int] = deque()
        self._held: deque[av.VideoFrame] = deque()
        self._held_pts: list[int] = []

    def __iter__(self) -> "Iterator[Frame | CopiedPacket]":
        shown_packets = 0
        watch = PacketWatch(self.container, self._path)
        for packet in watch.packets():
            if packet.stream.index != self.stream.index:  # an empty one has no index of its own
                if packet.size:
                    yield packet
                continue
            shown_packets += bool(packet.size) and not packet.is_discard
            pictures = self._in_order(self._decode(packet), last=not packet.size)
            for picture in self._filter.pictures(map(self._checked, pictures)):
                yield self._frame(picture)
        for picture in self._filter.rest():
            yield self._frame(picture)
        if self._frames == 0:
            raise InputError(f"{self._path}: not one frame could be decoded; the file is damaged")
        self.damage.missing_seconds = watch.missing_seconds()
        self.damage.missing_frames = watch.missing_packets(self.stream)
        one_frame_per_packet = self.stream.codec_context.codec.canonical_name in _ONE_FRAME_PER_PACKET
        if one_frame_per_packet and not self._interlaced:  # a packet may hold one field only
            undecoded = shown_packets - self.damage.skipped_packets - self._frames
            self.damage.missing_frames += max(0, undecoded)

    def frames(self) -> Iterator[Frame]:
        """Yield the frames alone."""
        return (item for item in self if isinstance(item, Frame))

    def _decode(self, packet: CopiedPacket) -> Iterator[av.VideoFrame]:
        """Decode a packet; an empty one gets the pictures out that the decoder still holds."""
        flushing = not packet.size
        while True:
            try:
                yield from self.stream.decode(None if flushing else packet)
            except EOFError:
                return
            except FFmpegError as error:
                self.damage.skipped_packets += 1
                self.positions += 1
                self._check_damage()
                seen = self.damage.skipped_packets
                level = logging.WARNING if seen <= _SHOWN_ERRORS else logging.DEBUG
                where = packet.pts or "the end"
                logger.log(level, "damaged packet skipped near %s: %s", where, describe(error))
                if seen == _SHOWN_ERRORS:
                    logger.warning("further damaged packets are counted, and shown with --verbose")
                if flushing:
                    continue  # what lies behind the damaged one is intact
            return

    def _in_order(self, pictures: Iterator[av.VideoFrame], *, last: bool) -> Iterator[av.VideoFrame]:
        """Give pictures rising timestamps where the container stores none and they were guessed.

        AVI knows the order of decoding only; what is made up from it for B-frames is a permutation of the
        true timestamps, and pictures leave the decoder in the true order. The k-th takes the k-th smallest.
        """
        if self.container.format.name not in NO_PRESENTATION_TIMES:
            yield from pictures
            return
        keeps_order = not self.stream.codec_context.reorder_depth
        for picture in pictures:
            if keeps_order and picture.dts is not None:
                picture.pts = picture.dts  # libavformat makes up a delay even where there is none
            self._held.append(picture)
            if picture.pts is not None:
                heapq.heappush(self._held_pts, picture.pts)
        while len(self._held) > (0 if last else REORDER_DEPTH):
            picture = self._held.popleft()
            picture.pts = heapq.heappop(self._held_pts) if self._held_pts else None
            yield picture

    def _checked(self, picture: av.VideoFrame) -> av.VideoFrame:
        """Look at a decoded picture, and return it."""
        self._check_kind(picture)
        self.damage.concealed_frames += picture.is_corrupt
        self._check_damage()
        self._interlaced |= picture.interlaced_frame
        self._numbers.append(self.positions)
        self.positions += 1
        return picture

    def _frame(self, picture: av.VideoFrame) -> Frame:
        assert self._layout is not None
        time_base = self.stream.time_base
        assert time_base is not None
        if picture.pts is None:
            picture.pts = self._next_pts
        if self._start_pts is None:
            self._start_pts = picture.pts
        self._next_pts = picture.pts + (picture.duration or 1)
        picture.time_base = time_base
        moment = Moment(self._numbers.popleft(), seconds_of(picture.pts - self._start_pts, self.stream))
        self._frames += 1
        return Frame(picture, moment=moment, layout=self._layout, is_interlaced=self._scan.holds_fields)

    def _check_damage(self) -> None:
        if self.damage.skipped_packets + self.damage.concealed_frames > self._limit_errors:
            raise InputError(
                f"{self._path} has more than {self._limit_errors} damaged packets and pictures; get a better "
                "copy, or raise --limit-errors"
            )

    def _check_kind(self, picture: av.VideoFrame) -> None:
        kind = (picture.width, picture.height, picture.format.name)
        if self._layout is None:
            self._layout, self._picture_kind = PlaneLayout.of(picture.format.name), kind
        elif kind != self._picture_kind:
            raise InputError(
                f"{self._path} changes from {_words(self._picture_kind)} to {_words(kind)} at frame "
                f"{self.positions}; split it there and restore the parts"
            )


def seconds_of(ticks: int, stream: VideoStream) -> Fraction:
    """Turn time since the first frame into seconds; on the rate's grid where only rounding keeps it off."""
    assert stream.time_base is not None
    seconds = ticks * Fraction(stream.time_base)
    rate = stream.guessed_rate or stream.average_rate
    if not rate:
        return seconds
    on_grid = round(seconds * rate) / Fraction(rate)
    return on_grid if abs(on_grid - seconds) <= stream.time_base else seconds


@contextmanager
def open_reader(
    path: Path, *, scan: Scan = WHOLE_PICTURES, limits: LimitsConfig = DEFAULT_LIMITS
) -> Generator[Reader]:
    """Open a source for reading.

    Args:
        path: The source.
        scan: How its pictures are taken.
        limits: What it may ask for.

    Raises:
        InputError: It is no video that can be decoded within the limits.
    """
    with open_source(path, limits=limits) as container:
        stream = video_stream(container, path)
        stream.thread_type = "AUTO"
        yield Reader(container, stream, path, scan=scan, limit_errors=limits.limit_errors)


def _words(kind: tuple[int, int, str] | None) -> str:
    return "{}×{} {}".format(*kind) if kind else "nothing"
