"""``rfr-video masks propagate``, and ``--mask-at`` of ``restore``, as a user meets them."""

import json
import signal
from itertools import pairwise

import cv2
import numpy as np
import pytest
from media_factory import Clip, decode, make_video, presentation
from moving_shapes import Scene, likeness, write_mask, write_scene
from programs import command, running, wait_until

from rfr_video import probe
from rfr_video.cli import main

SCENE = Scene(frames=9)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Work in a folder with a video, and masks of its first and last frame."""
    monkeypatch.chdir(tmp_path)
    write_scene(tmp_path / "scene.mkv", SCENE)
    write_mask(tmp_path / "first.png", SCENE.inside(0))
    write_mask(tmp_path / "last.png", SCENE.inside(8))
    return tmp_path


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def propagate(capsys, *arguments):
    return run(capsys, "masks", "propagate", *arguments)


def test_masks_are_written_as_a_lossless_video_with_the_sources_timestamps(capsys, here):
    times = [0, 40, 90, 100, 200, 240, 333, 360, 400]
    write_scene(here / "scene.mkv", SCENE, times=times)
    arguments = ["scene.mkv", "--mask-at", "0f:first.png", "--mask-at", "0.4:last.png", "-o", "masks.mkv"]
    code, out, err = propagate(capsys, *arguments)
    assert (code, err) == (0, "")
    assert "masks: 2 carried to 9 frames, mean confidence 0." in out
    video = probe(here / "masks.mkv").video
    assert (video.codec, video.pix_fmt) == ("ffv1", "gray")
    starts = [start for start, _ in presentation(here / "masks.mkv")]
    assert starts == [start for start, _ in presentation(here / "scene.mkv")]
    for index, (mask,) in enumerate(decode(here / "masks.mkv")):
        assert set(np.unique(mask)) <= {0, 255}
        assert likeness(mask > 0, SCENE.inside(index)) > 0.85


def test_masks_are_written_as_images_and_can_be_given_back(capsys, here):
    assert propagate(capsys, "scene.mkv", "--mask-at", "0f:first.png", "-o", "masks", "-q") == (0, "", "")
    names = sorted(path.name for path in (here / "masks").iterdir())
    assert names == [f"{index:06}.png" for index in range(9)]
    carried = [cv2.imread(str(here / "masks" / name), cv2.IMREAD_UNCHANGED) for name in names]
    assert np.array_equal(carried[0] > 0, SCENE.inside(0))
    assert min(likeness(mask > 0, SCENE.inside(index)) for index, mask in enumerate(carried)) > 0.85
    for target, given in (("a.mkv", ["--mask", "masks"]), ("b.mkv", ["--mask-at", "0f:first.png"])):
        assert run(capsys, "restore", "scene.mkv", *given, "-o", target, "--fill", "classical")[0] == 0
    assert all(map(_same, decode(here / "a.mkv"), decode(here / "b.mkv")))


def test_a_mask_video_can_be_given_back(capsys, here):
    propagate(capsys, "scene.mkv", "--mask-at", "0f:first.png", "-o", "masks.mkv")
    for target, given in (("a.mkv", ["--mask", "masks.mkv"]), ("b.mkv", ["--mask-at", "0f:first.png"])):
        assert run(capsys, "restore", "scene.mkv", *given, "-o", target, "--fill", "classical")[0] == 0
    assert all(map(_same, decode(here / "a.mkv"), decode(here / "b.mkv")))


@pytest.mark.parametrize(("name", "pix_fmt"), [("over.mp4", "yuvj420p"), ("over.mkv", "yuvj420p")])
def test_an_overlay_shows_the_masks_over_the_picture(capsys, here, name, pix_fmt):
    code, out, _ = propagate(
        capsys, "scene.mkv", "--mask-at", "0f:first.png", "-o", "masks.mkv", "--overlay", name
    )
    assert code == 0
    assert f"overlay: {name}" in out
    assert probe(here / name).video.pix_fmt in (pix_fmt, "yuv420p")
    shown, picture = decode(here / name)[0][2], decode(here / "scene.mkv")[0][2]
    inside = SCENE.inside(0)[::2, ::2]
    assert np.mean(shown[inside]) < np.mean(picture[::2, ::2][inside]) - 20  # green takes red away
    assert abs(np.mean(shown[~inside]) - np.mean(picture[::2, ::2][~inside])) < 8


def test_pictures_of_odd_size_get_an_overlay_too(capsys, here):
    scene = Scene(frames=3, shape=(97, 131))
    write_scene(here / "odd.mkv", scene)
    write_mask(here / "key.png", scene.inside(0))
    arguments = ["odd.mkv", "--mask-at", "0:key.png", "-o", "masks.mkv", "--overlay", "over.mkv"]
    assert propagate(capsys, *arguments)[0] == 0
    assert (probe(here / "over.mkv").video.width, probe(here / "over.mkv").video.height) == (131, 97)


def test_confidence_and_warnings_as_json(capsys, here):
    write_scene(here / "cut.mkv", Scene(frames=14, cut_at=7))
    code, out, _ = propagate(capsys, "cut.mkv", "--mask-at", "0f:first.png", "-o", "m.mkv", "--json")
    printed = json.loads(out)
    assert code == 0
    assert (printed["frames"], printed["shots"], printed["keyframes"]) == (14, 2, 1)
    percent = printed["confidence_percent"]
    assert percent[0] == 100
    assert all(before >= after for before, after in pairwise(percent))
    assert percent[7:] == [0] * 7
    (span,) = printed["would_help"]
    assert (span["start_seconds"], span["last_seconds"], span["confidence"]) == (0.28, 0.52, 0)


def test_what_would_help_is_said_with_its_time(capsys, here):
    write_scene(here / "cut.mkv", Scene(frames=14, cut_at=7))
    _, out, _ = propagate(capsys, "cut.mkv", "--mask-at", "0f:first.png", "-o", "m.mkv")
    assert "no mask reaches 0:00:00.280 to 0:00:00.520" in out
    assert "give one at 0:00:00.280" in out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["-o", "m.mkv"], 2, "there is nothing to carry; give at least one --mask-at TIME_OR_FRAME:FILE"),
        (["--mask-at", "first.png", "-o", "m.mkv"], 2, "'first.png' is not TIME_OR_FRAME:FILE"),
        (["--mask-at", "soon:first.png", "-o", "m.mkv"], 2, "write 0:01:02.5:mask.png or 250f:mask.png"),
        (["--mask-at", "99f:first.png", "-o", "m.mkv"], 4, "first.png is for frame 99, behind the end"),
        (["--mask-at", "9:first.png", "-o", "m.mkv"], 4, "first.png is for 9 s, behind the end"),
        (["--mask-at", "0f:first.png", "--mask-at", "0:last.png", "-o", "m.mkv"], 4, "both for frame 0"),
        (
            ["--mask-at", "0:first.png", "--mask-at", "0:last.png", "-o", "m.mkv"],
            2,
            "more than one mask at 0 s",
        ),
        (["--mask-at", "0:none.png", "-o", "m.mkv"], 4, "none.png cannot be read"),
        (["--mask-at", "0:small.png", "-o", "m.mkv"], 4, "small.png is 20×10, the picture is 192×128"),
        (["--mask-at", "0:first.png", "-o", "m.avi"], 2, "m.avi is neither FILE.mkv nor a folder"),
        (["--mask-at", "0:first.png", "-o", "taken.mkv"], 5, "taken.mkv exists"),
        (["--mask-at", "0:first.png", "-o", "full"], 5, "full holds other files, such as notes.txt"),
        (["--mask-at", "0:first.png", "-o", "old"], 5, "old exists; choose another name or pass --overwrite"),
        (["--mask-at", "0:first.png", "-o", "scene.mkv", "--overwrite"], 5, "is the input itself"),
        (["--mask-at", "0:last.png", "-o", "m.mkv", "--overlay", "m.mkv"], 5, "is the output itself"),
        (["--mask-at", "0:last.png", "-o", "m.mkv", "--overlay", "last.png", "--overwrite"], 5, "itself"),
        (["--mask-at", "0:last.png", "-o", "m.mkv", "--overlay", "over.webp"], 6, "name it over.mp4 or .mkv"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing_behind(capsys, here, arguments, code, message):
    write_mask(here / "small.png", np.ones((10, 20), bool))
    (here / "taken.mkv").write_bytes(b"precious")
    for name in ("full/000000.png", "full/notes.txt", "old/000000.png"):
        (here / name).parent.mkdir(exist_ok=True)
        (here / name).write_bytes(b"precious")
    before = sorted(here.rglob("*"))
    result, out, err = propagate(capsys, "scene.mkv", *arguments)
    assert (result, out) == (code, "")
    assert message in err
    assert err.startswith("rfr-video: ")
    assert err.count("\n") == 1
    assert sorted(here.rglob("*")) == before


def test_targets_are_replaced_when_asked(capsys, here):
    (here / "masks").mkdir()
    (here / "masks" / "000099.png").write_bytes(b"of an earlier run")
    (here / "m.mkv").write_bytes(b"of an earlier run")
    for target in ("masks", "m.mkv"):
        arguments = ["scene.mkv", "--mask-at", "0:first.png", "-o", target, "--overwrite"]
        assert propagate(capsys, *arguments)[0] == 0
    assert len(list((here / "masks").iterdir())) == 9
    assert probe(here / "m.mkv").video.codec == "ffv1"
    assert not list(here.glob(".*"))


def test_images_fit_a_damaged_source_too(capsys, here):
    source = make_video(here / "source.mp4", Clip(frames=120, options={"g": "10", "crf": "20"}))
    key = np.zeros((64, 96), bool)
    key[20:40, 30:60] = True
    write_mask(here / "key.png", key)
    data = bytearray(source.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = np.random.default_rng(9).bytes(3000)
    source.write_bytes(data)
    code, out, _ = propagate(capsys, "source.mp4", "--mask-at", "0:key.png", "-o", "masks")
    assert code == 7
    assert "the source is damaged" in out
    arguments = ["--mask", "masks", "-o", "r.mp4", "--fill", "classical"]
    assert run(capsys, "restore", "source.mp4", *arguments)[0] == 7


def test_an_interrupted_run_leaves_nothing_behind(here):
    write_scene(here / "long.mkv", Scene(frames=300, step=(0.3, 0.0)))
    before = sorted(here.iterdir())
    arguments = ["long.mkv", "--mask-at", "0:first.png", "-o", "masks", "--overlay", "over.mkv"]
    with running(command("masks", "propagate", *arguments)) as program:
        wait_until(lambda: any(path.is_dir() and list(path.iterdir()) for path in here.iterdir()), program)
        program.send_signal(signal.SIGTERM)
        program.communicate()
    assert program.returncode == 143
    assert sorted(here.iterdir()) == before


def test_restore_says_how_far_the_masks_can_be_trusted(capsys, here):
    arguments = ["restore", "scene.mkv", "-o", "r.mkv", "--fill", "classical", "--mask-at", "0f:first.png"]
    code, out, _ = run(capsys, *arguments, "--report", "report.json")
    assert code == 0
    assert "masks: 1 carried to 9 frames, mean confidence 0." in out
    report = json.loads((here / "report.json").read_text())
    assert report["carried_masks"]["keyframes"] == 1
    assert len(report["carried_masks"]["confidence_percent"]) == 9
    assert report["plan"]["config"]["mask"]["mask_at"][0]["path"] == "first.png"
    before, after = decode(here / "scene.mkv"), decode(here / "r.mkv")
    for index in (0, 4, 8):
        changed = before[index][0] != after[index][0]
        assert likeness(changed, SCENE.inside(index)) > 0.8


def test_masks_given_in_other_ways_add_up(capsys, here):
    arguments = ["restore", "scene.mkv", "-o", "r.mkv", "--fill", "classical", "--mask-at", "0f:first.png"]
    assert run(capsys, *arguments, "--box", "150,5,20,20")[0] == 0
    changed = decode(here / "scene.mkv")[8][0] != decode(here / "r.mkv")[8][0]
    assert changed[10:20, 155:165].mean() > 0.5
    assert likeness(changed[40:], SCENE.inside(8)[40:]) > 0.8


def test_start_and_end_hold_for_carried_masks(capsys, here):
    arguments = ["restore", "scene.mkv", "-o", "r.mkv", "--fill", "classical", "--codec", "ffv1"]
    code, out, _ = run(capsys, *arguments, "--mask-at", "0f:first.png", "--start", "3f", "--end", "6f")
    assert code == 0
    assert "9 frames, 3 repaired" in out
    before, after = decode(here / "scene.mkv"), decode(here / "r.mkv")
    changed = [not _same(*pair) for pair in zip(before, after, strict=True)]
    assert changed == [3 <= index < 6 for index in range(9)]


def test_dry_run_carries_nothing(capsys, here, monkeypatch):
    monkeypatch.setattr("rfr_video.masking.masks.MaskCarrier", None)
    arguments = ["restore", "scene.mkv", "-o", "r.mkv", "--mask-at", "0f:first.png", "--fill", "classical"]
    code, out, _ = run(capsys, *arguments, "--dry-run")
    assert code == 0
    assert "carried masks" in out
    assert not (here / "r.mkv").exists()


@pytest.mark.parametrize(("growth", "told"), [([], True), (["--grow", "2"], False)])
def test_the_plan_tells_that_tight_masks_leave_an_outline(capsys, here, growth, told):
    arguments = ["restore", "scene.mkv", "-o", "r.mkv", "--mask-at", "0f:first.png", "--dry-run", *growth]
    _, out, _ = run(capsys, *arguments)
    assert ("growth of masks" in out) == told


def test_the_plan_tells_nothing_of_growth_where_a_mask_stands_still(capsys, here):
    _, out, _ = run(capsys, "restore", "scene.mkv", "-o", "r.mkv", "--mask", "first.png", "--dry-run")
    assert "growth of masks" not in out


def test_all_masks_empty_means_that_nothing_is_encoded(capsys, here):
    write_mask(here / "none.png", np.zeros((128, 192), bool))
    code, out, _ = run(capsys, "restore", "scene.mkv", "-o", "r.mkv", "--mask-at", "3f:none.png")
    assert code == 0
    assert "all streams copied" in out


def _same(first, second):
    return all(map(np.array_equal, first, second))
