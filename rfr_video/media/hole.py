"""Where a frame is to be replaced, and how much of each sample."""

from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt

from rfr_video.geometry import Rect
from rfr_video.media.colour import FloatImage, Subsampling
from rfr_video.media.fields import Parity

Mask = npt.NDArray[np.uint8]
"""Picture-sized (H, W) array: 255 = fill, 0 = keep, and :data:`CHROMA_ONLY`; what is in none of the two adds
up by bits."""

CHROMA_ONLY = 128
"""In a mask: the luma is sound, fill the chroma. Only what finds defects says so; files have 0 and 255."""


@dataclass(frozen=True)
class BlendWeights:
    """How much of a fill each sample of a region takes: 0 keeps the sample, 1 replaces it.

    Attributes:
        luma: Float32 (H, W) in [0, 1].
        chroma: Float32 ⌈H / sy⌉ × ⌈W / sx⌉: the largest weight among the luma samples that a chroma
            sample serves, so that a chroma sample belongs to the hole when any of them does.
    """

    luma: FloatImage
    chroma: FloatImage

    @classmethod
    def of(cls, luma: FloatImage, subsampling: Subsampling) -> "BlendWeights":
        """Derive the chroma weights from the luma weights of an aligned region."""
        if subsampling == Subsampling(1, 1):
            return cls(luma, luma)
        height, width = luma.shape
        padded = np.pad(luma, ((0, -height % subsampling.y), (0, -width % subsampling.x)))
        parts = [
            padded[row :: subsampling.y, column :: subsampling.x]
            for row in range(subsampling.y)
            for column in range(subsampling.x)
        ]
        return cls(luma, reduce(np.maximum, parts))

    def of_field(self, parity: Parity) -> "BlendWeights":
        """Return those of a field's samples, where the region is one of an interlaced frame."""
        return BlendWeights(self.luma[parity.lines], self.chroma[parity.lines])


@dataclass(frozen=True)
class Region:
    """A connected part of a hole.

    Attributes:
        rect: Its bounding box, aligned to whole chroma samples.
        weights: Of the samples of ``rect``.
    """

    rect: Rect
    weights: BlendWeights


@dataclass(frozen=True)
class Hole:
    """All that is to be replaced in a frame; not empty.

    Attributes:
        mask: Everything that a fill may touch: the mask, grown and feathered.
        regions: The parts; no two overlap.
        fields: What is to be replaced in the top and the bottom field, where the frame is interlaced.
    """

    mask: Mask
    regions: tuple[Region, ...]
    fields: "tuple[Hole | None, Hole | None] | None" = None

    @property
    def sample_count(self) -> int:
        """How many luma samples are replaced or blended."""
        return int(np.count_nonzero(self.mask))
