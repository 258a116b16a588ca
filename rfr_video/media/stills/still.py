"""A still picture: its colour samples as they were decoded, and frames cut out of it.

A repair works on a frame that is cut out around the hole and pasted back, so that its cost follows the hole
and not the picture.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, Self

import av
import numpy as np

from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorSpec, ColorTags, Plane
from rfr_video.media.frame import Frame
from rfr_video.media.layout import PlaneLayout
from rfr_video.timecode import Moment

_ONLY_MOMENT = Moment(0, Fraction(0))


@dataclass(frozen=True)
class Still:
    """The colour of a picture; alpha and further channels stay with the file.

    Attributes:
        planes: R, G, B, or gray alone, or Y, Cb, Cr: uint8 or uint16 (H, W), chroma ⌈H / sy⌉ × ⌈W / sx⌉.
            Writable; may be views of an interleaved array.
        layout: How a frame holds them.
        spec: What their values mean.
    """

    planes: tuple[Plane, ...]
    layout: PlaneLayout
    spec: ColorSpec

    @classmethod
    def of_samples(cls, samples: Plane) -> Self:
        """Take the colour of an array as it is: (H, W), or (H, W, C) with gray or RGB first, alpha behind."""
        deep = samples.dtype == np.uint16
        if samples.ndim == 2:
            samples = samples[:, :, np.newaxis]
        gray = samples.shape[2] < 3
        name = ("gray16le" if deep else "gray") if gray else ("gbrp16le" if deep else "gbrp")
        layout = PlaneLayout.of(name)
        planes = tuple(samples[:, :, channel] for channel in range(len(layout.color_planes)))
        spec = ColorSpec.from_tags(ColorTags(), height=samples.shape[0], jpeg=False, rgb=True)
        return cls(planes, layout, spec)

    @property
    def rect(self) -> Rect:
        """The whole picture."""
        height, width = self.planes[0].shape
        return Rect(0, 0, width, height)

    def cut(self, rect: Rect) -> Frame:
        """Copy a rectangle, aligned to whole chroma samples, into a frame of its own."""
        picture = av.VideoFrame(rect.width, rect.height, self.layout.name)
        frame = Frame(picture, moment=_ONLY_MOMENT, layout=self.layout)
        for ours, theirs in self._pairs(rect, frame):
            theirs[:] = ours
        return frame

    def paste(self, rect: Rect, frame: Frame) -> None:
        """Copy a frame that was cut out of this rectangle back to its place."""
        for ours, theirs in self._pairs(rect, frame):
            ours[:] = theirs

    def _pairs(self, rect: Rect, frame: Frame) -> list[tuple[Plane, Plane]]:
        step = self.layout.subsampling
        pairs: list[tuple[Plane, Plane]] = []
        for index, plane in enumerate(self.layout.color_planes):
            x, y = (step.x, step.y) if index else (1, 1)
            rows = slice(rect.y // y, -(-rect.bottom // y))
            columns = slice(rect.x // x, -(-rect.right // x))
            pairs.append((self.planes[index][rows, columns], frame.planes()[plane]))
        return pairs


class StillFile(Protocol):
    """A file with one picture, in memory."""

    @property
    def kind(self) -> str:
        """What people call the format."""
        ...

    @property
    def still(self) -> Still:
        """The picture; paste into it before :meth:`encoded`."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What writing changes besides the hole, one line each."""
        ...

    def encoded(self) -> bytes:
        """Return the file with the picture as it is now, and all else as it was read."""
        ...
