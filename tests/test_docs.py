"""Every command and program in the README works as it stands there."""

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from evaluation_factory import write_picture
from media_factory import Clip, make_video
from perception_factory import random_arrays
from rfrnet_factory import random_network

from rfr_video import probe
from rfr_video.cli import main
from rfr_video.errors import RfrVideoError
from rfr_video.rfrnet.weights import save_network

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
HD = Clip(width=720, height=200, frames=75, audio_tracks=1)


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """The files that the README's commands speak of, in the current folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("ad.mp4", "interview.mov", "trailer.mkv", "programme.ts"):
        make_video(tmp_path / name, HD)
    make_video(tmp_path / "tape.mkv", replace(HD, codec="ffv1", audio_codec="flac"))
    mask = np.zeros((200, 720), np.uint8)
    mask[20:60, 30:90] = 255
    cv2.imwrite("logo-mask.png", mask)
    (tmp_path / "photos").mkdir()
    write_picture(tmp_path / "photos" / "a.png", height=280, width=300)
    save_network(random_network(), tmp_path / "mine.safetensors")
    np.savez(tmp_path / "squeezenet.npz", **random_arrays())
    Path("captions.toml").write_text("[[hole]]\nbox = [100, 120, 300, 60]\nstart = 1\nend = 2\n")
    return tmp_path


@pytest.mark.parametrize("command", [line for block in blocks("sh") for line in block.splitlines()])
def test_command_of_the_readme(desk, command):
    program, *arguments = shlex.split(command)
    assert program == "rfr-video"
    assert main(arguments) == 0
    if arguments[0] == "restore" and "--dry-run" not in arguments:
        result = desk / arguments[arguments.index("-o") + 1]
        assert probe(result).video.width == 720
    if arguments[0] == "evaluate":
        assert json.loads((desk / "scores.json").read_text())["gains"]
        assert cv2.imread(str(desk / "sheet.png")) is not None


@pytest.mark.parametrize("program", blocks("python"))
def test_program_of_the_readme(desk, capsys, program):
    exec(compile(program, "README.md", "exec"), {})
    assert capsys.readouterr().out.startswith("75 ")


def test_exit_codes_of_the_readme_are_those_of_the_errors():
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", README, flags=re.MULTILINE)}
    tree = [RfrVideoError]
    for kind in tree:
        tree += kind.__subclasses__()
    assert {kind.exit_code for kind in tree} - {130} <= documented
