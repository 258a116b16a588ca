"""A measurement on clips from end to end: scores, gains, means, files, sheet."""

import csv
import io
import itertools
import json
import tempfile

import cv2
import numpy as np
import pytest
from clips_factory import panning, write_clip, write_masks

from rfr_video.config import ClipsConfig
from rfr_video.errors import UsageError, WeightsError
from rfr_video.evaluation.clips.bench import ClipsBench
from rfr_video.evaluation.clips.clips_sheet import ClipsSheet
from rfr_video.evaluation.clips.measure import measure_clips
from rfr_video.evaluation.clips.report import MEASURES, ClipsReport
from rfr_video.evaluation.clips.scoring import PSNR_CEILING_DB
from rfr_video.evaluation.metrics import psnr_db

METHODS = ("classical", "telea", "navier-stokes", "removelogo")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two clips, and masks for both."""
    path = tmp_path_factory.mktemp("clips")
    write_clip(path / "a.mkv", panning())
    write_clip(path / "b.mkv", panning(5, step_px=3))
    for name, frames in (("a", 6), ("b", 5)):
        write_masks(path / "masks" / name, frames=frames)
    return path


@pytest.fixture(scope="module")
def measured(folder):
    """A report, and the cases that were shown on the way."""
    config = ClipsConfig(overlay=("box",), mask_folder=folder / "masks", method=METHODS)
    bench = ClipsBench.open([folder / "a.mkv", folder / "b.mkv"], config)
    cases, steps = [], []
    report = ClipsReport(bench, measure_clips(bench, progress=steps.append, watch=cases.append))
    assert len(steps) == len(report.measurement.scores)
    return report, cases


def by_case(scores):
    return {(one.clip.name, one.overlay, one.method): one for one in scores}


def test_every_clip_overlay_and_method_is_scored_once(measured):
    scores = measured[0].measurement.scores
    expected = list(itertools.product(("a.mkv", "b.mkv"), ("box", "masks"), METHODS))
    assert list(by_case(scores)) == expected
    assert [one.frames for one in scores] == [6] * 8 + [5] * 8
    for one in scores:
        assert 0 < one.hole_share < 0.1
        assert one.clean_warping_error > 0
        if one.note:
            assert all(getattr(one, measure) is None for measure in MEASURES)
        else:
            assert 5 < one.hole_psnr_db < 60
            assert 0 < one.hole_ssim < 1
            assert one.flicker == one.warping_error / one.clean_warping_error
            assert one.frames_per_second > 0
            assert one.share_borrowed == 0
            assert one.psnr_db is None


def test_what_a_method_cannot_take_is_noted(measured):
    report = measured[0]
    noted = [(one.overlay, one.method) for one in report.measurement.scores if one.note]
    assert noted == [("masks", "removelogo")] * 2
    assert report.notes() == ("removelogo takes one mask for all frames",)


def test_gains_are_those_on_the_better_yardstick_of_the_case(measured):
    scores = by_case(measured[0].measurement.scores)
    for (clip, overlay, _), one in scores.items():
        zero_db = max(scores[clip, overlay, name].hole_psnr_db for name in ("telea", "navier-stokes"))
        if one.hole_psnr_db is not None:
            assert one.gain_db == one.hole_psnr_db - zero_db
        else:
            assert one.gain_db is None


def test_without_both_yardsticks_there_are_no_gains(folder):
    bench = ClipsBench.open(
        [folder / "a.mkv"], ClipsConfig(overlay=("box",), method=("classical", "telea"), frames=2)
    )
    report = ClipsReport(bench, measure_clips(bench))
    assert [one.gain_db for one in report.measurement.scores] == [None, None]
    assert json.loads(report.to_json())["gains"] == []


def test_means_are_over_the_clips(measured):
    report = measured[0]
    scores = by_case(report.measurement.scores)
    rows = {(row.overlay, row.method): row for row in report.means()}
    assert set(rows) == {(overlay, name) for overlay in ("box", "masks") for name in METHODS} - {
        ("masks", "removelogo")
    }
    for (overlay, name), row in rows.items():
        pair = [scores[clip, overlay, name] for clip in ("a.mkv", "b.mkv")]
        assert row.clips == 2
        assert row.hole_psnr_db == pytest.approx(np.mean([one.hole_psnr_db for one in pair]))
        assert row.flicker == pytest.approx(np.mean([one.flicker for one in pair]))
        assert row.least_gain_db == min(one.gain_db for one in pair)


def test_an_oracle_gets_the_best_of_all_figures(folder, monkeypatch):
    def paint(name):
        truth = iter(panning())
        fill = lambda picture, holes: iter([next(truth)])  # noqa: E731
        return type("Oracle", (), {"facts": {"method": "looks"}, "fill": staticmethod(fill)})

    monkeypatch.setattr("rfr_video.evaluation.clips.methods.classical_method", paint)
    config = ClipsConfig(overlay=("logo",), method=("telea",))
    (one,) = measure_clips(ClipsBench.open([folder / "a.mkv"], config)).scores
    assert (one.hole_psnr_db, one.hole_ssim, one.flicker) == (PSNR_CEILING_DB, pytest.approx(1), 1)


def test_json_tells_all_that_decided_the_result(folder, measured):
    data = json.loads(measured[0].to_json())
    assert data["settings"]["mask_folder"] == str(folder / "masks")
    assert [(clip["width"], clip["height"], clip["frames"]) for clip in data["clips"]] == [
        (160, 120, 6),
        (160, 120, 5),
    ]
    assert len(data["clips"][0]["sha256"]) == len(data["code"]["sha256"]) == 64
    assert data["methods"]["classical"] == {"fill": "classical"}
    assert data["methods"]["telea"]["opencv"] == cv2.__version__
    assert data["methods"]["removelogo"]["ffmpeg"]
    assert [(row["overlay"], row["method"]) for row in data["gains"]] == [
        ("box", "classical"),
        ("box", "removelogo"),
        ("masks", "classical"),
    ]
    assert (len(data["scores"]), len(data["means"])) == (16, 7)


def test_csv_has_a_line_per_score(measured):
    report = measured[0]
    rows = list(csv.DictReader(io.StringIO(report.to_csv())))
    assert len(rows) == 16
    for row, one in zip(rows, report.measurement.scores, strict=True):
        assert row["method"] == one.method
        assert row["hole_psnr_db"] == ("" if one.hole_psnr_db is None else str(one.hole_psnr_db))


def test_a_sheet_shows_overlay_truth_and_every_method(measured):
    report, cases = measured
    sheet = ClipsSheet()
    for case in cases:
        sheet.add(case)
    image = cv2.imdecode(np.frombuffer(sheet.encode(), np.uint8), cv2.IMREAD_COLOR_RGB)
    box = cases[0]  # 40×18 at 112, 6; grown by 24, cut at the border: 88…160 × 0…48, three times as large
    large = [
        one[0:48, 88:160].repeat(3, axis=0).repeat(3, axis=1)
        for one in (box.burned_hw3, box.truth_hw3, *box.fills)
    ]
    for column, expected in enumerate(large):
        left = column * (216 + 6)
        assert np.array_equal(image[18 : 18 + 144, left : left + 216], expected)
    second = 18 + 144 + 6
    assert (image[second + 18 :][:50, -100:-50] == 128).all()  # removelogo has no picture of moving masks
    assert len(cases) == 4
    for case in cases:
        for one, fill in zip(case.scores, case.fills, strict=True):
            assert (fill is None) == bool(one.note)
    telea = cases[0].fills[1]
    assert psnr_db(cases[0].truth_hw3, telea, hole_hw=cases[0].hole_hw) == pytest.approx(
        cases[0].scores[1].hole_psnr_db, abs=3
    )
    assert len(report.measurement.scores) == 16


def test_temporary_files_are_gone(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    bench = ClipsBench.open([folder / "a.mkv"], ClipsConfig(overlay=("box",), method=("telea",), frames=2))
    seen = []
    measure_clips(bench, progress=lambda _: seen.extend(tmp_path.iterdir()))
    assert len(seen) == 2
    assert list(tmp_path.iterdir()) == []


def test_what_is_wrong_shows_before_anything_is_measured(folder):
    with pytest.raises(UsageError, match=r"a\.mkv is given more than once"):
        ClipsBench.open([folder / "a.mkv", folder], ClipsConfig())
    with pytest.raises(WeightsError, match="no weights 'nowhere'"):
        ClipsBench.open([folder / "a.mkv"], ClipsConfig(weights="nowhere"))
    same = (folder / "a.mkv", folder / "masks" / ".." / "a.mkv")
    with pytest.raises(UsageError, match=r"two overlays are called a\.mkv"):
        ClipsBench.open([folder / "a.mkv"], ClipsConfig(tape=same))
