"""``restore --fill``, ``--weights`` and ``--device`` as a user meets them."""

import json
import subprocess
import sys

import cv2
import numpy as np
import pytest
from media_factory import Clip, make_video
from raft_factory import hide_torchvision

from rfr_video.cli import main

BOX = ["--box", "9,7,31,17"]


@pytest.fixture
def source(tmp_path):
    return make_video(tmp_path / "source.mp4", Clip(frames=3))


def run(capsys, source, *arguments):
    target = source.with_name("result.mp4")
    code = main(["restore", str(source), "-o", str(target), *BOX, *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.usefixtures("tiny_installed")
def test_the_network_is_the_default_where_weights_are_installed_and_the_summary_says_so(capsys, source):
    code, out, err = run(capsys, source, "--device", "cpu")
    assert (code, err) == (0, "")
    assert "3 frames, 3 repaired" in out
    assert (
        "fill: borrowed (the default; from other frames where they can be trusted, the rest by RFR-Net)"
        in out
    )
    assert "weights: tiny (the first in " in out
    assert "device: cpu (as asked; --fill classical is faster there)" in out
    assert "fill quality: balanced (" in out
    assert "look-ahead: 50 frames (the default: 2.0 s; " in out
    assert "motion: DIS (no weights of RAFT are installed; OpenCV's, on the CPU)" in out
    assert "fill: network runs on cpu in float32" in out


@pytest.mark.usefixtures("nothing_installed")
def test_without_weights_the_rest_is_classical_and_the_summary_says_so(capsys, source):
    code, out, err = run(capsys, source)
    assert (code, err) == (0, "")
    assert "from other frames where they can be trusted, the rest by OpenCV's Telea)" in out


@pytest.mark.usefixtures("tiny_installed")
def test_the_network_frame_by_frame_where_asked_for(capsys, source):
    code, out, err = run(capsys, source, "--fill", "rfr", "--device", "cpu")
    assert (code, err) == (0, "")
    assert "fill: rfr (as asked)" in out
    assert "weights: tiny (the first in " in out
    assert "look-ahead" not in out


@pytest.mark.usefixtures("tiny_installed")
def test_the_report_says_which_weights_and_where_they_ran(capsys, source):
    code, out, _ = run(capsys, source, "--fill", "rfr", "--weights", "other", "--device", "cpu", "--json")
    assert code == 0
    report = json.loads(out)
    network = report["plan"]["fill"]["network"]
    assert (network["weights"]["entry"]["name"], network["device"]) == ("other", "cpu")
    assert network["sha256"] == network["weights"]["entry"]["sha256"]
    assert report["fill_notes"] == ["network runs on cpu in float32"]
    code, out, _ = run(capsys, source, "--fill", "classical", "--json", "--overwrite")
    assert json.loads(out)["plan"]["fill"] == {"temporal": None, "network": None}
    assert json.loads(out)["fill_notes"] == []


def test_a_dry_run_checks_the_file_and_loads_no_network(capsys, source, tiny_installed, monkeypatch):
    monkeypatch.setattr(
        "rfr_video.rfrnet.weights.build_network", lambda *_: pytest.fail("a network was made")
    )
    code, out, _ = run(capsys, source, "--dry-run", "--device", "cpu")
    assert code == 0
    assert "tiny" in out
    assert "--fill classical is faster" in out


def test_weights_of_ones_own(capsys, source, tiny_installed):
    mine = source.with_name("mine.safetensors")
    mine.write_bytes((tiny_installed / "tiny.safetensors").read_bytes())
    code, out, _ = run(capsys, source, "--weights", mine, "--device", "cpu")
    assert code == 0
    assert "weights: mine.safetensors (as asked)" in out


@pytest.mark.parametrize(
    ("options", "code", "say"),
    [
        (["--fill", "rfr"], 8, "--fill rfr needs weights, and none are installed in"),
        (["--weights", "missing.pth"], 8, "no weights 'missing.pth'"),
        (["--weights", "noise.pth"], 8, "is no checkpoint"),
        (["--weights", "noise.pth", "--device", "cuda:99"], 2, "device 'cuda:99' cannot be used"),
        (["--device", "gpu"], 2, "--device is 'gpu'"),
        (["--fill", "magic"], 2, "'magic' is not one of 'auto', 'temporal', 'rfr', 'classical'"),
        (["--fill", "classical", "--weights", "noise.pth"], 2, "--fill classical needs no network"),
        (
            ["--flow", "raft"],
            2,
            "--flow raft cannot be read (No such file or directory); give --flow dis, or",
        ),
        (["--flow", "noise.pth"], 2, "RAFT needs torchvision, which cannot be imported"),
        (["--fill", "rfr", "--flow", "dis"], 2, "--fill rfr works frame by frame: leave out --flow"),
        (["--fill", "classical", "--look-ahead", "1"], 2, "works frame by frame: leave out --look-ahead"),
        (["--look-ahead", "11"], 2, "--look-ahead is 11; give seconds above 0, at most 10"),
    ],
)
@pytest.mark.usefixtures("nothing_installed")
def test_what_cannot_be_used_is_one_line_and_leaves_nothing(capsys, source, monkeypatch, options, code, say):
    monkeypatch.chdir(source.parent)
    hide_torchvision(monkeypatch)
    source.with_name("noise.pth").write_bytes(b"noise" * 99)
    before = sorted(source.parent.iterdir())
    seen, out, err = run(capsys, source, *options)
    assert (seen, out) == (code, "")
    assert say in err
    assert err.count("\n") == 1
    assert sorted(source.parent.iterdir()) == before


def test_wrong_weights_are_an_error_even_where_nothing_is_to_be_filled(capsys, source):
    black = source.with_name("black.png")
    cv2.imwrite(str(black), np.zeros((64, 96), np.uint8))
    arguments = ["restore", source, "-o", source.with_name("r.mp4"), "--mask", black, "--weights", "tinny"]
    assert main(list(map(str, arguments))) == 8
    assert "no weights 'tinny'" in capsys.readouterr().err


def test_a_missing_file_of_raft_is_an_error_even_where_nothing_is_to_be_filled(capsys, source):
    black = source.with_name("black.png")
    cv2.imwrite(str(black), np.zeros((64, 96), np.uint8))
    arguments = ["restore", source, "-o", source.with_name("r.mp4"), "--mask", black, "--flow", "none.pth"]
    assert main(list(map(str, arguments))) == 2
    assert "--flow none.pth cannot be read" in capsys.readouterr().err


def test_classical_filling_loads_no_torch(source):
    target = source.with_name("result.mp4")
    arguments = ["restore", str(source), "-o", str(target), *BOX, "--fill", "classical"]
    program = f"import sys; from rfr_video.cli import main; main({arguments}); print('torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "False"


@pytest.mark.usefixtures("tiny_installed")
def test_adapting_takes_its_seconds_or_a_minute(capsys, source):
    code, out, _ = run(capsys, source, "--adapt=7.5", "--dry-run")
    assert (code, "7.5 s" in out) == (0, True)
    code, out, _ = run(capsys, source, "--adapt", "--dry-run")
    assert (code, "60 s" in out) == (0, True)
    code, _, err = run(capsys, source, "--adapt=0")
    assert (code, "--adapt is 0; give seconds above 0" in err) == (2, True)
    code, _, err = run(capsys, source, "--adapt", "--fill", "classical")
    assert (code, "no network to adapt" in err) == (2, True)


@pytest.mark.usefixtures("tiny_installed")
def test_the_summary_says_what_came_of_adapting(capsys, monkeypatch, source, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    code, out, _ = run(capsys, source, "--adapt=1")
    assert code == 0
    assert "adaptation: " in out
