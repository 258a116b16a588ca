"""What a report says of where the samples came from."""

import json
from array import array
from fractions import Fraction

import pytest
from filler_factory import use_filler
from media_factory import Clip, make_video

from rfr_video import Box, MaskConfig, RestoreConfig, restore
from rfr_video.fill.filler import Origin
from rfr_video.fill.tally import Tally
from rfr_video.pipeline import report as report_module
from rfr_video.pipeline.filled_frames import COLUMNS, FilledFrames
from rfr_video.timecode import Instant

CONFIG = RestoreConfig(
    mask=MaskConfig(box=(Box(8, 8, 20, 10),)), start=Instant(frame=2), end=Instant(frame=5)
)


@pytest.fixture
def report(tmp_path, monkeypatch):
    """Of a run that borrowed three quarters of every hole, and synthesised the rest, in 3 of 12 frames."""
    use_filler(monkeypatch, shares=(0, 0.75, 0, 0.25), confidence=0.6)
    source = make_video(tmp_path / "source.mkv", Clip(codec="ffv1"))
    return restore(source, tmp_path / "result.mkv", CONFIG)


def test_totals_say_how_many_samples_came_from_where(report):
    assert report.filled.samples == {
        Origin.DEBLENDED: 0,
        Origin.BORROWED: 450,
        Origin.CARRIED: 0,
        Origin.SYNTHESISED: 150,
    }
    assert report.origin_shares == {Origin.BORROWED: 0.75, Origin.SYNTHESISED: 0.25}
    assert (report.frames, report.frames_repaired) == (12, 3)
    assert report.hole_share == 600 / (12 * 96 * 64)
    assert report.filled.confidence == pytest.approx(0.6)


def test_json_has_a_row_for_every_frame_with_a_hole(report):
    data = json.loads(report.to_json())
    assert data["filled_from"] == {"deblended": 0, "borrowed": 450, "carried": 0, "synthesised": 150}
    assert data["confidence"] == 0.6
    assert data["filled_frames"] == {
        "columns": ["index", "pts_seconds", "deblended", "borrowed", "carried", "synthesised", "confidence"],
        "rows": [[frame, frame / 25, 0, 150, 0, 50, 0.6] for frame in (2, 3, 4)],
    }


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5])
def test_json_comes_in_pieces_that_make_one_text(report, monkeypatch, count):
    monkeypatch.setattr(report_module, "ROWS_PER_PIECE", 2)
    filled = FilledFrames(Fraction(1, 90_000))
    for number in range(count):
        filled.add(Tally((0, 0, 0, 7), 0.0), index=number, pts=(1 << 40) + number)
    object.__setattr__(report, "filled", filled)
    assert len(list(report.json_pieces())) == 3 + -(-count // 2)
    data = json.loads(report.to_json())
    assert [row[0] for row in data["filled_frames"]["rows"]] == list(range(count))
    assert set(report.to_dict()) == set(data) - {"filled_frames"}


def test_nothing_filled_has_no_confidence():
    assert FilledFrames(Fraction(1, 25)).confidence is None


def test_a_row_takes_32_bytes_whatever_the_length():
    filled = FilledFrames(Fraction(1, 25))
    tally = Tally((1, 2, 3, 4), 0.5)
    for number in range(1000):
        filled.add(tally, index=number, pts=number)
    held = [value for value in vars(filled).values() if isinstance(value, array)]
    held += [column for value in vars(filled).values() if isinstance(value, tuple) for column in value]
    assert sum(column.itemsize * len(column) for column in held) == 32 * 1000
    assert len(next(filled.rows())) == len(COLUMNS)
