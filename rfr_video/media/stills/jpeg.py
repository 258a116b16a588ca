"""JPEG: the planes that the file codes are coded anew with its own quantisation tables.

Standard: ITU-T T.81 (JPEG). FFmpeg decodes, since it hands over luma and chroma as they are stored; libjpeg
(Pillow) encodes, since it takes any quantisation tables. Chroma is fed to it with every sample repeated over
the luma samples that it serves: libjpeg averages them to the very sample again. Blocks at the right and
bottom edge are decoded and coded whole. So the encoder gets exactly what the decoder gave, in the same blocks
with the same tables, and all but a few coefficients come out as they were.
"""

import io
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile

from rfr_video.errors import InputError
from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorRange, Plane, Subsampling
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.stills.jpeg_stream import (
    APPLICATIONS,
    COMMENT,
    END,
    SCAN,
    START,
    Segment,
    segments,
    with_size,
)
from rfr_video.media.stills.native import decode_native
from rfr_video.media.stills.quiet import quiet
from rfr_video.media.stills.still import Still

SIGNATURE = b"\xff\xd8\xff"
_APP2 = 0xE2
_BLOCK_PX = 8
_LONGEST_PX = 0xFFFF
_MOST_BYTES_PER_PIXEL = 6  # noise in all three channels, with every quantisation step 1, takes 3.3
_SUBSAMPLINGS = {Subsampling(1, 1): 0, Subsampling(2, 1): 1, Subsampling(2, 2): 2}
"""Pillow's numbers of what libjpeg is told."""


@dataclass(frozen=True)
class JpegFile:
    """A JPEG file.

    Attributes:
        still: The picture.
        notes: What writing changes besides the hole.
        coded: The still's planes with the rest of the last blocks at the right and bottom; memory is shared.
        edges: The last column and row of each plane as they were read.
        kept: Application and comment segments.
        tables: Quantisation tables, one per component or fewer where the last ones are the same.
        progressive: Whether the file is.
    """

    still: Still
    notes: tuple[str, ...]
    coded: tuple[Plane, ...]
    edges: tuple[tuple[Plane, Plane], ...]
    kept: bytes
    tables: tuple[tuple[int, ...], ...]
    progressive: bool
    kind = "JPEG"

    def encoded(self) -> bytes:
        """Return the file with the picture coded anew behind the segments that it had."""
        for coded, plane, (column, row) in zip(self.coded, self.still.planes, self.edges, strict=True):
            _extend(coded, plane, column=column, row=row)
        buffer = io.BytesIO()
        layout, rect = self.still.layout, self.still.rect
        with _room_for(rect):
            _image(self.coded, layout).save(
                buffer,
                "JPEG",
                qtables=list(self.tables),
                subsampling=_SUBSAMPLINGS[layout.subsampling],
                progressive=self.progressive,
                optimize=True,
                keep_rgb=layout.is_rgb,
            )
        coding = [part for part in segments(buffer.getvalue()) if not _is_kept(part) and part[0] != START]
        return b"".join([b"\xff\xd8", self.kept, with_size(coding, width=rect.width, height=rect.height)])


def read_jpeg(data: bytes, path: Path) -> JpegFile:
    """Read a JPEG of 8 bits: gray, YCbCr with any subsampling, or RGB; sequential or progressive.

    Raises:
        InputError: It is damaged or cut off, CMYK, or coded in a way that cannot be kept.
    """
    parts = list(segments(data))
    if parts[-1][0] != END:
        raise InputError(f"{path} is a JPEG that is damaged or cut off; get a whole copy")
    try:
        with quiet("PIL"):
            header = JpegImageFile(io.BytesIO(data))
    except (SyntaxError, OSError, ValueError) as error:  # SyntaxError is Pillow's word for a bad header
        raise InputError(f"{path} is no JPEG of 8 bits ({error}); save it as PNG or as plain JPEG") from error
    if header.mode == "CMYK":
        raise InputError(f"{path} is a CMYK picture; convert it to RGB with its colour profile first")
    width, height = _coded_size(header, scans=sum(marker == SCAN for marker, _ in parts))
    whole = with_size(parts, width=width, height=height)
    coded = decode_native(whole, demuxer="jpeg_pipe", color_range=ColorRange.FULL)
    if coded is None or not {layer[3] for layer in header.layer} <= header.quantization.keys():
        raise InputError(f"{path} is a JPEG that is damaged, lossless or arithmetic; save it as PNG first")
    still = _visible(coded, *header.size)
    kept, notes = _kept(parts, tail_bytes=len(data) - sum(len(part) for _, part in parts))
    if still.layout.subsampling not in _SUBSAMPLINGS:
        still = coded = _with_full_chroma(still)
        notes.append("its rare chroma subsampling became 4:4:4")
    return JpegFile(
        still=still,
        notes=tuple(notes),
        coded=coded.planes,
        edges=tuple((plane[:, -1].copy(), plane[-1].copy()) for plane in still.planes),
        kept=kept,
        tables=_tables(header),
        progressive=bool(header.info.get("progressive")),
    )


