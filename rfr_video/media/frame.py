"""A decoded picture in its native planes.

Crops leave as float RGB and come back blended into the native samples; nothing else converts colour,
and samples whose weight is zero are never written. An interlaced frame is two pictures: their chroma
belongs to the lines of one field only, and no conversion mixes them.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import av
import numpy as np
import numpy.typing as npt
from av.video.frame import PictureType
from av.video.reformatter import ColorRange as ReformatRange

from rfr_video.geometry import Rect
from rfr_video.media.colour import (
    ColorSpec,
    FloatImage,
    Plane,
    Subsampling,
    rgb_from_yuv,
    yuv_from_rgb,
)
from rfr_video.media.fields import Parity, field_rect
from rfr_video.media.hole import BlendWeights
from rfr_video.media.layout import PlaneLayout
from rfr_video.timecode import Moment


class Samples:
    """The native samples of a picture, without its place in time.

    Args:
        planes: Uint8 or uint16 (H, W) each, in the order of the pixel format.
        layout: How the samples lie in them.
        is_interlaced: Whether they hold two fields.
    """

    def __init__(
        self, planes: tuple[Plane, ...], layout: PlaneLayout, *, is_interlaced: bool = False
    ) -> None:
        self._planes = planes
        self._layout = layout
        self._is_interlaced = is_interlaced

    @property
    def rect(self) -> Rect:
        """The whole picture."""
        height, width = self._planes[self._layout.color_planes[0]].shape
        return Rect(0, 0, width, height)

    @property
    def step(self) -> Subsampling:
        """How many luma samples one chroma sample stands for."""
        return self._layout.subsampling

    def crop(self, rect: Rect, spec: ColorSpec) -> FloatImage:
        """Cut out a rectangle as RGB; see :meth:`Frame.crop`."""
        if self._is_interlaced:
            return self._woven_crop(rect, spec)
        return rgb_from_codes(self._whole_crops(rect), self._layout, spec)

    def gray(self) -> npt.NDArray[np.uint8]:
        """Return luma in 8 bits, in code values, (H, W); a new array."""
        planes = [self._planes[index] for index in self._layout.color_planes]
        shift = max(0, self._layout.bits - 8)
        if not self._layout.is_rgb:
            return (planes[0] >> shift).astype(np.uint8)
        red, green, blue = ((plane >> shift).astype(np.uint16) for plane in planes)
        return ((77 * red + 150 * green + 29 * blue) >> 8).astype(np.uint8)

    def color_crops(self, rect: Rect) -> tuple[Plane, ...]:
        """Return views of a rectangle of the color planes, luma or red first."""
        step = self._layout.subsampling
        rows, columns = rect.slices
        chroma = (
            slice(rect.y // step.y, -(-rect.bottom // step.y)),
            slice(rect.x // step.x, -(-rect.right // step.x)),
        )
        color = self._layout.color_planes
        return tuple(
            self._planes[plane][rows, columns] if index == 0 else self._planes[plane][chroma]
            for index, plane in enumerate(color)
        )

    def _whole_crops(self, rect: Rect) -> tuple[Plane, ...]:
        """Return what :meth:`color_crops` does; where the last line of a field has no chroma, that above."""
        crops, step = self.color_crops(rect), self._layout.subsampling
        if crops[-1].shape[0] == -(-rect.height // step.y):
            return crops
        columns = slice(rect.x // step.x, -(-rect.right // step.x))
        lines = np.arange(rect.y // step.y, -(-rect.bottom // step.y))
        luma, *chroma = (self._planes[index] for index in self._layout.color_planes)
        return luma[rect.slices], *(plane[np.minimum(lines, len(plane) - 1), columns] for plane in chroma)

    def _woven_crop(self, rect: Rect, spec: ColorSpec) -> FloatImage:
        rgb = np.empty((rect.height, rect.width, 3), np.float32)
        for parity in Parity:
            lines = field_rect(rect, parity)
            if lines is not None:
                planes = tuple(plane[parity.lines] for plane in self._planes)
                rgb[parity.lines] = Samples(planes, self._layout).crop(lines, spec)
        return rgb


class Frame:
    """One picture of the video with its place in time.

    The samples are shared with the decoder until :meth:`paste` needs to write: a frame that is never
    pasted into reaches the encoder untouched.

    Attributes:
        moment: Its place in time.
        is_interlaced: Whether it holds two fields, which are worked on as pictures of their own.
        parity: Which field it is, if it is one.
    """

    parity: Parity | None = None

    def __init__(
        self,
        picture: av.VideoFrame,
        *,
        moment: Moment,
        layout: PlaneLayout,
        is_interlaced: bool = False,
    ) -> None:
        self._picture = picture
        self._layout = layout
        self._writable = False
        self.moment = moment
        self.is_interlaced = is_interlaced

    @property
    def pts(self) -> int:
        """Presentation timestamp in units of :attr:`time_base`."""
        assert self._picture.pts is not None, "the reader gives every frame a timestamp"
        return self._picture.pts

    @property
    def time_base(self) -> Fraction:
        """Seconds per unit of :attr:`pts`."""
        assert self._picture.time_base is not None
        return self._picture.time_base

    @property
    def duration(self) -> int:
        """How long it is shown, in units of :attr:`time_base`; 0 where nobody says."""
        return self._picture.duration or 0

    @property
    def rect(self) -> Rect:
        """The whole picture."""
        return Rect(0, 0, self._picture.width, self._picture.height)

    @property
    def layout(self) -> PlaneLayout:
        """How the samples lie in the planes."""
        return self._layout

    def picture_for_encoder(self) -> av.VideoFrame:
        """Return the frame for the encoder, which alone decides on picture types."""
        self._picture.pict_type = PictureType.NONE
        return self._picture

    def blank(self, pix_fmt: str) -> av.VideoFrame:
        """Return a picture of the same size, shape of pixels and order of fields, of undefined samples."""
        # Nothing else copies what PyAV does not show; two steps, for none copies into the same format.
        if pix_fmt != "gray":
            return self._picture.reformat(format="gray").reformat(format=pix_fmt)
        is_gray = self._picture.format.name == "gray"
        return (self._picture.reformat(format="gray16le") if is_gray else self._picture).reformat(
            format="gray"
        )

    def planes(self) -> tuple[Plane, ...]:
        """Return views of all planes, uint8 or uint16 (H, W) each, in the order of the pixel format.

        Write through them only after :meth:`paste` made the frame its own, or never.
        """
        if self._picture.format.name != self._layout.name:
            self._picture = self._picture.reformat(
                format=self._layout.name,
                src_color_range=ReformatRange.JPEG,  # the same range on both sides: samples are only moved
                dst_color_range=ReformatRange.JPEG,
            )
        return tuple(self._plane(index) for index in range(len(self._picture.planes)))

    def crop(self, rect: Rect, spec: ColorSpec) -> FloatImage:
        """Cut out a rectangle as RGB.

        Args:
            rect: Aligned to whole chroma samples (see :meth:`Rect.aligned`), of both fields.
            spec: The colour of the samples.

        Returns:
            Float32 (H, W, 3), nominally in [0, 1], not clipped.
        """
        return self._samples().crop(rect, spec)

    def color_crops(self, rect: Rect) -> tuple[Plane, ...]:
        """Return views of a rectangle of the color planes, luma or red first; not to be written to.

        Args:
            rect: Aligned to whole chroma samples.
        """
        return self._samples().color_crops(rect)

    def converted(self, pix_fmt: str) -> "Frame":
        """Return a copy in another pixel format, converted as it is for an encoder."""
        return Frame(
            self._picture.reformat(format=pix_fmt),
            moment=self.moment,
            layout=PlaneLayout.of(pix_fmt),
            is_interlaced=self.is_interlaced,
        )

    def samples(self) -> Samples:
        """Return a copy of the native samples, which nobody writes to."""
        copies = tuple(plane.copy() for plane in self.planes())
        return Samples(copies, self._layout, is_interlaced=self.is_interlaced)

    def field(self, parity: Parity) -> "Field":
        """Return one of the two fields of an interlaced frame; it shares the frame's samples."""
        return Field(self, self._picture, parity)

    def with_samples(self, parts: Mapping[Rect, Sequence[Plane]]) -> "Frame":
        """Return a copy in which rectangles have other samples; for looking at, not for encoding.

        That of a field is a picture of its own.

        Args:
            parts: The color planes of each rectangle, in code values, of the size of its crops.
        """
        picture = av.VideoFrame(self.rect.width, self.rect.height, self._layout.name)
        picture.pts, picture.time_base = self._picture.pts, self._picture.time_base
        copy = Frame(picture, moment=self.moment, layout=self._layout)
        for mine, theirs in zip(copy.planes(), self.planes(), strict=True):
            np.copyto(mine[: len(theirs)], theirs)
            np.copyto(mine[len(theirs) :], theirs[-1])  # a bottom field may lack the last line of chroma
        for rect, planes in parts.items():
            for crop, plane in zip(copy._samples().color_crops(rect), planes, strict=True):
                np.copyto(crop, plane)
        return copy

    def paste(self, rect: Rect, rgb: FloatImage, weights: BlendWeights, *, spec: ColorSpec) -> None:
        """Blend RGB into the native samples: each becomes (1 − w)·sample + w·fill, rounded to nearest.

        Args:
            rect: Aligned to whole chroma samples, of both fields.
            rgb: Float32 (H, W, 3).
            weights: Of the same rectangle; samples of weight 0 keep their bits.
            spec: The colour of the samples.
        """
        self.make_writable()
        if self.is_interlaced:
            for parity in Parity:
                lines = field_rect(rect, parity)
                if lines is not None:
                    part = weights.of_field(parity)
                    self.field(parity).paste(lines, rgb[parity.lines], part, spec=spec)
            return
        layout = self._layout
        values = codes_from_rgb(rgb, layout, spec)
        crops = self._samples().color_crops(rect)
        for index, (crop, value) in enumerate(zip(crops, values, strict=True)):
            weight = weights.luma if index == 0 and not layout.is_rgb else weights.chroma
            here = slice(crop.shape[0])  # a bottom field may lack the last line of chroma
            _blend(crop, value[here], weight[here], peak=(1 << layout.bits) - 1)

    def make_writable(self) -> None:
        """Give the frame samples of its own, once."""
        if not self._writable:
            self.planes()  # packed formats become planar before the copy
            self._picture.make_writable()
            self._writable = True

    def _samples(self) -> Samples:
        """Return the samples themselves, not a copy."""
        return Samples(self.planes(), self._layout, is_interlaced=self.is_interlaced)

    def _plane(self, index: int) -> Plane:
        plane = self._picture.planes[index]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
        if self._layout.bits <= 8:
            return rows[:, : plane.width]
        return rows.view(np.uint16)[:, : plane.width]


