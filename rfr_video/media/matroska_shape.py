"""The shape of samples in Matroska and WebM: PyAV has no way to let their muxer write it, so it is added.

The muxer leaves a void of some 90 bytes between its index of parts and the parts Info and Tracks (RFC 9559,
RFC 8794). The display size of a track takes some of it; what is behind Tracks does not move.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from av.container import OutputContainer

from rfr_video.media.containers import MATROSKA_FAMILY

_SEGMENT, _SEEK_HEAD, _VOID, _INFO, _TRACKS = 0x18538067, 0x114D9B74, 0xEC, 0x1549A966, 0x1654AE6B
_SEEK, _SEEK_ID, _SEEK_POSITION, _CHECKSUM = 0x4DBB, 0x53AB, 0x53AC, 0xBF
_TRACK, _TRACK_TYPE, _VIDEO, _WIDTH, _HEIGHT = 0xAE, 0x83, 0xE0, 0xB0, 0xBA
_DISPLAY_WIDTH, _DISPLAY_HEIGHT, _DISPLAY_UNIT = 0x54B0, 0x54BA, 0x54B2
_IS_VIDEO, _RATIO = b"\x01", b"\x03"
_HEADER_BYTES = 1 << 20  # within which all of this lies


@dataclass(frozen=True)
class _Element:
    """A part of a file: where it starts, and its content."""

    identifier: int
    start: int
    content: bytes
    end: int


def close_target(target: OutputContainer, file: BinaryIO | Path) -> None:
    """Complete a file, and add the shape of samples where the muxer leaves it out.

    Args:
        target: The open container.
        file: What it writes to.

    Raises:
        FFmpegError: The file cannot be completed.
        OSError: Likewise.
    """
    name, shapes = target.format.name, [stream.sample_aspect_ratio for stream in target.streams.video]
    target.close()
    if name not in MATROSKA_FAMILY or all(shape in (None, 0, 1) for shape in shapes):
        return
    if isinstance(file, Path):
        with file.open("r+b") as opened:
            _add_shapes(opened, shapes, in_pixels=name == "webm")
    else:
        _add_shapes(file, shapes, in_pixels=name == "webm")


def _add_shapes(file: BinaryIO, shapes: Sequence[Fraction | None], *, in_pixels: bool) -> None:
    """Write the display sizes of video tracks; a file that is not laid out as expected stays as it is."""
    file.seek(0)
    data = file.read(_HEADER_BYTES)
    segment = next((one for one in _elements(data, 0) if one.identifier == _SEGMENT), None)
    if segment is None:
        return
    base = segment.end - len(segment.content)
    parts: list[_Element] = []
    for part in _elements(data, base):
        parts.append(part)
        if part.identifier == _TRACKS:
            break
    if [part.identifier for part in parts] != [_SEEK_HEAD, _VOID, _INFO, _TRACKS]:
        return
    index, void, info, tracks = parts
    if tracks.end > len(data):
        return
    shaped = _written(_TRACKS, _summed(_shaped_tracks(tracks.content, shapes, in_pixels=in_pixels)))
    moved = len(shaped) - (tracks.end - tracks.start)
    room = void.end - void.start - moved
    if room < 9:  # a void with a size of eight bytes
        return
    shifted = _summed(_shifted_index(index.content, moved, last=tracks.start - base))
    index_bytes = data[index.start : index.end - len(index.content)] + shifted
    padding = bytes([_VOID]) + (1 << 56 | room - 9).to_bytes(8, "big") + bytes(room - 9)
    file.seek(index.start)
    file.write(index_bytes + padding + data[info.start : info.end] + shaped)


def _shaped_tracks(content: bytes, shapes: Sequence[Fraction | None], *, in_pixels: bool) -> bytes:
    waiting = list(shapes)
    written = b""
    for track in _elements(content, 0):
        inside = list(_elements(track.content, 0)) if track.identifier == _TRACK else []
        if not any(one.identifier == _TRACK_TYPE and one.content == _IS_VIDEO for one in inside):
            written += content[track.start : track.end]
            continue
        shape = waiting.pop(0) if waiting else None
        parts = (
            _written(_VIDEO, _shaped_video(one.content, shape, in_pixels=in_pixels))
            if one.identifier == _VIDEO and shape
            else track.content[one.start : one.end]
            for one in inside
        )
        written += _written(_TRACK, b"".join(parts))
    return written


def _shaped_video(content: bytes, shape: Fraction, *, in_pixels: bool) -> bytes:
    display = (_DISPLAY_WIDTH, _DISPLAY_HEIGHT, _DISPLAY_UNIT)
    parts = list(_elements(content, 0))
    width, height = (
        next(int.from_bytes(part.content, "big") for part in parts if part.identifier == identifier)
        for identifier in (_WIDTH, _HEIGHT)
    )
    kept = b"".join(content[part.start : part.end] for part in parts if part.identifier not in display)
    ratio = width * shape / height
    size = (round(width * shape), height) if in_pixels else (ratio.numerator, ratio.denominator)
    for identifier, value in zip((_DISPLAY_WIDTH, _DISPLAY_HEIGHT), size, strict=True):
        kept += _written(identifier, value.to_bytes(4, "big"))
    return kept if in_pixels else kept + _written(_DISPLAY_UNIT, _RATIO)


def _shifted_index(content: bytes, moved: int, *, last: int) -> bytes:
    """Return the index of parts with Info and Tracks where they are then: so far nearer to the start."""
    written = b""
    for seek in _elements(content, 0):
        if seek.identifier != _SEEK:
            written += content[seek.start : seek.end]
            continue
        parts = b""
        for one in _elements(seek.content, 0):
            value = int.from_bytes(one.content, "big")
            if one.identifier == _SEEK_POSITION and value <= last:
                parts += _written(_SEEK_POSITION, (value - moved).to_bytes(len(one.content), "big"))
            else:
                parts += seek.content[one.start : one.end]
        written += _written(_SEEK, parts)
    return written


def _summed(content: bytes) -> bytes:
    """Return content with the checksum, where it begins with one, as it must be then (RFC 8794, 11.3.1)."""
    first = next(_elements(content, 0), None)
    if first is None or first.identifier != _CHECKSUM:
        return content
    rest = content[first.end :]
    return _written(_CHECKSUM, zlib.crc32(rest).to_bytes(4, "little")) + rest


def _elements(data: bytes, start: int) -> Iterator[_Element]:
    """Yield the elements one behind the other, up to one that goes beyond the data."""
    while start + 2 <= len(data):
        length = 9 - data[start].bit_length()
        identifier = int.from_bytes(data[start : start + length], "big")
        size_at = start + length
        if size_at >= len(data) or length > 4:
            return
        length = 9 - data[size_at].bit_length()
        size = int.from_bytes(data[size_at : size_at + length], "big") & ((1 << 7 * length) - 1)
        content = size_at + length
        end = min(content + size, len(data)) if identifier == _SEGMENT else content + size
        yield _Element(identifier, start, data[content:end], end)
        start = end


def _written(identifier: int, content: bytes) -> bytes:
    """Return an element, its size in as few bytes as can be."""
    name = identifier.to_bytes((identifier.bit_length() + 7) // 8, "big")
    length = next(count for count in range(1, 9) if len(content) < (1 << 7 * count) - 1)
    return name + (1 << 7 * length | len(content)).to_bytes(length, "big") + content
