"""Unions and spans of masks."""

from fractions import Fraction

import numpy as np
import pytest

from rfr_video.masking.combine import SpannedMask, UnionMask
from rfr_video.masking.still import StillMask
from rfr_video.timecode import Instant, Span


@pytest.fixture
def second_half(square):
    """A square from frame 5 on."""
    return SpannedMask(StillMask(square(30)), Span(Instant(frame=5)))


def test_a_union_fills_what_any_of_its_parts_fills(square, second_half, moments):
    union = UnionMask([StillMask(square(0)), second_half])
    given = [union.mask_at(moment) for moment in moments]
    assert np.array_equal(given[4], square(0))
    assert np.array_equal(given[5], square(0) | square(30))
    assert given[0] is given[4]
    assert given[5] is given[9]


def test_a_union_of_one_mask_is_that_mask(square, nothing, moments):
    mask = square()
    assert UnionMask([StillMask(nothing), StillMask(mask)]).mask_at(moments[0]) is mask


def test_a_union_is_empty_when_all_its_parts_are(square, nothing, moments):
    assert UnionMask([StillMask(nothing)] * 2).is_empty()
    assert UnionMask([StillMask(nothing)] * 2).mask_at(moments[0]) is None
    assert not UnionMask([StillMask(nothing), StillMask(square())]).is_empty()


def test_outside_the_span_there_is_no_mask(square, moments):
    span = Span(Instant(seconds=Fraction(2, 25)), Instant(frame=4))
    masks = SpannedMask(StillMask(square()), span)
    assert [masks.mask_at(moment) is not None for moment in moments[:6]] == [
        False,
        False,
        True,
        True,
        False,
        False,
    ]


def test_a_span_that_ends_where_it_starts_is_empty(square):
    still = StillMask(square())
    assert SpannedMask(still, Span(Instant(frame=3), Instant(frame=3))).is_empty()
    assert not SpannedMask(still, Span(Instant(frame=3), Instant(frame=4))).is_empty()
