"""Every command and program in the README, and every command on the other pages, works as it is."""

import json
import re
import shlex
import shutil
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from caption_scene import CaptionScene, Line, write_caption_scene
from clips_factory import panning, write_clip, write_logo, write_masks, write_noise
from counted_time import count_time
from evaluation_factory import write_picture
from logo_scene import LogoScene, write_logo_scene
from media_factory import Clip, make_video
from perception_factory import random_arrays
from rfrnet_factory import TINIEST, install_weights, random_network
from training_factory import TINY_TOML, image_folder

from rfr_video import errors, probe
from rfr_video.cli import main
from rfr_video.cli.app import program
from rfr_video.config import ClipsConfig
from rfr_video.errors import RfrVideoError
from rfr_video.media.matte_picture import encode_matte
from rfr_video.rfrnet import adaptation
from rfr_video.rfrnet.weights import save_network
from rfr_video.training.recipe import Recipe

ROOT = Path(__file__).parents[1]
DETECTING = (ROOT / "docs" / "detecting.md").read_text()
EVALUATING = (ROOT / "docs" / "evaluating.md").read_text()
README = (ROOT / "README.md").read_text()
TRAINING = (ROOT / "docs" / "training.md").read_text()
WEIGHTS = (ROOT / "docs" / "weights.md").read_text()
CAPTIONS = (ROOT / "docs" / "captions.md").read_text()
INTERLACED = (ROOT / "docs" / "interlaced.md").read_text()
TRANSLUCENT = (ROOT / "docs" / "translucent.md").read_text()
VERIFYING = (ROOT / "docs" / "verifying.md").read_text()
RESUMING = (ROOT / "docs" / "resuming.md").read_text()
REPORT = (ROOT / "docs" / "report.md").read_text()
SHORT = Clip(width=720, height=200, frames=12, audio_tracks=1)
THREE_SECONDS = replace(SHORT, rate=Fraction(5), frames=15)


def blocks(language, page=README):
    return re.findall(rf"```{language}\n(.*?)```", page, flags=re.DOTALL)


def commands(page):
    return [line for block in blocks("sh", page) for line in block.splitlines()]


@pytest.fixture(scope="module")
def drawer(tmp_path_factory):
    """The files that the pages' commands speak of, and weights that run in no time."""
    folder = tmp_path_factory.mktemp("drawer")
    for name in ("ad.mp4", "interview.mov"):  # what most commands repair
        make_video(folder / name, SHORT)
    for name in ("trailer.mkv", "street.mp4"):  # whose commands name a moment
        make_video(folder / name, THREE_SECONDS)
    make_video(folder / "programme.ts", replace(SHORT, rate=Fraction(15), frames=18))
    make_video(folder / "tape.mkv", replace(SHORT, codec="ffv1", audio_codec="flac"))
    mask = np.zeros((200, 720), np.uint8)
    mask[20:60, 30:90] = 255
    for name in ("logo-mask.png", "van.png", "van-later.png"):
        cv2.imwrite(str(folder / name), mask)
    for name in ("poster.png", "photo.jpg", "scans/1.tif", "scans/2.tif"):
        (folder / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(folder / name), np.random.default_rng(1).integers(0, 255, (200, 720, 3), np.uint8))
    (folder / "scan-masks").mkdir()
    for name in ("1.png", "2.png"):
        cv2.imwrite(str(folder / "scan-masks" / name), mask)
    (folder / "captions.toml").write_text("[[hole]]\nbox = [100, 120, 300, 60]\nstart = 1\nend = 2\n")
    (folder / "clips").mkdir()
    write_clip(folder / "clips" / "pan.mkv", panning(3))
    write_masks(folder / "clip-masks" / "pan", frames=3)
    write_logo(folder / "channel.png")
    alpha = np.where(mask > 0, np.float32(0.5), np.float32(0))
    (folder / "channel-matte.png").write_bytes(encode_matte(np.ones((200, 720, 3), np.float32), alpha))
    (folder / "logos").mkdir()
    write_logo(folder / "logos" / "channel.png")
    write_logo_scene(folder / "broadcast.mp4", LogoScene(frames=30))
    write_noise(folder / "noise.mkv")
    (folder / "photos").mkdir()
    write_picture(folder / "photos" / "a.png", height=280, width=300)
    image_folder(folder / "pictures")
    (folder / "recipe.toml").write_text(TINY_TOML)
    save_network(random_network(TINIEST), folder / "mine.safetensors")
    np.savez(folder / "squeezenet.npz", **random_arrays())
    torch.save({"generator": random_network(TINIEST).state_dict()}, folder / "g_400000.pth")
    install_weights(folder / "weights", "rfr-compact", "paris")
    return folder


