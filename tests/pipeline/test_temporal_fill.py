"""Whole runs that fill from other frames: what the report says, and that threads change nothing."""

import json
import os
from fractions import Fraction

import numpy as np
import pytest
from media_factory import decode
from scene_factory import OVERLAY_RGB, Waves

from rfr_video import Box, EncodeConfig, FillConfig, MaskConfig, RestoreConfig, restore
from rfr_video.fill.filler import Origin
from rfr_video.media.rgb_video import rgb_writer

HEIGHT, WIDTH, FRAMES = 72, 112, 16
LOGO = Box(48, 30, 16, 12)
MASK = MaskConfig(box=(LOGO,), grow_px=1, feather_px=2)
TEMPORAL = FillConfig(fill="temporal", quality="fast", look_ahead=0.5)
LOSSLESS = EncodeConfig(codec="ffv1")


def source(path, *, speed_px, seed=1):
    waves = Waves(seed)
    with rgb_writer(path, width=WIDTH, height=HEIGHT, rate=Fraction(25)) as write:
        for number in range(FRAMES):
            picture = waves.view(HEIGHT, WIDTH, x=speed_px * number)
            picture[LOGO.y : LOGO.y + LOGO.height, LOGO.x : LOGO.x + LOGO.width] = OVERLAY_RGB
            write(picture)
    return path


@pytest.fixture(scope="module")
def panning(tmp_path_factory):
    return source(tmp_path_factory.mktemp("panning") / "panning.mkv", speed_px=4)


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    return source(tmp_path_factory.mktemp("still") / "still.mkv", speed_px=0)


def run(video, target, **settings):
    return restore(video, target, RestoreConfig(mask=MASK, fill=TEMPORAL, encode=LOSSLESS, **settings))


def test_of_a_pan_most_is_borrowed_and_the_report_says_so(panning, tmp_path):
    report = run(panning, tmp_path / "result.mkv")
    assert (report.frames, report.frames_repaired) == (FRAMES, FRAMES)
    shares = report.origin_shares
    assert shares[Origin.BORROWED] > 0.5
    assert sum(shares.values()) == pytest.approx(1)
    assert report.filled.confidence > 0.5
    data = json.loads(report.to_json())
    assert data["plan"]["fill"]["temporal"]["look_ahead_frames"] == 12
    assert data["plan"]["fill"]["network"] is None
    rows = data["filled_frames"]["rows"]
    holes = {sum(row[2:6]) for row in rows}
    assert len(rows) == FRAMES
    assert len(holes) == 1
    assert set(data["busy_seconds"]) >= {"decode", "mask", "motion", "borrow", "synthesise", "encode"}


def test_of_a_still_shot_nothing_is_borrowed_and_one_frame_is_made_up(still, tmp_path):
    report = run(still, tmp_path / "result.mkv")
    shares = report.origin_shares
    assert Origin.BORROWED not in shares
    assert shares[Origin.SYNTHESISED] == pytest.approx(1 / FRAMES, abs=0.01)
    assert shares[Origin.CARRIED] == pytest.approx(1 - 1 / FRAMES, abs=0.01)
    assert report.filled.confidence == 0


def test_threads_and_repetition_change_no_bit(panning, tmp_path, monkeypatch):
    results = []
    for number, threads in enumerate((1, 4, 4)):
        monkeypatch.setattr(os, "cpu_count", lambda threads=threads: threads)
        run(panning, tmp_path / f"{number}.mkv")
        results.append(decode(tmp_path / f"{number}.mkv"))
    for other in results[1:]:
        for one, two in zip(results[0], other, strict=True):
            assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_nothing_changes_outside_the_hole(panning, tmp_path):
    run(panning, tmp_path / "result.mkv")
    reach = MASK.grow_px + MASK.feather_px + 1
    outside = np.ones((HEIGHT, WIDTH), np.bool_)
    outside[LOGO.y - reach : LOGO.y + LOGO.height + reach, LOGO.x - reach : LOGO.x + LOGO.width + reach] = (
        False
    )
    for (before,), (after,) in zip(decode(panning), decode(tmp_path / "result.mkv"), strict=True):
        was, now = (packed.reshape(HEIGHT, WIDTH, 4) for packed in (before, after))
        assert np.array_equal(was[outside], now[outside])
        assert not np.array_equal(was[~outside], now[~outside])


def test_every_fill_of_a_video_runs(panning, tmp_path, nothing_installed):
    for number, method in enumerate(("auto", "temporal", "classical")):
        config = RestoreConfig(mask=MASK, fill=FillConfig(fill=method), encode=LOSSLESS)
        report = restore(panning, tmp_path / f"{number}.mkv", config)
        assert report.frames_repaired == FRAMES
        assert (report.origin_shares.get(Origin.BORROWED, 0) > 0.5) == (method != "classical")
