"""``rfr-video restore`` as a user meets it."""

import json
import os
import pty
import re
import signal
import subprocess
import time

import cv2
import numpy as np
import pytest
from filler_factory import use_filler
from media_factory import Clip, decode, make_video
from programs import command, running, wait_until

from rfr_video import probe
from rfr_video.cli import main

CLASSICAL = ["--fill", "classical"]  # quick, whatever weights are installed
BOX = ["--box", "9,7,31,17", *CLASSICAL]
LARGE = ["--box", "10,10,400,200", *CLASSICAL]
SLOW = [*LARGE, "--preset", "veryslow"]


@pytest.fixture
def source(tmp_path):
    return make_video(tmp_path / "source.mp4", Clip(audio_tracks=1))


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_summary_says_what_was_done(capsys, source, tmp_path):
    code, out, err = run(capsys, "restore", source, "-o", tmp_path / "result.mp4", *BOX)
    assert code == 0
    assert "12 frames, 12 repaired (8.58 % of all samples replaced: 100 % synthesised)" in out
    assert "stream 1 (audio, aac): copied" in out
    assert (tmp_path / "result.mp4").exists()
    assert err == ""


def test_json_is_all_that_is_printed_and_equals_the_report_file(capsys, source, tmp_path):
    report = tmp_path / "report.json"
    code, out, _ = run(
        capsys, "restore", source, "-o", tmp_path / "r.mp4", *BOX, "--json", "--report", report
    )
    assert code == 0
    printed = json.loads(out)
    assert printed == json.loads(report.read_text())
    assert printed["frames"] == printed["frames_repaired"] == 12
    assert printed["filled_from"]["synthesised"] == 12 * 31 * 17
    assert printed["plan"]["source"]["video"]["time_base"] == "1/12800"


def test_dry_run_shows_every_choice_with_its_reason_and_writes_nothing(capsys, source, tmp_path):
    code, out, _ = run(capsys, "restore", source, "-o", tmp_path / "r.mp4", *BOX, "--dry-run")
    assert code == 0
    for expected in ("libx264", "the source is h264", "crf 16", "visually lossless", "copied"):
        assert expected in out
    assert [path.name for path in tmp_path.iterdir()] == ["source.mp4"]
    code, out, _ = run(capsys, "restore", source, "-o", tmp_path / "r.mp4", *BOX, "--dry-run", "--json")
    assert {choice["name"] for choice in json.loads(out)["choices"]} >= {"encoder", "quality", "pixel format"}


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ((0, 0.8125, 0.125, 0.0625), "81 % borrowed, 12 % carried, 6 % synthesised"),
        ((0.5, 0.5, 0, 0), "50 % deblended, 50 % borrowed"),
        ((0, 0.999, 0, 0.001), "over 99 % borrowed, under 1 % synthesised"),
    ],
)
def test_summary_says_where_the_samples_came_from(capsys, monkeypatch, source, tmp_path, shares, words):
    use_filler(monkeypatch, shares=shares)
    _, out, _ = run(capsys, "restore", source, "-o", tmp_path / "r.mp4", "--box", "8,8,50,40")
    assert f" of all samples replaced: {words})" in out


def test_videos_beside_the_target_are_planned_named_and_written(capsys, source, tmp_path):
    sides = ["--provenance", tmp_path / "p.mkv", "--patch", tmp_path / "q.mov"]
    _, out, _ = run(capsys, "restore", source, "-o", tmp_path / "r.mp4", *BOX, *sides, "--dry-run")
    assert "p.mkv, ffv1 bgr0" in out
    assert "q.mov, prores_ks yuva444p10le" in out
    assert [path.name for path in tmp_path.iterdir()] == ["source.mp4"]
    code, out, _ = run(capsys, "restore", source, "-o", tmp_path / "r.mp4", *BOX, *sides)
    assert code == 0
    assert f"provenance: {tmp_path / 'p.mkv'}\npatch: {tmp_path / 'q.mov'}\n" in out
    assert probe(tmp_path / "q.mov").video.codec == "prores"
    report = ["--report", tmp_path / "q.mov", "--overwrite"]
    code, _, err = run(capsys, "restore", source, "-o", tmp_path / "r.mp4", *BOX, *sides, *report)
    assert (code, "is the patch itself" in err) == (5, True)


def test_quiet_prints_nothing(capsys, source, tmp_path):
    assert run(capsys, "restore", source, "-o", tmp_path / "r.mp4", *BOX, "--quiet") == (0, "", "")


@pytest.mark.parametrize(
    ("options", "codec", "pix_fmt"),
    [
        (["--codec", "hevc"], "hevc", "yuv420p"),
        (["--codec", "ffv1"], "ffv1", "yuv420p"),
        (["--codec", "libx264", "--crf", "30", "--preset", "ultrafast"], "h264", "yuv420p"),
        (["--bitrate", "300k", "--pix-fmt", "yuv422p10le"], "h264", "yuv422p10le"),
        (["--codec", "av1", "--pix-fmt", "yuv420p10le", "--preset", "12"], "av1", "yuv420p10le"),
        (["--codec", "vp9"], "vp9", "yuv420p"),
    ],
)
def test_encoder_options(capsys, source, tmp_path, options, codec, pix_fmt):
    target = tmp_path / "result.mkv"
    code, _, err = run(capsys, "restore", source, "-o", target, *BOX, *options)
    assert (code, err) == (0, "")
    video = probe(target).video
    assert (video.codec, video.pix_fmt) == (codec, pix_fmt)


