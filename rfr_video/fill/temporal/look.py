"""What is kept of every frame while it may lend or borrow pixels."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.fill.chroma import complete_chroma
from rfr_video.fill.cut import check_known
from rfr_video.fill.filler import MaskedFrame
from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorSpec, FloatImage
from rfr_video.media.frame import Frame, Samples
from rfr_video.media.hole import Hole, Mask
from rfr_video.motion.completion import spread
from rfr_video.motion.grid import FloatPlane, Grid
from rfr_video.motion.shots import Thumbnail
from rfr_video.motion.steps import Sight
from rfr_video.motion.thumbnail import hole_thumbnail, thumbnail

SMOOTH_MARGIN_PX = 24
"""A smooth fill looks no farther around a hole."""

_RING_WORKING_PX = 4
"""So near to a hole, flow measured at the working size has seen the hole: patches overlap it."""

_MEASURING_REACH = 5
"""Flow behind a hole is completed from surroundings as wide as so many rings beyond the ring, and more."""

_LEAST_KNOWN = 0.5
_CHROMA_REACH_PX = 2


@dataclass(frozen=True)
class Patch:
    """A picture of a part of the frame in which the hole is filled, RGB float32 (H, W, 3) in [0, 1]."""

    rect: Rect
    rgb_hw3: FloatImage


@dataclass(frozen=True)
class HoleMaps:
    """A hole as the search for sources needs it.

    Attributes:
        known: Uint8 (H, W): 255 outside the hole, 0 inside and where subsampled chroma mixes with the hole's.
        measured: Likewise, but 0 in a ring around the hole, too.
        share: Of every cell of the grid that is hole, float32.
        sight: Of every cell: 1 where flow can be measured, 0 in and near the hole.
        neighbourhoods: Around each region, the cells in which flow is completed.
        thumbnail: The hole for the search for cuts.
    """

    known: Mask
    measured: Mask
    share: FloatPlane
    sight: FloatPlane
    neighbourhoods: tuple[Rect, ...]
    thumbnail: npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Look:
    """A frame, and what may be taken from it.

    Attributes:
        masked: The frame and its hole.
        samples: Its native samples as they were decoded, the chroma of its hole filled smoothly.
        gray: Luma, uint8 (H, W), its holes filled smoothly.
        sight: For the measurement of motion.
        cells: The gray picture on the grid.
        maps: Of the hole; ``None`` where there is none.
        patches: For every region of the hole, its surroundings filled smoothly.
        ring_px: How wide the ring around holes is in which flow is completed, too.
        thumbnail: For the search for cuts.
    """

    masked: MaskedFrame
    samples: Samples
    gray: npt.NDArray[np.uint8]
    sight: Sight
    cells: FloatPlane
    maps: HoleMaps | None
    patches: tuple[Patch, ...]
    ring_px: int
    thumbnail: Thumbnail


class Looker:
    """Looks at frames, one after the other.

    Args:
        picture: The whole picture.
        spec: The colour of the frames' samples.
        working_px: How many pixels a picture has at the size at which motion is measured.
    """

    def __init__(self, picture: Rect, spec: ColorSpec, *, working_px: int) -> None:
        self._picture = picture
        self._spec = spec
        scale = max(1.0, (picture.width * picture.height / working_px) ** 0.5)
        self.grid = Grid.of_cells(picture.width, picture.height, cell_px=2 * scale)
        self._working = (
            (2 * self.grid.columns, 2 * self.grid.rows) if scale > 1 else (picture.width, picture.height)
        )
        self.ring_px = max(_RING_WORKING_PX, round(_RING_WORKING_PX * scale))
        self._last: tuple[Hole, HoleMaps] | None = None
        self._all_known = np.ones((self.grid.rows, self.grid.columns), np.float32)

    def look(self, masked: MaskedFrame) -> Look:
        """Look at a frame; raises :class:`MaskError` where a hole leaves nothing known."""
        samples = masked.frame.samples()
        if masked.hole:
            complete_chroma(samples, masked.hole)
        gray = samples.gray()
        maps = self._maps(masked.hole, masked.frame) if masked.hole else None
        patches = tuple(self._smooth(samples, gray, masked.hole, maps.known)) if masked.hole and maps else ()
        working = gray
        if self._working != (self._picture.width, self._picture.height):
            working = np.asarray(cv2.resize(gray, self._working, interpolation=cv2.INTER_AREA), np.uint8)
        known, holes = (maps.sight, maps.neighbourhoods) if maps else (self._all_known, ())
        return Look(
            masked=masked,
            samples=samples,
            gray=gray,
            sight=Sight(working, known, holes),
            cells=self.grid.means(working),
            maps=maps,
            patches=patches,
            ring_px=self.ring_px,
            thumbnail=thumbnail(gray),
        )

    def _maps(self, hole: Hole, frame: Frame) -> HoleMaps:
        if self._last is not None and self._last[0] is hole:
            return self._last[1]
        check_known(frame, hole.mask)
        step = frame.layout.subsampling
        reach_px = _CHROMA_REACH_PX if step.x > 1 or step.y > 1 else 0
        mixed = np.asarray(cv2.dilate(hole.mask, np.ones((2 * reach_px + 1,) * 2, np.uint8)), np.uint8)
        ring = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * self.ring_px + 1, 2 * self.ring_px + 1))
        wide = np.asarray(cv2.dilate(hole.mask, ring), np.uint8)
        sight = 1 - self.grid.means(wide) / np.float32(255)
        sight[sight < _LEAST_KNOWN] = 0
        reach = max(_MEASURING_REACH * self.ring_px, self._picture.height // 5)
        maps = HoleMaps(
            known=np.where(mixed, 0, 255).astype(np.uint8),
            measured=np.where(wide, 0, 255).astype(np.uint8),
            share=self.grid.means(mixed) / np.float32(255),
            sight=sight,
            neighbourhoods=tuple(
                self.grid.cells_over(region.rect.grown(reach, within=self._picture))
                for region in hole.regions
            ),
            thumbnail=hole_thumbnail(hole.mask),
        )
        self._last = (hole, maps)
        return maps

    def _smooth(self, samples: Samples, gray: npt.NDArray[np.uint8], hole: Hole, known: Mask) -> list[Patch]:
        """Fill every region smoothly: in the gray picture, and as a patch of its own."""
        patches: list[Patch] = []
        for region in hole.regions:
            rect = region.rect.grown(SMOOTH_MARGIN_PX, within=self._picture)
            aligned = rect.aligned(samples.step.x, samples.step.y, within=self._picture)
            unknown = hole.mask[aligned.slices]
            rgb_hw3 = samples.crop(aligned, self._spec)
            codes = gray[aligned.slices]
            weight = (known[aligned.slices] > 0).astype(np.float32)
            filled = spread(np.asarray(cv2.merge([rgb_hw3, codes.astype(np.float32)]), np.float32), weight)
            cv2.copyTo(cv2.cvtColor(filled, cv2.COLOR_RGBA2RGB), unknown, rgb_hw3)
            cv2.copyTo(np.clip(np.rint(filled[:, :, 3]), 0, 255).astype(np.uint8), unknown, codes)
            patches.append(Patch(aligned, np.clip(rgb_hw3, 0, 1)))
        return patches
