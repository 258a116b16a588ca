"""What other frames offer for a hole, and the evidence for and against each offer.

The ring around the hole tells whom to trust: its pixels are known, but the motion there was completed from
farther out, as it was behind the hole; so a candidate that predicts the ring well has earned belief inside.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.fill.temporal.align import Place, align, fetch, is_still, visible
from rfr_video.fill.temporal.look import Look
from rfr_video.fill.temporal.sources import Source
from rfr_video.media.colour import ColorSpec, FloatImage
from rfr_video.motion.grid import FloatPlane, Grid
from rfr_video.motion.warp import SamplingMap, inside, moved_map, squared_length, warp, weighted

CELL_PX = 4.0
"""Evidence varies slowly; it is gathered on cells of this size."""

_NEAR_CELLS, _FAR_CELLS = 2.0, 6.0
_COLOUR_CELLS = 4.0
_FEW = 0.02  # so much of a cell must be ring for its own error to count as much as that of all
_COLOUR_DOUBT = 0.05
_CODES2 = 255.0**2
_MATCHED_SHARE = np.float32(0.2)  # what a match in colour costs of its square: another thing is no match
_AS_WELL, _NOISE_CODES2 = np.float32(1.2), np.float32(2.0)
CARRY_WEIGHTS = np.array([0.385, 0.429, 0.149, -0.478, -0.8, 2.967], np.float32)
_CHROMA_REACH_PX = 4  # at the edge of a crop, chroma is not interpolated as it is inside
_CARRY_SLOPE, _CARRY_BIAS = np.float32(2.0), np.float32(0.7)


@dataclass(frozen=True, eq=False)
class Candidate:
    """What one frame offers.

    Attributes:
        rgb_hw3: Float32 over the place's rectangle, its colour matched on the ring.
        seen_hw: Where the other frame knows the pixel, bool.
        error: On cells: mean squared error on the ring nearby, in squared 8-bit codes.
        missed: On cells: by how much round trips missed, in square pixels.
        error_if_still: Like ``error``, but of the other frame as it is, not moved.
        distance_frames: How far away the frame is.
        is_still: Whether it was fetched from the very same place, since nothing around has moved.
    """

    rgb_hw3: FloatImage
    seen_hw: npt.NDArray[np.bool_]
    error: FloatPlane
    missed: FloatPlane
    error_if_still: FloatPlane
    distance_frames: int
    is_still: bool


class Stage:
    """A place as candidates are compared on it.

    Args:
        place: A region of a frame's hole.
        spec: The colour of the frame's samples.
    """

    def __init__(self, place: Place, spec: ColorSpec) -> None:
        self.place = place
        self._maps: dict[int, SamplingMap] = {}
        self._pictures: dict[int, FloatImage] = {}
        self.spec = spec
        rect, look = place.rect, place.look
        hole = look.masked.hole
        assert hole is not None
        assert look.maps is not None
        self.cells = Grid.of_cells(rect.width, rect.height, cell_px=CELL_PX)
        self.hole_hw = hole.mask[rect.slices] > 0
        self.ring_hw = (look.maps.known[rect.slices] > 0) & (look.maps.measured[rect.slices] == 0)
        self.smooth_hw3 = self._smooth()

    def _smooth(self) -> FloatImage:
        """Return the place with its hole filled smoothly."""
        place, step = self.place, self.place.look.samples.step
        picture = place.look.samples.rect
        aligned = place.rect.grown(_CHROMA_REACH_PX, within=picture).aligned(step.x, step.y, within=picture)
        rgb_hw3 = place.look.samples.crop(aligned, self.spec)[place.rect.relative_to(aligned).slices].copy()
        patch = place.patch
        shared = patch.rect.intersection(place.rect)
        inside = rgb_hw3[shared.relative_to(place.rect).slices]
        unknown = self.hole_hw[shared.relative_to(place.rect).slices].view(np.uint8)
        cv2.copyTo(patch.rgb_hw3[shared.relative_to(patch.rect).slices], unknown, inside)
        return rgb_hw3

    def candidates(self, sources: Sequence[Source], *, grid: Grid) -> list[Candidate]:
        """Fetch what the sources offer; those that offer nothing are left out."""
        offers = (self._candidate(source, grid=grid) for source in sources)
        return [offer for offer in offers if offer is not None]

    def _candidate(self, source: Source, *, grid: Grid) -> Candidate | None:
        at = self.map_to(source, grid=grid)
        seen_hw = visible(source.look, at) & self._clear(source, grid)
        if not (seen_hw & self.hole_hw).any():
            return None
        rgb_hw3 = self._fetched(source, at)
        ring_hw = self.ring_hw & seen_hw
        share = self.cells.means(ring_hw)
        rgb_hw3, matched = self._matched(rgb_hw3, ring_hw, share)
        error = np.asarray(self.ring_error(rgb_hw3, ring_hw, share) + _MATCHED_SHARE * matched, np.float32)
        error_if_still = self._error_if_still(source.look)
        stays = is_still(at, self.place)
        if not stays:
            # Where standing still explains the ring as well, nothing says that the pixel was ever uncovered.
            moves = (error_if_still > _AS_WELL * error + _NOISE_CODES2).astype(np.float32)
            seen_hw = seen_hw & (self.cells.enlarged(moves) > np.float32(0.5))
        return Candidate(
            rgb_hw3=rgb_hw3,
            seen_hw=seen_hw,
            error=error,
            missed=self.path_error(source, grid),
            error_if_still=error_if_still,
            distance_frames=source.distance_frames,
            is_still=stays,
        )

    def map_to(self, source: Source, *, grid: Grid) -> SamplingMap:
        """Return where the place's pixels are in another frame; see :func:`align`."""
        if source.frames not in self._maps:
            self._maps[source.frames] = align(self.place, source.look, source.path, grid=grid)
        return self._maps[source.frames]

    def _fetched(self, source: Source, at: SamplingMap) -> FloatImage:
        if source.frames not in self._pictures:
            self._pictures[source.frames] = fetch(source.look, source.look.patches, at, spec=self.spec)
        return self._pictures[source.frames]

    def _clear(self, source: Source, grid: Grid) -> npt.NDArray[np.bool_]:
        """Whether nothing came before each pixel on the way to a source, bool over the place's rectangle."""
        clear = source.clear.astype(np.float32)
        return grid.over(self.place.rect, clear, cells=self.place.cells) > np.float32(0.5)

    def _error_if_still(self, other: Look) -> FloatPlane:
        rows, columns = self.place.rect.slices
        ring_hw = self.ring_hw if other.maps is None else self.ring_hw & (other.maps.known[rows, columns] > 0)
        difference = cv2.absdiff(other.gray[rows, columns], self.place.look.gray[rows, columns])
        square = np.asarray(difference, np.float32) ** 2 * ring_hw
        return _near_ring(self.cells.means(square), self.cells.means(ring_hw))

    def ring_error(
        self, rgb_hw3: FloatImage, ring_hw: npt.NDArray[np.bool_], share: FloatPlane
    ) -> FloatPlane:
        """Return the mean squared error on the ring around each cell, in squared 8-bit codes."""
        square = squared_length(rgb_hw3 - self.smooth_hw3) * ring_hw
        error = self.cells.means(square) * np.float32(_CODES2 / 3)
        return _near_ring(error, share)

    def path_error(self, source: Source, grid: Grid) -> FloatPlane:
        """Return by how much the round trips on the way missed, on the cells, in square pixels."""
        rect = self.place.rect
        middle = moved_map(self.cells.centres(self.cells.whole), rect.x, rect.y)
        return warp(source.path.error, grid.places(middle, within=self.place.cells))

    def carry_trust(self, source: Source, at: SamplingMap, *, grid: Grid) -> tuple[FloatPlane, FloatPlane]:
        """Say how far what is in another frame's hole may stand for what is in this one's.

        The logarithm of the error of carrying, over that of making it up anew, was fitted to evidence by
        ``benchmarks/trust.py``; the trust is a logistic function of it, biased towards carrying, since what
        is made up anew flickers.

        Returns:
            Float32 (h, w) over the place's rectangle, 0 to 1; 0 where the map leads out of the picture. And
            the mean squared error on the ring near every cell, in squared 8-bit codes.
        """
        height, width = source.look.gray.shape
        within = inside(at, height=height, width=width)
        evidence, error = self.carry_evidence(source, at, grid=grid)
        worse = weighed(evidence, CARRY_WEIGHTS)
        trust = np.minimum(1, 2 / (1 + np.exp(_CARRY_SLOPE * (worse + _CARRY_BIAS))))
        trust_hw = self.cells.enlarged(trust) * within
        return trust_hw, error

    def carry_evidence(
        self, source: Source, at: SamplingMap, *, grid: Grid
    ) -> tuple[npt.NDArray[np.float32], FloatPlane]:
        """Return the evidence for and against carrying, on the cells, and the error on the ring alone.

        Returns:
            Float32 (rows, columns, 6), natural logarithms: the errors of ring and path, the distance, the
            variance of the surroundings, the depth, and a constant 1.
        """
        ring_hw = self.ring_hw & visible(source.look, at)
        rgb_hw3 = self._fetched(source, at)
        error = self.ring_error(rgb_hw3, ring_hw, self.cells.means(ring_hw))
        evidence = [
            np.log(error + 2),
            np.log(self.path_error(source, grid) + np.float32(0.03)),
            np.full(error.shape, np.log(np.float32(source.distance_frames))),
            np.log(self.variance + 2),
            self.depth,
            np.ones_like(error),
        ]
        return np.stack(evidence, axis=2).astype(np.float32), error

    @cached_property
    def variance(self) -> FloatPlane:
        """How much the known surroundings of each cell vary, in squared 8-bit codes."""
        known_hw = ~self.hole_hw
        codes = luma(self.smooth_hw3) * known_hw
        weight = _blurred(self.cells.means(known_hw), _COLOUR_CELLS) + np.float32(1e-3)
        mean = _blurred(self.cells.means(codes), _COLOUR_CELLS) / weight
        square = _blurred(self.cells.means(codes**2), _COLOUR_CELLS) / weight
        return np.asarray(np.maximum(square - mean**2, 0) * np.float32(_CODES2), np.float32)

    @cached_property
    def depth(self) -> FloatPlane:
        """How far inside the hole each cell is, as the logarithm of pixels."""
        distance = cv2.distanceTransform(self.hole_hw.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_3)
        return np.asarray(np.log(self.cells.means(np.asarray(distance, np.float32)) + 1), np.float32)

    def _matched(
        self, rgb_hw3: FloatImage, ring_hw: npt.NDArray[np.bool_], share: FloatPlane
    ) -> tuple[FloatImage, FloatPlane]:
        """Match exposure and colour: add what the ring lacks, smoothly, and nothing far from it.

        Returns:
            The picture, and the mean square of what was added to each cell, in squared 8-bit codes.
        """
        lacking = weighted(self.smooth_hw3 - rgb_hw3, ring_hw)
        mean = _blurred(self.cells.means(lacking), _COLOUR_CELLS)
        weight = _blurred(share, _COLOUR_CELLS) + np.float32(_COLOUR_DOUBT)
        added = weighted(mean, 1 / weight)
        matched = squared_length(added) * np.float32(_CODES2 / 3)
        return np.asarray(rgb_hw3 + self.cells.enlarged(added), np.float32), matched


def _near_ring(error: FloatPlane, share: FloatPlane) -> FloatPlane:
    """Spread an error on the ring, of which cells hold a share, to all cells: the nearest counts."""
    far = (_blurred(error, _FAR_CELLS) + np.float32(0.5)) / (_blurred(share, _FAR_CELLS) + np.float32(0.01))
    near = _blurred(error, _NEAR_CELLS) + far * np.float32(_FEW)
    return np.asarray(near / (_blurred(share, _NEAR_CELLS) + np.float32(_FEW)), np.float32)


def weighed(evidence: npt.NDArray[np.float32], weights: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the sum over the last axis by weights; without BLAS, whose threads cost more than they save."""
    return np.asarray(np.einsum("...e,e->...", evidence, weights), np.float32)


def luma(rgb_hw3: FloatImage) -> FloatPlane:
    """Return about how bright pixels are, float32 (H, W)."""
    return np.asarray(cv2.cvtColor(rgb_hw3, cv2.COLOR_RGB2GRAY), np.float32)


def _blurred(values: FloatPlane, cells: float) -> FloatPlane:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), cells), np.float32)
