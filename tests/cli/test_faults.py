"""What goes wrong in the middle of a run: one clear line, the documented exit code, nothing half-made."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import av.error
import pytest
from media_factory import Clip, make_video

from rfr_video.cli import main
from rfr_video.fill.classical import ClassicalFiller
from rfr_video.media.segmented_video import SegmentEncoder
from rfr_video.media.writer import Writer

BOX = ["--box", "9,7,31,17"]
CLASSICAL = [*BOX, "--fill", "classical"]


@pytest.fixture
def source(tmp_path):
    return make_video(tmp_path / "source.mkv", Clip(frames=30, audio_tracks=1))


def fails(capsys, source, *options, code, say):
    """Run restore; check exit code and message, and that there is nothing beside the source."""
    capsys.readouterr()
    assert main(["restore", str(source), "-o", str(source.with_name("r.mkv")), *options]) == code
    err = capsys.readouterr().err
    assert err.splitlines()[-1].startswith("rfr-video: ")
    assert sum(line.startswith("rfr-video: ") for line in err.splitlines()) == 1
    assert say in err
    assert "Traceback" not in err
    assert {path.name for path in source.parent.iterdir()} <= {source.name}


def at_frame(monkeypatch, number, act):
    """Do something when the writer gets its so-manieth frame."""
    write, count = Writer.write_frame, 0

    def writing(writer, frame):
        nonlocal count
        count += 1
        if count == number:
            act(writer)
        write(writer, frame)

    monkeypatch.setattr(Writer, "write_frame", writing)


@pytest.mark.parametrize(
    ("error", "code", "say"),
    [
        (av.error.ExternalError(1, "Generic error in an external library"), 6, "cannot be written: Generic"),
        (av.error.PermissionError(1, "Operation not permitted"), 6, "cannot be written: Operation not"),
        (av.error.MemoryError(12, "Cannot allocate memory"), 12, "memory ran out while writing"),
    ],
)
@pytest.mark.parametrize("number", [1, 20])
def test_an_encoder_that_dies(capsys, source, monkeypatch, number, error, code, say):
    def encode(*_):
        raise error

    at_frame(monkeypatch, number, lambda _: monkeypatch.setattr(SegmentEncoder, "encode", encode))
    fails(capsys, source, *CLASSICAL, code=code, say=say)


def test_a_source_that_is_written_to_while_it_is_read(capsys, source, monkeypatch):
    def append(_):
        with source.open("ab") as file:
            file.write(b"more of the recording")

    at_frame(monkeypatch, 9, append)
    fails(capsys, source, *CLASSICAL, code=3, say="was changed while it was read")


def test_a_source_that_is_replaced_while_it_is_read(capsys, source, monkeypatch, tmp_path_factory):
    other = make_video(tmp_path_factory.mktemp("other") / "other.mkv", Clip(frames=3))
    at_frame(monkeypatch, 9, lambda _: other.replace(source))
    fails(capsys, source, *CLASSICAL, code=3, say="was changed while it was read")


def test_a_source_that_is_cut_short_while_it_is_read(capsys, tmp_path, monkeypatch):
    clip = Clip(codec="ffv1", width=320, height=240, frames=60)
    source = make_video(tmp_path / "source.mkv", clip)
    at_frame(monkeypatch, 2, lambda _: os.truncate(source, source.stat().st_size // 2))
    fails(capsys, source, *CLASSICAL, code=3, say="was changed while it was read")


def test_a_source_that_vanishes_before_it_is_read(capsys, source, monkeypatch):
    monkeypatch.setattr("rfr_video.pipeline.plan.plan_encode", lambda path, **_: path.unlink())
    monkeypatch.setattr("rfr_video.pipeline.plan._check_passengers", lambda *_, **__: None)
    fails(capsys, source, *CLASSICAL, code=3, say="does not exist")


def test_a_source_that_is_removed_while_it_is_open_is_read_to_its_end(capsys, source, monkeypatch):
    at_frame(monkeypatch, 9, lambda _: source.unlink())
    assert main(["restore", str(source), "-o", str(source.with_name("r.mkv")), *CLASSICAL]) == 0
    assert "30 frames, 30 repaired" in capsys.readouterr().out


def test_too_little_memory_for_a_frame(capsys, source, monkeypatch):
    def fill(*_):
        raise MemoryError("Unable to allocate 9 TiB")

    monkeypatch.setattr(ClassicalFiller, "fill", fill)
    say = "this machine has too little memory for that (Unable to allocate 9 TiB)"
    fails(capsys, source, *CLASSICAL, code=12, say=say)


@pytest.mark.parametrize(
    ("kind", "text", "say"),
    [
        ("OutOfMemoryError", "CUDA out of memory. Tried to allocate 2.00 GiB.", "too little memory for one"),
        ("AcceleratorError", "CUDA error: unspecified launch failure\nmore", "unspecified launch failure)"),
    ],
)
def test_a_gpu_that_is_full_or_lost(capsys, source, monkeypatch, tiny_installed, kind, text, say):
    import torch

    from rfr_video.rfrnet.lane import Lane

    computed = []

    def compute(lane, batch):
        computed.append(batch)
        if len(computed) > 2:
            raise getattr(torch, kind)(text)
        return batch.images_n3hw.permute(0, 2, 3, 1).contiguous()

    monkeypatch.setattr(Lane, "_compute", compute)
    fails(capsys, source, *BOX, "--fill", "rfr", "--device", "cpu", code=12, say=say)
    assert len(computed) > 2


def test_a_gpu_without_room_for_the_network(capsys, source, monkeypatch, tiny_installed):
    import torch

    from rfr_video.rfrnet.runtime import Runtime

    def lane_of(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Runtime, "_lane_of", lane_of)
    say = "cpu has too little memory for the network (CUDA out of memory); free some, or run on the CPU"
    fails(capsys, source, *BOX, "--fill", "rfr", "--device", "cpu", code=12, say=say)


def test_a_target_that_may_not_grow(source):
    """A limit on the size of files, as quotas and old file systems have it; needs no right to mount."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    command = [sys.executable, "-m", "rfr_video", "restore", source.name, "-o", "r.mkv", *CLASSICAL]
    result = subprocess.run(
        [*command, "--codec", "ffv1"],
        cwd=source.parent,
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (5, "")
    assert result.stderr == "rfr-video: r.mkv cannot be written: File too large\n"
    assert [path.name for path in source.parent.iterdir()] == [source.name]
    assert Path(source).stat().st_size > 20_000
