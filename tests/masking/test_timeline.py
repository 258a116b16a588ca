"""Timelines: what is drawn when, and the examples in their documentation."""

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from rfr_video.errors import MaskError
from rfr_video.geometry import Rect
from rfr_video.masking.placement import Fixed, MovingBox
from rfr_video.masking.timeline import Timeline
from rfr_video.timecode import Instant, Moment, Span

PAGE = Path(__file__).parents[2] / "docs" / "timeline.md"
EXAMPLES = re.findall(r"```(toml|json)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.fixture
def timeline(tmp_path, picture):
    """Read a timeline from TOML."""

    def read(text):
        path = tmp_path / "cut.toml"
        path.write_text(text, "utf-8")
        return Timeline.read(path, picture=picture, rate=Fraction(25))

    return read


def bounds(mask):
    """Return left, top, right and bottom of what is filled, or nothing."""
    if mask is None:
        return None
    rows, columns = np.nonzero(mask)
    return tuple(int(edge) for edge in (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))


def at(seconds):
    return Moment(round(Fraction(seconds) * 25), Fraction(seconds))


@pytest.mark.parametrize(("suffix", "text"), EXAMPLES)
def test_the_examples_in_the_documentation_work(tmp_path, suffix, text):
    path = tmp_path / f"example.{suffix}"
    path.write_text(text, "utf-8")
    masks = Timeline.read(path, picture=Rect(0, 0, 1920, 1080), rate=Fraction(25))
    assert any(masks.mask_at(at(Fraction(index, 25))) is not None for index in range(0, 400, 5))


def test_the_documentation_shows_both_kinds_of_file():
    assert {suffix for suffix, _ in EXAMPLES} == {"toml", "json"}


def test_a_hole_is_there_from_its_start_up_to_its_end(timeline):
    masks = timeline("[[hole]]\nbox = [-8, 2, 8, 4]\nstart = 0.08\nend = '4f'\n")
    given = [bounds(masks.mask_at(at(Fraction(index, 25)))) for index in range(6)]
    assert given == [None, None, (56, 2, 64, 6), (56, 2, 64, 6), None, None]


@pytest.mark.parametrize("seed", range(5))
def test_holes_in_any_order_are_there_in_their_spans_and_never_else(seed):
    rng = np.random.default_rng(seed)

    def instant():
        number = int(rng.integers(0, 40))
        return [None, Instant(frame=number), Instant(seconds=Fraction(number, 25))][rng.integers(0, 3)]

    spans = [Span(instant(), instant()) for _ in range(40)]
    holes = [(Fixed(Rect(number, 0, 1, 1)), span) for number, span in enumerate(spans)]
    masks = Timeline(holes, picture=Rect(0, 0, 40, 1))
    for index in range(0, 45, 1 + seed):  # frames may be left out
        moment = Moment(index, Fraction(index, 25) + Fraction(3, 25))
        mask = masks.mask_at(moment)
        there = np.zeros(40, bool) if mask is None else mask[0] > 0
        assert there.tolist() == [span.contains(moment) for span in spans]


def test_only_holes_that_can_be_there_are_looked_at(monkeypatch):
    looks = 0
    reached = Instant.reached

    def counting(instant, moment):
        nonlocal looks
        looks += 1
        return reached(instant, moment)

    monkeypatch.setattr(Instant, "reached", counting)
    spans = [Span(Instant(frame=n), Instant(frame=n + 1)) for n in range(200)]
    spans += [Span(Instant(seconds=Fraction(n)), Instant(seconds=Fraction(n + 1))) for n in range(200)]
    masks = Timeline([(Fixed(Rect(0, 0, 1, 1)), span) for span in spans], picture=Rect(0, 0, 4, 4))
    for index in range(100):
        assert masks.mask_at(Moment(index, Fraction(index))) is not None
    assert looks < 100 * 20


def test_timecodes_count_frames_of_the_video(timeline):
    masks = timeline("[[hole]]\nbox = [0, 0, 1, 1]\nstart = '00:00:01:05'\n")
    assert masks.mask_at(at("1.16")) is None
    assert masks.mask_at(at("1.2")) is not None


def test_holes_add_up(timeline, tmp_path, write_mask, square):
    write_mask(tmp_path / "bug.png", square(40))
    masks = timeline("[[hole]]\nbox = [0, 0, 4, 4]\n[[hole]]\nmask = 'bug.png'\nend = 1\n")
    both = masks.mask_at(at(0))
    assert both[:4, :4].all()
    assert np.array_equal(both[8:24], square(40)[8:24])
    assert bounds(masks.mask_at(at(2))) == (0, 0, 4, 4)


def test_the_array_is_the_same_until_something_changes(timeline):
    masks = timeline("[[hole]]\nbox = [0, 0, 4, 4]\n[[hole]]\nbox = [9, 9, 4, 4]\nstart = 1\nend = 2\n")
    given = [masks.mask_at(at(Fraction(half, 2))) for half in range(6)]
    assert given[0] is given[1]
    assert given[1] is not given[2]
    assert given[2] is given[3]
    assert given[4] is given[5]
    assert bounds(given[2]) == (0, 0, 13, 13)


def test_a_polygon_fills_its_outline_and_is_cut_off_at_the_picture(timeline):
    masks = timeline("[[hole]]\npolygon = [[-20, 10], [5, 10], [5.4, 20], [-20, 20]]\n")
    mask = masks.mask_at(at(0))
    assert bounds(mask) == (0, 10, 6, 21)
    assert mask[10:21, 0:6].all()


def test_a_box_goes_straight_from_key_to_key(timeline):
    masks = timeline(
        "[[hole]]\nkeys = [{at = 1, box = [0, 0, 4, 4]}, {at = 2, box = [-34, 10, 6, 4]},"
        " {at = 4, box = [30, 10, 6, 4]}]\n"
    )
    assert bounds(masks.mask_at(at(0))) == (0, 0, 4, 4)
    assert bounds(masks.mask_at(at("1.5"))) == (15, 5, 20, 9)
    assert bounds(masks.mask_at(at("1.52"))) == (15, 5, 21, 10)  # what it touches, it covers
    still = masks.mask_at(at(3))
    assert bounds(still) == (30, 10, 36, 14)
    assert masks.mask_at(at(9)) is still


@pytest.mark.parametrize("unit", ["seconds", "frames"])
def test_every_key_and_every_stretch_between_keys_counts(unit):
    lefts = [0, 30, 10, 50, 20]
    times = [Instant(seconds=Fraction(n)) if unit == "seconds" else Instant(frame=n) for n in range(2, 12, 2)]
    box = MovingBox(times, [Rect(left, 0, 4, 4) for left in lefts])
    moments = [Moment(n, Fraction(n)) if unit == "seconds" else Moment(n, Fraction(99)) for n in range(13)]
    assert [box.place(moment).x for moment in moments] == [0, 0, 0, 15, 30, 20, 10, 30, 50, 35, 20, 20, 20]


def test_the_keys_around_a_moment_are_found_without_looking_at_all():
    looks = 0

    class Counted(Fraction):
        def __gt__(self, other):
            nonlocal looks
            looks += 1
            return super().__gt__(other)

    count = 1000
    times = [Instant(seconds=Counted(number)) for number in range(count)]
    box = MovingBox(times, [Rect(number, 0, 4, 4) for number in range(count)])
    looks = 0
    for number in (0, 500, 998):
        assert box.place(Moment(0, Fraction(2 * number + 1, 2))) == Rect(number, 0, 5, 4)
    assert 0 < looks < 50


def test_keys_by_frame_follow_the_frame_number(timeline):
    masks = timeline(
        "[[hole]]\nkeys = [{at = '0f', box = [0, 0, 4, 4]}, {at = '10f', box = [20, 0, 4, 4]}]\n"
    )
    assert bounds(masks.mask_at(Moment(5, Fraction(77)))) == (10, 0, 14, 4)


def test_a_polygon_goes_straight_from_key_to_key_in_parts_of_a_pixel(timeline):
    masks = timeline(
        "[[hole]]\nkeys = [{at = 0, polygon = [[4, 4], [14, 4], [4, 14]]},"
        " {at = 1, polygon = [[24, 4], [34, 4], [4, 34]]}]\n"
    )
    assert bounds(masks.mask_at(at("0.5"))) == (4, 4, 25, 25)
    moved = masks.mask_at(at("0.54"))
    assert not np.array_equal(moved, masks.mask_at(at("0.58")))


def test_polygons_with_a_corner_in_the_picture_are_not_drawn_to_check_them(timeline, monkeypatch):
    drawn = []
    monkeypatch.setattr("rfr_video.masking.timeline.draw", lambda _, outline: drawn.append(outline))
    timeline(
        "[[hole]]\nkeys = [{at = 0, polygon = [[-4, 4], [63, 47], [4, 80]]},"
        " {at = 1, polygon = [[0, 0], [-34, 4], [-4, 34]]}]\n"
    )
    assert drawn == []


@pytest.mark.parametrize("corner", ["[0, 0]", "[63, 47]", "[0.25, 46.75]"])
def test_a_polygon_with_a_corner_in_the_picture_fills_that_corner(timeline, corner):
    x, y = (round(float(number)) for number in corner.strip("[]").split(","))
    for others in ("[-90, -80], [-90, -70]", "[200, -9], [300, 90]", "[-90, 99], [90, 199]"):
        assert timeline(f"[[hole]]\npolygon = [{corner}, {others}]\n").mask_at(at(0))[y, x]


def test_a_polygon_around_the_picture_fits_and_one_just_beside_it_does_not(timeline):
    around = timeline("[[hole]]\npolygon = [[-900, -900], [900, -900], [0, 900]]\n")
    assert around.mask_at(at(0)).all()
    with pytest.raises(MaskError, match="outside the 64×48 picture"):
        timeline("[[hole]]\npolygon = [[63.75, 0], [80, 0], [80, 9]]\n")


def test_a_polygon_that_leaves_the_picture_between_keys_fills_nothing_there(timeline):
    masks = timeline(
        "[[hole]]\nkeys = [{at = 0, polygon = [[-20, 40], [2, 40], [-20, 44]]},"
        " {at = 1, polygon = [[10, -50], [-70, -40], [10, 3]]}]\n"
    )
    assert [masks.mask_at(at(moment)) is None for moment in ("0", "0.5", "1")] == [False, True, False]


def test_a_timeline_of_empty_mask_files_is_empty(timeline, tmp_path, write_mask, nothing, square):
    write_mask(tmp_path / "empty.png", nothing)
    write_mask(tmp_path / "full.png", square())
    assert timeline("[[hole]]\nmask = 'empty.png'\n").is_empty()
    assert not timeline("[[hole]]\nmask = 'empty.png'\n[[hole]]\nmask = 'full.png'\n").is_empty()
    assert not timeline("[[hole]]\nmask = 'empty.png'\n[[hole]]\nbox = [0, 0, 1, 1]\n").is_empty()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("box = [60, 0, 5, 5]", r"hole 1: box 60,0,5,5 .*outside the 64×48 picture"),
        ("polygon = [[64, 0], [80, 0], [80, 9]]", r"hole 1: polygon 64,0, .*outside the 64×48 picture"),
        ("mask = 'missing.png'", r"hole 1: mask .*missing\.png cannot be read: No such file"),
        ("mask = 'wide.png'", r"hole 1: mask .*wide\.png is 65×48, the picture is 64×48"),
        (
            "keys = [{at = 0, box = [0, 0, 4, 4]}, {at = 1, box = [61, 0, 4, 4]}]",
            r"hole 1: box 61,0,4,4 .*outside the 64×48 picture",
        ),
    ],
)
def test_what_does_not_fit_the_picture_is_an_error_before_work_starts(
    timeline, tmp_path, write_mask, square, text, complaint
):
    write_mask(tmp_path / "wide.png", square(width=65))
    with pytest.raises(MaskError, match=rf"timeline .*cut\.toml, {complaint}"):
        timeline(f"[[hole]]\n{text}\n")
