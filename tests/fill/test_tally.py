"""How much of a hole came from where."""

import numpy as np
from frame_factory import masked_frame

from rfr_video.fill.filler import Fill, FilledFrame, Origin
from rfr_video.fill.tally import Tally
from rfr_video.geometry import Rect

LEFT, RIGHT = Rect(10, 10, 20, 10), Rect(110, 60, 30, 21)


def filled(*fills, rects):
    masked = masked_frame(0, rects, merge_px=1)
    return FilledFrame(masked.frame, masked.hole, tuple(fills))


def picture(rect):
    """Zeros of a region, which is aligned to chroma samples, so one column or row more may be in."""
    return np.zeros((rect.height + rect.height % 2, rect.width + rect.width % 2, 3), np.float32)


def test_a_frame_without_a_hole_has_no_tally():
    assert Tally.of(filled(rects=())) is None


def test_every_region_counts_for_its_origin_by_the_samples_of_the_mask():
    fills = (
        Fill.of_one(picture(LEFT), Origin.BORROWED, confidence=0.5),
        Fill.of_one(picture(RIGHT), Origin.SYNTHESISED),
    )
    tally = Tally.of(filled(*fills, rects=(LEFT, RIGHT)))
    assert tally.samples == (0, 200, 0, 630)
    assert np.isclose(tally.confidence, 0.5 * 200 / 830)


def test_shares_are_summed_and_what_lies_outside_the_hole_does_not_count():
    rgb = picture(RIGHT)
    origin = np.full((*rgb.shape[:2], 4), 1000, np.float32)
    confidence = np.full(rgb.shape[:2], 1000, np.float32)
    origin[: RIGHT.height, : RIGHT.width] = (0.25, 0, 0.75, 0)
    origin[:10, : RIGHT.width] = (0, 1, 0, 0)
    confidence[: RIGHT.height, : RIGHT.width] = 0.2
    tally = Tally.of(filled(Fill(rgb, origin, confidence), rects=(RIGHT,)))
    borrowed, rest = 10 * 30, 11 * 30
    assert tally.samples == (round(rest / 4), borrowed, round(rest * 3 / 4), 0)
    assert np.isclose(tally.confidence, 0.2)


def test_rounded_counts_still_add_up_to_the_hole():
    rgb = picture(LEFT)
    origin = np.broadcast_to(np.float32([0.3325, 0.3325, 0.335, 0]), (*rgb.shape[:2], 4)).copy()
    tally = Tally.of(filled(Fill(rgb, origin, np.zeros(rgb.shape[:2], np.float32)), rects=(LEFT,)))
    assert sum(tally.samples) == 200
