"""The segments of a JPEG stream (ITU-T T.81, annex B), and the size that its frame header states."""

from collections.abc import Iterator, Sequence

START, SCAN, END = 0xD8, 0xDA, 0xD9
APPLICATIONS = range(0xE0, 0xF0)
COMMENT = 0xFE
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_STANDALONE = {0x01, *range(0xD0, 0xDA)}
_RESTARTS = range(0xD0, 0xD8)
Segment = tuple[int, bytes]
"""A marker and all bytes up to the next one; a scan has its data with it."""


def segments(data: bytes) -> Iterator[Segment]:
    """Cut a stream into its segments, up to the end marker or where it breaks off."""
    at = 0
    while at + 2 <= len(data) and data[at] == 0xFF:
        begin = at
        while at + 1 < len(data) and data[at + 1] == 0xFF:  # fill bytes
            at += 1
        marker = data[at + 1] if at + 1 < len(data) else 0
        at += 2
        if marker not in _STANDALONE:
            at += int.from_bytes(data[at : at + 2], "big")
        if marker == SCAN:
            at = _scan_end(data, at)
        if at > len(data) or not marker:
            return
        yield marker, data[begin:at]
        if marker == END:
            return


def with_size(parts: Sequence[Segment], *, width: int, height: int) -> bytes:
    """Join segments to a stream whose frame header states another size."""
    joined: list[bytes] = []
    for marker, part in parts:
        if marker in _FRAMES:  # length, precision, height, width
            at = part.index(marker) + 4
            size = height.to_bytes(2, "big") + width.to_bytes(2, "big")
            joined.append(part[:at] + size + part[at + 4 :])
        else:
            joined.append(part)
    return b"".join(joined)


def _scan_end(data: bytes, at: int) -> int:
    """Return where entropy-coded data that begin here end: at the next marker that is no restart."""
    while (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        if data[at + 1] and data[at + 1] not in _RESTARTS:
            return at
        at += 2
    return len(data)
