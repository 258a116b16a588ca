"""``rfr-video image`` as a user meets it."""

import json
import os
import signal
import subprocess

import cv2
import numpy as np
import pytest
from programs import command, running, wait_until
from stills_factory import Kind, png, scene

from rfr_video.cli import main

BOX = ["--box", "20,24,30,17"]
CLASSICAL = [*BOX, "--fill", "classical"]


@pytest.fixture
def source(tmp_path):
    return Kind("rgb", ".png").write(tmp_path / "source")


def run(capsys, *arguments):
    code = main(["image", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_summary_says_what_was_done(capsys, source, tmp_path):
    code, out, err = run(capsys, source, "-o", tmp_path / "r.png", *CLASSICAL)
    assert (code, err) == (0, "")
    first, second = out.splitlines()
    assert first == f"{source} → {tmp_path / 'r.png'}: PNG, 93×67; 8.18 % of all samples synthesised"
    assert second.startswith("fill: classical (as asked")


def test_summary_of_the_network_names_weights_and_device(capsys, source, tmp_path, tiny_installed):
    code, out, _ = run(capsys, source, "-o", tmp_path / "r.png", *BOX)
    assert code == 0
    for expected in ("fill: rfr", "weights: tiny", "device: cpu", "float32"):
        assert expected in out


def test_what_was_given_up_is_said(capsys, tmp_path):
    source = Kind("lossy", ".webp", lossless=False).write(tmp_path / "source")
    _, out, _ = run(capsys, source, "-o", tmp_path / "r.webp", *CLASSICAL)
    assert "lossy WebP was coded anew at quality 100" in out


def test_a_black_mask_is_said_to_be_copied(capsys, source, tmp_path):
    cv2.imwrite(str(tmp_path / "black.png"), np.zeros((67, 93), np.uint8))
    code, out, _ = run(capsys, source, "-o", tmp_path / "r.png", "--mask", tmp_path / "black.png")
    assert code == 0
    assert out.endswith("PNG, 93×67; the mask is empty: copied\n")


def test_json_is_all_that_is_printed(capsys, source, tmp_path):
    code, out, err = run(capsys, source, "-o", tmp_path / "r.png", *CLASSICAL, "--json")
    assert (code, err) == (0, "")
    (image,) = json.loads(out)["images"]
    assert (image["kind"], image["samples_synthesised"]) == ("PNG", 30 * 17)
    assert image["choices"][0]["value"] == "classical"
    assert json.loads(out)["failed"] == []


def test_quiet_prints_nothing(capsys, source, tmp_path):
    assert run(capsys, source, "-o", tmp_path / "r.png", *CLASSICAL, "--quiet") == (0, "", "")


def test_an_existing_target_is_kept_unless_told_otherwise(capsys, source, tmp_path):
    target = tmp_path / "r.png"
    target.write_bytes(b"precious")
    code, _, err = run(capsys, source, "-o", target, *CLASSICAL)
    assert (code, target.read_bytes()) == (5, b"precious")
    assert "--overwrite" in err
    assert run(capsys, source, "-o", target, *CLASSICAL, "--overwrite")[0] == 0
    assert target.read_bytes().startswith(b"\x89PNG")


@pytest.fixture
def album(tmp_path):
    folder = tmp_path / "album"
    folder.mkdir()
    for name in "abc":
        Kind("rgb", ".png").write(folder / name)
    return folder


def test_a_folder_with_a_bad_picture_goes_on_and_tells(capsys, album, tmp_path):
    (album / "b.png").write_bytes(b"no picture")
    code, out, err = run(capsys, album, "-o", tmp_path / "out", *CLASSICAL)
    assert code == 7
    assert err.count("\n") == 1
    assert "b.png is not an image" in err
    assert out.splitlines()[-1] == "2 of 3 pictures done, 1 could not be repaired"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png", "c.png"]


def test_where_all_are_bad_the_code_is_that_of_the_first(capsys, album, tmp_path):
    code, out, err = run(capsys, album, "-o", tmp_path / "out", "--box", "0,0,900,900", "--json")
    assert code == 4
    assert err.count("\n") == 3
    report = json.loads(out)
    assert report["images"] == []
    assert [failure["source"] for failure in report["failed"]] == [str(album / f"{n}.png") for n in "abc"]


def test_a_folder_of_masks_goes_by_name(capsys, album, tmp_path):
    masks = tmp_path / "masks"
    masks.mkdir()
    for at, name in enumerate("abc"):
        mask = np.zeros((67, 93), np.uint8)
        mask[20:30, 30 * at : 30 * at + 20] = 255
        cv2.imwrite(str(masks / f"{name}.png"), mask)
    options = ["--mask", masks, "--fill", "classical"]
    assert run(capsys, album, "-o", tmp_path / "out", *options)[0] == 0
    for at, name in enumerate("abc"):
        before, after = (cv2.imread(str(folder / f"{name}.png"), -1) for folder in (album, tmp_path / "out"))
        columns = np.flatnonzero((before != after).any(axis=(0, 2)))
        assert 30 * at <= columns[0] <= columns[-1] < 30 * at + 20


def test_steps_picture(capsys, source, tmp_path, tiny_installed):
    steps = tmp_path / "steps.png"
    code, _, _ = run(capsys, source, "-o", tmp_path / "r.png", *BOX, "--steps-picture", steps)
    assert code == 0
    assert cv2.imread(str(steps)).shape[0] == 67


def test_steps_are_for_a_single_picture(capsys, album, tmp_path, tiny_installed):
    options = [*BOX, "--steps-picture", tmp_path / "steps.png"]
    code, _, err = run(capsys, album, "-o", tmp_path / "out", *options)
    assert code == 2
    assert "a single picture, and there are 3" in err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_leaves_nothing_half_written(tmp_path, number, code):
    album = tmp_path / "album"
    album.mkdir()
    (album / "000.png").write_bytes(png(scene(3, 16, width=1500, height=1000)))
    for index in range(1, 200):  # many, so that it is still at work when the signal comes
        os.link(album / "000.png", album / f"{index:03}.png")
    arguments = ["image", album, "-o", tmp_path / "out", *CLASSICAL]
    with running(command(*arguments), stdout=subprocess.DEVNULL) as program:
        wait_until((tmp_path / "out" / "000.png").exists, program)
        program.send_signal(number)
        _, err = program.communicate()
    assert program.returncode == code
    assert "Traceback" not in err
    done = list((tmp_path / "out").iterdir())
    assert 1 <= len(done) < 200
    assert not [path for path in done if path.name.startswith(".")]
    assert all(cv2.imread(str(path)) is not None for path in done)
