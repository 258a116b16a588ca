"""Stills made for the tests: small pictures of every kind, with all that must survive around them."""

import io
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import imagecodecs
import numpy as np
import tifffile
from PIL import Image, ImageCms, PngImagePlugin

ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><note>rides along</note></x:xmpmeta>'
ORIENTATION, MAKE = 274, 271


def exif_bytes() -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE] = 6, "Camera"
    exif.get_ifd(0x8769)[0x829A] = (1, 125)  # exposure time, in a directory of its own
    return exif.tobytes()


def scene(channels: int, bits: int, *, width: int = 93, height: int = 67) -> np.ndarray:
    """A textured picture: gray, gray and alpha, RGB, or RGBA; some of it transparent."""
    y, x = np.mgrid[:height, :width]
    color = [np.sin((x + 9 * c) / 8) + np.cos((y - 5 * c) / 6) for c in range(channels)]
    samples = (np.stack(color, axis=2) + 2) / 4 * (0.9 * ((1 << bits) - 1))
    samples += np.random.default_rng(channels).integers(0, 9, samples.shape)
    samples = samples.astype(np.uint8 if bits == 8 else np.uint16)
    if channels in (2, 4):
        samples[: height // 3, :, -1] = 0
    return samples[:, :, 0] if channels == 1 else samples


@dataclass(frozen=True)
class Kind:
    """A kind of still, and whether its samples come back bit for bit."""

    name: str
    suffix: str
    channels: int = 3
    bits: int = 8
    lossless: bool = True

    def write(self, path: Path) -> Path:
        """Write a scene of this kind, with a profile, EXIF and more, and return its path."""
        path = path.with_suffix(self.suffix)
        path.write_bytes(_WRITERS[self.suffix](self))
        return path

    def __str__(self) -> str:
        return f"{self.name}{self.suffix}"


KINDS = [
    *(Kind(f"{channels}x{bits}", ".png", channels, bits) for channels in (1, 2, 3, 4) for bits in (8, 16)),
    *(Kind(f"{channels}x{bits}", ".tiff", channels, bits) for channels in (1, 2, 3, 4) for bits in (8, 16)),
    *(Kind(name, ".jpg", lossless=False) for name in ("4:4:4", "4:2:2", "4:2:0", "progressive", "rgb")),
    Kind("gray", ".jpg", 1, lossless=False),
    *(Kind("lossless", ".webp", channels) for channels in (3, 4)),
    *(Kind("lossy", ".webp", channels, lossless=False) for channels in (3, 4)),
]


def png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(samples: np.ndarray, *chunks: bytes) -> bytes:
    """A PNG with chunks between header and data, and a text behind them."""
    data = bytes(imagecodecs.png_encode(samples))
    text = png_chunk(b"tEXt", b"Comment\0behind the data")
    return b"".join([data[:33], *chunks, data[33:-12], text, data[-12:]])


def palette_png(*, key: bool = False) -> bytes:
    """A PNG of four colours, the first one transparent where there is a key."""
    image = Image.fromarray((scene(1, 8) // 64).astype(np.uint8), "P")
    image.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **({"transparency": 0} if key else {}))
    return buffer.getvalue()


def pillow(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def _png(kind: Kind) -> bytes:
    about = PngImagePlugin.PngInfo()
    about.add_itxt("XML:com.adobe.xmp", XMP.decode())
    carrier = pillow(
        Image.new("L", (1, 1)), "PNG", icc_profile=ICC, exif=exif_bytes(), pnginfo=about, dpi=(300, 300)
    )
    names = (b"iCCP", b"eXIf", b"iTXt", b"pHYs")
    return png(
        scene(kind.channels, kind.bits), *(whole for name, whole in png_chunks(carrier) if name in names)
    )


def png_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Names and whole bytes of a PNG's chunks."""
    chunks, at = [], 8
    while at < len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        chunks.append((data[at + 4 : at + 8], data[at:end]))
        at = end
    return chunks


def _jpeg(kind: Kind) -> bytes:
    image = Image.fromarray(scene(kind.channels, 8))
    options = {
        "4:4:4": {"subsampling": 0, "quality": 90},
        "4:2:2": {"subsampling": 1, "quality": 80},
        "4:2:0": {"subsampling": 2, "quality": 70},
        "progressive": {"progressive": True, "quality": 75},
        "rgb": {"keep_rgb": True, "subsampling": 0},
        "gray": {"quality": 85},
    }[kind.name]
    return pillow(image, "JPEG", icc_profile=ICC, exif=exif_bytes(), xmp=XMP, comment=b"a note", **options)


def _webp(kind: Kind) -> bytes:
    image = Image.fromarray(scene(kind.channels, 8))
    lossless = {"lossless": True, "exact": True} if kind.lossless else {"quality": 80}
    return pillow(image, "WEBP", icc_profile=ICC, exif=exif_bytes(), xmp=XMP, **lossless)


def _tiff(kind: Kind) -> bytes:
    return tiff(scene(kind.channels, kind.bits), compression="lzw", predictor=True, rowsperstrip=10)


def tiff(samples: np.ndarray, **options: object) -> bytes:
    """A TIFF with a profile and tags of all sorts; options are tifffile's."""
    channels = 1 if samples.ndim == 2 else samples.shape[2]
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer,
        samples,
        photometric="rgb" if channels > 2 else "minisblack",
        extrasamples=["unassalpha"] if channels in (2, 4) else None,
        metadata=None,
        iccprofile=ICC,
        resolution=(300, 300),
        software="a scanner",
        extratags=[(ORIENTATION, 3, 1, 6, True), (700, 7, len(XMP), XMP, True), (MAKE, 2, 0, "Camera", True)],
        **options,
    )
    return buffer.getvalue()


_WRITERS = {".png": _png, ".jpg": _jpeg, ".webp": _webp, ".tiff": _tiff}
