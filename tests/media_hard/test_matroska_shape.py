"""The shape of samples in Matroska and WebM, which their muxer is not told of."""

import zlib
from dataclasses import replace
from fractions import Fraction

import av
import pytest
from hard_media_factory import (
    LOSSLESS,
    PLAIN,
    passengers_are_the_same,
    repaired,
)
from media_factory import Clip, make_video, packets

from rfr_video import EncodeConfig, probe
from rfr_video.media.matroska_shape import close_target

WIDE = {"sample_aspect_ratio": Fraction(16, 11)}


@pytest.mark.parametrize(
    ("shape", "size"),
    [(Fraction(16, 15), (720, 576)), (Fraction(8, 9), (720, 480)), (Fraction(4, 3), (96, 64))],
)
def test_a_reader_finds_the_shape_and_all_else(tmp_path, shape, size):
    clip = Clip("libx264", width=size[0], height=size[1], frames=2, tags={"sample_aspect_ratio": shape})
    clip = replace(clip, audio_tracks=2, subtitles="mov_text", chapters=True)
    source = make_video(tmp_path / "source.mp4", clip)
    target, _ = repaired(source, ".mkv", replace(LOSSLESS, drop_unsupported=True))
    assert probe(target).video.sample_aspect_ratio == shape
    again = tmp_path / "again.mkv"
    target.rename(again)
    twice, _ = repaired(again, ".mkv", LOSSLESS)
    assert probe(twice).video.sample_aspect_ratio == shape
    passengers_are_the_same(again, twice)
    with av.open(str(twice)) as container:
        assert len(container.chapters()) == 2
        container.seek(0)
        assert sum(1 for _ in container.decode(container.streams.video[0])) == 2


def test_webm_counts_whole_pixels(tmp_path):
    source = make_video(tmp_path / "source.mp4", Clip(frames=2, tags=WIDE))
    target, report = repaired(source, ".webm", replace(PLAIN, encode=EncodeConfig(codec="vp9")))
    assert not [choice for choice in report.plan.choices if choice.value == "lost"]
    assert probe(target).video.sample_aspect_ratio == Fraction(35, 24)  # 140 pixels instead of 139.6


def write(path, shape, *, attachment=b"", close):
    with av.open(str(path), "w", container_options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.codec_context.sample_aspect_ratio = shape
        if attachment:
            container.add_attachment("large.bin", "application/octet-stream", attachment)
        for number in range(3):
            frame = av.VideoFrame(96, 64, "yuv420p")
            frame.pts = number
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        close(container, path)
    return path


def test_nothing_behind_the_tracks_moves_or_changes(tmp_path):
    large = bytes(range(256)) * 8000
    plain = write(tmp_path / "plain.mkv", Fraction(4, 3), attachment=large, close=lambda *_: None)
    shaped = write(tmp_path / "shaped.mkv", Fraction(4, 3), attachment=large, close=close_target)
    before, after = plain.read_bytes(), shaped.read_bytes()
    assert len(before) == len(after)
    changed = [index for index, (was, now) in enumerate(zip(before, after, strict=True)) if was != now]
    assert changed[0] > 40
    assert changed[-1] < 500
    assert packets(plain, skip_video=False) == packets(shaped, skip_video=False)
    assert (probe(plain).video.sample_aspect_ratio, probe(shaped).video.sample_aspect_ratio) == (
        None,
        Fraction(4, 3),
    )


def test_checksums_are_those_of_what_is_written(tmp_path):
    data = write(tmp_path / "shaped.mkv", Fraction(4, 3), close=close_target).read_bytes()
    for name, start in ((b"\x11\x4d\x9b\x74", 4), (b"\x16\x54\xae\x6b", 4)):
        at = data.index(name, 60 if name[0] == 0x16 else 0)
        while data[at + start] == 0x53:  # the index names it, too
            at = data.index(name, at + 1)
        length = 9 - data[at + start].bit_length()
        size = int.from_bytes(data[at + start : at + start + length], "big") & ((1 << 7 * length) - 1)
        content = data[at + start + length : at + start + length + size]
        assert content[:2] == b"\xbf\x84"
        assert int.from_bytes(content[2:6], "little") == zlib.crc32(content[6:])


def test_square_samples_change_nothing(tmp_path):
    files = [
        write(tmp_path / f"{number}.mkv", Fraction(1), close=close)
        for number, close in enumerate((close_target, lambda *_: None))
    ]
    assert files[0].read_bytes() == files[1].read_bytes()
