"""The chunks of a PNG file (W3C, Portable Network Graphics, Third Edition, 2025)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Chunk:
    """A chunk with its length and checksum, as in the file."""

    name: bytes
    whole: bytes

    @property
    def content(self) -> bytes:
        """What is in it."""
        return self.whole[8:-4]


def chunks(data: bytes) -> Iterator[Chunk]:
    """Cut a file into its chunks, up to the end or where it breaks off."""
    at = len(SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        whole = data[at : at + length + 12]
        if len(whole) < length + 12:
            return
        yield Chunk(whole[4:8], whole)
        at += len(whole)


def is_whole(data: bytes) -> bool:
    """Whether a file is all chunks, and ends with the one that must be last."""
    return [chunk.name for chunk in chunks(data)][-1:] == [b"IEND"]
