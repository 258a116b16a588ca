"""Bad input: one clear line, its exit code, nothing left behind, the source as it was."""

import os
import re
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

BOX = ["--box", "9,7,31,17"]


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


def test_source_that_breaks_off(capsys, folder):
    """An MP4 whose index comes first, cut in its data."""
    whole = make_video(folder / "whole.mp4", Clip(frames=60))
    with (
        av.open(str(whole)) as source,
        av.open(str(folder / "front.mp4"), "w", container_options={"movflags": "faststart"}) as target,
    ):
        stream = target.add_stream_from_template(source.streams.video[0], opaque=True)
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    data = (folder / "front.mp4").read_bytes()
    (folder / "cut.mp4").write_bytes(data[: len(data) // 2])
    options = [folder / "cut.mp4", "-o", folder / "r.mp4", *BOX]
    fails(capsys, folder, *options, code=3, say="is truncated: ")
    assert main(["restore", *map(str, options), "--allow-truncated"]) == 7
    out = capsys.readouterr().out
    frames, missing = (int(re.search(rf"(\d+) frames{word}", out)[1]) for word in (", ", " missing"))
    assert frames > 10
    assert frames + missing == 60


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
    options = ["--mask", folder / "masks"]
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


def damaged(folder, suffix="mkv"):
    """Overwrite a stretch in the middle of a long clip."""
    source = make_video(folder / f"long.{suffix}", Clip(frames=120, options={"g": "10", "crf": "20"}))
    data = bytearray(source.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = os.urandom(3000)
    (folder / f"damaged.{suffix}").write_bytes(data)
    return folder / f"damaged.{suffix}"


@pytest.mark.parametrize("suffix", ["mp4", "ts"])
def test_damage_in_the_middle_is_skipped_counted_and_reported(capsys, tmp_path, suffix):
    source = damaged(tmp_path, suffix)
    target = tmp_path / f"r.{suffix}"
    assert main(["restore", str(source), "-o", str(target), *BOX]) == 7
    out = capsys.readouterr().out
    assert "the source is damaged" in out
    with av.open(str(target)) as result:
        frames = sum(1 for _ in result.decode(video=0))
    assert 90 <= frames <= 120


def test_the_program_itself_exits_with_the_code(folder):
    result = subprocess.run(
        [sys.executable, str(Path(__file__).parents[2] / "cli.py"), "probe", str(folder / "missing.mp4")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 3
    assert result.stderr == f"rfr-video: {folder / 'missing.mp4'} does not exist; check the name\n"
