"""Pixel formats: which samples lie in which plane, and the planar twin of packed formats.

Frames are worked on in planes of one component each. Formats that mix components in a plane are
turned into a planar twin that holds the very same numbers, and back at the encoder.
"""

from dataclasses import dataclass

import av

from rfr_video.errors import InputError
from rfr_video.media.colour import Subsampling

# Every pair is exact in both directions at every size (libswscale only moves the samples).
PLANAR_TWINS = {
    "nv12": "yuv420p",
    "nv21": "yuv420p",
    "nv16": "yuv422p",
    "nv24": "yuv444p",
    "nv42": "yuv444p",
    "yuyv422": "yuv422p",
    "uyvy422": "yuv422p",
    "yvyu422": "yuv422p",
    "rgb24": "gbrp",
    "bgr24": "gbrp",
    "rgb0": "gbrp",
    "bgr0": "gbrp",
    "0rgb": "gbrp",
    "0bgr": "gbrp",
    "rgba": "gbrap",
    "bgra": "gbrap",
    "argb": "gbrap",
    "abgr": "gbrap",
    "rgb48le": "gbrp16le",
    "rgb48be": "gbrp16le",
    "rgba64le": "gbrap16le",
    "rgba64be": "gbrap16le",
    "gray16be": "gray16le",
    "yuv420p10be": "yuv420p10le",
    "yuv422p10be": "yuv422p10le",
    "yuv444p10be": "yuv444p10le",
}
# JPEG's names say "full range"; the range tag says it too, so the samples have another name as well.
_JPEG_NAMES = {
    "yuvj420p": "yuv420p",
    "yuvj422p": "yuv422p",
    "yuvj444p": "yuv444p",
    "yuvj440p": "yuv440p",
    "yuvj411p": "yuv411p",
}


@dataclass(frozen=True)
class PlaneLayout:
    """A planar pixel format whose planes hold one component each, in the machine's byte order.

    Attributes:
        name: FFmpeg's name of the format.
        bits: Bits per sample.
        is_rgb: Whether the components are R, G and B.
        color_planes: Indices of the planes Y, Cb, Cr (Y alone for gray), or R, G, B.
        subsampling: Of the chroma planes; 1×1 for gray and RGB.
    """

    name: str
    bits: int
    is_rgb: bool
    color_planes: tuple[int, ...]
    subsampling: Subsampling

    @property
    def is_gray(self) -> bool:
        """Whether there is luma only."""
        return len(self.color_planes) == 1

    @property
    def is_jpeg(self) -> bool:
        """Whether the name itself says full range."""
        return self.name in _JPEG_NAMES

    @classmethod
    def of(cls, name: str) -> "PlaneLayout":
        """Return the layout in which frames of a pixel format are worked on: its own or its planar twin's.

        Raises:
            InputError: The format's samples cannot be worked on without loss.
        """
        planar = PLANAR_TWINS.get(name, name)
        video_format = av.VideoFormat(planar, 64, 64)
        color = [component for component in video_format.components if not component.is_alpha]
        planes = tuple(component.plane for component in color)
        bits = color[0].bits
        plain = (
            len({component.plane for component in video_format.components}) == len(video_format.components)
            and 8 <= bits <= 16
            and all(component.bits == bits for component in color)
            and len(color) in (1, 3)
            and not any(_unusual_traits(video_format))
            and "msb" not in planar
        )
        if not plain:
            raise InputError(
                f"pixel format {name} is not supported; convert the source to a planar format first, "
                "for example yuv444p10le or gbrp"
            )
        last = color[-1]
        return cls(
            planar, bits, video_format.is_rgb, planes, Subsampling(64 // last.width, 64 // last.height)
        )


def _unusual_traits(video_format: av.VideoFormat) -> tuple[bool, ...]:
    """Traits that no planar format of plain integers has."""
    name = video_format.name
    is_float = name.endswith(("f32le", "f32be", "f16le", "f16be"))
    return (
        video_format.has_palette,
        video_format.is_bit_stream,
        video_format.is_bayer,
        video_format.is_big_endian,
        is_float,
    )


def has_alpha(name: str) -> bool:
    """Whether a pixel format has an alpha channel."""
    return any(component.is_alpha for component in av.VideoFormat(name, 64, 64).components)


def same_samples(first: str, second: str) -> bool:
    """Whether two pixel formats hold the same numbers, so that going from one to the other is exact."""
    return _canonical(first) == _canonical(second)


def _canonical(name: str) -> str:
    planar = PLANAR_TWINS.get(name, name)
    return _JPEG_NAMES.get(planar, planar)


def twins(name: str) -> tuple[str, ...]:
    """Return every pixel format that holds the same numbers as ``name``, ``name`` itself first."""
    known = {name, *PLANAR_TWINS, *PLANAR_TWINS.values(), *_JPEG_NAMES, *_JPEG_NAMES.values()}
    return (name, *sorted(other for other in known - {name} if same_samples(name, other)))
