"""Bad input: one clear line, its exit code, nothing left behind, the source as it was."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from media_factory import Clip, make_video

from rfr_video.cli import main

CLASSICAL = ["--fill", "classical"]  # quick, whatever weights are installed
BOX = ["--box", "9,7,31,17", *CLASSICAL]


@pytest.fixture
def folder(tmp_path):
    """A folder with a good clip; whatever a run adds to it shows."""
    make_video(tmp_path / "source.mp4", Clip(audio_tracks=1))
    return tmp_path


def fails(capsys, folder, *arguments, code, say):
    """Run restore and check exit code, message, and that the folder is as it was."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert main(["restore", *map(str, arguments)]) == code
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert say in err
    assert "Traceback" not in err
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def text_file(folder):
    (folder / "notes.mp4").write_text("this is no video\n" * 40)
    return folder / "notes.mp4"


def empty_file(folder):
    (folder / "empty.mp4").touch()
    return folder / "empty.mp4"


def directory(folder):
    (folder / "dir.mp4").mkdir()
    return folder / "dir.mp4"


def without_index(folder):
    data = (folder / "source.mp4").read_bytes()
    (folder / "cut.mp4").write_bytes(data[: len(data) * 2 // 3])
    return folder / "cut.mp4"


def audio_only(folder):
    with av.open(str(folder / "sound.m4a"), "w") as container:
        stream = container.add_stream("aac", rate=48000, layout="stereo")
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
        frame.sample_rate = 48000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return folder / "sound.m4a"


def still_image(folder):
    cv2.imwrite(str(folder / "photo.png"), np.full((64, 96, 3), 99, np.uint8))
    return folder / "photo.png"


def playlist(folder):
    (folder / "list.m3u8").write_text(
        "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:9/secret.ts\n#EXT-X-ENDLIST\n"
    )
    return folder / "list.m3u8"


@pytest.mark.parametrize(
    ("make", "say"),
    [
        (lambda folder: folder / "missing.mp4", "does not exist"),
        (directory, "is a directory"),
        (empty_file, "is empty"),
        (text_file, "is not a readable media file"),
        (without_index, "is not a readable media file"),
        (audio_only, "has no video stream (it holds: audio)"),
        (still_image, "is a still image"),
        (playlist, "list.m3u8"),
    ],
)
def test_unreadable_source(capsys, folder, make, say):
    fails(capsys, folder, make(folder), "-o", folder / "r.mp4", *BOX, code=3, say=say)


def mask_of_another_size(folder):
    cv2.imwrite(str(folder / "mask.png"), np.full((50, 50), 255, np.uint8))


def unreadable_mask(folder):
    (folder / "mask.png").write_bytes(b"\x89PNG\r\n\x1a\nand then nothing of the kind")


@pytest.mark.parametrize(
    ("make", "options", "say"),
    [
        (mask_of_another_size, ["--mask", "mask.png"], "50×50"),
        (unreadable_mask, ["--mask", "mask.png"], "mask.png"),
        (None, ["--mask", "missing.png"], "missing.png"),
        (None, ["--box", "90,0,20,10"], "outside the 96×64 picture"),
        (None, ["--box", "-200,0,20,10"], "outside the 96×64 picture"),
        (None, ["--timeline", "missing.toml"], "missing.toml"),
    ],
)
def test_mask_that_does_not_fit(capsys, folder, make, options, say):
    if make:
        make(folder)
    paths = [folder / option if option.endswith((".png", ".toml")) else option for option in options]
    fails(capsys, folder, folder / "source.mp4", "-o", folder / "r.mp4", *paths, code=4, say=say)


def test_folder_of_too_few_masks_names_both_numbers(capsys, folder):
    (folder / "masks").mkdir()
    for index in range(5):
        cv2.imwrite(str(folder / "masks" / f"{index}.png"), np.full((64, 96), 255, np.uint8))
    options = ["--mask", folder / "masks", *CLASSICAL]
    fails(capsys, folder, folder / "source.mp4", "-o", folder / "r.mp4", *options, code=4, say="12")


def test_output_that_is_the_input_also_through_links(capsys, folder):
    source = folder / "source.mp4"
    (folder / "soft.mp4").symlink_to(source)
    os.link(source, folder / "hard.mp4")
    for name in ("source.mp4", "soft.mp4", "hard.mp4"):
        fails(
            capsys,
            folder,
            source,
            "-o",
            folder / name,
            *BOX,
            "--overwrite",
            code=5,
            say="is the input itself",
        )


def test_output_folder_that_is_missing(capsys, folder):
    target = folder / "nowhere" / "r.mp4"
    fails(capsys, folder, folder / "source.mp4", "-o", target, *BOX, code=5, say="does not exist")


@pytest.mark.parametrize(
    ("name", "options", "say"),
    [
        ("r.mp4", ["--codec", "h265x"], "did you mean"),
        ("r.mp4", ["--codec", "aac"], "is for audio"),
        ("r.mkv", ["--codec", "av1", "--pix-fmt", "yuv444p"], "libsvtav1 does not take pixel format yuv444p"),
        ("r.mkv", ["--codec", "mpeg4", "--preset", "fast"], "has no presets"),
        ("r.mkv", ["--codec", "ffv1", "--crf", "3"], "is lossless"),
        ("r.mkv", ["--codec", "mpeg4", "--crf", "40"], "takes numbers from 0 to 31"),
        ("r.ts", ["--codec", "ffv1"], "mpegts has no stream type for ffv1"),
        ("r.m3u8", [], "no video container goes by '.m3u8'"),
        ("r.mpd", [], "no video container goes by '.mpd'"),
        ("r.webm", [], "webm"),
        ("r.xyz", [], "no video container goes by '.xyz'"),
        ("r", [], "no video container goes by ''"),
        ("r.png", [], "no video container goes by '.png'"),
    ],
)
def test_encoder_that_cannot(capsys, folder, name, options, say):
    fails(capsys, folder, folder / "source.mp4", "-o", folder / name, *BOX, *options, code=6, say=say)


@pytest.mark.parametrize("suffix", [".avi", ".flv", ".ts"])
def test_a_timecode_track_is_not_called_copied_where_it_cannot_be(capsys, folder, suffix):
    source = make_video(folder / "tc.mov", Clip(tags={}, metadata={"timecode": "01:00:00:00"}))
    options = [str(source), "-o", str(folder / f"r{suffix}"), *BOX]
    assert main(["restore", *options]) == 6
    assert "cannot carry stream 1 (data, unknown)" in capsys.readouterr().err
    assert main(["restore", *options, "--drop-unsupported"]) == 0
    assert "stream 1 (data, unknown): dropped" in capsys.readouterr().out


def test_pixel_format_that_the_codec_cannot_keep(capsys, folder):
    source = make_video(folder / "wide.mkv", Clip(codec="ffv1", pix_fmt="yuv422p10le"))
    options = [*BOX, "--codec", "av1"]
    fails(
        capsys,
        folder,
        source,
        "-o",
        folder / "r.mkv",
        *options,
        code=6,
        say="cannot keep pixel format yuv422p10le",
    )


@pytest.fixture
def small_disk(tmp_path):
    """A file system of one megabyte; needs the right to mount."""
    mount = tmp_path / "disk"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(mount)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a small file system")
    yield mount
    subprocess.run(["umount", str(mount)], check=True)


def noisy_clip(path):
    return make_video(path, Clip(codec="ffv1", width=320, height=240, frames=30))


def test_full_disk(capsys, tmp_path, small_disk):
    source = noisy_clip(tmp_path / "source.mkv")
    assert main(["restore", str(source), "-o", str(small_disk / "r.mkv"), *BOX]) == 5
    err = capsys.readouterr().err
    assert "the disk is full" in err
    assert err.count("\n") == 1
    assert list(small_disk.iterdir()) == []


@pytest.mark.parametrize("option", ["--provenance", "--patch"])
def test_full_disk_beside_the_target(capsys, tmp_path, small_disk, option):
    source = noisy_clip(tmp_path / "source.mkv")
    (small_disk / "ballast").write_bytes(bytes(900_000))
    options = ["-o", str(tmp_path / "r.mkv"), option, str(small_disk / "side.mkv")]
    assert main(["restore", str(source), *options, "--box", "0,0,200,200", *CLASSICAL]) == 5
    err = capsys.readouterr().err
    assert f"the disk is full while writing {small_disk / 'side.mkv'}" in err
    assert err.count("\n") == 1
    assert [path.name for path in small_disk.iterdir()] == ["ballast"]
    assert {path.name for path in tmp_path.iterdir()} == {"source.mkv", "disk"}


def test_full_disk_while_copying(capsys, tmp_path, small_disk):
    source = noisy_clip(tmp_path / "source.mkv")
    cv2.imwrite(str(tmp_path / "black.png"), np.zeros((240, 320), np.uint8))
    options = ["--mask", str(tmp_path / "black.png")]
    assert main(["restore", str(source), "-o", str(small_disk / "r.mkv"), *options]) == 5
    assert "the disk is full" in capsys.readouterr().err
    assert list(small_disk.iterdir()) == []


def test_read_only_folder(capsys, folder, small_disk):
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    fails(
        capsys,
        folder,
        folder / "source.mp4",
        "-o",
        small_disk / "r.mp4",
        *BOX,
        code=5,
        say="cannot be written to",
    )


def test_a_folder_in_which_nobody_can_make_files(capsys, folder):
    options = ["-o", "/proc/r.mp4", *BOX]
    fails(capsys, folder, folder / "source.mp4", *options, code=5, say="folder /proc cannot be written to")


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("p.toml", "--timeline"),
        ("p.json", "--mask"),
        ("p", "--mask"),
        ("p.png", "--matte"),
        ("p", "--mask-at"),
    ],
)
def test_a_pipe_is_no_mask(capsys, folder, name, option):
    """Nobody writes into it: whoever opened it would wait for good."""
    os.mkfifo(folder / name)
    given = f"0:{folder / name}" if option == "--mask-at" else folder / name
    options = ["-o", folder / "r.mp4", option, given]
    fails(capsys, folder, folder / "source.mp4", *options, code=4, say="no regular file")


