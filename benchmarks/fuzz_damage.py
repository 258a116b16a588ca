"""Ways to damage a file for ``fuzz.py``: blind ones, and ones that know how media files are built."""

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from zlib import crc32

_CONTAINERS = frozenset(
    (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"udta", b"edts", b"RIFF", b"LIST")
)
_EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_PACKET = 188
_NUMBER = re.compile(rb"-?[0-9]+(\.[0-9]+)?")
_NUMBERS = (
    *(b"0", b"-1", b"1e999", b"-1e999", b"nan", b"inf", b"0.1", b"99999999999999999999", b'"x"', b"null"),
    *(b"9" * 400, b"9" * 5000, b"1e400", b"2147483648", b"[]", b"{}", b"true", b"0x10", b"-0", b"1979-05-27"),
)


@dataclass(frozen=True)
class Part:
    """A stretch of a file that is a unit of its format: a box, a chunk, an element or a packet."""

    start: int
    stop: int


def flip_bits(data: bytearray, random: Random) -> bytearray:
    """Turn up to 64 bits over, anywhere or all in the first kilobyte, where headers are."""
    end = min(len(data), 1024) if random.random() < 0.5 else len(data)
    for _ in range(1 << random.randrange(7)):
        data[random.randrange(end)] ^= 1 << random.randrange(8)
    return data


def overwrite(data: bytearray, random: Random) -> bytearray:
    """Fill a stretch with noise, zeros or ones."""
    start, stop = _stretch(data, random)
    fill = random.choice((b"\0", b"\xff", None))
    data[start:stop] = random.randbytes(stop - start) if fill is None else fill * (stop - start)
    return data


def truncate(data: bytearray, random: Random) -> bytearray:
    """Break off, anywhere or near the end."""
    return data[: random.randrange(len(data)) if random.random() < 0.7 else -random.randrange(1, 64)]


def cut_out(data: bytearray, random: Random) -> bytearray:
    """Leave a block out, so that all behind it moves up."""
    start, stop = _stretch(data, random)
    del data[start:stop]
    return data


def repeat(data: bytearray, random: Random) -> bytearray:
    """Put a block in twice, or somewhere else too."""
    start, stop = _stretch(data, random)
    at = random.randrange(len(data))
    data[at:at] = data[start:stop]
    return data


def extreme(data: bytearray, random: Random) -> bytearray:
    """Replace numbers of four bytes by the least and greatest."""
    for _ in range(random.randrange(1, 9)):
        at = random.randrange(max(1, len(data) - 4))
        data[at : at + 4] = struct.pack(random.choice("<>") + "I", random.choice(_EXTREMES))
    return data


def swap_parts(data: bytearray, random: Random) -> bytearray:
    """Exchange two parts of the file's own format."""
    parts = list(_parts(bytes(data)))
    if len(parts) < 2:
        return flip_bits(data, random)
    first, second = sorted(random.sample(parts, 2), key=lambda part: part.start)
    if second.start < first.stop:  # one within the other: it takes its place
        return data[: first.start] + data[second.start : second.stop] + data[first.stop :]
    between = data[first.stop : second.start]
    swapped = data[second.start : second.stop] + between + data[first.start : first.stop]
    return data[: first.start] + swapped + data[second.stop :]


def resize_part(data: bytearray, random: Random) -> bytearray:
    """Let a part state another length than it has, or have another name."""
    parts = list(_parts(bytes(data)))
    if not parts:
        return extreme(data, random)
    at = random.choice(parts).start + random.choice((0, 4))
    data[at : at + 4] = random.choice((random.randbytes(4), struct.pack(">I", random.choice(_EXTREMES))))
    return data


def drop_part(data: bytearray, random: Random) -> bytearray:
    """Leave a whole part out."""
    parts = list(_parts(bytes(data)))
    if parts:
        part = random.choice(parts)
        del data[part.start : part.stop]
    return data


def change_number(data: bytearray, random: Random) -> bytearray:
    """Replace numbers in a text."""
    text = bytes(data)
    for _ in range(random.randrange(1, 4)):
        if places := list(_NUMBER.finditer(text)):
            place = random.choice(places)
            text = text[: place.start()] + random.choice(_NUMBERS) + text[place.end() :]
    return bytearray(text)


