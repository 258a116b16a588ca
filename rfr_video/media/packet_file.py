"""Encoded packets of one stream in a file of their own, so that they need not be encoded again.

A record is a head (presentation and decoding time, duration, length, whether it is a keyframe) and the
packet's bytes. What is written is counted and summed up (CRC-32), which tells a damaged file.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from av.packet import Packet
from av.stream import Stream

from rfr_video.media.target import translate

_HEAD = struct.Struct("<qqqI?")
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Checksum:
    """How long a file is, and the CRC-32 of its bytes."""

    size: int
    crc32: int

    @classmethod
    def of(cls, path: Path) -> "Checksum | None":
        """Read a file; ``None`` where it cannot be read."""
        size = crc32 = 0
        try:
            with path.open("rb") as file:
                while block := file.read(_BLOCK_BYTES):
                    size, crc32 = size + len(block), zlib.crc32(block, crc32)
        except OSError:
            return None
        return cls(size, crc32)


class PacketFile:
    """A file to which packets are appended; raises :class:`OutputError` where it cannot be written.

    Args:
        path: Of the file, which is made anew.
        name: What the packets are for, for messages.
    """

    def __init__(self, path: Path, *, name: Path) -> None:
        self._name = name
        self._size = self._crc32 = 0
        try:
            self._file = path.open("wb")
        except OSError as error:
            raise translate(error, name) from error

    def append(self, packet: "Packet[Stream]") -> None:
        """Write a packet that has its times."""
        assert packet.pts is not None
        assert packet.dts is not None
        data = bytes(packet)
        head = _HEAD.pack(packet.pts, packet.dts, packet.duration or 0, len(data), packet.is_keyframe)
        try:
            self._file.write(head)
            self._file.write(data)
        except OSError as error:
            raise translate(error, self._name) from error
        self._size += len(head) + len(data)
        self._crc32 = zlib.crc32(data, zlib.crc32(head, self._crc32))

    def complete(self) -> Checksum:
        """Bring everything to the disk, and close the file."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise translate(error, self._name) from error
        return Checksum(self._size, self._crc32)

    def close(self) -> None:
        """Close the file as it is; to be called however writing ends."""
        try:
            self._file.close()
        except OSError:  # what is left in the buffer finds no room, and nobody wants it
            return


def read_packets(path: Path, *, time_base: Fraction) -> "Iterator[Packet[Stream]]":
    """Yield the packets of a file whose checksum was found right.

    Args:
        path: Of the file.
        time_base: In which their times count.
    """
    with path.open("rb") as file:
        while head := file.read(_HEAD.size):
            pts, dts, duration, size, is_keyframe = _HEAD.unpack(head)
            packet: Packet[Stream] = Packet(file.read(size))
            packet.time_base = time_base
            packet.pts, packet.dts, packet.is_keyframe = pts, dts, is_keyframe
            if duration:
                packet.duration = duration
            yield packet
