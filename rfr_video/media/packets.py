"""Demuxing with an eye on what arrives: times that jump back, ends that come too early."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream

from rfr_video.errors import InputError
from rfr_video.media.containers import MATROSKA_FAMILY, NO_PRESENTATION_TIMES
from rfr_video.media.source import describe

MISSING_SECONDS = Fraction(1, 2)  # by how much a file must end before its stated duration to count as cut off


class PacketWatch:
    """Yields the packets of an open source once, in file order, and counts them.

    Args:
        container: The open source.
        path: Its name, for messages.
    """

    def __init__(self, container: InputContainer, path: Path) -> None:
        self._container = container
        self._path = path
        self._counts: Counter[int] = Counter()
        self._last_dts: dict[int, int] = {}
        self._end = Fraction(0)

    def packets(self) -> "Iterator[Packet[Stream]]":
        """Yield all packets; behind the last one, an empty one per stream.

        Raises:
            InputError: The file breaks off, or its times jump back.
        """
        try:
            for packet in self._container.demux():
                if packet.size:
                    self._note(packet)
                yield packet
        except FFmpegError as error:
            raise InputError(
                f"{self._path} breaks off after {sum(self._counts.values())} packets ({describe(error)}); "
                "get a complete copy or repair its container first"
            ) from error

    def missing_packets(self, stream: Stream) -> int:
        """Return how many packets fewer than stated a stream had; 0 where the file states no number."""
        if self._container.format.name in NO_PRESENTATION_TIMES:  # these count empty slots, as times do
            return max(0, stream.frames - self._last_dts.get(stream.index, -1) - 1)
        return max(0, stream.frames - self._counts[stream.index])

    def missing_seconds(self) -> Fraction:
        """Return by how much the file ended before the duration that it states; 0 where it states none."""
        stated = self._container.duration
        if stated is None or not self._container.format.name.startswith(MATROSKA_FAMILY):
            return Fraction(0)  # others derive the duration from what is there, or have an index that tells
        missing = Fraction(stated, av.time_base) - self._end
        return missing if missing > MISSING_SECONDS else Fraction(0)

    def _note(self, packet: "Packet[Stream]") -> None:
        index = packet.stream_index
        self._counts[index] += 1
        if packet.dts is not None:
            last = self._last_dts.get(index)
            in_order = packet.stream.type in ("video", "audio")  # subtitles may overlap
            if in_order and last is not None and packet.dts < last:
                base = packet.time_base
                raise InputError(
                    f"{self._path}: time jumps back from {float(last * base):.3f} s to "
                    f"{float(packet.dts * base):.3f} s in stream {index}; it looks joined from several "
                    "recordings: split it there and restore the parts"
                )
            self._last_dts[index] = packet.dts
        if packet.pts is not None:
            self._end = max(self._end, (packet.pts + (packet.duration or 0)) * Fraction(packet.time_base))
