"""Lines of text: letters of about the same height, stroke and tone, side by side on one base line."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rfr_video.geometry import Rect
from rfr_video.masking.detect.text.letters import Floats, Letters
from rfr_video.masking.detect.text.strokes import Gray, Polarity

LEAST_LETTERS = 3
_LEAST_LENGTH = 1.8  # of the height
_FARTHEST = 2.6  # gap between two letters or words, of the height
_OVERLAPPING = -0.4  # a gap of an italic's letters
_LEVEL = 0.3  # how far tops or bottoms may differ, of the height
_HEIGHTS = 0.42  # the smaller to the larger: a low letter beside a high one
_STROKES = 0.45
_TONES = 40.0  # of 255
_ON_LINE = 0.16
_ALIKE_HEIGHT = (0.6, 1.45)

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Line:
    """A line of text.

    Attributes:
        rect: Around its letters.
        polarity: Whether it is brighter or darker than what is around it.
        letters: How many there are; ones that touch count once.
        height_px: The median of their heights.
        stroke_px: The median width of their strokes.
        tone: The median of their tones, 0 to 255.
        likeness: How much it looks like text, 0 to 1.
        strokes: Uint8 (H, W) of the rectangle, 255 = stroke.
    """

    rect: Rect
    polarity: Polarity
    letters: int
    height_px: float
    stroke_px: float
    tone: float
    likeness: float
    strokes: Gray


def lines(found: Letters) -> list[Line]:
    """Group letters to lines; what is too short to be told from texture is left out."""
    if len(found) < LEAST_LETTERS:
        return []
    first, second = _neighbours(found)
    groups = _groups(len(found), first, second)
    return [line for members in groups if (line := _line(found, members)) is not None]


def _neighbours(found: Letters) -> tuple[Indices, Indices]:
    """Return pairs of letters that may stand side by side."""
    height = found.height.astype(np.float32)
    taller = np.maximum(height[:, None], height[None, :])
    gap = found.left[None, :] - found.right[:, None]
    near = (gap <= _FARTHEST * taller) & (gap >= _OVERLAPPING * taller)
    near &= np.tri(len(found), k=-1, dtype=np.bool_).T
    first, second = np.nonzero(near)
    tall = np.maximum(height[first], height[second])
    level = np.minimum(
        np.abs(found.bottom[first] - found.bottom[second]), np.abs(found.top[first] - found.top[second])
    )
    overlap = np.minimum(found.bottom[first], found.bottom[second]) - np.maximum(
        found.top[first], found.top[second]
    )
    stroke = found.stroke_px
    good = (
        (level <= np.maximum(_LEVEL * tall, 1.5))
        & (overlap >= 0.5 * np.minimum(height[first], height[second]))
        & (np.minimum(height[first], height[second]) >= _HEIGHTS * tall)
        & (np.minimum(stroke[first], stroke[second]) >= _STROKES * np.maximum(stroke[first], stroke[second]))
        & (np.abs(found.tone[first] - found.tone[second]) <= _TONES)
    )
    return first[good], second[good]


def _groups(count: int, first: Indices, second: Indices) -> list[Indices]:
    """Return the connected groups, large enough to be lines, of a graph of ``count`` letters."""
    group = np.arange(count)
    while True:
        lower = group.copy()
        np.minimum.at(lower, first, group[second])
        np.minimum.at(lower, second, group[first])
        lower = lower[lower]
        if np.array_equal(lower, group):
            break
        group = lower
    sizes = np.bincount(group, minlength=count)
    return [np.flatnonzero(group == one) for one in np.flatnonzero(sizes >= LEAST_LETTERS)]


def _line(found: Letters, members: Indices) -> Line | None:
    members = _on_one_line(found, members)
    if len(members) < LEAST_LETTERS:
        return None
    left, right = int(found.left[members].min()), int(found.right[members].max())
    top, bottom = int(found.top[members].min()), int(found.bottom[members].max())
    height = float(np.median(found.height[members]))
    if right - left < _LEAST_LENGTH * height or bottom - top > 2.5 * height:
        return None
    labels = found.labels[top:bottom, left:right]
    strokes = np.isin(labels, found.label[members]).view(np.uint8) * np.uint8(255)
    return Line(
        Rect.from_edges(left, top, right, bottom),
        found.polarity,
        len(members),
        height,
        float(np.median(found.stroke_px[members])),
        float(np.median(found.tone[members])),
        _likeness(found, members),
        strokes,
    )


def _on_one_line(found: Letters, members: Indices) -> Indices:
    """Leave out what stands neither on the base line nor reaches up to the same height as the others."""
    height = np.median(found.height[members])
    middle = (found.top[members] + found.bottom[members]) / 2
    return members[np.abs(middle - np.median(middle)) <= 0.6 * height]


def _likeness(found: Letters, members: Indices) -> float:
    """Judge how regular letters are: heights, base line, strokes, tones, and how many they are."""
    heights = found.height[members].astype(np.float32)
    height = float(np.median(heights))
    alike = np.mean((heights >= _ALIKE_HEIGHT[0] * height) & (heights <= _ALIKE_HEIGHT[1] * height))
    on_line = _share_level(found.bottom[members], height)
    capped = _share_level(found.top[members], height)
    stroke = _spread(found.stroke_px[members])
    tone = _spread(found.tone[members], unit=1.0)
    length = float(found.right[members].max() - found.left[members].min())
    dense = float((found.right[members] - found.left[members]).sum()) / max(length, 1.0)
    many = 1.0 - 0.5 ** ((len(members) - 1) / 2)
    regular = float(alike) * max(on_line, capped) * np.exp(-2.0 * stroke) * np.exp(-tone / 40.0)
    return float(many * regular**0.5 * min(1.0, dense / 0.35))


def _share_level(edges: npt.NDArray[np.int32], height: float) -> float:
    """Return the share of edges that lie on the level where most do."""
    apart = np.abs(edges[:, None] - edges[None, :]) <= max(_ON_LINE * height, 1.0)
    return float(apart.mean(axis=1).max())


def _spread(values: Floats, *, unit: float | None = None) -> float:
    """Return the median distance from the median, in units, which are the median itself by default."""
    middle = float(np.median(values))
    return float(np.median(np.abs(values - middle))) / (unit or max(middle, 1e-6))
