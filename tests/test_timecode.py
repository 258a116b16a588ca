"""Instants and spans."""

from fractions import Fraction

import pytest

from rfr_video.errors import UsageError
from rfr_video.timecode import Instant, Moment, Span


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.5", Instant(seconds=Fraction(25, 2))),
        ("3s", Instant(seconds=Fraction(3))),
        ("1:02.5", Instant(seconds=Fraction(125, 2))),
        ("0:01:02", Instant(seconds=Fraction(62))),
        ("100:00:00", Instant(seconds=Fraction(360000))),
        ("00:01:02:12", Instant(seconds=Fraction(62), timecode_frames=12)),
        ("250f", Instant(frame=250)),
    ],
)
def test_every_way_to_write_an_instant(text, expected):
    assert Instant.parse(text) == expected


@pytest.mark.parametrize("text", ["", "-1", "abc", "1:99", "00:00:00:1:1", "12,5", "f", "1e3", "0x10"])
def test_malformed_instant_is_a_usage_error_that_shows_the_ways(text):
    with pytest.raises(UsageError, match="write seconds"):
        Instant.parse(text)


@pytest.mark.parametrize("form", ["{}", "{}s", "{}f", "{}:00:01", "{}:00:01:02", "0.{}", "0:01.{}"])
def test_an_instant_of_endless_digits_is_a_usage_error_that_stays_short(form):
    with pytest.raises(UsageError, match="at most 12 digits") as caught:
        Instant.parse(form.format("9" * 5000))
    assert len(str(caught.value)) < 250


def test_an_instant_may_have_the_digits_that_programs_write():
    assert Instant.parse(repr(0.1 + 0.2)).seconds == Fraction("0.30000000000000004")
    assert Instant.parse("9" * 12 + "f").frame == 10**12 - 1


def test_timecode_frames_become_seconds_at_the_frame_rate():
    assert Instant.parse("00:00:01:12").at_rate(Fraction(24)) == Instant(seconds=Fraction(3, 2))


def test_span_is_half_open():
    span = Span(Instant(frame=2), Instant(frame=4))
    assert [span.contains(Moment(i, Fraction(i))) for i in range(6)] == [
        False,
        False,
        True,
        True,
        False,
        False,
    ]


def test_open_ends_reach_to_the_ends_of_the_video():
    assert Span().contains(Moment(0, Fraction(0)))
    assert not Span(stop=Instant(seconds=Fraction(1))).contains(Moment(30, Fraction(1)))
    assert Span(start=Instant(seconds=Fraction(1))).contains(Moment(30, Fraction(1)))


@pytest.mark.parametrize(
    ("start", "stop", "void"),
    [
        (Instant(frame=3), Instant(frame=3), True),
        (Instant(frame=3), Instant(frame=4), False),
        (Instant(seconds=Fraction(3)), Instant(seconds=Fraction(2)), True),
        (Instant(seconds=Fraction(3)), Instant(frame=2), False),
        (None, Instant(frame=2), False),
        (Instant(frame=2), None, False),
    ],
)
def test_a_span_that_ends_where_it_starts_or_before_is_void(start, stop, void):
    assert Span(start, stop).is_void is void


def test_a_timecode_beyond_the_frame_rate_is_a_usage_error():
    with pytest.raises(UsageError, match="the last one is 23"):
        Instant.parse("00:00:00:24").at_rate(Fraction(24))