@pytest.fixture
def desk(drawer, tmp_path, monkeypatch):
    """A copy of them in the current folder."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(drawer, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("RFR_VIDEO_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    count_time(monkeypatch, adaptation, step_seconds=0.25)
    threads = torch.get_num_threads(), cv2.getNumThreads()
    yield tmp_path
    torch.set_num_threads(threads[0])
    cv2.setNumThreads(threads[1])


@pytest.mark.parametrize(
    "command",
    commands(README)
    + commands(WEIGHTS)
    + commands(REPORT)
    + commands(INTERLACED)
    + commands(TRANSLUCENT)
    + commands(RESUMING),
)
def test_command_of_the_pages(desk, command):
    name, *arguments = shlex.split(command)
    assert name == "rfr-video"
    if "export" in arguments:
        pytest.importorskip("onnxscript", reason="needs the extra [onnx]")
    assert main(arguments) == 0
    if arguments[0] == "restore" and "--dry-run" not in arguments:
        result = desk / arguments[arguments.index("-o") + 1]
        assert probe(result).video.width == probe(desk / arguments[1]).video.width
    for option in ("-o", "--steps-picture", "--report", "--provenance", "--patch"):
        if option in arguments and "--dry-run" not in arguments:
            assert (desk / arguments[arguments.index(option) + 1]).exists()
    if arguments[0] == "evaluate":
        assert json.loads((desk / "scores.json").read_text())["gains"]
        assert cv2.imread(str(desk / "sheet.png")) is not None


@pytest.mark.parametrize("command", commands(DETECTING))
def test_command_of_the_page_about_detecting(desk, command):
    arguments = shlex.split(command)[1:]
    assert main(arguments) == 0
    for option in ("-o", "--overlay", "--json"):
        if option in arguments:
            assert (desk / arguments[arguments.index(option) + 1]).exists()


@pytest.mark.parametrize("command", commands(EVALUATING))
def test_command_of_the_page_about_evaluating(desk, capsys, command):
    before = {path.name for path in desk.iterdir()}
    arguments = shlex.split(command)[1:]
    assert main(arguments) == 0
    columns = capsys.readouterr().out.splitlines()[0]
    named = set(re.split(r" {2,}", columns)) - {"clip", "overlay", "method"}
    explained = " ".join(re.findall(r"^\| ([^|]*) \|", EVALUATING, flags=re.MULTILINE))
    assert {name for name in named if name not in explained} == set()
    files = ("--csv", "--json", "--sheet")
    written = {arguments[arguments.index(name) + 1] for name in files if name in arguments}
    assert {path.name for path in desk.iterdir()} == before | written


def test_commands_of_the_page_about_captions(desk):
    lines = [Line("Where were you last night?", 8, 30)]
    write_caption_scene(desk / "talk.mp4", CaptionScene(lines, frames=40))
    write_caption_scene(desk / "clean.mp4", CaptionScene(frames=40))
    for command in commands(CAPTIONS):
        arguments = shlex.split(command)[1:]
        assert main(arguments) == 0
        written = [arguments[place + 1] for place, one in enumerate(arguments) if one in ("-o", "--json")]
        assert [name for name in written if not (desk / name).exists()] == []


def test_commands_of_the_page_about_verifying_one_after_the_other(desk):
    for command in commands(VERIFYING):
        assert (
            main([*shlex.split(command)[1:], *(["--fill", "classical"] if " restore " in command else [])])
            == 0
        )
    assert (desk / "where.png").exists()


def test_the_page_about_evaluating_names_every_option_that_burns_in():
    names = ("overlay", "logo", "mask_folder", "tape", "opacity", "corner", "protocol", "frames", "method")
    assert set(names) <= {field.name for field in fields(ClipsConfig)}
    assert [name for name in names if f"`--{name.replace('_', '-')}" not in EVALUATING] == []


def test_commands_of_the_page_about_training_one_after_the_other(desk):
    for command in commands(TRAINING):
        assert main(shlex.split(command)[1:]) == 0
    for run in ("run", "tuned"):
        named = set(re.findall(r"^\| `(\w+\.\w+)`", TRAINING, flags=re.MULTILINE))
        assert named <= {path.name for path in (desk / run).iterdir()}


def test_the_page_about_training_names_every_key_of_a_recipe():
    keys = {
        key.name
        for table in fields(Recipe)
        if table.name != "seed"
        for key in fields(table.default_factory())
    }
    assert {key for key in keys if not re.search(rf"\b{key}[`\]]", TRAINING)} == set()


def test_the_page_about_the_report_names_every_key_and_column_and_no_other(desk):
    report = desk / "report.json"
    command = ["restore", "tape.mkv", "-o", "r.mkv", "--box", "30,20,60,40", "--fill", "classical"]
    assert main([*command, "--report", str(report)]) == 0
    data = json.loads(report.read_text())
    keys, columns = re.findall(r"\| (?:key|column) \|.*\n\|[-|]+\n((?:\|.*\n)+)", REPORT)
    for rows, wanted in ((keys, list(data)), (columns, data["filled_frames"]["columns"])):
        named = [name for row in rows.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])]
        assert sorted(named) == sorted(wanted)


@pytest.mark.parametrize(
    ("listing", "printed"), list(zip(blocks("python"), ["12 ", "2816 PNG"], strict=True))
)
def test_program_of_the_readme(desk, capsys, listing, printed):
    exec(compile(listing, "README.md", "exec"), {})
    assert capsys.readouterr().out.startswith(printed)


def test_the_readme_names_every_command_and_links_every_page():
    table = re.findall(r"^\| (`.*?) \|", README, flags=re.MULTILINE)
    named = {command for row in table for command in re.findall(r"`([a-z]+)\b", row)}
    named |= set(re.findall(r"rfr-video ([a-z]+)", README))
    assert set(program.commands) - named == set()
    pages = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    assert {page for page in pages if f"({page})" not in README} == set()


def test_exit_codes_of_the_readme_are_those_of_the_errors():
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", README, flags=re.MULTILINE)}
    tree = [RfrVideoError]
    for kind in tree:
        tree += kind.__subclasses__()
    others = {value for name, value in vars(errors).items() if name.startswith("EXIT_")}
    assert ({kind.exit_code for kind in tree} | others) - {130} <= documented
