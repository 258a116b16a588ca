"""Rectangles and boxes."""

import pytest

from rfr_video.errors import MaskError, UsageError
from rfr_video.geometry import Box, Rect, merge_overlapping

PICTURE = Rect(0, 0, 101, 51)


def test_negative_box_counts_from_the_right_and_bottom_edge():
    assert Box.parse("-20,-10,20,10").resolve(PICTURE) == Rect(81, 41, 20, 10)


@pytest.mark.parametrize("text", ["90,0,12,5", "0,50,5,2", "-102,0,5,5", "-5,0,6,5"])
def test_box_outside_the_picture_is_an_error_that_names_both(text):
    with pytest.raises(MaskError, match=rf"box {text} .*101×51"):
        Box.parse(text).resolve(PICTURE)


@pytest.mark.parametrize("text", ["1,2,3", "a,b,c,d", "1,2,3,4,5", "", "1;2;3;4", "0,0,0,5", "0,0,5,-1"])
def test_malformed_box_is_a_usage_error(text):
    with pytest.raises(UsageError):
        Box.parse(text)


@pytest.mark.parametrize("text", [f"0,0,{'9' * 5000},5", f"0,0,5,{'9' * 13}", "9" * 5000])
def test_a_box_of_endless_digits_is_a_usage_error_that_stays_short(text):
    with pytest.raises(UsageError, match="at most 12 digits") as caught:
        Box.parse(text)
    assert len(str(caught.value)) < 200


def test_spaces_and_signs_in_a_box_are_understood():
    assert Box.parse(" 1, +2 ,3, 4") == Box(1, 2, 3, 4)


def test_growing_stops_at_the_picture():
    assert Rect(2, 2, 5, 5).grown(4, within=PICTURE) == Rect(0, 0, 11, 11)
    assert Rect(95, 45, 5, 5).grown(4, within=PICTURE) == Rect.from_edges(91, 41, 101, 51)


def test_aligning_covers_whole_chroma_samples_and_keeps_odd_picture_edges():
    assert Rect(3, 3, 2, 2).aligned(2, 2, within=PICTURE) == Rect.from_edges(2, 2, 6, 6)
    assert Rect(99, 49, 2, 2).aligned(2, 2, within=PICTURE) == Rect.from_edges(98, 48, 101, 51)


def test_overlapping_rectangles_merge_transitively():
    chain = [Rect(0, 0, 10, 10), Rect(18, 0, 10, 10), Rect(9, 5, 10, 2), Rect(60, 30, 5, 5)]
    assert merge_overlapping(chain) == (Rect(0, 0, 28, 10), Rect(60, 30, 5, 5))
    assert merge_overlapping([]) == ()


def test_touching_rectangles_stay_apart():
    side_by_side = (Rect(0, 0, 10, 10), Rect(10, 0, 10, 10))
    assert merge_overlapping(side_by_side) == side_by_side


def test_rectangles_closer_than_a_distance_merge():
    apart = (Rect(0, 0, 10, 10), Rect(14, 13, 10, 10))  # 4 columns and 3 rows between them
    assert merge_overlapping(apart, closer_than_px=4) == apart
    assert merge_overlapping(apart, closer_than_px=5) == (Rect(0, 0, 24, 23),)
