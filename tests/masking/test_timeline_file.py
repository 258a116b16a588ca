"""Reading timeline files, and what they may not hold."""

from fractions import Fraction

import pytest

from rfr_video.errors import MaskError
from rfr_video.geometry import Box
from rfr_video.masking.placement import Polygon
from rfr_video.masking.timeline_file import Entry, Key, read_entries
from rfr_video.timecode import Instant, Span


def read(path, text):
    path.write_text(text, "utf-8")
    return read_entries(path, rate=Fraction(25))


def test_every_kind_of_entry(tmp_path):
    path = tmp_path / "cut.toml"
    entries = read(
        path,
        """
        [[hole]]
        box = [-9, 0, 4, 5]
        start = 0.1
        end = "00:00:01:05"
        [[hole]]
        polygon = [[0, 0], [9.5, 0], [0, 1e1]]
        [[hole]]
        mask = "bug.png"
        start = "7f"
        [[hole]]
        keys = [{at = 1, box = [0, 0, 4, 4]}, {at = "0:02", box = [1, 0, 4, 4]}]
        """,
    )
    name = f"timeline {path}, hole"
    tenth, later = Instant(seconds=Fraction(1, 10)), Instant(seconds=Fraction(6, 5))
    one, two = Instant(seconds=Fraction(1)), Instant(seconds=Fraction(2))
    triangle = ((Fraction(0), Fraction(0)), (Fraction(19, 2), Fraction(0)), (Fraction(0), Fraction(10)))
    assert entries == (
        Entry(f"{name} 1", Box(-9, 0, 4, 5), Span(tenth, later)),
        Entry(f"{name} 2", Polygon(triangle), Span()),
        Entry(f"{name} 3", tmp_path / "bug.png", Span(Instant(frame=7))),
        Entry(f"{name} 4", (Key(one, Box(0, 0, 4, 4)), Key(two, Box(1, 0, 4, 4))), Span()),
    )


def test_json_says_the_same_as_toml(tmp_path):
    toml = read(tmp_path / "cut.toml", "[[hole]]\nbox = [1, 2, 3, 4]\nstart = 2.5\n")
    json = read(tmp_path / "cut.JSON", '\ufeff{"hole": [{"box": [1, 2, 3, 4], "start": 2.5}]}')
    assert [(entry.shape, entry.span) for entry in toml] == [(entry.shape, entry.span) for entry in json]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("start = 1", "has no shape; give exactly one of box, polygon, mask, keys"),
        ("box = [0, 0, 1, 1]\nmask = 'a.png'", "has box and mask; give exactly one of"),
        ("box = [0, 0, 1, 1]\nstop = 2", "has the unknown key 'stop'; known are box, .*, start, end"),
        ("box = [0, 0, 1]", r"box is \[0, 0, 1\]; give \[x, y, width, height\] in whole numbers"),
        ("box = [0, 0, 1, 1.5]", r"box is \[0, 0, 1, 1\.5\]; give"),
        ("box = [0, 0, 1, true]", r"box is \[0, 0, 1, True\]; give"),
        ("box = '0,0,1,1'", "box is '0,0,1,1'; give"),
        ("box = [0, 0, 0, 1]", "box 0,0,0,1 has no area; give"),
        ("polygon = [[0, 0], [1, 1]]", r"polygon is \[\[0, 0\], \[1, 1\]\]; give three points or more"),
        ("polygon = 5", "polygon is 5; give three points or more"),
        ("polygon = [[0, 0], [1, 1], [1]]", r"polygon: a point is \[1\]; give \[x, y\]"),
        ("polygon = [[0, 0], [1, 1], [1, nan]]", r"polygon: a point is \[1, nan\]; give \[x, y\]"),
        ("polygon = [[0, 0], [1, 1], [1, -inf]]", r"polygon: a point is \[1, -inf\]; give"),
        ("polygon = [[0, 0], [1, 1], [1, 1e7]]", r"a point is \[1, 10000000\.0\]; give \[x, y\], at most"),
        ("polygon = [[0, 0], [1, 1], 'x']", "a point is 'x'; give"),
        ("mask = 7", "mask is 7; give the name of an image file"),
        ("mask = ''", "mask is ''; give the name of an image file"),
        ("box = [0, 0, 1, 1]\nstart = 2\nend = 1", "ends at 1 s but starts at 2 s; end it later"),
        ("box = [0, 0, 1, 1]\nstart = '5f'\nend = '5f'", "ends at frame 5 but starts at frame 5"),
        ("box = [0, 0, 1, 1]\nstart = -1", "start is -1; give seconds as a number, or a text"),
        ("box = [0, 0, 1, 1]\nstart = nan", "start is nan; give seconds"),
        ("box = [0, 0, 1, 1]\nend = 00:01:02", "end is 00:01:02; give seconds .*a text"),
        ("box = [0, 0, 1, 1]\nend = true", "end is True; give seconds"),
        ("box = [0, 0, 1, 1]\nend = 'later'", "end: time 'later' is not understood; write seconds"),
        ("keys = []", r"keys is \[\]; give a list of two keys or more"),
        ("keys = [{at = 1, box = [0, 0, 1, 1]}]", "keys is .*; give a list of two keys or more"),
        ("keys = 3", "keys is 3; give a list"),
        (f"box = [0, 0, {'9' * 400}, 1]", r"box is \[0, 0, 9+…; give .* at most ±1000000"),
        ("box = [0, 0, 1e7, 1]", r"box is \[0, 0, 10000000\.0, 1\]; give .* at most ±1000000"),
        (f"box = [0, 0, 0x{'f' * 6000}, 1]", "box is too large to show; give"),
        (f"polygon = [[0, 0], [1, 1], [1, {'9' * 400}]]", r"a point is \[1, 9+…; give"),
        (f"box = [0, 0, 1, 1]\nstart = {'9' * 400}", "start is 9+…; give seconds .* at most 12 digits"),
        ("box = [0, 0, 1, 1]\nstart = 1e300", r"start is 1e\+300; give seconds"),
        (f"box = [0, 0, 1, 1]\nstart = '{'9' * 5000}f'", r"start: time '9+\.\.\.9+f' is not understood"),
    ],
)
def test_a_malformed_entry_is_named_with_what_was_seen_and_what_is_wanted(tmp_path, text, complaint):
    good = "[[hole]]\nbox = [0, 0, 1, 1]\n"
    with pytest.raises(MaskError, match=rf"timeline .*cut\.toml, hole 2[:,]? .*{complaint}") as caught:
        read(tmp_path / "cut.toml", f"{good}[[hole]]\n{text}\n")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "complaint"),
    [
        ("7", "the entry is 7; give a table with the keys at, box, polygon"),
        ("{box = [0, 0, 1, 1]}", "has no at; give the time"),
        ("{at = 2}", "has no shape; give exactly one of box, polygon"),
        ("{at = 2, box = [0, 0, 1, 1], polygon = []}", "has both box and polygon; give exactly one"),
        (
            "{at = 2, box = [0, 0, 1, 1], mask = 'a'}",
            "has the unknown key 'mask'; known are at, box, polygon",
        ),
        ("{at = 'x', box = [0, 0, 1, 1]}", "at: time 'x' is not understood"),
        ("{at = '50f', box = [0, 0, 1, 1]}", "is at frame 50, the one before at 1 s; give all seconds or"),
        ("{at = 1, box = [0, 0, 1, 1]}", "is at 1 s, the one before at 1 s; give keys in rising order"),
        ("{at = 2, polygon = [[0, 0], [1, 0], [1, 1]]}", "is a polygon, the one before a box; give one kind"),
    ],
)
def test_a_malformed_key_is_named(tmp_path, key, complaint):
    text = f"[[hole]]\nkeys = [{{at = 1, box = [0, 0, 1, 1]}}, {key}]\n"
    with pytest.raises(MaskError, match=rf"hole 1, key 2[:,]? .*{complaint}"):
        read(tmp_path / "cut.toml", text)