def _coded_size(header: JpegImageFile, *, scans: int) -> tuple[int, int]:
    """Return the size with the last blocks whole, as far as it leaves the number of blocks in a scan."""
    across, down = (max(layer[place] for layer in header.layer) for place in (1, 2))
    if scans > 1 or len(header.layer) == 1:  # such scans leave out blocks that only fill up larger units
        across = down = 1
    steps = (_BLOCK_PX * across, _BLOCK_PX * down)
    width, height = (-(-length // step) * step for length, step in zip(header.size, steps, strict=True))
    return header.size if max(width, height) > _LONGEST_PX else (width, height)


def _visible(coded: Still, width: int, height: int) -> Still:
    step = coded.layout.subsampling
    chroma = (slice(-(-height // step.y)), slice(-(-width // step.x)))
    planes = tuple(
        plane[chroma] if index else plane[:height, :width] for index, plane in enumerate(coded.planes)
    )
    return Still(planes, coded.layout, coded.spec)


def _kept(parts: Sequence[Segment], *, tail_bytes: int) -> tuple[bytes, list[str]]:
    """Return the segments to keep, joined, and what is to be said about the rest."""
    kept = [segment[1] for segment in parts if _is_kept(segment)]
    single = [part for part in kept if not (part[1] == _APP2 and part[4:8] == b"MPF\0")]
    if len(single) < len(kept):
        return b"".join(single), ["further pictures in the file were left out: they show what was repaired"]
    return b"".join(kept), [f"{tail_bytes:,} bytes behind the picture were left out"] if tail_bytes else []


def _is_kept(segment: Segment) -> bool:
    return segment[0] in APPLICATIONS or segment[0] == COMMENT


def _tables(header: JpegImageFile) -> tuple[tuple[int, ...], ...]:
    tables = [tuple(header.quantization[layer[3]]) for layer in header.layer]
    while len(tables) > 1 and tables[-1] == tables[-2]:
        tables.pop()
    return tuple(tables)


def _extend(coded: Plane, plane: Plane, *, column: Plane, row: Plane) -> None:
    """Continue what changed at the edge into the rest of its blocks, which would show through otherwise."""
    height, width = plane.shape
    rows = plane[:, -1] != column
    columns = np.append(plane[-1] != row, np.repeat(rows[-1], coded.shape[1] - width))
    coded[:height, width:][rows] = plane[rows, -1:]
    coded[height:, columns] = coded[height - 1, columns]


@contextmanager
def _room_for(rect: Rect) -> Generator[None]:
    """Let Pillow write pictures that hardly compress: it codes in one go, and guesses the room too low."""
    before = ImageFile.MAXBLOCK
    ImageFile.MAXBLOCK = max(before, _MOST_BYTES_PER_PIXEL * rect.width * rect.height)
    try:
        yield
    finally:
        ImageFile.MAXBLOCK = before


def _image(planes: Sequence[Plane], layout: PlaneLayout) -> Image.Image:
    step = layout.subsampling
    height, width = planes[0].shape
    full = [
        planes[0],
        *(plane.repeat(step.y, axis=0).repeat(step.x, axis=1)[:height, :width] for plane in planes[1:]),
    ]
    images = [Image.fromarray(np.ascontiguousarray(plane)) for plane in full]
    if layout.is_gray:
        return images[0]
    return Image.merge("RGB" if layout.is_rgb else "YCbCr", images)


def _with_full_chroma(still: Still) -> Still:
    """Return a copy whose chroma is interpolated linearly to a sample per luma sample."""
    step = still.layout.subsampling
    height, width = still.planes[0].shape
    chroma: list[Plane] = []
    for plane in still.planes[1:]:
        size = plane.shape[1] * step.x, plane.shape[0] * step.y
        full = cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR)
        chroma.append(np.ascontiguousarray(full[:height, :width], np.uint8))
    return Still((still.planes[0], *chroma), PlaneLayout.of("yuvj444p"), still.spec)
