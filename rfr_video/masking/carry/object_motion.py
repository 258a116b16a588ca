"""Where an object went from one picture to the next: as a whole first, then pixel by pixel around it."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.geometry import Rect
from rfr_video.masking.carry.distance import REACH_PX, Distance, bounds, nowhere
from rfr_video.masking.carry.look import WorkingPicture
from rfr_video.motion.flow import LEAST_SIDE_PX, FlowEstimator
from rfr_video.motion.warp import identity_map, round_trip_px

Shift = tuple[int, int]

_TEMPLATE_PX = 64
_LEAST_SCALE = 0.2
_SEARCH = (0.08, 24)  # share of the picture's width, and pixels, that an object may go in a frame
_MARGIN = (0.25, 32)  # share of the object's size, and pixels, around it where flow is measured
_CALM_PX, _CALM_LEVELS = 2.0, (4.0, 16.0)


@dataclass(frozen=True)
class Moved:
    """A mask, moved along with its object.

    Attributes:
        distance: Of the mask, by motion alone.
        trust: Float32 (H, W), 0 to 1: whether motion is consistent and explains the picture.
        shift: How far the object went as a whole, in pixels.
        drift: The same by flow: the median over the object, in fractions of pixels.
    """

    distance: Distance
    trust: npt.NDArray[np.float32]
    shift: Shift
    drift: tuple[float, float]


def move(
    distance: Distance,
    *,
    seen: WorkingPicture,
    now: WorkingPicture,
    estimator: FlowEstimator,
    expected: Shift,
) -> Moved:
    """Move a mask from one picture to the next.

    Args:
        distance: Of the mask in ``seen``.
        seen: The picture that the mask belongs to.
        now: The next picture, of the same size.
        estimator: Measures flow around the object.
        expected: How far the object went from the picture before.
    """
    height, width = distance.shape
    box = bounds(distance > 0)
    if box is None:
        return Moved(nowhere(height, width), np.ones((height, width), np.float32), (0, 0), (0.0, 0.0))
    shift = object_shift(seen, now, inside=distance > 0, box=box, expected=expected)
    margin = round(_MARGIN[0] * max(box.width, box.height)) + _MARGIN[1]
    there = Rect(box.x + shift[0] - margin, box.y + shift[1] - margin, box.width, box.height)
    part = Rect.from_edges(
        max(there.x, 0),
        max(there.y, 0),
        min(there.right + 2 * margin, width),
        min(there.bottom + 2 * margin, height),
    )
    if min(part.width, part.height) < LEAST_SIDE_PX:
        return Moved(distance, np.full((height, width), 0.5, np.float32), (0, 0), (0.0, 0.0))
    before = _cut(seen.gray, part, shift=shift)
    after = np.ascontiguousarray(now.gray[part.slices])
    backward, forward = estimator.flow(after, before), estimator.flow(before, after)
    at = identity_map(part.height, part.width) + backward
    fetched = cv2.remap(before, at[:, :, 0], at[:, :, 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    residue = cv2.GaussianBlur(cv2.absdiff(fetched, after).astype(np.float32), (0, 0), 1.5)
    trust = np.exp(-np.minimum(round_trip_px(backward, forward) / _CALM_PX, 4))
    trust *= np.exp(-np.maximum(residue - _CALM_LEVELS[0], 0) / _CALM_LEVELS[1])
    at += np.array([part.x - shift[0], part.y - shift[1]], np.float32)
    moved, trusted = nowhere(height, width), np.ones((height, width), np.float32)
    moved[part.slices] = cv2.remap(
        distance,
        at[:, :, 0],
        at[:, :, 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(-REACH_PX,),
    )
    trusted[part.slices] = trust
    on_object = backward[moved[part.slices] > 0]
    still = np.zeros(2, np.float32) if not len(on_object) else np.median(on_object, axis=0)
    return Moved(moved, trusted, shift, (shift[0] - float(still[0]), shift[1] - float(still[1])))


def object_shift(
    seen: WorkingPicture,
    now: WorkingPicture,
    *,
    inside: npt.NDArray[np.bool_],
    box: Rect,
    expected: Shift,
) -> Shift:
    """Find how far the object went as a whole, by matching its pixels at a coarse scale.

    Flow alone loses what moves farther than its own size.

    Args:
        seen: The picture with the object.
        now: The next picture.
        inside: The object's pixels in ``seen``, (H, W).
        box: Their bounding box.
        expected: Preferred among places that match alike.

    Returns:
        Pixels to the right and down.
    """
    scale = min(1.0, max(_TEMPLATE_PX / max(box.width, box.height), _LEAST_SCALE))
    reach = round(max(_SEARCH[0] * now.rect.width, _SEARCH[1]))
    cut = box.grown(3, within=seen.rect)
    area = cut.grown(reach, within=now.rect)
    template = _shrunk(seen.rgb[cut.slices], scale)
    weights = _shrunk(inside[cut.slices].view(np.uint8), scale)
    searched = _shrunk(now.rgb[area.slices], scale)
    if weights.sum() < 8 or searched.shape[0] < template.shape[0] or searched.shape[1] < template.shape[1]:
        return (0, 0)
    stacked = np.ascontiguousarray(np.repeat(weights[:, :, np.newaxis], 3, axis=2))
    costs = cv2.matchTemplate(searched, template, cv2.TM_SQDIFF, mask=stacked) / weights.sum()
    shifts_x = np.arange(costs.shape[1], dtype=np.float32) / scale - (cut.x - area.x)
    shifts_y = np.arange(costs.shape[0], dtype=np.float32) / scale - (cut.y - area.y)
    surprise = np.hypot(shifts_x[np.newaxis] - expected[0], shifts_y[:, np.newaxis] - expected[1])
    costs = costs + 0.01 * surprise * np.sqrt(max(float(np.median(costs)), 1.0))
    row, column = divmod(int(np.argmin(costs)), costs.shape[1])
    return round(float(shifts_x[column])), round(float(shifts_y[row]))


def _shrunk(image: npt.NDArray[np.uint8], scale: float) -> npt.NDArray[np.float32]:
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    small = cv2.resize(np.ascontiguousarray(image).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _cut(gray: npt.NDArray[np.uint8], part: Rect, *, shift: Shift) -> npt.NDArray[np.uint8]:
    """Cut a part out that lies ``shift`` before where it is said; beyond the picture its border goes on."""
    offset = np.array([[1, 0, part.x - shift[0]], [0, 1, part.y - shift[1]]], np.float32)
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    size = (part.width, part.height)
    cut = cv2.warpAffine(gray, offset, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, np.uint8)
