"""``rfr-video clean``, and what is left for it when the program is killed."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from media_factory import Clip, decode, make_video

from rfr_video.cli import main
from rfr_video.media.work_folder import held

DRIVER = (
    "import sys; from rfr_video.pipeline import segments; from rfr_video.cli import main; "
    "segments.SEGMENT_FRAMES = 5; sys.exit(main(sys.argv[1:]))"
)
BOX = ("--box", "50,30,150,100", "--fill", "classical", "--preset", "slower")


def command(*arguments):
    return [sys.executable, "-c", DRIVER, *map(str, arguments)]


def run(*arguments):
    return subprocess.run(command(*arguments), capture_output=True, text=True)


def ended_by(number, source, target):
    """End a run by a signal when two segments are finished; returns its exit code and errors."""
    process = subprocess.Popen(
        command("restore", source, "-o", target, *BOX), stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    second = target.with_name(f".{target.name}.rfr-work") / "000001.npz"
    while not second.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    return process.returncode, err


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return make_video(tmp_path_factory.mktemp("source") / "s.mp4", Clip(width=320, height=180, frames=60))


@pytest.fixture(scope="module")
def whole(source, tmp_path_factory):
    target = tmp_path_factory.mktemp("whole") / "r.mp4"
    assert run("restore", source, "-o", target, *BOX).returncode == 0
    return decode(target)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143)])
def test_a_run_that_was_ended_is_shown_and_gone_on_with(source, whole, tmp_path, number, code):
    target = tmp_path / "r.mp4"
    returned, err = ended_by(number, source, target)
    assert returned == code
    if number == signal.SIGTERM:
        assert "interrupted; the same command with --resume goes on from 0:00:0" in err.splitlines()[-1]
    assert [path.name for path in tmp_path.iterdir()] == [".r.mp4.rfr-work"]
    shown = run("clean", tmp_path)
    assert shown.returncode == 0
    assert "for r.mp4" in shown.stdout
    assert "segments of unfinished work" in shown.stdout
    assert "left; --yes removes it" in shown.stdout
    again = run("restore", source, "-o", target, *BOX, "--resume")
    assert (again.returncode, "goes on from" in again.stderr) == (0, True)
    assert [path.name for path in tmp_path.iterdir()] == ["r.mp4"]
    for planes, others in zip(decode(target), whole, strict=True):
        assert all((plane == other).all() for plane, other in zip(planes, others, strict=True))


@pytest.fixture
def left(tmp_path):
    """A folder with work that nobody holds, half-written files, and things that look alike."""
    work = tmp_path / ".a.mp4.rfr-work"
    work.mkdir()
    for name in ("lock", "key.json", "000000.npz", "000000.video", ".a.77.partial.mp4"):
        (work / name).write_bytes(b"x" * 1000)
    old = tmp_path / ".b.999999999.partial.mkv"
    mine = tmp_path / f".c.{os.getpid()}.partial.mkv"
    for path in (old, mine):
        path.write_bytes(b"x")
        os.utime(path, (1, 1))
    (tmp_path / ".d.999999999.partial.mkv").write_bytes(b"new")
    strange = tmp_path / ".e.mp4.rfr-work"
    strange.mkdir()
    (strange / "lock").touch()
    (strange / "diary.txt").touch()
    (tmp_path / ".f.mp4.rfr-work").symlink_to(work)
    (tmp_path / "a.mp4").write_bytes(b"precious")
    return tmp_path


def test_only_what_is_surely_ours_and_not_in_use_is_removed(left, capsys):
    names = {path.name for path in left.iterdir()}
    assert main(["clean", str(left)]) == 0
    assert {path.name for path in left.iterdir()} == names
    with held(left / ".a.mp4.rfr-work", left / "a.mp4"):
        assert main(["clean", str(left), "--yes", "--json"]) == 0
    assert names - {path.name for path in left.iterdir()} == {".b.999999999.partial.mkv"}
    assert main(["clean", str(left), "--yes"]) == 0
    assert names - {path.name for path in left.iterdir()} == {".b.999999999.partial.mkv", ".a.mp4.rfr-work"}


def test_what_is_shown(left, capsys):
    assert main(["clean", str(left), "--json"]) == 0
    found = {one["belongs_to"]: one for one in json.loads(capsys.readouterr().out)}
    assert sorted(found) == ["a.mp4", "b.mkv", "c.mkv", "d.mkv"]
    assert found["a.mp4"]["bytes"] == 5000
    assert [found[name]["in_use"] for name in sorted(found)] == [False, False, True, True]
    assert [found[name]["segments"] for name in sorted(found)] == [1, None, None, None]


def test_an_empty_folder_and_one_that_is_not_there(tmp_path, capsys):
    assert main(["clean", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "nothing was left behind\n"
    assert main(["clean", str(tmp_path / "nowhere")]) == 2
    assert "does not exist; check the name" in capsys.readouterr().err