class Field(Frame):
    """A field of an interlaced frame: worked on like a frame of half the height, never encoded by itself.

    Args:
        frame: The frame, whose samples it shares.
        picture: The frame's.
        parity: Which of the two.
    """

    def __init__(self, frame: Frame, picture: av.VideoFrame, parity: Parity) -> None:
        super().__init__(picture, moment=frame.moment, layout=frame.layout)
        self._frame = frame
        self._lines = parity.lines
        self.parity = parity

    @property
    def rect(self) -> Rect:
        """All of its lines."""
        whole = self._frame.rect
        return Rect(0, 0, whole.width, len(range(whole.height)[self._lines]))

    def planes(self) -> tuple[Plane, ...]:
        """Return views of the field's lines of all planes."""
        return tuple(plane[self._lines] for plane in self._frame.planes())

    def make_writable(self) -> None:
        """Give the frame samples of its own, once."""
        self._frame.make_writable()


def rgb_from_codes(planes: Sequence[Plane | FloatImage], layout: PlaneLayout, spec: ColorSpec) -> FloatImage:
    """Turn code values into RGB.

    Args:
        planes: Of a rectangle that is aligned to chroma samples, luma or red first; whole or fractions.
        layout: How the samples lie in planes.
        spec: Their colour.

    Returns:
        Float32 (H, W, 3), nominally in [0, 1], not clipped.
    """
    if layout.is_rgb:
        peak = np.float32((1 << layout.bits) - 1)
        return np.stack([plane.astype(np.float32) / peak for plane in planes], axis=2)
    return rgb_from_yuv(planes, spec, bits=layout.bits, subsampling=layout.subsampling)


def codes_from_rgb(rgb: FloatImage, layout: PlaneLayout, spec: ColorSpec) -> tuple[FloatImage, ...]:
    """Turn RGB into code values, neither rounded nor clipped: the inverse of :func:`rgb_from_codes`."""
    if layout.is_rgb:
        peak = np.float32((1 << layout.bits) - 1)
        return tuple(rgb[:, :, channel] * peak for channel in range(3))
    return yuv_from_rgb(rgb, spec, bits=layout.bits, subsampling=layout.subsampling, gray=layout.is_gray)


def _blend(samples: Plane, value: FloatImage, weight: FloatImage, *, peak: int) -> None:
    """Blend in place; samples of weight 0 are not written."""
    mixed = samples + weight * (value - samples)
    np.copyto(samples, np.clip(np.rint(mixed), 0, peak).astype(samples.dtype), where=weight > 0)
