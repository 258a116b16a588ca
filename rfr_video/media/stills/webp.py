"""WebP: lossless pictures stay lossless, lossy ones are coded anew at the highest lossy quality.

Standards: RFC 9649 (WebP container, lossless bitstream), RFC 6386 (VP8). FFmpeg decodes lossy pictures,
since it hands over luma and chroma as they are stored. The chunk with a lossy picture's alpha and all chunks
of metadata are kept byte for byte.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import imagecodecs
import numpy as np

from rfr_video.errors import InputError
from rfr_video.media.colour import ColorRange, Plane
from rfr_video.media.stills.native import decode_native
from rfr_video.media.stills.still import Still

LOSSY_QUALITY = 100
_LOSSY, _LOSSLESS, _ANIMATION = b"VP8 ", b"VP8L", b"ANIM"
_HEADER_BYTES = 12


@dataclass(frozen=True)
class WebpFile:
    """A WebP file; ``samples`` holds all channels of a lossless one and shares its memory with ``still``."""

    still: Still
    notes: tuple[str, ...]
    samples: Plane | None
    chunks: tuple[tuple[bytes, bytes], ...]
    kind = "WebP"

    def encoded(self) -> bytes:
        """Return the file with the chunk of the picture coded anew."""
        coded = _lossy(self.still) if self.samples is None else _lossless(self.samples)
        picture = next(chunk for chunk in _chunks(coded) if chunk[0] in (_LOSSY, _LOSSLESS))
        parts: list[bytes] = []
        for name, content in self.chunks:
            is_picture = name in (_LOSSY, _LOSSLESS)
            parts.append(_packed(*picture) if is_picture else _packed(name, content))
        body = b"WEBP" + b"".join(parts)
        return b"RIFF" + struct.pack("<I", len(body)) + body


def read_webp(data: bytes, path: Path) -> WebpFile:
    """Read a WebP of one picture.

    Raises:
        InputError: It is damaged, cut off, or animated.
    """
    chunks = tuple(_chunks(data))
    names = [name for name, _ in chunks]
    if _ANIMATION in names:
        raise InputError(f"{path} is an animated WebP; give single pictures, or turn it into a video")
    whole = 8 + int.from_bytes(data[4:8], "little") <= len(data)
    still, samples = None, None
    if whole and _LOSSLESS in names:
        try:
            samples = np.ascontiguousarray(imagecodecs.webp_decode(data))
            still = Still.of_samples(samples)
        except (imagecodecs.WebpError, ValueError):
            pass
    elif whole and _LOSSY in names:
        still = decode_native(data, demuxer="webp_pipe", color_range=ColorRange.LIMITED)
    if still is None:
        raise InputError(f"{path} is a WebP that is damaged or cut off; get a whole copy")
    notes = () if samples is not None else (f"lossy WebP was coded anew at quality {LOSSY_QUALITY}",)
    return WebpFile(still, notes, samples, chunks)


def _lossless(samples: Plane) -> bytes:
    return bytes(imagecodecs.webp_encode(samples, lossless=True))


def _lossy(still: Still) -> bytes:
    encoder = av.CodecContext.create("libwebp", "w")
    encoder.width, encoder.height = still.rect.width, still.rect.height
    encoder.pix_fmt, encoder.time_base = still.layout.name, Fraction(1, 25)
    encoder.options = {"quality": str(LOSSY_QUALITY)}
    frame = still.cut(still.rect).picture_for_encoder()
    packets: list[av.Packet[Any]] = [*encoder.encode(frame), *encoder.encode(None)]
    return b"".join(map(bytes, packets))


def _packed(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Cut a file into the names and contents of its chunks, up to the end or where it breaks off."""
    at = _HEADER_BYTES
    while at + 8 <= len(data):
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + length > len(data):
            return
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
