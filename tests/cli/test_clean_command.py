"""``rfr-video clean``, and what is left for it when the program is killed."""

import json
import os
import signal
import subprocess

import pytest
from media_factory import Clip, decode, make_video
from programs import command, running, wait_until

from rfr_video.cli import main
from rfr_video.media.work_folder import held

SHORT_SEGMENTS = "from rfr_video.pipeline import segments; segments.SEGMENT_FRAMES = 5"
STOPPED_IN_THE_THIRD_SEGMENT = f"""{SHORT_SEGMENTS}
import time
from rfr_video.media.writer import Writer

def write_and_wait(writer, frame):
    write_frame(writer, frame)
    written.append(frame.moment)
    if len(written) > 12:
        time.sleep(600)

written, write_frame, Writer.write_frame = [], Writer.write_frame, write_and_wait
"""
BOX = ("--box", "50,30,150,100", "--fill", "classical")


def ended_by(number, source, target):
    """End a run by a signal in its third segment; returns its exit code and errors."""
    arguments = ["restore", source, "-o", target, *BOX]
    second = target.with_name(f".{target.name}.rfr-work") / "000001.npz"
    with running(command(*arguments, before=STOPPED_IN_THE_THIRD_SEGMENT)) as program:
        wait_until(second.exists, program)
        program.send_signal(number)
        _, err = program.communicate()
    return program.returncode, err


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return make_video(tmp_path_factory.mktemp("source") / "s.mp4", Clip(width=320, height=180, frames=40))


@pytest.fixture(scope="module")
def whole(source, tmp_path_factory):
    target = tmp_path_factory.mktemp("whole") / "r.mp4"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rfr_video.pipeline.segments.SEGMENT_FRAMES", 5)
        assert main(["restore", str(source), "-o", str(target), *BOX]) == 0
    return decode(target)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143)])
def test_a_run_that_was_ended_is_shown_and_gone_on_with(source, whole, tmp_path, capsys, number, code):
    target = tmp_path / "r.mp4"
    returned, err = ended_by(number, source, target)
    assert returned == code
    if number == signal.SIGTERM:
        assert "interrupted; the same command with --resume goes on from 0:00:0" in err.splitlines()[-1]
    assert [path.name for path in tmp_path.iterdir()] == [".r.mp4.rfr-work"]
    assert main(["clean", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "for r.mp4" in shown
    assert "segments of unfinished work" in shown
    assert "left; --yes removes it" in shown
    resume = command("restore", source, "-o", target, *BOX, "--resume", before=SHORT_SEGMENTS)
    again = subprocess.run(resume, capture_output=True, text=True, check=False)
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