def nest(data: bytearray, random: Random) -> bytearray:
    """Put thousands of brackets where a value was."""
    depth = random.choice((10, 1000, 100_000))
    return bytearray(_NUMBER.sub(b"[" * depth + b"1" + b"]" * depth, bytes(data), count=1))


Damage = Callable[[bytearray, Random], bytearray]
ANYWHERE: tuple[Damage, ...] = (flip_bits, overwrite, truncate, cut_out, repeat, extreme)
IN_MEDIA: tuple[Damage, ...] = (*ANYWHERE, swap_parts, resize_part, drop_part)
IN_TEXT: tuple[Damage, ...] = (*ANYWHERE, change_number, change_number, change_number, nest)


def damaged(data: bytes, random: Random, *, is_text: bool) -> tuple[bytes, str]:
    """Return a damaged file, and how it was damaged: once, or twice at times."""
    ways = IN_TEXT if is_text else IN_MEDIA
    chosen = random.sample(ways, 2 if random.random() < 0.2 else 1)
    for way in chosen:
        data = bytes(way(bytearray(data), random)) or b"\0"
    if random.random() < 0.5:
        data = _with_checksums(data)
    return data, " + ".join(way.__name__ for way in chosen)


def _with_checksums(data: bytes) -> bytes:
    """Let the checksums of a PNG be right again, which would give all damage away."""
    if not data.startswith(b"\x89PNG"):
        return data
    whole = bytearray(data)
    for part in _parts(data):
        if part.stop - part.start >= 12:
            whole[part.stop - 4 : part.stop] = crc32(data[part.start + 4 : part.stop - 4]).to_bytes(4)
    return bytes(whole)


def _stretch(data: bytearray, random: Random) -> tuple[int, int]:
    start = random.randrange(len(data))
    return start, min(len(data), start + (1 << random.randrange(13)))


def _parts(data: bytes) -> Iterator[Part]:
    if data[:1] == b"\x47" and len(data) % _PACKET == 0:
        yield from (Part(at, at + _PACKET) for at in range(0, len(data), _PACKET))
    elif data[4:8] == b"ftyp":
        yield from _boxes(data, 0, len(data), order=">", name_first=False)
    elif data[:4] == b"RIFF":
        yield from _boxes(data, 0, len(data), order="<", name_first=True)
    elif data[:4] == b"\x1a\x45\xdf\xa3":
        yield from _elements(data)
    elif data[:4] == b"\x89PNG":
        at = 8
        while at + 12 <= len(data):
            length = int.from_bytes(data[at : at + 4]) + 12
            yield Part(at, min(len(data), at + length))
            at += length


def _boxes(data: bytes, start: int, stop: int, *, order: str, name_first: bool) -> Iterator[Part]:
    """Boxes of MP4 (ISO/IEC 14496-12) or chunks of RIFF, and those within them."""
    while start + 8 <= stop:
        name, number = (0, 4) if name_first else (4, 0)
        (length,) = struct.unpack_from(f"{order}I", data, start + number)
        length += 8 + length % 2 if name_first else 0
        if not 8 <= length <= stop - start:
            return
        yield Part(start, start + length)
        kind = data[start + name : start + name + 4]
        if kind in _CONTAINERS:
            inner = start + (12 if name_first else 8)
            yield from _boxes(data, inner, start + length, order=order, name_first=name_first)
        start += length


def _elements(data: bytes) -> Iterator[Part]:
    """Elements of Matroska (RFC 8794): the second level, of the segment, whatever is in it."""
    segment = data.find(b"\x18\x53\x80\x67")
    at = segment + 4 + _vint(data, segment + 4)[1]
    while 0 <= segment < at < len(data) - 2:
        name_bytes = _vint(data, at)[1]
        length, length_bytes = _vint(data, at + name_bytes)
        end = at + name_bytes + length_bytes + length
        if not name_bytes or not length_bytes or end > len(data):
            return
        yield Part(at, end)
        at = end


def _vint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of variable length, and how many bytes it takes; 0 where there is none."""
    first = data[at] if at < len(data) else 0
    count = 9 - first.bit_length() if first else 0
    value = int.from_bytes(data[at : at + count]) & ((1 << 7 * count) - 1) if count else 0
    return value, count
