"""PNG: libpng codes the samples; every chunk that is not about their coding is kept byte for byte.

Standard: Portable Network Graphics (Third Edition), W3C, 2025.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import imagecodecs
import numpy as np

from rfr_video.errors import InputError
from rfr_video.media.colour import Plane
from rfr_video.media.png_chunks import SIGNATURE, Chunk, chunks
from rfr_video.media.stills.quiet import quiet
from rfr_video.media.stills.still import Still

_PALETTE = 3
# Of the chunks that say "unsafe to copy" (a capital fourth letter), these stay true when samples of a hole
# change; an unknown one may be about any sample.
_STILL_TRUE = frozenset(b"cHRM gAMA iCCP sRGB cICP mDCV cLLI sBIT bKGD sPLT sTER sCAL pCAL tIME".split())
_SAMPLES = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_CODING = _SAMPLES | {b"hIST", b"iDOT"}
_IN_CODES = frozenset({b"sBIT", b"bKGD"})  # speak in the codes of a colour type, which may be given up


@dataclass(frozen=True)
class PngFile:
    """A PNG file; ``samples`` holds all channels and shares its memory with ``still``."""

    still: Still
    notes: tuple[str, ...]
    samples: Plane
    before: tuple[Chunk, ...]
    behind: tuple[Chunk, ...]
    kind = "PNG"

    def encoded(self) -> bytes:
        """Return the file with new image data between the chunks that it had."""
        parts = [SIGNATURE]
        coded = list(chunks(bytes(imagecodecs.png_encode(self.samples))))
        parts += [chunk.whole for chunk in coded if chunk.name == b"IHDR"]
        parts += [chunk.whole for chunk in self.before]
        parts += [chunk.whole for chunk in coded if chunk.name == b"IDAT"]
        parts += [chunk.whole for chunk in self.behind]
        parts += [chunk.whole for chunk in coded if chunk.name == b"IEND"]
        return b"".join(parts)


def read_png(data: bytes, path: Path) -> PngFile:
    """Read a PNG of any colour type and depth.

    Palettes, colour keys and less than 8 bits become full samples: nothing is lost, and a hole is not bound
    to a palette's colours.

    Raises:
        InputError: It is damaged, cut off, or animated.
    """
    parts = list(chunks(data))
    names = [chunk.name for chunk in parts]
    if names[:1] != [b"IHDR"] or names[-1] != b"IEND" or b"IDAT" not in names:
        raise InputError(f"{path} is a PNG that is damaged or cut off; get a whole copy")
    if b"acTL" in names:
        raise InputError(f"{path} is an animated PNG; give single pictures, or turn it into a video")
    try:
        with quiet("imagecodecs"):
            samples = np.ascontiguousarray(imagecodecs.png_decode(_picture(parts)))
    except (imagecodecs.PngError, ValueError) as error:
        raise InputError(f"{path} is a damaged PNG ({error}); get a whole copy") from error
    depth, color_type, _, _, interlaced = parts[0].content[8:13]
    notes = list(_recoding_notes(depth, color_type, key=b"tRNS" in names))
    dropped = _CODING | _IN_CODES if notes else _CODING
    unknown = {name for name in names if name not in dropped | _STILL_TRUE and name[3:4].isupper()}
    if interlaced:
        notes.append("interlacing was given up")
    if unknown:
        named = ", ".join(sorted(name.decode("latin-1") for name in unknown))
        notes.append(f"left out as unsafe to copy: {named}")
    kept = [(at, chunk) for at, chunk in enumerate(parts) if chunk.name not in dropped | unknown]
    data_at = names.index(b"IDAT")
    return PngFile(
        still=Still.of_samples(samples),
        notes=tuple(notes),
        samples=samples,
        before=tuple(chunk for at, chunk in kept if at < data_at),
        behind=tuple(chunk for at, chunk in kept if at > data_at),
    )


def _recoding_notes(depth: int, color_type: int, *, key: bool) -> Iterator[str]:
    if color_type == _PALETTE:
        yield "the palette became full colour"
    elif depth < 8:
        yield f"{depth} bits per sample became 8"
    if key and color_type != _PALETTE:
        yield "the transparent colour became an alpha channel"


def _picture(parts: list[Chunk]) -> bytes:
    """Return a file of the chunks that say what the samples are: colour is not to be managed here."""
    return SIGNATURE + b"".join(chunk.whole for chunk in parts if chunk.name in _SAMPLES)
