"""``rfr-video detect``, and ``restore --detect``, as a user meets them."""

import json

import cv2
import numpy as np
import pytest
from logo_scene import LogoScene, write_logo_scene
from media_factory import decode
from moving_shapes import likeness

from rfr_video.cli import main
from rfr_video.config import CHANGING_KINDS, KINDS
from rfr_video.pipeline.detection import DEFECTS

SCENE = LogoScene()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenes")
    write_logo_scene(folder / "logo.mp4", SCENE)
    write_logo_scene(folder / "clean.mp4", LogoScene(shown=lambda index: 0.0))
    return folder


@pytest.fixture(autouse=True)
def here(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("logo.mp4", "clean.mp4"):
        (tmp_path / name).symlink_to(folder / name)
    return tmp_path


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def picture(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def test_a_logo_is_found_and_shown(capsys, here):
    code, out, err = run(capsys, "detect", "logo", "logo.mp4", "-o", "mask.png", "--overlay", "shown.png")
    assert (code, err) == (0, "")
    assert "logo.mp4 → mask.png" in out
    assert "found: logo at 2" in out
    assert likeness(picture(here / "mask.png") > 0, SCENE.ink) > 0.75
    shown = picture(here / "shown.png").astype(int)
    tinted = shown[..., 1] - shown[..., 2]
    assert tinted[SCENE.ink].mean() > 60 > tinted[100:].mean()


def test_json_says_where_and_when(capsys):
    code, out, _ = run(capsys, "detect", "logo", "logo.mp4", "-o", "mask.png", "--json")
    assert code == 0
    found = json.loads(out)
    assert found["kind"] == "logo"
    (overlay,) = found["overlays"]
    assert 0.5 < overlay["confidence"] <= 1
    assert overlay["presence"] == [
        {
            "start_seconds": None,
            "stop_seconds": None,
            "start_frame": None,
            "stop_frame": None,
            "fade_in_frames": 0,
            "fade_out_frames": 0,
        }
    ]


def test_masks_frame_by_frame_can_be_given_back(capsys, here):
    assert run(capsys, "detect", "logo", "logo.mp4", "-o", "masks.mkv", "-q") == (0, "", "")
    run(capsys, "detect", "logo", "logo.mp4", "-o", "mask.png")
    frames = decode(here / "masks.mkv")
    assert len(frames) == SCENE.frames
    assert all(np.array_equal(mask, picture(here / "mask.png")) for (mask,) in frames)
    assert (
        run(capsys, "restore", "logo.mp4", "--mask", "masks.mkv", "-o", "a.mkv", "--fill", "classical")[0]
        == 0
    )


def test_nothing_found_writes_nothing_and_is_code_9(capsys, here):
    code, out, err = run(capsys, "detect", "logo", "clean.mp4", "-o", "mask.png", "--overlay", "shown.png")
    assert (code, err) == (9, "")
    assert "nothing found, mask.png is not written" in out
    assert "give it with --mask" in out
    assert not (here / "mask.png").exists()
    assert not (here / "shown.png").exists()


def test_restore_finds_a_logo_and_takes_it_out(capsys, here):
    arguments = ["restore", "logo.mp4", "--detect", "logo", "-o", "out.mkv", "--fill", "classical"]
    code, out, err = run(capsys, *arguments)
    assert (code, err) == (0, "")
    assert "found: logo at 2" in out
    assert "50 repaired" in out


def test_restore_that_finds_nothing_copies_and_says_what_to_do(capsys, here):
    code, out, _ = run(
        capsys, "restore", "clean.mp4", "--detect", "logo", "-o", "out.mp4", "--fill", "classical"
    )
    assert code == 9
    assert "nothing was found: all streams copied, 50 frames untouched" in out
    assert "give it with --mask" in out
    assert (here / "out.mp4").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--region", "middle"], 2, "region 'middle' is not known; give one of top-left, top,"),
        (["--region", "1,2,3"], 2, "is not X,Y,W,H"),
        (["--region", "300,0,40,40"], 4, "region: box 300,0,40,40 covers columns 300 to 339"),
        (["--sensitivity", "2"], 2, "--sensitivity is 2; give a number from 0 to 1"),
        (["--overlay", "mask.png"], 5, "overlay mask.png is the output itself"),
        (["--overlay", "shown.gif"], 6, "overlay shown.gif is written as H.264; name it shown.mp4 or .mkv"),
        (["--overlay", "logo.mp4"], 5, "overlay logo.mp4 is the input itself"),
        (["-o", "l.xyz"], 2, "l.xyz is neither FILE.mkv, FILE.png, FILE.toml nor a folder; name it l.mkv"),
    ],
)
def test_wrong_options_are_one_line(capsys, here, arguments, code, message):
    got, _, err = run(capsys, "detect", "logo", "logo.mp4", "-o", "mask.png", *arguments)
    assert (got, err.count("\n")) == (code, 1)
    assert message in err
    assert not (here / "mask.png").exists()


@pytest.mark.parametrize("command", [["detect", "logo"], ["restore", "--detect", "logo"]])
def test_in_a_quiet_run_one_line_says_why_the_code_is_not_0(capsys, command):
    code, out, err = run(capsys, *command, "clean.mp4", "-o", "out.mkv", "-q")
    assert (code, out, err.count("\n")) == (9, "", 1)
    assert "rfr-video: nothing was found in clean.mp4; out.mkv is " in err


@pytest.mark.parametrize("option", [["--region", "top"], ["--sensitivity", "0.9"]])
def test_where_to_look_is_said_with_what_to_look_for(capsys, option):
    code, _, err = run(capsys, "restore", "logo.mp4", "-o", "o.mp4", "--box", "2,2,4,4", *option)
    assert (code, err.count("\n")) == (2, 1)
    assert f"{option[0]} is for what --detect looks for, and nothing is to be found; add --detect KIND" in err


def test_help_offers_the_outputs_that_a_kind_has(capsys):
    for kind in KINDS:
        _, out, _ = run(capsys, "detect", kind, "--help")
        assert ("FILE.png" in out) == ("FILE.toml" in out) == (kind not in CHANGING_KINDS)
    assert set(CHANGING_KINDS) == set(DEFECTS)


def test_a_kind_is_asked_for_once(capsys):
    code, _, err = run(capsys, "restore", "logo.mp4", "-o", "o.mp4", "--detect", "logo", "--detect", "logo")
    assert (code, err) == (2, "rfr-video: --detect logo is given more than once; give it once\n")


def test_the_plan_says_that_something_will_be_looked_for(capsys):
    code, out, _ = run(capsys, "restore", "logo.mp4", "-o", "o.mp4", "--detect", "logo", "--dry-run")
    assert code == 0
    assert "found by itself" in out
    assert run(capsys, "restore", "logo.mp4", "-o", "o.mp4", "--detect", "logo", "--dry-run", "-q") == (
        0,
        "",
        "",
    )
