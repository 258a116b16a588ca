"""``evaluate clips`` on the command line: tables, files, and what goes wrong."""

import json
import os
import re
import signal
import subprocess

import cv2
import numpy as np
import pytest
from clips_factory import panning, write_clip, write_logo, write_masks, write_noise
from programs import command, running, wait_until

from rfr_video.cli import main
from rfr_video.cli.options import config_options
from rfr_video.config import ClipsConfig

QUICK = ["--frames", "2", "--method", "telea", "--method", "navier-stokes"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clips").mkdir()
    write_clip(tmp_path / "clips" / "a.mkv", panning())
    write_clip(tmp_path / "clips" / "b.mkv", panning(step_px=3))
    write_logo(tmp_path / "channel.png")
    write_noise(tmp_path / "noise.mkv")
    write_masks(tmp_path / "masks" / "a", frames=6)
    return tmp_path


def evaluate(*arguments):
    return main(["evaluate", "clips", *map(str, arguments)])


def table(text):
    return [re.split(r" {2,}", line) for line in text.splitlines()]


def test_the_table_lists_every_case_and_the_means(folder, capsys):
    assert evaluate("clips", *QUICK) == 0
    lines = table(capsys.readouterr().out)
    shares = ["deblended", "borrowed"]
    measures = ["hole PSNR", "gain", "hole SSIM", "flicker", *shares, "frames/s"]
    assert lines[0] == ["clip", "overlay", "method", *measures]
    cases = [(overlay, method) for overlay in ("logo", "box") for method in ("telea", "navier-stokes")]
    expected = [(clip, *case) for clip in ("a.mkv", "b.mkv", "mean of 2") for case in cases]
    assert [tuple(line[:3]) for line in lines[1:-1]] == expected
    gains = [float(line[4]) for line in lines[1:-1]]
    assert all(0 in pair and max(pair) == 0 for pair in zip(gains[0:8:2], gains[1:8:2], strict=True))
    assert lines[-1] == ["2 clips, the first 2 frames"]


def test_files_are_written_and_nothing_else_is_left(folder, capsys, tiny_installed):
    before = {path.name for path in folder.iterdir()}
    overlays = ["--logo", "channel.png", "--opacity", "0.5", "--tape", "noise.mkv", "--mask-folder", "masks"]
    options = ["--method", "auto", "--method", "removelogo", "--device", "cpu", "--frames", "3"]
    options += ["--quality", "fast", "--look-ahead", "0.4"]
    files = ["--csv", "s.csv", "--json", "s.json", "--sheet", "s.png"]
    assert evaluate("clips/a.mkv", *overlays, *options, *files) == 0
    out = capsys.readouterr().out
    assert [line[1:3] for line in table(out)[1:7]] == [
        [overlay, method]
        for overlay in ("channel.png 50 %", "masks", "noise.mkv")
        for method in ("auto", "removelogo")
    ]
    assert "n/a: removelogo takes one mask for all frames" in out.splitlines()
    data = json.loads((folder / "s.json").read_text())
    assert data["methods"]["auto"] == {
        "fill": "borrowed",
        "weights": "tiny",
        "device": "cpu",
        "fill quality": "fast",
        "look-ahead": "10 frames",
        "motion": "DIS",
    }
    assert (data["settings"]["quality"], data["settings"]["look_ahead"]) == ("fast", 0.4)
    assert len((folder / "s.csv").read_text().splitlines()) == 1 + 6
    assert cv2.imread("s.png").shape[2] == 3
    assert {path.name for path in folder.iterdir()} == before | {"s.csv", "s.json", "s.png"}


def test_the_protocol_adds_two_columns(folder, capsys):
    assert evaluate("clips/a.mkv", *QUICK, "--overlay", "box", "--protocol") == 0
    lines = table(capsys.readouterr().out)
    assert lines[0][-2:] == ["PSNR", "SSIM 65"]
    assert 20 < float(lines[1][-2]) < 60
    assert 0.5 < float(lines[1][-1]) < 1
    assert lines[-1] == ["1 clip, the first 2 frames, shrunk to 432×240"]


def test_quiet_prints_nothing(folder, capsys):
    assert evaluate("clips/a.mkv", *QUICK, "--overlay", "box", "--json", "s.json", "-q") == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")
    assert (folder / "s.json").exists()


def test_every_field_of_the_config_is_an_option():
    names = {option.name for option in config_options(ClipsConfig)}
    assert names == {f"clipsconfig_{field}" for field in ClipsConfig.__dataclass_fields__}


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "Missing argument 'CLIPS...'"),
        (["none.mp4"], 3, "none.mp4 does not exist"),
        (["notes.txt"], 3, "notes.txt is not a readable media file"),
        (["empty"], 3, "holds no videos"),
        (["clips", "clips/a.mkv"], 2, "clips/a.mkv is given more than once"),
        (["clips", "--frames", "0"], 2, "--frames is 0"),
        (["clips", "--method", "magic"], 2, "'magic' is not one of"),
        (["clips", "--quality", "magic"], 2, "'magic' is not one of"),
        (["clips", "--look-ahead", "1"], 2, "--look-ahead is for auto and temporal, and what is measured is"),
        (["clips", "--flow", "dis"], 2, "--flow is for auto and temporal, and what is measured is telea"),
        (["clips", "--method", "auto", "--look-ahead", "0"], 2, "--look-ahead is 0; give seconds above 0"),
        (["clips", "--method", "auto", "--flow", "none.pth"], 2, "--flow none.pth cannot be read"),
        (["clips", "--method", "telea", "--method", "telea"], 2, "--method telea is given more than once"),
        (["clips", "--overlay", "star"], 2, "'star' is not one of"),
        (["clips", "--logo", "none.png"], 3, "logo none.png cannot be read"),
        (["clips", "--logo", "notes.txt"], 3, "damaged or not a picture"),
        (["clips", "--logo", "channel.png", "--opacity", "2"], 2, "--opacity is 2"),
        (["clips", "--logo", "channel.png", "--logo-width", "0"], 2, "--logo-width is 0"),
        (["clips", "--logo", "channel.png", "--corner", "middle"], 2, "'middle' is not one of"),
        (["clips", "--overlay", "box", "--opacity", "0.5"], 2, "--opacity is that of logos"),
        (["clips", "--crf", "52"], 2, "--crf is 52"),
        (["clips", "--mask-folder", "notes.txt"], 4, "is no folder"),
        (["clips", "--mask-folder", "masks"], 4, "mask folder masks has none for b.mkv"),
        (["clips/a.mkv", "--mask-folder", "blank"], 4, "blank covers nothing of the first 2 frames"),
        (["clips", "--tape", "none.mkv"], 3, "none.mkv does not exist"),
        (["clips", "--tape", "notes.txt"], 3, "notes.txt is not a readable media file"),
        (["clips", "--weights", "nowhere"], 8, "no weights 'nowhere'"),
        (["clips", "--device", "abacus"], 2, "--device is 'abacus'"),
        (["clips", "--csv", "x/s.csv"], 5, "does not exist"),
        (["clips", "--csv", "same", "--sheet", "same"], 5, "CSV same is the sheet itself"),
        (["clips", "--sheet", "clips/a.mkv"], 5, "exists"),
        (["clips", "--sheet", "clips/a.mkv", "--overwrite"], 5, "is the clip itself"),
    ],
)
def test_bad_input_is_one_line_and_its_code(folder, capsys, arguments, code, message):
    (folder / "notes.txt").write_text("no video, no picture")
    (folder / "empty").mkdir()
    (folder / "blank").mkdir()
    cv2.imwrite("blank/a.png", np.zeros((120, 160), np.uint8))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    quick = QUICK if "--method" not in arguments and "--frames" not in arguments else []
    assert evaluate("-q", *quick, *arguments) == code
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_leaves_nothing_behind(tmp_path, number, code):
    (tmp_path / "temporary").mkdir()
    clip = write_clip(tmp_path / "long.mkv", panning(80, height=240, width=320, step_px=1))
    options = [
        "--overlay",
        "box",
        "--method",
        "classical",
        "--method",
        "telea",
        "--json",
        tmp_path / "s.json",
    ]
    environment = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}
    with running(
        command("evaluate", "clips", clip, *options), env=environment, stdout=subprocess.DEVNULL
    ) as program:
        wait_until(lambda: list(tmp_path.glob("temporary/*/burned.mkv")), program)
        program.send_signal(number)
        _, err = program.communicate()
    assert program.returncode == code
    assert err.splitlines()[-1] == "rfr-video: interrupted; nothing was written"
    assert "Traceback" not in err
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["long.mkv", "temporary"]
