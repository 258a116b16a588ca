"""``rfr-video detect text`` and ``restore --detect text``, as a user meets them."""

import json

import numpy as np
import pytest
from caption_scene import CaptionScene, Line, write_caption_scene
from media_factory import decode

from rfr_video.cli import main

LINE = Line("Where were you last night?", 8, 30)
SCENE = CaptionScene([LINE, Line("Nobody knew", 34, 50, at=(20, 40))], frames=54)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("captions")
    write_caption_scene(folder / "talk.mp4", SCENE)
    write_caption_scene(folder / "clean.mp4", CaptionScene(frames=30))
    return folder


@pytest.fixture(autouse=True)
def here(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("talk.mp4", "clean.mp4"):
        (tmp_path / name).symlink_to(folder / name)
    return tmp_path


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_captions_are_listed_in_order_with_their_times(capsys):
    code, out, err = run(capsys, "detect", "text", "talk.mp4", "-o", "masks.mkv")
    assert (code, err) == (0, "")
    first, second = [line for line in out.splitlines() if line.startswith("found: text at ")]
    assert first.endswith("0:00:00.320 to 0:00:01.200")
    assert second.endswith("0:00:01.360 to 0:00:02.000")


def test_json_has_times_frames_box_and_confidence(capsys):
    code, out, _ = run(capsys, "detect", "text", "talk.mp4", "-o", "masks.mkv", "--json")
    assert code == 0
    first = json.loads(out)["overlays"][0]
    x, y, width, height = first["box"]
    rows, columns = np.flatnonzero(LINE.drawn.any(axis=1)), np.flatnonzero(LINE.drawn.any(axis=0))
    assert abs(x - columns[0]) <= 4
    assert abs(y - rows[0]) <= 4
    assert abs(x + width - columns[-1]) <= 5
    assert abs(y + height - rows[-1]) <= 5
    assert 0.9 < first["confidence"] <= 1
    (presence,) = first["presence"]
    assert (presence["start_frame"], presence["stop_frame"]) == (8, 30)
    assert (presence["start_seconds"], presence["stop_seconds"]) == (0.32, 1.2)


def test_masks_are_there_only_while_the_text_is(capsys, here):
    run(capsys, "detect", "text", "talk.mp4", "-o", "masks.mkv", "-q")
    there = [bool(mask.any()) for (mask,) in decode(here / "masks.mkv")]
    assert there == [8 <= index < 30 or 34 <= index < 50 for index in range(54)]


def test_a_timeline_can_be_edited_and_given_back(capsys, here):
    assert run(capsys, "detect", "text", "talk.mp4", "-o", "captions.toml", "-q") == (0, "", "")
    text = (here / "captions.toml").read_text()
    assert 'mask = "captions-masks/0001.png"\nstart = "8f"\nend = "30f"' in text
    assert sorted(path.name for path in (here / "captions-masks").iterdir()) == ["0001.png", "0002.png"]
    _, _, second = text.split("\n\n")
    (here / "captions.toml").write_text(second)
    arguments = ["restore", "talk.mp4", "--timeline", "captions.toml", "-o", "out.mkv", "--codec", "ffv1"]
    assert run(capsys, *arguments, "--fill", "classical")[0] == 0
    before, after = decode(here / "talk.mp4"), decode(here / "out.mkv")
    changed = [not np.array_equal(old[0], new[0]) for old, new in zip(before, after, strict=True)]
    assert changed == [34 <= index < 50 for index in range(54)]


def test_a_timeline_replaces_another_only_where_that_is_wanted(capsys, here):
    run(capsys, "detect", "text", "talk.mp4", "-o", "captions.toml", "-q")
    code, _, err = run(capsys, "detect", "text", "talk.mp4", "-o", "captions.toml")
    assert (code, err) == (
        5,
        "rfr-video: output captions.toml exists; choose another name or pass --overwrite\n",
    )
    (here / "captions-masks" / "notes.txt").write_text("mine")
    code, _, err = run(capsys, "detect", "text", "talk.mp4", "-o", "captions.toml", "--overwrite")
    assert code == 5
    assert "captions-masks holds other files, such as notes.txt" in err


def test_only_the_region_is_looked_at(capsys):
    code, out, _ = run(
        capsys, "detect", "text", "talk.mp4", "-o", "masks.mkv", "--json", "--region", "top-left"
    )
    assert code == 0
    (one,) = json.loads(out)["overlays"]
    assert one["presence"][0]["start_frame"] == 34


def test_nothing_found_says_what_to_do(capsys, here):
    code, out, err = run(capsys, "detect", "text", "clean.mp4", "-o", "masks.mkv")
    assert (code, err) == (9, "")
    assert "text: nothing was found that is surely text; say where and when it is with --timeline" in out
    assert not (here / "masks.mkv").exists()


def test_restore_takes_captions_out_and_leaves_the_other_frames_alone(capsys, here):
    arguments = ["restore", "talk.mp4", "--detect", "text", "-o", "out.mkv", "--codec", "ffv1"]
    code, out, err = run(capsys, *arguments, "--fill", "classical")
    assert (code, err) == (0, "")
    assert "found: text at " in out
    before, after = decode(here / "talk.mp4"), decode(here / "out.mkv")
    changed = [not np.array_equal(old[0], new[0]) for old, new in zip(before, after, strict=True)]
    assert changed == [8 <= index < 30 or 34 <= index < 50 for index in range(54)]
    assert after[20][0][LINE.ink > 0.9].mean() < 180 < before[20][0][LINE.ink > 0.9].mean()
