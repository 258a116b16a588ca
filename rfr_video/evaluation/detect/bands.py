"""Head switching drawn by the program: the torn, noisy band at the bottom of pictures, and where it is.

A video recorder changes from one of its heads to the next a few lines before a field ends. From there on
lines begin at wrong times, most of all the first ones, and there are noise, more light, and little or wrong
colour. The place stays, but for a line or so from field to field. Some captures have black lines below.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.evaluation.detect.damage import Damage
from rfr_video.masking.detect.planes import BytePlane
from rfr_video.media.fields import LINE_PX, Parity
from rfr_video.media.hole import Mask

_LINES = 480  # one line of a picture of so many rows is one row
_HEIGHTS = (4, 24)
_BLACK_LINES = (1, 8)
_BLACK_CHANCE, _WHOLE_CHANCE, _GRAY_CHANCE = 0.3, 0.4, 0.5
_SHEARS, _WOBBLES = (6.0, 90.0), (0.5, 6.0)
_DECAYS = (1.5, 8.0)
_GRAINS, _LIFTS = (6.0, 50.0), (0.0, 60.0)
_LARGEST_TINT = 25.0
_GRAIN_PX = 1.2
_BLACK, _GRAY = 16, 128


@dataclass(frozen=True, kw_only=True)
class Band:
    """What head switching does to the pictures of a clip.

    Attributes:
        lines: Its height, the black lines below left out.
        black_lines: How many lines below are black.
        is_whole: Whether frames are progressive, made of fields by a deinterlacer; else fields differ.
        jitter_lines: By how many lines of a field the upper edge may lie lower.
        shear_px: How far the first line is displaced; the lines below less.
        decay_lines: After so many lines of a field the displacement is down to 37 %.
        wobble_px: How far lines are displaced at random.
        grain_codes: Standard deviation of the noise.
        lift_codes: How much brighter it is.
        colour: What is left of the colour, 0 to 1.
        tints: What is added to Cb and Cr.
    """

    lines: int
    black_lines: int
    is_whole: bool
    jitter_lines: int
    shear_px: float
    decay_lines: float
    wobble_px: float
    grain_codes: float
    lift_codes: float
    colour: float
    tints: tuple[float, float]


def draw_band(generator: np.random.Generator, *, height: int) -> Band:
    """Draw the head switching of a clip of so many rows."""
    scale = height / _LINES
    has_black = generator.random() < _BLACK_CHANCE
    low, high = _HEIGHTS
    return Band(
        lines=max(2, round(scale * float(generator.uniform(low, high)))),
        black_lines=round(scale * float(generator.uniform(*_BLACK_LINES))) if has_black else 0,
        is_whole=bool(generator.random() < _WHOLE_CHANCE),
        jitter_lines=int(generator.integers(0, 2)),
        shear_px=scale * float(generator.uniform(*_SHEARS) * generator.choice([-1, 1])),
        decay_lines=scale * float(generator.uniform(*_DECAYS)),
        wobble_px=scale * float(generator.uniform(*_WOBBLES)),
        grain_codes=float(generator.uniform(*_GRAINS)),
        lift_codes=float(generator.uniform(*_LIFTS)),
        colour=0.0 if generator.random() < _GRAY_CHANCE else float(generator.uniform(0.3, 1)),
        tints=(
            float(generator.uniform(-_LARGEST_TINT, _LARGEST_TINT)),
            float(generator.uniform(-_LARGEST_TINT, _LARGEST_TINT)),
        ),
    )


class BandBurn:
    """Draws head switching into pictures: of one kind into all of a clip, whose numbers begin with 0."""

    def __call__(self, number: int, planes: Sequence[BytePlane], generator: np.random.Generator) -> Damage:
        """Draw it into the picture of a number; see :func:`burn_band`."""
        if number == 0:
            self._band = draw_band(generator, height=planes[0].shape[0])
        mask = burn_band(planes, self._band, generator)
        return Damage(mask, touched=mask)


def burn_band(planes: Sequence[BytePlane], band: Band, generator: np.random.Generator) -> Mask:
    """Draw head switching into a picture.

    Args:
        planes: Y, and Cb and Cr if there are any, uint8 (H, W) each; written to.
        band: What to draw.
        generator: Of its noise.

    Returns:
        Where it is: uint8 (H, W), 255 from its upper edge to the last row.
    """
    height = planes[0].shape[0]
    mask = np.zeros(planes[0].shape, np.uint8)
    bottom = height - band.black_lines
    if band.is_whole:
        lower = int(generator.integers(0, band.jitter_lines + 1))
        _tear(planes, slice(bottom - band.lines + 2 * lower, bottom), band, generator)
        _blend_lines(planes, bottom - band.lines + 2 * lower, bottom)
        mask[bottom - band.lines + 2 * lower :] = 255
    else:
        for parity in Parity:
            lower = int(generator.integers(0, band.jitter_lines + 1))
            first = bottom - band.lines + 2 * lower
            first += (first - parity) % 2
            _tear(planes, slice(first, bottom, 2), band, generator)
            mask[first::2] = 255
    if band.black_lines:
        for plane, level in zip(planes, (_BLACK, _GRAY, _GRAY), strict=False):
            plane[-(-bottom * plane.shape[0] // height) :] = level
    return mask


def _tear(planes: Sequence[BytePlane], rows: slice, band: Band, generator: np.random.Generator) -> None:
    """Displace and spoil some rows of the luma, and the chroma that belongs to them."""
    height, width = planes[0].shape
    begins = float(generator.uniform(0, 0.5))  # in the middle of the first line
    spoilt: set[int] = set()
    for count, row in enumerate(range(height)[rows]):
        field_lines = count * (1 if rows.step else 0.5)
        by = band.shear_px * float(np.exp(-field_lines / band.decay_lines))
        by += band.wobble_px * float(generator.standard_normal())
        start = begins if count == 0 else 0.0
        line = _displaced(planes[0][row], by, _BLACK) + np.float32(band.lift_codes)
        _put(planes[0], row, line + _grain(generator, width, band.grain_codes), start)
        at = _chroma_row(row, planes) if planes[1:] else 0
        if at in spoilt:
            continue
        spoilt.add(at)
        for plane, tint in zip(planes[1:], band.tints, strict=False):
            line = _displaced(plane[at], by * plane.shape[1] / width, _GRAY) - np.float32(_GRAY)
            line = line * np.float32(band.colour) + np.float32(tint + _GRAY)
            _put(plane, at, line + _grain(generator, plane.shape[1], band.grain_codes / 3), start)


def _chroma_row(row: int, planes: Sequence[BytePlane]) -> int:
    """Return the chroma row that belongs to a luma row, of the same field."""
    if planes[1].shape[0] == planes[0].shape[0]:
        return row
    return min(row // (2 * LINE_PX) * LINE_PX + row % LINE_PX, planes[1].shape[0] - 1)


def _put(plane: BytePlane, row: int, line: npt.NDArray[np.float32], start: float) -> None:
    """Put a line into a plane, from a part of its length on."""
    first = round(start * len(line))
    plane[row, first:] = np.clip(np.rint(line[first:]), 0, 255).astype(np.uint8)


def _displaced(line: BytePlane, by_px: float, level: int) -> npt.NDArray[np.float32]:
    """Move a line to the right; what comes in is blank."""
    moved = np.full(line.shape, level, np.float32)
    by = max(-len(line), min(round(by_px), len(line)))
    if by >= 0:
        moved[by:] = line[: len(line) - by]
    else:
        moved[:by] = line[-by:]
    return moved


def _blend_lines(planes: Sequence[BytePlane], top: int, bottom: int) -> None:
    """Smooth what is torn from line to line, as a deinterlacer does."""
    for plane in planes:
        scale = plane.shape[0] / planes[0].shape[0]
        rows = slice(round(top * scale), round(bottom * scale))
        if rows.stop > rows.start:
            kernel = np.array([[0.25], [0.5], [0.25]], np.float32)
            smooth = cv2.filter2D(plane[rows], -1, kernel, borderType=cv2.BORDER_REPLICATE)
            plane[rows] = np.asarray(smooth, np.uint8)


def _grain(generator: np.random.Generator, length: int, codes: float) -> npt.NDArray[np.float32]:
    noise = generator.standard_normal((1, length), np.float32)
    smooth = np.asarray(cv2.GaussianBlur(noise, (0, 0), _GRAIN_PX), np.float32)
    return smooth[0] / np.float32(max(float(smooth.std()), 1e-3)) * np.float32(codes)
