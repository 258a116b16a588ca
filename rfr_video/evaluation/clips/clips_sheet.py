"""A sheet of pictures: per case what was burned in, what was there, and what every method made of it."""

from rfr_video.evaluation.clips.measure import MeasuredCase
from rfr_video.evaluation.clips.scoring import bounds
from rfr_video.evaluation.metrics import Picture
from rfr_video.evaluation.picture_rows import PictureRows
from rfr_video.geometry import Rect

LEAST_MARGIN_PX = 24
LEAST_WIDTH_PX = 200
"""Smaller parts are enlarged, pixel by pixel, at least to this."""

GREY = 128


class ClipsSheet:
    """Collects a row per case: the hole with some of its surroundings, in a frame from the middle."""

    def __init__(self) -> None:
        self._rows = PictureRows()

    def add(self, case: MeasuredCase) -> None:
        """Add a row; a method without figures is grey."""
        part = _part(case).slices
        first = case.scores[0]
        cells = [(f"{first.clip.stem}, {first.overlay}", case.burned_hw3[part])]
        cells.append(("clean", case.truth_hw3[part]))
        for one, fill_hw3 in zip(case.scores, case.fills, strict=True):
            if fill_hw3 is None or one.hole_psnr_db is None:
                cells.append((f"{one.method}, n/a", _grey(case.truth_hw3[part])))
            else:
                cells.append((f"{one.method}, {one.hole_psnr_db:.1f} dB", fill_hw3[part]))
        self._rows.add([(caption, _enlarged(picture_hw3)) for caption, picture_hw3 in cells])

    def encode(self) -> bytes:
        """Return the sheet as PNG; at least one row must be there."""
        return self._rows.encode()


def _part(case: MeasuredCase) -> Rect:
    """Return the hole's bounding box, grown by half of its shorter side, 24 pixels at least."""
    height, width = case.hole_hw.shape
    box = bounds(case.hole_hw)
    margin = max(min(box.width, box.height) // 2, LEAST_MARGIN_PX)
    return box.grown(margin, within=Rect(0, 0, width, height))


def _enlarged(picture_hw3: Picture) -> Picture:
    factor = -(-LEAST_WIDTH_PX // picture_hw3.shape[1])
    return picture_hw3.repeat(factor, axis=0).repeat(factor, axis=1)


def _grey(picture_hw3: Picture) -> Picture:
    grey_hw3 = picture_hw3.copy()
    grey_hw3[:] = GREY
    return grey_hw3
