"""Noise of a tape, recorded on black, laid over clean clips by its brightness."""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path

import cv2
import numpy as np

from rfr_video.evaluation.clips.overlays import Burned, Scene, blended
from rfr_video.evaluation.metrics import Picture
from rfr_video.media.rgb_video import rgb_pictures
from rfr_video.timecode import Moment

DARK = 32.0
"""Luma up to here, of 255, is black with the noise of coding: the clip stays as it is."""

BRIGHT = 64.0
"""From here on the noise covers the clip; it is blended in between."""


class TapeNoise:
    """The noise over one clip, picture by picture.

    Args:
        pictures: The noise, without end.
    """

    def __init__(self, pictures: Iterator[Picture]) -> None:
        self._pictures = pictures

    def burn(self, moment: Moment, clean_hw3: Picture) -> Burned:  # noqa: ARG002 - one picture after the other
        """Lay the next picture of noise over a clean one; see :class:`Burner`."""
        noise_hw3 = next(self._pictures)
        height, width = clean_hw3.shape[:2]
        if noise_hw3.shape != clean_hw3.shape:
            smaller = noise_hw3.shape[0] > height
            method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
            noise_hw3 = np.asarray(cv2.resize(noise_hw3, (width, height), interpolation=method), np.uint8)
        luma_hw = np.asarray(cv2.cvtColor(noise_hw3, cv2.COLOR_RGB2GRAY), np.float32)
        alpha_hw = np.clip((luma_hw - DARK) / (BRIGHT - DARK), 0, 1).astype(np.float32)
        return Burned(blended(clean_hw3, noise_hw3.astype(np.float32), alpha_hw), alpha_hw > 0)


class TapeOverlay:
    """A video of noise on black, picture on picture from its beginning, and over again when it ends.

    Args:
        path: The video.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = path.name

    @contextmanager
    def open(self, scene: Scene) -> Generator[TapeNoise]:  # noqa: ARG002 - the pictures tell their size
        """Begin with the first picture, which must be there; see :class:`Overlay`."""
        with closing(_endless(self._path)) as pictures:
            first = next(pictures)
            yield TapeNoise(chain((first,), pictures))


def _endless(path: Path) -> Generator[Picture]:
    while True:
        yield from rgb_pictures(path)
