"""``evaluate stills`` on the command line: tables, files, and what goes wrong."""

import json
import re

import cv2
import numpy as np
import pytest
from evaluation_factory import write_picture
from perception_factory import random_arrays
from rfrnet_factory import random_network

from rfr_video.cli import main
from rfr_video.cli.options import config_options
from rfr_video.config import StillsConfig
from rfr_video.rfrnet.weights import save_network

QUICK = ["--crop", "64", "--holes", "3", "--device", "cpu"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    write_picture(tmp_path / "photos" / "a.png")
    write_picture(tmp_path / "photos" / "b.png", seed=2)
    return tmp_path


def evaluate(*arguments):
    return main(["evaluate", "stills", *map(str, arguments)])


def test_the_table_lists_shares_kinds_and_all(folder, capsys):
    assert evaluate("photos", *QUICK) == 0
    out = capsys.readouterr().out.splitlines()
    names = ["holes", "method", "count", "hole PSNR", "hole SSIM", "PSNR", "SSIM", "L1 %"]
    assert re.split(r" {2,}", out[0]) == names
    assert [line.split()[:3] for line in out if line.startswith("all")] == [
        ["all", "telea", "6"],
        ["all", "navier-stokes", "6"],
    ]
    assert out[-1].startswith("2 pictures, crop 64, seed 0, holes ")


def test_weights_are_compared_with_the_yardsticks_and_files_are_written(folder, capsys):
    save_network(random_network(), folder / "tiny.safetensors")
    np.savez(folder / "squeezenet.npz", **random_arrays())
    files = ["--csv", "s.csv", "--json", "s.json", "--sheet", "s.png"]
    options = ["--weights", "tiny.safetensors", "--features", "squeezenet.npz", "--hole-kind", "dropout"]
    assert evaluate("photos/a.png", *QUICK, *options, "--hole-share", "2-9.5", *files) == 0
    out = capsys.readouterr().out
    assert "tiny.safetensors against the best yardstick: hole PSNR -" in out
    assert ", feature distance +" in out
    assert out.splitlines()[0].endswith("L1 %  features")
    data = json.loads((folder / "s.json").read_text())
    assert {score["kind"] for score in data["scores"]} == {"dropout"}
    assert data["settings"]["hole_share"] == "2-9.5"
    assert len((folder / "s.csv").read_text().splitlines()) == 1 + 3 * 3
    assert cv2.imread("s.png").shape == (88, 5 * 70, 3)
    assert sorted(path.name for path in folder.iterdir()) == [
        "photos", "s.csv", "s.json", "s.png", "squeezenet.npz", "tiny.safetensors",
    ]  # fmt: skip


def test_quiet_prints_nothing_and_full_takes_whole_pictures(folder, capsys):
    assert evaluate("photos/a.png", "--crop", "full", "--holes", "1", "--json", "s.json", "-q") == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")
    (picture,) = json.loads((folder / "s.json").read_text())["pictures"]
    assert (picture["width"], picture["height"]) == (80, 72)


def test_existing_files_are_replaced_only_on_demand(folder, capsys):
    (folder / "s.csv").write_text("mine")
    assert evaluate("photos", *QUICK, "--csv", "s.csv") == 5
    assert "s.csv exists" in capsys.readouterr().err
    assert (folder / "s.csv").read_text() == "mine"
    assert evaluate("photos", *QUICK, "--csv", "s.csv", "--overwrite") == 0
    assert (folder / "s.csv").read_text().startswith("picture,")


def test_every_field_of_the_config_is_an_option():
    names = {option.name for option in config_options(StillsConfig)}
    assert names == {f"stillsconfig_{field}" for field in StillsConfig.__dataclass_fields__}


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "Missing argument 'IMAGES...'"),
        (["none.png"], 3, "none.png does not exist"),
        (["notes.txt"], 3, "damaged or not a picture"),
        (["empty"], 3, "holds no pictures"),
        (["photos", "--crop", "256"], 3, "is 80×72, the crop 256×256"),
        (["photos", "photos/a.png"], 2, "given more than once"),
        (["photos", "--crop", "8"], 2, "--crop is 8; give 32 pixels or more"),
        (["photos", "--crop", "whole"], 2, "crop 'whole' is not understood"),
        (["photos", "--holes", "0"], 2, "--holes is 0"),
        (["photos", "--seed", "-1"], 2, "--seed is -1"),
        (["photos", "--hole-share", "40"], 2, "hole share '40' is not LEAST-LARGEST"),
        (["photos", "--hole-share", "40-3"], 2, "hole share is 40-3"),
        (["photos", "--hole-share", "0-3"], 2, "hole share is 0-3"),
        (["photos", "--hole-kind", "star"], 2, "'star' is not one of"),
        (["photos", "--hole-kind", "shape"], 2, "--hole-kind shape and --hole-shapes belong together"),
        (["photos", "--hole-masks", "empty"], 2, "--hole-kind mask and --hole-masks belong together"),
        (["photos", "--hole-kind", "mask", "--hole-masks", "empty"], 4, "has no images"),
        (["photos", "--hole-share", "50.001-50.002"], 2, "no hole of kind"),
        (["photos", "--yardstick", "telea", "--yardstick", "telea"], 2, "--yardstick telea is given more"),
        (["photos", "--yardstick", "fsr"], 2, "fsr needs OpenCV's contributed modules"),
        (["photos", "--weights", "nowhere"], 8, "no weights 'nowhere'"),
        (["photos", "--weights", "notes.txt"], 8, "no checkpoint"),
        (["photos", "--features", "notes.txt"], 8, "damaged, or no .npz"),
        (["photos", "--device", "abacus"], 2, "--device is 'abacus'"),
        (["photos", "--csv", "x/s.csv"], 5, "does not exist"),
        (["photos", "--csv", "photos"], 5, "no regular file"),
        (["photos", "--csv", "same", "--json", "same"], 5, "CSV same is the JSON itself"),
        (["photos", "--sheet", "photos/a.png"], 5, "exists"),
        (["photos", "--sheet", "photos/a.png", "--overwrite"], 5, "is the picture itself"),
    ],
)
def test_bad_input_is_one_line_and_its_code(folder, capsys, arguments, code, message, monkeypatch):
    monkeypatch.delattr(cv2, "xphoto", raising=False)
    (folder / "notes.txt").write_text("no picture, no weights")
    (folder / "empty").mkdir()
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert evaluate("--crop", "64", *arguments) == code
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