def test_polygons_of_different_corners_cannot_be_keys_of_one_hole(tmp_path):
    three, four = "[[0, 0], [1, 0], [1, 1]]", "[[0, 0], [1, 0], [1, 1], [0, 1]]"
    with pytest.raises(MaskError, match="key 2 has 4 points, the one before 3; give the same number"):
        read(
            tmp_path / "cut.toml",
            f"[[hole]]\nkeys = [{{at = 1, polygon = {three}}}, {{at = 2, polygon = {four}}}]\n",
        )


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("cut.toml", "", "hole is missing; give one"),
        ("cut.toml", "hole = []", r"hole is \[\]; give one"),
        ("cut.toml", "hole = 5", "hole is 5; give one"),
        ("cut.toml", "hole = [5]", "hole 1: the entry is 5; give a table"),
        ("cut.toml", "holes = 5", "has the unknown key 'holes'; known are hole"),
        ("cut.toml", "[[hole]]\nbox = [,]", "is not valid TOML: .*line 2"),
        ("cut.json", "[1, 2]", r"the entry is \[1, 2\]; give a table with the keys hole"),
        ("cut.json", '{"hole": [{"box": [0, 0, NaN, 1]}]}', r"hole 1: box is \[0, 0, nan, 1\]"),
        ("cut.json", '{"hole": [{"end": 1, "end": 2}]}', "is not valid JSON: 'end' is given twice"),
        ("cut.json", "{", "is not valid JSON: .*line 1"),
        ("cut.json", "[" * 200_000, "is not valid JSON: "),
        ("cut.yaml", "", r"is neither \.toml nor \.json; name"),
        ("cut", "", r"is neither \.toml nor \.json; name"),
    ],
)
def test_a_malformed_file_is_named(tmp_path, name, text, complaint):
    with pytest.raises(MaskError, match=rf"timeline .*{name}.*{complaint}") as caught:
        read(tmp_path / name, text)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(MaskError, match=r"missing\.toml cannot be read: No such file"):
        read_entries(tmp_path / "missing.toml", rate=Fraction(25))
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(MaskError, match=r"folder\.json cannot be read: Is a directory"):
        read_entries(tmp_path / "folder.json", rate=Fraction(25))
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MaskError, match=r"binary\.toml is not valid TOML: .*codec"):
        read_entries(tmp_path / "binary.toml", rate=Fraction(25))


def test_what_was_seen_is_cut_short(tmp_path):
    with pytest.raises(MaskError, match="…; give") as caught:
        read(tmp_path / "cut.toml", f"[[hole]]\nbox = {list(range(500))}\n")
    assert len(str(caught.value)) < 300 + len(str(tmp_path))
