"""``rfr-video train`` and ``finetune``, as a user meets them."""

import signal
import subprocess
import sys

import cv2
import numpy as np
import pytest
import torch
from programs import command, running, wait_until
from training_factory import TINY_TOML, image_folder

from rfr_video.cli import main
from rfr_video.rfrnet.manifest import LocatedWeights
from rfr_video.rfrnet.weights import load_network


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with images and a recipe."""
    monkeypatch.chdir(tmp_path)
    image_folder(tmp_path / "images")
    (tmp_path / "tiny.toml").write_text(TINY_TOML)
    threads = torch.get_num_threads(), cv2.getNumThreads()
    yield tmp_path
    torch.set_num_threads(threads[0])
    cv2.setNumThreads(threads[1])


ON_PROCESSOR = ["--images", "images", "--device", "cpu", "--threads", "1"]


def train(*arguments):
    return main(["train", "tiny.toml", "-o", "run", *ON_PROCESSOR, *arguments])


def test_training_makes_weights_and_says_how_it_goes(folder, capsys):
    assert train() == 0
    assert load_network(LocatedWeights(folder / "run" / "weights.safetensors")).config.width == 8
    out, err = capsys.readouterr()
    assert out.startswith("run: 8 steps in ")
    assert "step 4 of 8, " in err


def test_masks_of_a_folder_become_holes(folder):
    (folder / "masks").mkdir()
    cv2.imwrite("masks/a.png", np.eye(40, dtype=np.uint8) * 255)
    masks_only = ["--set", "holes.weights={mask = 1}", "--set", "data.validation_holes.weights={mask = 1}"]
    wide = ["--set", "holes.share=[0.01, 0.6]", "--set", "data.validation_holes.share=[0.01, 0.6]"]
    assert train("-q", "--hole-masks", "masks", *masks_only, *wide) == 0
    header, *rows = [line.split(",") for line in (folder / "run" / "validation.csv").read_text().splitlines()]
    assert all(float(row[header.index("mask")]) > 0 for row in rows)


def test_quiet_says_nothing(folder, capsys):
    assert train("--steps", "1", "-q") == 0
    assert capsys.readouterr() == ("", "")


def test_a_run_goes_on_with_resume(folder, capsys):
    assert train("--steps", "3") == 0
    assert train() == 2
    assert "go on with --resume" in capsys.readouterr().err
    assert train("--resume", "--set", "schedule.learning_rate=1") == 2
    assert "schedule.learning_rate is 0.001 there and 1.0 here" in capsys.readouterr().err
    assert train("--resume", "--set", "log.every_steps=1") == 0
    assert "8 steps" in capsys.readouterr().out


def test_fine_tuning_is_gentle_unless_told_otherwise(folder):
    assert train("-q") == 0
    tune = ["finetune", "tiny.toml", *ON_PROCESSOR, "--weights", "run/weights.safetensors", "-q"]
    rates = {}
    for name, more in {"gentle": [], "rough": ["--set", "schedule.learning_rate=1e-2"]}.items():
        assert main([*tune, "-o", name, "--set", "schedule.warm_up_steps=0", *more]) == 0
        rows = (folder / name / "log.csv").read_text().splitlines()
        rates[name] = float(rows[1].split(",")[2])
    assert rates["gentle"] == pytest.approx(5e-5, rel=0.1)
    assert rates["rough"] == pytest.approx(1e-2, rel=0.1)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_saves_the_run(folder, number, code):
    endless = ["--set", "schedule.steps=1000000", "--set", "log.validate_every_steps=1000000"]
    log = folder / "run" / "log.csv"
    with running(command("train", "tiny.toml", "-o", "run", *ON_PROCESSOR, *endless)) as program:
        wait_until(lambda: log.exists() and log.read_text().count("\n") > 2, program)
        program.send_signal(number)
        _, err = program.communicate()
    assert program.returncode == code
    assert err.splitlines()[-1].startswith("rfr-video: interrupted at step ")
    assert err.splitlines()[-1].endswith("; saved in run, go on with --resume")
    assert (folder / "run" / "checkpoint.pt").exists()
    assert not list((folder / "run").glob(".*"))


def broken_images(folder):
    for path in (folder / "images").iterdir():
        path.write_bytes(b"no image")


def small_images(folder):
    image_folder(folder / "images")
    for path in (folder / "images").iterdir():
        cv2.imwrite(str(path), cv2.imread(str(path))[:20])


def damaged_checkpoint(folder):
    (folder / "run").mkdir()
    (folder / "run" / "checkpoint.pt").write_bytes(b"no checkpoint")


def nothing(folder):
    pass


@pytest.mark.parametrize(
    ("make", "arguments", "code", "message"),
    [
        (nothing, ["--images", "none"], 3, "none is no folder"),
        (nothing, ["--videos", "none.mp4"], 3, "none.mp4 does not exist"),
        (broken_images, [], 3, "7 unreadable"),
        (small_images, [], 3, "7 smaller than 32 pixels"),
        (nothing, ["--hole-shapes", "none"], 4, "none is not a folder"),
        (nothing, ["--set", "losses.style=1"], 2, "give --features"),
        (nothing, ["--set", "losses.style=1", "--features", "tiny.toml"], 8, "tiny.toml"),
        (nothing, ["--set", "holes.weights={mask = 1}"], 2, "none are given"),
        (nothing, ["--resume"], 8, "is not there"),
        (damaged_checkpoint, ["--resume"], 8, "damaged"),
        (nothing, ["--steps", "5", "--minutes", "1"], 2, "exclude each other"),
        (nothing, ["--steps", "0"], 2, "--steps is 0"),
        (nothing, ["--minutes", "nan"], 2, "--minutes is nan"),
        (nothing, ["--threads", "0"], 2, "--threads is 0"),
        (nothing, ["--workers", "-1"], 2, "--workers is -1"),
        (nothing, ["--device", "abacus"], 2, "abacus"),
        (nothing, ["--set", "schedule.decay=time"], 2, "give --minutes"),
    ],
)
def test_bad_input_is_one_line_and_its_code(folder, capsys, make, arguments, code, message):
    make(folder)
    capsys.readouterr()
    assert train("-q", *arguments) == code
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
    assert not (folder / "run" / "weights.safetensors").exists()


def test_without_images_nothing_is_trained(folder, capsys):
    assert main(["train", "tiny.toml", "-o", "run"]) == 2
    assert "give --images or --videos" in capsys.readouterr().err


def test_a_loss_that_is_no_number_ends_with_code_1_and_one_line(folder, capsys):
    assert train("-q", "--set", "schedule.learning_rate=1e30", "--set", "schedule.clip_norm=0") == 1
    err = capsys.readouterr().err
    assert "no finite number at step" in err
    assert err.count("\n") == 1


def test_help_loads_no_heavy_library():
    probe = (
        "import sys; from rfr_video.cli import main; main(['train', '--help']); "
        "print(sorted({'torch', 'av', 'cv2', 'numpy', 'rich', 'tqdm'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"
