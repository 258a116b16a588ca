"""TIFF: the file is copied, and only the strips or tiles in which a sample changed are coded anew.

Standards: TIFF Revision 6.0 (Adobe, 1992), BigTIFF. Every tag, profile, EXIF directory and untouched strip
stays where it is and as it is.
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from tifffile import (
    COMPRESSION,
    DATATYPE,
    PHOTOMETRIC,
    PREDICTOR,
    SAMPLEFORMAT,
    TIFF,
    TiffFile,
    TiffFileError,
    TiffPage,
)

from rfr_video.errors import InputError
from rfr_video.media.colour import Plane
from rfr_video.media.stills.quiet import quiet
from rfr_video.media.stills.still import Still

_COLOURS = {PHOTOMETRIC.MINISBLACK: 1, PHOTOMETRIC.RGB: 3}
_LOSSLESS = (
    COMPRESSION.NONE,
    COMPRESSION.LZW,
    COMPRESSION.ADOBE_DEFLATE,
    COMPRESSION.DEFLATE,
    COMPRESSION.PACKBITS,
    COMPRESSION.LZMA,
    COMPRESSION.ZSTD,
)
_PREDICTORS = (PREDICTOR.NONE, PREDICTOR.HORIZONTAL)
_STRIPS, _TILES = (273, 279), (324, 325)
"""Tags of the offsets and byte counts of strips and of tiles."""
_Place = tuple[int, int, slice, slice]


@dataclass(frozen=True)
class TiffImage:
    """A TIFF file; ``samples`` are (S, 1, H, W, C), S or C being 1, and share their memory with ``still``."""

    still: Still
    notes: tuple[str, ...]
    samples: Plane
    data: bytes
    kind = "TIFF"

    def encoded(self) -> bytes:
        """Return the file with those strips or tiles coded anew that hold other samples than before."""
        buffer = io.BytesIO(self.data)
        with quiet("tifffile"), TiffFile(buffer) as file:
            page = file.pages.first
            offsets, counts = list(page.dataoffsets), list(page.databytecounts)
            for index, segment, place in _segments(page, self.data):
                now = self.samples[place]
                if np.array_equal(segment[: now.shape[0], : now.shape[1]], now):
                    continue
                changed = segment.copy()
                changed[: now.shape[0], : now.shape[1]] = now
                coded = _coded(page, changed)
                if len(coded) > counts[index]:
                    end = buffer.seek(0, io.SEEK_END)
                    offsets[index] = end + end % 2
                buffer.seek(offsets[index])
                buffer.write(coded)
                counts[index] = len(coded)
            for tag, values in zip(_TILES if page.is_tiled else _STRIPS, (offsets, counts), strict=True):
                _set_tag(page, tag, values)
            return buffer.getvalue()


def read_tiff(data: bytes, path: Path) -> TiffImage:
    """Read a TIFF of one picture: gray or RGB of 8 or 16 bits, any further channels, compressed without loss.

    Raises:
        InputError: It is damaged, or of a kind whose samples cannot be worked on as they are.
    """
    try:
        with quiet("tifffile"), TiffFile(io.BytesIO(data)) as file:
            if refusal := _refusal(file):
                raise InputError(f"{path} is a TIFF {refusal}")
            page = file.pages.first
            samples = np.empty(page.shaped, page.dtype)
            for _, segment, place in _segments(page, data):
                there = samples[place]
                there[:] = segment[: there.shape[0], : there.shape[1]]
    except (
        TiffFileError,
        struct.error,
        ArithmeticError,
        LookupError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"{path} is a damaged TIFF ({reason}); get a whole copy") from error
    interleaved = np.moveaxis(samples[:, 0, :, :, 0], 0, 2) if page.planarconfig == 2 else samples[0, 0]
    still = Still.of_samples(interleaved[:, :, : _COLOURS[PHOTOMETRIC(page.photometric)]])
    return TiffImage(still, (), samples, data)


def _refusal(file: TiffFile) -> str | None:
    """Say why samples cannot be worked on and written again as they are; ``None`` where they can."""
    page = file.pages.first
    if len(file.pages) != 1:
        return f"of {len(file.pages)} pages; give one file per picture"
    if not page.size:
        return "without a picture in it; get a whole copy"
    if page.photometric not in _COLOURS:
        return f"with {_name(PHOTOMETRIC, page.photometric)} samples; convert it to gray or RGB first"
    if page.compression not in _LOSSLESS:
        return f"with {_name(COMPRESSION, page.compression)} compression; save it with LZW or Deflate first"
    if page.sampleformat != 1 or page.bitspersample not in (8, 16):
        kind = _name(SAMPLEFORMAT, page.sampleformat)
        return f"with samples of {page.bitspersample} bits ({kind}); save it with 8 or 16 bits first"
    if page.predictor not in _PREDICTORS or page.fillorder != 1 or page.imagedepth != 1:
        return "of a rare form (predictor, order of bits, or depth); save it again plainly"
    wanted = prod(page.chunked)
    present = [all(numbers) and len(numbers) == wanted for numbers in (page.dataoffsets, page.databytecounts)]
    return None if all(present) else f"that lacks some of its {wanted} strips or tiles; get a whole copy"


def _segments(page: TiffPage, data: bytes) -> Iterator[tuple[int, NDArray[Any], _Place]]:
    """Decode strips or tiles one by one: number, samples (h, w, C), and which of the page's they are.

    Those at the right and bottom may be larger than what there is of the page.
    """
    for index, (offset, count) in enumerate(zip(page.dataoffsets, page.databytecounts, strict=True)):
        segment, (sample, _, top, left, _), _ = page.decode(data[offset : offset + count], index)
        assert segment is not None, "only gaps decode to nothing"
        _, height, width, _ = segment.shape
        yield index, segment[0], (sample, 0, slice(top, top + height), slice(left, left + width))


def _coded(page: TiffPage, segment: NDArray[Any]) -> bytes:
    """Code samples (h, w, C) as the page's others are."""
    if page.predictor == PREDICTOR.HORIZONTAL:
        segment = imagecodecs.delta_encode(segment, axis=-2)
    ordered = segment.astype(segment.dtype.newbyteorder(page.parent.byteorder))
    if page.compression == COMPRESSION.NONE:
        return ordered.tobytes()
    if page.compression == COMPRESSION.PACKBITS:  # rows must not run into each other
        return b"".join(bytes(imagecodecs.packbits_encode(row.tobytes())) for row in ordered)
    return bytes(TIFF.COMPRESSORS[page.compression](ordered.tobytes()))


def _set_tag(page: TiffPage, code: int, values: list[int]) -> None:
    tag = page.tags.get(code)
    value = tuple(values) if len(values) > 1 else values[0]
    if tag is not None and tag.value != value:
        dtype = DATATYPE.LONG if tag.dtype == DATATYPE.SHORT else tag.dtype
        tag.overwrite(value, dtype=dtype)


def _name(names: Any, value: int) -> str:
    return names(value).name if value in iter(names) else str(value)
