"""Packets of copied streams, those of the source beside those of the result: bytes and times.

Both files are read in step. What waits for its counterpart is a digest of 16 bytes and a few numbers.
"""

import hashlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from av.packet import Packet
from av.stream import Stream

from rfr_video.media.source import codec_name
from rfr_video.media.streams import is_cover
from rfr_video.media.verification.check import Check, Outcome
from rfr_video.media.verification.times import TimeRule

_DIGEST_BYTES = 16
_ADTS_SYNC, _ADTS_BYTES, _ADTS_CHECKED_BYTES = 0xFFF0, 7, 9
_ADTS_MASK = 0xFFF6  # the layer is always 0


@dataclass(frozen=True)
class StreamPair:
    """A stream of the source and the one of the result that is to be its copy."""

    source: Stream
    result: Stream

    @property
    def name(self) -> str:
        """What people read."""
        return f"stream {self.source.index} ({self.source.type}, {codec_name(self.source)})"


class PacketComparison:
    """Compares the packets of many pairs of streams, given in the order of either file.

    Args:
        pairs: The streams.
    """

    def __init__(self, pairs: tuple[StreamPair, ...]) -> None:
        streams = [_bytes_or_packets(pair) for pair in pairs]
        self._streams = dict(zip((pair.source.index for pair in pairs), streams, strict=True))
        self._copies = dict(zip((pair.result.index for pair in pairs), streams, strict=True))

    def add_source(self, packet: "Packet[Stream]") -> None:
        """Take a packet of the source; those of streams that are not compared are ignored."""
        stream = self._streams.get(packet.stream_index)
        if stream is not None and not _is_silence(packet):
            stream.add_source(packet)

    def add_result(self, packet: "Packet[Stream]") -> None:
        """Take a packet of the result."""
        stream = self._copies.get(packet.stream_index)
        if stream is not None and not _is_silence(packet):
            stream.add_result(packet)

    def checks(self, shift_seconds: Fraction | None) -> Iterator[Check]:
        """Say what came of it, after the last packet.

        Args:
            shift_seconds: How far the pictures have moved in time; ``None`` where that is not known.
        """
        for stream in self._streams.values():
            yield stream.check(shift_seconds)


class _Comparison(Protocol):
    """Compares two streams."""

    def add_source(self, packet: "Packet[Stream]") -> None: ...

    def add_result(self, packet: "Packet[Stream]") -> None: ...

    def check(self, shift_seconds: Fraction | None) -> Check: ...


def _bytes_or_packets(pair: StreamPair) -> _Comparison:
    """Uncompressed sound is one run of samples, which containers cut into packets as they like."""
    return _Samples(pair) if codec_name(pair.source).startswith("pcm_") else _Packets(pair)


@dataclass(frozen=True)
class _Record:
    """What of a packet is compared; times in seconds."""

    digest: bytes
    pts: Fraction | None
    dts: Fraction | None
    duration: Fraction | None

    @classmethod
    def of(cls, packet: "Packet[Stream]") -> "_Record":
        base = Fraction(packet.time_base)
        pts, dts, duration = (
            None if time is None else time * base for time in (packet.pts, packet.dts, packet.duration)
        )
        digest = hashlib.blake2b(_payload(packet), digest_size=_DIGEST_BYTES).digest()
        return cls(digest, pts, dts, duration)


