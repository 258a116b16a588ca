"""A measurement from end to end, its means, and what it says of itself."""

import csv
import hashlib
import io
import json

import cv2
import numpy as np
import pytest
from evaluation_factory import small_config, write_picture
from perception_factory import random_arrays
from rfrnet_factory import random_network

from rfr_video.errors import InputError, UsageError, WeightsError
from rfr_video.evaluation import stills
from rfr_video.evaluation.metrics import PSNR_CEILING_DB
from rfr_video.evaluation.report import MEASURES, StillsReport
from rfr_video.evaluation.sheet import Sheet
from rfr_video.rfrnet.weights import save_network


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two pictures, weights of RFR-Net, SqueezeNet."""
    path = tmp_path_factory.mktemp("stills")
    write_picture(path / "a.png")
    write_picture(path / "b.png", seed=2)
    save_network(random_network(), path / "tiny.safetensors")
    np.savez(path / "squeezenet.npz", **random_arrays())
    return path


def run(folder, **changes):
    yardsticks = ("telea", "navier-stokes")
    config = small_config(**{"device": "cpu", "yardstick": yardsticks, **changes})
    bench = stills.Bench.open([folder / "a.png", folder / "b.png"], config)
    return StillsReport(bench, stills.measure(bench))


@pytest.fixture(scope="module")
def report(folder):
    return run(folder, weights=(str(folder / "tiny.safetensors"),), features=folder / "squeezenet.npz")


def overall(report):
    return [row for row in report.means() if row.group == "all"]


def test_every_picture_hole_and_method_is_scored_once(folder, report):
    scores = report.measurement.scores
    methods = [str(folder / "tiny.safetensors"), "telea", "navier-stokes"]
    expected = [
        (name, hole, method) for name in ("a.png", "b.png") for hole in range(3) for method in methods
    ]
    assert [(score.picture.name, score.hole, score.method) for score in scores] == expected
    for score in scores:
        assert 0.03 <= score.share <= 0.4
        assert score.hole_psnr_db < score.psnr_db < PSNR_CEILING_DB
        assert score.hole_ssim < score.ssim < 1
        assert score.l1_percent > 0
        assert score.feature_distance > 0


def test_a_random_network_is_worse_than_telea_in_every_measure(report):
    network, telea, _ = overall(report)
    assert network.hole_psnr_db < telea.hole_psnr_db
    assert network.hole_ssim < telea.hole_ssim
    assert network.l1_percent > telea.l1_percent
    assert network.feature_distance > telea.feature_distance
    (gain,) = report.gains()
    assert gain.hole_psnr_db < 0
    assert gain.feature_distance_percent < 0


def test_a_perfect_method_gets_the_best_of_all_measures(folder, monkeypatch):
    class Oracle:
        name = "oracle"
        facts = {"method": "looks"}  # noqa: RUF012

        def fill(self, picture_hw3, holes):
            return (picture_hw3.copy() for _ in holes)

    monkeypatch.setattr(stills, "classical_method", lambda name: Oracle())
    (row,) = overall(run(folder, yardstick=("telea",), features=folder / "squeezenet.npz"))
    assert [getattr(row, measure) for measure in MEASURES] == pytest.approx([100, 1, 100, 1, 0, 0])


def test_means_are_those_of_their_groups(report):
    scores, means = report.measurement.scores, report.means()
    for method in ("telea", "navier-stokes"):
        groups = {row.group: row for row in means if row.method == method}
        assert set(groups) >= {"strokes", "box", "text", "all"}
        assert (
            sum(row.holes for name, row in groups.items() if name.endswith("%")) == groups["all"].holes == 6
        )
        boxes = [score.hole_psnr_db for score in scores if (score.method, score.kind) == (method, "box")]
        assert groups["box"].hole_psnr_db == pytest.approx(sum(boxes) / len(boxes))
        tens = [score.ssim for score in scores if score.method == method and 0.1 <= score.share < 0.2]
        assert ("10-20 %" in groups) == bool(tens)
        assert not tens or groups["10-20 %"].ssim == pytest.approx(sum(tens) / len(tens))


def test_gains_are_against_the_best_yardstick_in_each_measure(report):
    network, telea, navier_stokes = overall(report)
    (gain,) = report.gains()
    best_db = max(telea.hole_psnr_db, navier_stokes.hole_psnr_db)
    assert gain.hole_psnr_db == pytest.approx(network.hole_psnr_db - best_db)
    nearest = min(telea.feature_distance, navier_stokes.feature_distance)
    assert gain.feature_distance_percent == pytest.approx(
        100 * (nearest - network.feature_distance) / nearest
    )


def test_the_report_states_what_decides_the_result(folder, report):
    data = json.loads(report.to_json())
    sha256 = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    assert [picture["sha256"] for picture in data["pictures"]] == [sha256["a.png"], sha256["b.png"]]
    assert data["features_sha256"] == sha256["squeezenet.npz"]
    assert data["methods"][str(folder / "tiny.safetensors")]["sha256"] == sha256["tiny.safetensors"]
    assert data["methods"]["telea"] == {"opencv": cv2.__version__, "radius_px": 3}
    assert len(data["holes_sha256"]) == len(data["code"]["sha256"]) == 64
    assert (data["settings"]["seed"], data["settings"]["hole_share"]) == (0, "3-40")
    assert len(data["scores"]) == 18


def test_equal_settings_give_equal_reports_and_another_seed_other_holes(folder, report):
    again = run(folder, weights=(str(folder / "tiny.safetensors"),), features=folder / "squeezenet.npz")
    assert again.to_json() == report.to_json()
    assert run(folder, seed=1).measurement.holes_sha256 != report.measurement.holes_sha256


def test_csv_has_a_line_per_score(report):
    lines = list(csv.DictReader(io.StringIO(report.to_csv())))
    assert len(lines) == 18
    assert float(lines[4]["hole_psnr_db"]) == report.measurement.scores[4].hole_psnr_db


def test_without_a_feature_network_the_distance_is_absent(folder):
    report = run(folder, weights=(str(folder / "tiny.safetensors"),))
    assert {row.feature_distance for row in report.means()} == {None}
    assert report.gains()[0].feature_distance_percent is None
    assert report.to_csv().splitlines()[1].endswith(",")


def test_a_sheet_shows_truth_hole_and_every_method(folder):
    config = small_config(device="cpu", yardstick=("telea", "navier-stokes"))
    bench = stills.Bench.open([folder], config)
    sheet = Sheet([method.name for method in bench.methods])
    seen = []
    stills.measure(bench, watch=lambda filled: (sheet.add(filled), seen.append(filled)))
    image = cv2.imdecode(np.frombuffer(sheet.encode(), np.uint8), cv2.IMREAD_COLOR_RGB)
    assert image.shape == (2 * (64 + 18 + 6), 4 * (64 + 6), 3)
    for row, filled in enumerate(seen):
        cells = [image[row * 88 + 18 :][:64, column * 70 :][:, :64] for column in range(4)]
        assert np.array_equal(cells[0], filled.still.picture_hw3)
        assert (cells[1][filled.drawn.hole_hw] == (255, 0, 255)).all()
        assert np.array_equal(cells[2], filled.fills[0])
        assert np.array_equal(cells[3], filled.fills[1])
    assert [filled.drawn.kind for filled in seen] == ["strokes", "box"]


def test_large_pictures_are_shrunk_on_the_sheet(tmp_path):
    write_picture(tmp_path / "wide.png", height=100, width=800)
    bench = stills.Bench.open([tmp_path], small_config(crop_px=None, yardstick=("telea",)))
    sheet = Sheet(["telea"])
    stills.measure(bench, watch=sheet.add)
    image = cv2.imdecode(np.frombuffer(sheet.encode(), np.uint8), cv2.IMREAD_COLOR)
    assert image.shape == (48 + 24, 3 * 390, 3)


def test_what_is_wrong_shows_before_anything_is_measured(folder):
    with pytest.raises(WeightsError, match="cannot be read"):
        run(folder, features=folder / "none.npz")
    with pytest.raises(WeightsError, match="no weights 'nowhere'"):
        run(folder, weights=("nowhere",))
    with pytest.raises(InputError, match=r"a\.png is 80×72, the crop 100×100"):
        run(folder, crop_px=100)
    with pytest.raises(UsageError, match=r"a\.png is given more than once"):
        stills.Bench.open([folder / "a.png", folder], small_config())
