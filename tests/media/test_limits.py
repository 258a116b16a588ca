"""Limits on what a file may ask for: kept to the last bit, said in one line, and raised by an option."""

from contextlib import ExitStack

import av
import cv2
import numpy as np
import pytest
from media_factory import Clip, make_video

from rfr_video.cli import main
from rfr_video.config import LimitsConfig
from rfr_video.errors import InputError, UsageError
from rfr_video.media.probe import probe
from rfr_video.media.reader import open_reader

BOX = ["--box", "9,7,31,17", "--fill", "classical"]


def joined(path, parts, *, attachment=None):
    """Write the packets of files one after the other, under the headers of the first."""
    start = 0
    with av.open(str(path), "w") as target, ExitStack() as stack:
        sources = [stack.enter_context(av.open(str(part))) for part in parts]
        copies = [target.add_stream_from_template(one, opaque=True) for one in sources[0].streams]
        if attachment:
            target.add_attachment("large.bin", "application/octet-stream", attachment)
        for source in sources:
            for packet in source.demux():
                if packet.size:
                    packet.pts, packet.dts = packet.pts + start, packet.dts + start
                    packet.stream = copies[packet.stream_index]
                    target.mux(packet)
            start += 10_000


@pytest.mark.parametrize(
    ("limits", "say"),
    [
        (LimitsConfig(limit_pixels=96 * 64 - 1), "pictures of 96×64, more than 6143 pixels.*--limit-pixels"),
        (LimitsConfig(limit_streams=3), "more than 3 streams.*--limit-streams"),
        (
            LimitsConfig(limit_extras=1),
            "has 2.0 MiB of attachments, headers and tags, more than 1.*--limit-ex",
        ),
    ],
)
def test_what_asks_for_too_much_is_refused(tmp_path, limits, say):
    source = tmp_path / "source.mkv"
    plain = make_video(tmp_path / "plain.mkv", Clip(audio_tracks=3, frames=3))
    joined(source, [plain], attachment=bytes(2 << 20))
    with pytest.raises(InputError, match=say):
        probe(source, limits=limits)
    info = probe(source, limits=LimitsConfig(limit_pixels=96 * 64, limit_streams=5, limit_extras=3))
    assert len(info.others) == 4


def test_a_picture_that_grows_behind_the_header_is_not_decoded(tmp_path):
    clips = [Clip(codec="mpeg2video", width=96 * n, height=64 * n, frames=60) for n in (1, 5)]
    parts = [make_video(tmp_path / f"{clip.width}.mkv", clip) for clip in clips]
    joined(tmp_path / "grows.mkv", parts)
    sizes = set()
    with open_reader(tmp_path / "grows.mkv", limits=LimitsConfig(limit_pixels=96 * 64)) as reader:
        sizes |= {frame.planes()[0].shape for frame in reader.frames()}
        assert reader.damage.skipped_packets > 0
    assert sizes == {(64, 96)}


def test_too_much_damage_ends_the_run(capsys, tmp_path):
    source = make_video(tmp_path / "source.mov", Clip(codec="prores_ks", pix_fmt="yuv422p10le", frames=10))
    with av.open(str(source)) as container:
        entries = list(container.streams.video[0].index_entries)
    data = bytearray(source.read_bytes())
    for entry in entries[3:6]:
        data[entry.pos + 8 : entry.pos + entry.size] = bytes(entry.size - 8)
    source.write_bytes(data)
    options = ["restore", str(source), "-o", str(tmp_path / "r.mkv"), "--codec", "ffv1", *BOX]
    assert main([*options, "--limit-errors", "2"]) == 3
    assert "more than 2 damaged packets and pictures" in capsys.readouterr().err
    assert not (tmp_path / "r.mkv").exists()
    assert main([*options, "--limit-errors", "3"]) == 7


def test_a_still_of_too_many_pixels_is_refused(capsys, tmp_path):
    cv2.imwrite(str(tmp_path / "photo.png"), np.full((64, 96, 3), 99, np.uint8))
    options = ["image", str(tmp_path / "photo.png"), "-o", str(tmp_path / "r.png"), *BOX]
    assert main([*options, "--limit-pixels", "6143"]) == 3
    assert "is 96×64, more than 6143 pixels" in capsys.readouterr().err
    assert main([*options, "--limit-pixels", "6144"]) == 0


def test_a_limit_counts_something():
    with pytest.raises(UsageError, match="--limit-streams is 0; give a number of at least 1"):
        LimitsConfig(limit_streams=0)


def test_many_damaged_packets_do_not_flood_the_screen(caplog, tmp_path):
    clips = [Clip(codec="mpeg2video", width=96 * n, height=64 * n, frames=60) for n in (1, 5)]
    joined(tmp_path / "grows.mkv", [make_video(tmp_path / f"{clip.width}.mkv", clip) for clip in clips])
    with open_reader(tmp_path / "grows.mkv", limits=LimitsConfig(limit_pixels=96 * 64)) as reader:
        list(reader.frames())
    assert reader.damage.skipped_packets > 20
    assert len(caplog.records) == 11
    assert "further damaged packets are counted" in caplog.text