class _Findings:
    """What was found wrong with the packets of a stream: how often, and the first time in words."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, str]] = {}

    def add(self, what: str, where: str) -> None:
        count, first = self._found.get(what, (0, where))
        self._found[what] = count + 1, first

    def words(self, packets: int) -> list[str]:
        return [
            f"{count} of {packets} packets with {what}, {first}"
            for what, (count, first) in self._found.items()
        ]


class _Packets:
    """Compares packet by packet."""

    def __init__(self, pair: StreamPair) -> None:
        self._name = pair.name
        self._rule = TimeRule.between(pair.source, pair.result)
        self._is_timeless = is_cover(pair.source)
        self._expected: deque[_Record] = deque()
        self._seen: deque[_Record] = deque()
        self._matched = 0
        self._shift: Fraction | None = None
        self._findings = _Findings()

    def add_source(self, packet: "Packet[Stream]") -> None:
        self._expected.append(_Record.of(packet))
        self._match()

    def add_result(self, packet: "Packet[Stream]") -> None:
        self._seen.append(_Record.of(packet))
        self._match()

    def check(self, shift_seconds: Fraction | None) -> Check:
        wrong = self._findings.words(self._matched)
        if self._expected:
            total = self._matched + len(self._expected)
            wrong.append(f"{len(self._expected)} of {total} packets are missing")
        if self._seen:
            wrong.append(f"{len(self._seen)} packets more than in the source")
        wrong += _apart(self._rule, self._shift, shift_seconds)
        if wrong:
            return Check(self._name, Outcome.DIFFERS, "; ".join(wrong))
        times = "" if self._is_timeless else _times_words(self._rule)
        return Check(self._name, Outcome.SAME, f"{self._matched} packets with the same bytes{times}")

    def _match(self) -> None:
        while self._expected and self._seen:
            expected, seen = self._expected.popleft(), self._seen.popleft()
            self._matched += 1
            where = f"first packet {self._matched}" + (
                "" if expected.pts is None else f" at {float(expected.pts):.3f} s"
            )
            if expected.digest != seen.digest:
                self._findings.add("other bytes", where)
            if not (self._is_timeless or self._same_times(expected, seen)):
                self._findings.add("other times", f"{where} instead of {_seconds(seen.pts)}")

    def _same_times(self, expected: _Record, seen: _Record) -> bool:
        if self._rule.same_kind:
            return (expected.pts, expected.dts, expected.duration) == (seen.pts, seen.dts, seen.duration)
        if expected.pts is None or seen.pts is None:
            return True  # there is nothing to compare, and the other container need not tell
        if self._shift is None:
            self._shift = seen.pts - expected.pts
        return self._rule.agrees(seen.pts - expected.pts - self._shift)


class _Samples:
    """Compares uncompressed sound as one run of bytes, and its first and last time."""

    def __init__(self, pair: StreamPair) -> None:
        self._name = pair.name
        self._rule = TimeRule.between(pair.source, pair.result)
        self._expected, self._seen = bytearray(), bytearray()
        self._ends: list[list[Fraction]] = [[], []]
        self._same_bytes = 0
        self._first_change: int | None = None

    def add_source(self, packet: "Packet[Stream]") -> None:
        self._expected += _payload(packet)
        self._note(0, packet)
        self._match()

    def add_result(self, packet: "Packet[Stream]") -> None:
        self._seen += _payload(packet)
        self._note(1, packet)
        self._match()

    def check(self, shift_seconds: Fraction | None) -> Check:
        wrong: list[str] = []
        if self._first_change is not None:
            wrong.append(f"other bytes from byte {self._first_change} on")
        if len(self._expected) != len(self._seen):
            wrong.append(f"{len(self._seen) - len(self._expected):+} bytes")
        expected, seen = self._ends
        offs = [now - was for was, now in zip(expected, seen, strict=False)]
        shift = None if self._rule.same_kind or not offs else offs[0]
        if not all(self._rule.agrees(off - (shift or 0)) for off in offs):
            wrong.append(f"starts and ends {' and '.join(f'{float(off):+.3f} s' for off in offs)} off")
        wrong += _apart(self._rule, shift, shift_seconds)
        if wrong:
            return Check(self._name, Outcome.DIFFERS, "; ".join(wrong))
        return Check(self._name, Outcome.SAME, f"the same {self._same_bytes} bytes{_times_words(self._rule)}")

    def _note(self, side: int, packet: "Packet[Stream]") -> None:
        if packet.pts is None:
            return
        base = Fraction(packet.time_base)
        start, end = packet.pts * base, (packet.pts + (packet.duration or 0)) * base
        self._ends[side] = [self._ends[side][0] if self._ends[side] else start, end]

    def _match(self) -> None:
        common = min(len(self._expected), len(self._seen))
        if self._first_change is None and self._expected[:common] != self._seen[:common]:
            pairs = zip(self._expected, self._seen, strict=False)
            self._first_change = self._same_bytes + next(n for n, (a, b) in enumerate(pairs) if a != b)
        self._same_bytes += common
        del self._expected[:common], self._seen[:common]


def _is_silence(packet: "Packet[Stream]") -> bool:
    """Whether it is what MP4 puts between two subtitles by itself."""
    return packet.stream.type == "subtitle" and bytes(packet) == b"\0\0"


def _apart(rule: TimeRule, shift: Fraction | None, pictures: Fraction | None) -> list[str]:
    """Say by how much a stream has moved against the pictures, if it has."""
    if shift is None or pictures is None or rule.agrees((shift - pictures) / 2):  # both are rounded
        return []
    return [f"moved by {float(shift - pictures):+.3f} s against the pictures"]


def _times_words(rule: TimeRule) -> str:
    if not rule.stored:
        return "; the container stores no times"
    return " and times" if rule.same_kind else " and times, as the container counts"


def _seconds(time: Fraction | None) -> str:
    return "no time" if time is None else f"{float(time):.3f} s"


def _payload(packet: "Packet[Stream]") -> bytes:
    """Return the bytes of a packet without the header that MPEG streams put before every frame of AAC."""
    data = bytes(packet)
    if codec_name(packet.stream) != "aac" or len(data) < _ADTS_CHECKED_BYTES:
        return data
    if int.from_bytes(data[:2], "big") & _ADTS_MASK != _ADTS_SYNC:
        return data
    return data[_ADTS_BYTES if data[1] & 1 else _ADTS_CHECKED_BYTES :]
