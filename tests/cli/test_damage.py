"""Damaged and incomplete sources: refused with the place, or repaired and reported; never in silence."""

import re

import av
import cv2
import numpy as np
import pytest
from media_factory import Clip, make_video

from rfr_video.cli import main

CLASSICAL = ["--fill", "classical"]  # quick, whatever weights are installed
BOX = ["--box", "9,7,31,17", *CLASSICAL]


def refused(capsys, folder, *arguments, say):
    """Run restore and check that it ends with one line, code 3, and nothing written."""
    before = set(folder.iterdir())
    assert main(["restore", *map(str, arguments)]) == 3
    err = capsys.readouterr().err
    assert say in err
    assert err.count("\n") == 1
    assert set(folder.iterdir()) == before


def test_source_that_breaks_off(capsys, tmp_path):
    """An MP4 whose index comes first, cut in its data."""
    whole = make_video(tmp_path / "whole.mp4", Clip(frames=60))
    with (
        av.open(str(whole)) as source,
        av.open(str(tmp_path / "front.mp4"), "w", container_options={"movflags": "faststart"}) as target,
    ):
        stream = target.add_stream_from_template(source.streams.video[0], opaque=True)
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    data = (tmp_path / "front.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) // 2])
    options = [tmp_path / "cut.mp4", "-o", tmp_path / "r.mp4", *BOX]
    refused(capsys, tmp_path, *options, say="is truncated: ")
    assert main(["restore", *map(str, options), "--allow-truncated"]) == 7
    out = capsys.readouterr().out
    frames, missing = (int(re.search(rf"(\d+) frames{word}", out)[1]) for word in (", ", " missing"))
    assert frames > 10
    assert frames + missing == 60


def damaged(tmp_path, suffix):
    """Overwrite a stretch in the middle of a long clip."""
    source = make_video(tmp_path / f"long.{suffix}", Clip(frames=120, options={"g": "10", "crf": "20"}))
    data = bytearray(source.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = np.random.default_rng(9).bytes(3000)
    (tmp_path / f"damaged.{suffix}").write_bytes(data)
    return tmp_path / f"damaged.{suffix}"


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


def test_recordings_joined_end_to_end_are_refused_with_the_place(capsys, tmp_path):
    part = make_video(tmp_path / "part.ts", Clip(audio_tracks=1)).read_bytes()
    (tmp_path / "joined.ts").write_bytes(part + part)
    options = ["-o", tmp_path / "r.ts", *BOX]
    refused(capsys, tmp_path, tmp_path / "joined.ts", *options, say="time jumps back")


def test_a_matroska_file_that_is_cut_off_is_reported(capsys, tmp_path):
    whole = make_video(tmp_path / "whole.mkv", Clip(frames=60, codec="ffv1")).read_bytes()
    (tmp_path / "cut.mkv").write_bytes(whole[: len(whole) // 2])
    assert main(["restore", str(tmp_path / "cut.mkv"), "-o", str(tmp_path / "r.mkv"), *BOX]) == 7
    assert "missing at the end" in capsys.readouterr().out


def test_damage_is_reported_when_copying_too(capsys, tmp_path):
    whole = make_video(tmp_path / "whole.mkv", Clip(frames=60, codec="ffv1")).read_bytes()
    (tmp_path / "cut.mkv").write_bytes(whole[: len(whole) // 2])
    cv2.imwrite(str(tmp_path / "black.png"), np.zeros((64, 96), np.uint8))
    options = ["-o", str(tmp_path / "r.mkv"), "--mask", str(tmp_path / "black.png")]
    assert main(["restore", str(tmp_path / "cut.mkv"), *options]) == 7
    assert "missing at the end" in capsys.readouterr().out


def test_a_damaged_packet_does_not_shift_numbered_masks(capsys, tmp_path):
    source = make_video(tmp_path / "source.mov", Clip(codec="prores_ks", pix_fmt="yuv422p10le", frames=10))
    with av.open(str(source)) as container:
        entries = list(container.streams.video[0].index_entries)
    data = bytearray(source.read_bytes())
    data[entries[3].pos + 8 : entries[3].pos + entries[3].size] = bytes(entries[3].size - 8)
    (tmp_path / "damaged.mov").write_bytes(data)
    (tmp_path / "masks").mkdir()
    for index in range(10):
        mask = np.zeros((64, 96), np.uint8)
        mask[8:24, 8:24] = 255 if index == 7 else 0
        cv2.imwrite(str(tmp_path / "masks" / f"{index}.png"), mask)
    options = ["-o", str(tmp_path / "r.mkv"), "--mask", str(tmp_path / "masks"), "--codec", "ffv1"]
    assert main(["restore", str(tmp_path / "damaged.mov"), *options, *CLASSICAL]) == 7
    assert "9 frames, 1 repaired" in capsys.readouterr().out