def test_the_program_itself_exits_with_the_code(folder):
    result = subprocess.run(
        [sys.executable, str(Path(__file__).parents[2] / "cli.py"), "probe", str(folder / "missing.mp4")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 3
    assert result.stderr == f"rfr-video: {folder / 'missing.mp4'} does not exist; check the name\n"


def test_a_report_replaces_nothing_that_matters(capsys, folder):
    source = folder / "source.mp4"
    (folder / "precious.json").write_text("{}")
    cv2.imwrite(str(folder / "mask.png"), np.full((64, 96), 0, np.uint8))
    common = [source, "-o", folder / "r.mp4", *BOX, "--mask", folder / "mask.png"]
    for name, say in (
        ("source.mp4", "is the input itself"),
        ("r.mp4", "is the output itself"),
        ("mask.png", "is the mask itself"),
        ("precious.json", "exists"),
        ("nowhere/report.json", "does not exist"),
    ):
        fails(capsys, folder, *common, "--report", folder / name, code=5, say=say)


def test_a_target_that_appears_meanwhile_is_kept(capsys, folder, monkeypatch):
    from rfr_video.media.writer import Writer

    target, finish = folder / "r.mp4", Writer.finish

    def slow_finish(writer):
        finish(writer)
        target.write_bytes(b"somebody else's")

    monkeypatch.setattr(Writer, "finish", slow_finish)
    assert main(["restore", str(folder / "source.mp4"), "-o", str(target), *BOX]) == 5
    assert "appeared while it was being made" in capsys.readouterr().err
    assert target.read_bytes() == b"somebody else's"
    assert len(list(folder.iterdir())) == 2


def test_a_mask_over_everything_is_an_error(capsys, folder):
    options = ["-o", folder / "r.mp4", "--box", "0,0,96,64", *CLASSICAL]
    fails(
        capsys,
        folder,
        folder / "source.mp4",
        *options,
        code=4,
        say="covers the whole picture at frame ",
    )


def test_a_start_behind_the_end_is_an_error(capsys, folder):
    options = ["-o", folder / "r.mp4", *BOX]
    fails(capsys, folder, folder / "source.mp4", *options, "--start", "9", code=2, say="behind the end")
    fails(capsys, folder, folder / "source.mp4", *options, "--start", "12f", code=2, say="behind the end")


def test_a_pipe_is_no_source_and_no_target(capsys, folder):
    os.mkfifo(folder / "pipe.mp4")
    assert main(["restore", str(folder / "pipe.mp4"), "-o", str(folder / "r.mp4"), *BOX]) == 3
    options = [str(folder / "source.mp4"), "-o", str(folder / "pipe.mp4"), *BOX, "--overwrite"]
    assert main(["restore", *options]) == 5
    assert capsys.readouterr().err.count("no regular file") == 2


def test_names_that_the_file_system_refuses(capsys, folder):
    (folder / "loop.mp4").symlink_to(folder / "loop.mp4")
    for name in ("loop.mp4", "x" * 300 + ".mp4"):
        options = ["-o", folder / name, *BOX]
        assert main(["restore", str(folder / "source.mp4"), *map(str, options)]) == 5
    assert capsys.readouterr().err.count("cannot be used") == 2
    long_name = folder / ("y" * 250 + ".mp4")
    assert main(["restore", str(folder / "source.mp4"), "-o", str(long_name), *BOX]) == 0


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
@pytest.mark.parametrize("output", ["/dev/null", "/dev/full"])
def test_a_finished_job_is_done_whatever_standard_output_can_take(folder, output, encoding):
    with Path(output).open("w") as stdout:
        result = subprocess.run(
            [sys.executable, "-m", "rfr_video", "restore", "source.mp4", "-o", "r.mp4", *BOX],
            cwd=folder,
            stdout=stdout,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONIOENCODING": encoding},
            check=False,
        )
    assert (result.returncode, result.stderr) == (0, b"")