def test_streams_that_the_container_cannot_carry_stop_the_run_unless_dropped(capsys, tmp_path):
    source = make_video(tmp_path / "source.mkv", Clip(subtitles="subrip", attachment=True, audio_tracks=1))
    target = tmp_path / "result.mp4"
    code, _, err = run(capsys, "restore", source, "-o", target, *BOX)
    assert code == 6
    assert "stream 2 (subtitle, subrip), stream 3 (attachment, text/plain)" in err
    assert "--drop-unsupported" in err
    code, out, _ = run(capsys, "restore", source, "-o", target, *BOX, "--drop-unsupported")
    assert code == 0
    assert "stream 2 (subtitle, subrip): dropped" in out
    assert [stream.kind for stream in probe(target).others] == ["audio"]


def test_an_existing_target_is_kept_unless_told_otherwise(capsys, source, tmp_path):
    target = tmp_path / "result.mp4"
    target.write_bytes(b"precious")
    code, _, err = run(capsys, "restore", source, "-o", target, *BOX)
    assert (code, target.read_bytes()) == (5, b"precious")
    assert "--overwrite" in err
    assert run(capsys, "restore", source, "-o", target, *BOX, "--overwrite")[0] == 0
    assert probe(target).video.codec == "h264"


def test_progress_is_plain_lines_when_piped(tmp_path):
    source = make_video(tmp_path / "short.mp4", Clip(frames=30))
    at_once = "from rfr_video.cli import progress; progress.LINE_SECONDS = 0"
    result = subprocess.run(
        command("restore", source, "-o", tmp_path / "r.mp4", *BOX, before=at_once),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = result.stderr.splitlines()
    assert lines
    assert all(" of 30 frames, " in line and "limited by" in line for line in lines)
    assert "\r" not in result.stderr


def test_progress_is_a_live_bar_on_a_terminal(tmp_path):
    source = make_video(tmp_path / "short.mp4", Clip(frames=30))
    shown = bytearray()

    def collect(terminal):
        data = os.read(terminal, 4096)
        shown.extend(data)
        return data

    code = pty.spawn(command("restore", source, "-o", tmp_path / "r.mp4", *BOX), collect)
    assert os.waitstatus_to_exitcode(code) == 0
    last = [line for line in shown.decode().split("\r") if line.startswith("restore:")][-1]
    assert re.search(r"30/30 \[.* frames/s, limited by \w+\]", last)


@pytest.fixture(scope="module")
def long_source(tmp_path_factory):
    """What takes many seconds to repair with SLOW, and some with LARGE."""
    return make_video(tmp_path_factory.mktemp("source") / "long.mp4", Clip(width=640, height=360, frames=200))


def is_encoding(folder):
    """Whether a run has got so far that it encodes a frame."""
    return (folder / ".r.mp4.rfr-work" / "000000.video").exists()


SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]


@pytest.mark.parametrize(
    ("number", "code", "beside"), [*((*one, False) for one in SIGNALS), (*SIGNALS[0], True)]
)
def test_an_interrupt_leaves_nothing_behind(long_source, tmp_path, number, code, beside):
    sides = ["--provenance", tmp_path / "p.mkv", "--patch", tmp_path / "q.mov"] if beside else []
    arguments = ["restore", long_source, "-o", tmp_path / "r.mp4", *SLOW, *sides]
    with running(command(*arguments)) as program:
        wait_until(lambda: is_encoding(tmp_path), program)
        time.sleep(0.3)  # until the encoder holds some frames back
        program.send_signal(number)
        _, err = program.communicate()
    assert program.returncode == code
    assert err.splitlines()[-1] == "rfr-video: interrupted; nothing was written"
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_a_signal_that_the_caller_ignores_does_not_end_a_run(long_source, tmp_path):
    """As under nohup, which lets a job outlive its terminal."""
    arguments = ["restore", long_source, "-o", tmp_path / "r.mp4", *LARGE, "--end", "1", "--quiet"]
    deaf = lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)  # noqa: E731
    with running(command(*arguments), preexec_fn=deaf) as program:
        wait_until(lambda: is_encoding(tmp_path), program)
        program.send_signal(signal.SIGHUP)
        program.communicate()
    assert program.returncode == 0
    assert (tmp_path / "r.mp4").exists()


def test_masks_of_every_kind_repair_the_same_samples(capsys, source, tmp_path):
    still = np.zeros((64, 96), np.uint8)
    still[7:24, 9:40] = 255
    cv2.imwrite(str(tmp_path / "still.png"), still)
    (tmp_path / "folder").mkdir()
    for index in range(12):
        cv2.imwrite(str(tmp_path / "folder" / f"{index:03}.png"), still)
    (tmp_path / "timeline.toml").write_text("[[hole]]\nbox = [9, 7, 31, 17]\n")
    kinds = {
        "box": BOX,
        "still": ["--mask", tmp_path / "still.png", *CLASSICAL],
        "folder": ["--mask", tmp_path / "folder", *CLASSICAL],
        "timeline": ["--timeline", tmp_path / "timeline.toml", *CLASSICAL],
    }
    results = {}
    for name, options in kinds.items():
        target = tmp_path / f"{name}.mkv"
        code, _, err = run(capsys, "restore", source, "-o", target, *options, "--codec", "ffv1")
        assert (code, err) == (0, "")
        results[name] = b"".join(plane.tobytes() for planes in decode(target) for plane in planes)
    assert len(set(results.values())) == 1
