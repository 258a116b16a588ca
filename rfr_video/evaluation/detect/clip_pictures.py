"""The first pictures of a clean clip, decoded once, and encoded with something burned in, over and over."""

from collections.abc import Callable
from contextlib import closing
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np

from rfr_video.evaluation.clips.array_file import ArrayFile
from rfr_video.evaluation.metrics import Picture
from rfr_video.media.probe import probe
from rfr_video.media.rgb_video import h264_writer, read_rgb

Burn = Callable[[int, Picture], Picture]
"""Takes the number of a picture and the picture, uint8 RGB (H, W, 3), and returns it with something in it."""


class ClipPictures:
    """The first pictures of a clip, of even width and height.

    Args:
        clip: The clip.
        folder: Where they are kept, and encoded.
        frames: How many at most.
        crf: How they are encoded.

    Attributes:
        name: Of the clip.
        rate: Pictures per second.
        shape: Height and width.
        encoded: The file that :meth:`encode` writes, over and over.

    Raises:
        InputError: It cannot be read.
        OutputError: The disk is full.
    """

    def __init__(self, clip: Path, folder: Path, *, frames: int, crf: int) -> None:
        info = probe(clip).video
        self.name = clip.name
        self.rate: Fraction = info.rate
        self.shape = info.height - info.height % 2, info.width - info.width % 2
        self.encoded = folder / "burned.mp4"
        self._crf = crf
        self._clean = ArrayFile(folder / "clean", shape=(*self.shape, 3), kind=np.uint8)
        height, width = self.shape
        with closing(read_rgb(clip)) as decoded:
            for _, picture_hw3 in islice(decoded, frames):
                self._clean.append(np.ascontiguousarray(picture_hw3[:height, :width]))

    def __len__(self) -> int:
        return len(self._clean)

    def encode(self, burn: Burn | None) -> Path:
        """Encode the pictures, with something burned in or as they are; raises :class:`OutputError`."""
        height, width = self.shape
        self.encoded.unlink(missing_ok=True)
        with h264_writer(self.encoded, width=width, height=height, rate=self.rate, crf=self._crf) as write:
            for number in range(len(self._clean)):
                picture_hw3: Picture = self._clean[number]
                write(picture_hw3 if burn is None else burn(number, picture_hw3))
        return self.encoded
