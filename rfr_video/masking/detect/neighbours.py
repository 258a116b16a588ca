"""Every picture between two others of its shot, which are brought to where it is: what defects are told by.

What is seen for one picture only is compared with what was there before and is there again afterwards. Motion
is measured at a small size, from which what is thin has been filtered; exposure is matched, since film
flickers. Nothing is compared across a cut.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import cv2
import numpy as np

from rfr_video.masking.detect.planes import BytePlane, Planes
from rfr_video.media.hole import Mask
from rfr_video.motion.completion import spread
from rfr_video.motion.flow import DisFlow, DisPreset, Flow, FlowEstimator
from rfr_video.motion.grid import FloatPlane
from rfr_video.motion.shots import ShotDetector, Thumbnail, shots
from rfr_video.motion.thumbnail import thumbnail
from rfr_video.motion.warp import SamplingMap, identity_map, inside, warp

LOOK_AHEAD_FRAMES = 5
"""Three to see cuts coming, and two for the first picture of a shot."""

WORKING_PX = 100_000
_THIN_PX = 5  # a median over so many pixels takes what is half as thin from the picture
_OUTLIERS_PX = 5
_EXPOSURE_BLOCKS = 5  # to a side: exposure is matched over so large parts of the picture
_LEAST_BLOCK_PX = 20
_LEAST_EXPOSURE = 1.0
_MOST_AROUND = 4
_MISTAKEN_CODES, _MISTAKEN_PX = 12, (17, 5)


@dataclass(frozen=True, eq=False)
class Compared:
    """A picture, and two others of its shot as they would look at its moment.

    Attributes:
        picture: The picture.
        others: The ones before and after it; of the first or last picture of a shot the next two. ``None``
            where the shot has fewer than three pictures.
        is_between: Whether one of them comes before it and one after it.
        small: The luma of the picture and of the others, small and without what is thin; likewise ``None``.
        around: Brings others as well; likewise ``None``.
    """

    picture: Planes
    others: tuple[Planes, Planes] | None
    is_between: bool = False
    small: tuple[BytePlane, BytePlane, BytePlane] | None = None
    around: "Around | None" = None


class Around(Protocol):
    """The pictures next to one, up to four, for a closer look at a part of it."""

    def luma(self, rows: slice, *, hole: Mask) -> list[BytePlane]:
        """Return some rows of the others' luma as they would look at the picture's moment, the nearest first.

        Args:
            rows: Of the picture.
            hole: Uint8 of the size of :attr:`Compared.small`, 1 where motion cannot be measured: there it is
                completed from what is around.
        """
        ...


def compared(
    pictures: Iterable[Planes],
    estimator: FlowEstimator | None = None,
    *,
    interpolation: int = cv2.INTER_NEAREST,
    beyond_borders: bool = True,
) -> Iterator[Compared]:
    """Give every picture its neighbours, in order; looks ahead by :data:`LOOK_AHEAD_FRAMES`.

    Args:
        pictures: All of one size.
        estimator: Of motion; the fastest of OpenCV's DIS by default.
        interpolation: OpenCV's, between the samples of the others.
        beyond_borders: Let the samples at a picture's border stand for what lies beyond. Otherwise the others
            show there what the picture shows, and nothing stands out.
    """
    comparison = _Comparison(
        estimator or DisFlow(DisPreset.ULTRAFAST), interpolation=interpolation, beyond_borders=beyond_borders
    )
    looks = (_Look.of(picture) for picture in pictures)
    window: deque[_Look] = deque()
    done = 0  # how many in the window were given out
    for look, verdict in shots(looks, seen=_seen, detector=ShotDetector()):
        if verdict.starts_shot:
            for at in range(done, len(window)):
                yield comparison.at(window, at)
            window.clear()
            done = 0
        window.append(look)
        if len(window) - done > 2:
            yield comparison.at(window, done)
            done += 1
            if done > 2:
                window.popleft()
                done -= 1
    for at in range(done, len(window)):
        yield comparison.at(window, at)


@dataclass(frozen=True, eq=False)
class _Look:
    """A picture, and a small one to measure motion on."""

    picture: Planes
    small: BytePlane

    @classmethod
    def of(cls, picture: Planes) -> "_Look":
        height, width = picture.luma.shape
        scale = min(1.0, (WORKING_PX / (height * width)) ** 0.5)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.medianBlur(picture.luma, _THIN_PX)
        while small.shape[0] >= 2 * size[1] and small.shape[1] >= 2 * size[0]:  # means of four are cheap
            half = (small.shape[1] // 2, small.shape[0] // 2)
            small = cv2.resize(small, half, interpolation=cv2.INTER_AREA)
        return cls(picture, np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_AREA), np.uint8))


class _Comparison:
    """Brings pictures to where others are; measures no motion twice."""

    def __init__(self, estimator: FlowEstimator, *, interpolation: int, beyond_borders: bool) -> None:
        self._estimator = estimator
        self._interpolation = interpolation
        self._beyond_borders = beyond_borders

    def at(self, window: deque[_Look], at: int) -> Compared:
        look = window[at]
        if len(window) < 3:
            return Compared(look.picture, None)
        nearest = sorted(range(len(window)), key=lambda other: abs(other - at))[1 : _MOST_AROUND + 1]
        looks = [window[index] for index in nearest]
        first, second = (_moved(other, look, self._estimator) for other in looks[:2])
        return Compared(
            look.picture,
            (self._brought(first, to=look), self._brought(second, to=look)),
            is_between=0 < at < len(window) - 1,
            small=(look.small, first.small, second.small),
            around=_Around(look, looks, [first, second], self._estimator),
        )

    def _brought(self, other: "_Moved", *, to: _Look) -> Planes:
        flow, picture = other.flow, other.look.picture
        exposure = _exposure(other.small, to.small)
        beyond = None if self._beyond_borders else _beyond(flow)
        moved = partial(warp, interpolation=self._interpolation)
        luma = moved(picture.luma, _map(flow, picture.luma.shape))
        chroma: tuple[BytePlane, ...] = ()
        if picture.chroma:
            at = _map(flow, picture.chroma[0].shape)
            pairs = zip(picture.chroma, to.picture.chroma, strict=True)
            chroma = tuple(_replaced(moved(plane, at), here, where=beyond) for plane, here in pairs)
        if np.abs(exposure).max() > _LEAST_EXPOSURE:
            height, width = luma.shape
            whole = np.asarray(cv2.resize(exposure, (width, height)), np.float32)
            luma = np.clip(np.rint(luma + whole), 0, 255).astype(np.uint8)
        return Planes(_replaced(luma, to.picture.luma, where=beyond), chroma)


@dataclass(frozen=True, eq=False)
class _Moved:
    """Another picture, where what is seen of a picture is in it, and its small one moved accordingly."""

    look: _Look
    flow: Flow
    small: BytePlane


@dataclass(frozen=True, eq=False)
class _Around:
    """See :class:`Around`; the flow to the nearest ones is at hand."""

    look: _Look
    others: Sequence[_Look]
    near: Sequence[_Moved]
    estimator: FlowEstimator

    def luma(self, rows: slice, *, hole: Mask) -> list[BytePlane]:
        brought: list[BytePlane] = []
        for index, other in enumerate(self.others):
            moved = self.near[index] if index < len(self.near) else _moved(other, self.look, self.estimator)
            known = (cv2.max(hole, _mistaken(moved.small, self.look.small)) == 0).astype(np.float32)
            at = _map(spread(moved.flow, known), other.picture.luma.shape)[rows]
            brought.append(warp(other.picture.luma, at, interpolation=cv2.INTER_NEAREST))
        return brought


def _moved(other: _Look, to: _Look, estimator: FlowEstimator) -> _Moved:
    flow = _without_outliers(estimator.flow(to.small, other.small))
    height, width = to.small.shape
    return _Moved(other, flow, warp(other.small, identity_map(height, width) + flow))


def _mistaken(moved: BytePlane, small: BytePlane) -> Mask:
    """Return where a picture that was moved to another one does not look like it in most of its samples."""
    _, differs = cv2.threshold(cv2.absdiff(moved, small), _MISTAKEN_CODES, 255, cv2.THRESH_BINARY)
    share = cv2.blur(differs, _MISTAKEN_PX)
    return np.asarray(cv2.threshold(share, 127, 1, cv2.THRESH_BINARY)[1], np.uint8)


def _beyond(flow: Flow) -> Mask | None:
    """Return where flow leads out of the picture, uint8 of its size, 255 there; ``None`` if it never does."""
    height, width = flow.shape[:2]
    is_inside = inside(identity_map(height, width) + flow, height=height, width=width)
    return None if is_inside.all() else np.where(is_inside, 0, 255).astype(np.uint8)


def _replaced(plane: BytePlane, by: BytePlane, *, where: Mask | None) -> BytePlane:
    if where is None:
        return plane
    height, width = plane.shape
    whole = cv2.resize(where, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.copyTo(by, whole, plane), np.uint8)


def _without_outliers(flow: Flow) -> Flow:
    """Smooth flow by medians: a defect leads it astray where it is, and seldom farther."""
    x, y = (cv2.medianBlur(np.ascontiguousarray(flow[:, :, axis]), _OUTLIERS_PX) for axis in (0, 1))
    return np.asarray(cv2.merge([x, y]), np.float32)


def _exposure(moved: BytePlane, small: BytePlane) -> FloatPlane:
    """Return by how much a picture is brighter than another one where it is: medians of large blocks."""
    height, width = small.shape
    step = max(1, min(height, width) // (_EXPOSURE_BLOCKS * _LEAST_BLOCK_PX))
    difference = small[::step, ::step].astype(np.int16) - moved[::step, ::step]
    height, width = difference.shape
    rows, columns = (max(1, side // _EXPOSURE_BLOCKS) for side in (height, width))
    down, across = height // rows, width // columns
    blocks = difference[: down * rows, : across * columns].reshape(down, rows, across, columns)
    medians = np.median(blocks.swapaxes(1, 2).reshape(down, across, -1), axis=2)
    return np.asarray(medians, np.float32)


def _map(flow: Flow, shape: tuple[int, ...]) -> SamplingMap:
    """Return where to fetch the samples of a plane of a shape, by flow that was measured at another size."""
    height, width = shape
    rows, columns = flow.shape[:2]
    scaled = cv2.transform(flow, np.diag([width / columns, height / rows]))
    at = np.asarray(cv2.resize(scaled, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    at += identity_map(height, width)
    return at


def _seen(look: _Look) -> tuple[Thumbnail, None]:
    return thumbnail(look.small), None
