"""Kinds of media that archives hand over: what belongs to them comes through, and nothing is called lost."""

from dataclasses import replace
from fractions import Fraction

import av
import pytest
from hard_media_factory import (
    LOSSLESS,
    PLAIN,
    passengers_are_the_same,
    repaired,
    samples_are_the_same_outside,
    starts,
    times_are_the_same,
)
from media_factory import Clip, make_video, packets
from transport_streams import make_programs

from rfr_video import EncodeConfig, probe

BT2020 = {"color_range": 1, "color_primaries": 9, "colorspace": 9}
PQ, HLG = {**BT2020, "color_trc": 16}, {**BT2020, "color_trc": 18}
FULL = {"color_range": 2, "color_primaries": 1, "color_trc": 1, "colorspace": 1}
MASTERED = (
    "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
    ":max-cll=1000,400:log-level=none"
)
SVT = (
    "mastering-display=G(0.265,0.69)B(0.15,0.06)R(0.68,0.32)WP(0.3127,0.329)L(1000,0.005)"
    ":content-light=1000,400"
)
QUIET = {"x265-params": "log-level=none", "preset": "ultrafast"}
DEEP = {"pix_fmt": "yuv420p10le", "frames": 4}
NTSC, HALF_SECOND = Fraction(30000, 1001), {"frames": 4, "audio_tracks": 1}
DV = {"codec": "dvvideo", "width": 720, "frames": 2, "audio_tracks": 1, "audio_codec": "pcm_s16le"}
DV_NTSC = Clip(**DV, pix_fmt="yuv411p", height=480, rate=NTSC)
DV_PAL = Clip(**DV, pix_fmt="yuv420p", height=576)
LATE = tuple(range(250, 262))
CLOSED, OPEN = {"crf": "10", "preset": "medium"}, "keyint=6:min-keyint=6:scenecut=0:open-gop=1"
TURNED = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
UNEVEN = (0, 3003, 6006, 9200, 12000, 18000, 18100, 24000, 30000, 31000)

KINDS = {
    "HDR10 in TS": (".ts", Clip("libx265", **DEEP, tags=PQ, options={"x265-params": MASTERED, "crf": "10"})),
    "HDR10 as AV1": (
        ".mp4",
        Clip("libsvtav1", **DEEP, tags=PQ, options={"svtav1-params": SVT, "preset": "12"}),
    ),
    "HLG in HEVC": (".mp4", Clip("libx265", **DEEP, tags=HLG, options=QUIET)),
    "HLG in ProRes": (".mov", Clip("prores_ks", "yuv422p10le", frames=4, tags=HLG)),
    "full range, 10 bits": (".mkv", Clip("ffv1", **DEEP, tags=FULL)),
    "full range, H.264": (".mp4", Clip(frames=4, tags=FULL)),
    "full range, VP9": (".webm", Clip("libvpx-vp9", frames=4, tags=FULL)),
    "DV, 4:1:1, AVI": (".avi", DV_NTSC),
    "DV, 4:1:1, MOV": (".mov", replace(DV_NTSC, tags={"sample_aspect_ratio": Fraction(8, 9)})),
    "DV, 4:2:0, AVI": (".avi", DV_PAL),
    "DV, 4:2:0, MOV": (".mov", DV_PAL),
    "FFV1 with FLAC and an attachment": (
        ".mkv",
        Clip("ffv1", "yuv422p10le", frames=4, audio_tracks=2, audio_codec="flac", attachment=True),
    ),
    "MPEG-2 in TS from 10 s on": (
        ".ts",
        Clip("mpeg2video", audio_tracks=2, audio_codec="ac3", pts=LATE, options={"bf": "2"}),
    ),
    "VP9 with Opus, WebM": (".webm", Clip("libvpx-vp9", **HALF_SECOND, audio_codec="libopus")),
    "VP9 with Opus, MP4": (".mp4", Clip("libvpx-vp9", **HALF_SECOND, audio_codec="libopus")),
    "AV1 with Opus, WebM": (
        ".webm",
        Clip("libsvtav1", **HALF_SECOND, audio_codec="libopus", options={"preset": "12"}),
    ),
    "AV1 with Opus, MP4": (
        ".mp4",
        Clip("libsvtav1", **HALF_SECOND, audio_codec="libopus", options={"preset": "12"}),
    ),
    "MJPEG in AVI": (
        ".avi",
        Clip("mjpeg", "yuvj422p", **HALF_SECOND, audio_codec="pcm_s16le", tags={"color_range": 2}),
    ),
    "open GOPs, pyramid, MP4": (
        ".mp4",
        Clip(frames=20, audio_tracks=1, options={**CLOSED, "bf": "3", "x264-params": f"{OPEN}:b-pyramid=2"}),
    ),
    "open GOPs, pyramid, TS": (
        ".ts",
        Clip(frames=20, audio_tracks=1, options={**CLOSED, "bf": "3", "x264-params": f"{OPEN}:b-pyramid=2"}),
    ),
    "a coded size beyond the picture's": (".mp4", Clip(width=98, height=66, frames=4)),
    "a phone's uneven rate, turned": (
        ".mp4",
        Clip(
            time_base=Fraction(1, 90000),
            pts=UNEVEN,
            rate=Fraction(30),
            display_matrix=TURNED,
            audio_tracks=1,
            last_duration=3000,
        ),
    ),
    "samples that are not square": (".mov", Clip(frames=4, tags={"sample_aspect_ratio": Fraction(64, 45)})),
    "one frame per second": (".mp4", Clip(rate=Fraction(1), frames=4)),
    "240 frames per second": (".mp4", Clip(rate=Fraction(240), frames=4)),
    "240 frames per second, TS": (".ts", Clip(rate=Fraction(240), frames=4)),
    "a single frame": (".mp4", Clip(frames=1, audio_tracks=1)),
    "a single frame, MKV": (".mkv", Clip(frames=1)),
    "16×16": (".mp4", Clip(width=16, height=16, frames=4)),
    "31 audio tracks, MP4": (".mp4", Clip(frames=2, audio_tracks=31)),
    "31 audio tracks, TS": (".ts", Clip(frames=2, audio_tracks=31)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_belongs_to_a_kind_comes_through(tmp_path, kind):
    suffix, clip = KINDS[kind]
    source = make_video(tmp_path / f"source{suffix}", clip)
    target, report = repaired(source)
    assert not report.damage.found
    assert [choice for choice in report.plan.choices if choice.value == "lost"] == []
    passengers_are_the_same(source, target)
    times_are_the_same(source, target)
    before, after = probe(source).video, probe(target).video
    for name in ("color", "pix_fmt", "display_matrix", "width", "height", "sample_aspect_ratio", "language"):
        assert getattr(after, name) == getattr(before, name)
    assert after.field_order.is_interlaced == before.field_order.is_interlaced
    assert after.field_order.top_field_first == before.field_order.top_field_first
    assert after.content_light == before.content_light
    if clip.tags == PQ:
        assert before.mastering_display is not None
        assert after.mastering_display == before.mastering_display
        assert before.content_light is not None


@pytest.mark.parametrize(
    "kind", ["DV, 4:1:1, AVI", "DV, 4:2:0, MOV", "MJPEG in AVI", "open GOPs, pyramid, MP4"]
)
def test_decoded_samples_outside_the_hole_are_exact_with_a_lossless_codec(tmp_path, kind):
    suffix, clip = KINDS[kind]
    source = make_video(tmp_path / f"source{suffix}", replace(clip, audio_tracks=0))
    target, _ = repaired(source, ".mkv", LOSSLESS)
    samples_are_the_same_outside(source, target, fields=2 if clip.codec == "dvvideo" else 1)


def test_samples_of_an_8k_picture_are_exact_too(tmp_path):
    clip = Clip(width=8192, height=4320, frames=1, options={"preset": "ultrafast"})
    source = make_video(tmp_path / "source.mp4", clip)
    target, _ = repaired(source, ".mkv", LOSSLESS)
    samples_are_the_same_outside(source, target)


@pytest.mark.parametrize(
    ("timecode", "rate"), [("01:00:00:00", Fraction(25)), ("10:00:00;02", NTSC)], ids=["25", "drop frame"]
)
def test_a_timecode_track_comes_through(tmp_path, timecode, rate):
    clip = Clip(
        "prores_ks", "yuv422p10le", rate=rate, frames=4, audio_tracks=2, audio_codec="pcm_s24le",
        metadata={"timecode": timecode},
    )  # fmt: skip
    source = make_video(tmp_path / "source.mov", clip)
    target, report = repaired(source)
    assert [passenger.fate.value for passenger in report.plan.passengers] == ["copied", "copied", "rebuilt"]
    passengers_are_the_same(source, target)  # the timecode's packet among them
    in_matroska, report = repaired(source, ".mkv", LOSSLESS)
    assert report.plan.passengers[-1].reason == f"timecode track, kept as the tag timecode={timecode}"
    again, _ = repaired(in_matroska, ".mov", replace(PLAIN, encode=EncodeConfig(codec="prores")))
    assert packets(again)[3][0][3] == packets(source)[3][0][3]


def test_several_programs_become_one_and_that_is_said(tmp_path):
    clips = [
        Clip("mpeg2video", frames=4, audio_tracks=1, audio_codec="ac3"),
        Clip("mpeg2video", frames=4, audio_tracks=2, audio_codec="ac3", width=64, height=48),
    ]
    source = make_programs(tmp_path / "source.ts", clips)
    assert [program.number for program in probe(source).programs] == [1, 2]
    target, report = repaired(source)
    (lost,) = [choice for choice in report.plan.choices if choice.value == "lost"]
    assert lost.name == "division into 2 programs"
    passengers_are_the_same(source, target)
    with av.open(str(source)) as before, av.open(str(target)) as after:
        assert [stream.id for stream in after.streams] == [stream.id for stream in before.streams]
        assert len(after.streams) == 5


def test_a_program_keeps_its_number_and_name(tmp_path):
    tags = {"service_name": "Archive One", "service_provider": "The Archive"}
    clip = Clip("mpeg2video", frames=4, metadata=tags)
    source = make_video(tmp_path / "source.ts", clip, container_options={"mpegts_service_id": "77"})
    target, _ = repaired(source)
    (program,) = probe(target).programs
    assert (program.number, program.tags) == (77, tags)
    assert probe(source).programs == probe(target).programs


def test_frames_before_the_start_of_an_edit_list_are_not_shown(tmp_path):
    """The first four frames have negative times: MP4 hides them by an edit list."""
    clip = Clip(pts=tuple(range(-4, 12)), audio_tracks=1, options={**CLOSED, "bf": "2"})
    source = make_video(tmp_path / "source.mp4", clip)
    target, report = repaired(source)
    assert probe(source).video.frame_count == 16
    assert report.frames == 12
    times_are_the_same(source, target)
    passengers_are_the_same(source, target)


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_a_header_without_a_duration(tmp_path, suffix):
    codec = "libvpx-vp9" if suffix == ".webm" else "libx264"
    options = (
        {"live": "1"} if suffix == ".webm" else {"movflags": "empty_moov+frag_keyframe+default_base_moof"}
    )
    clip = Clip(codec, frames=4, audio_tracks=1, audio_codec="libopus")
    source = make_video(tmp_path / f"source{suffix}", clip, container_options=options)
    assert probe(source).video.frame_count is None
    target, report = repaired(source)
    assert (report.frames, report.damage.found) == (4, False)
    assert starts(target) == starts(source)
    passengers_are_the_same(source, target)


def test_a_bare_bitstream_without_timestamps_gets_those_of_its_rate(tmp_path):
    with av.open(str(tmp_path / "source.h264"), "w", format="h264") as container:
        stream = container.add_stream("libx264", rate=25, options={"bf": "2", "crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for _ in range(9):
            container.mux(stream.encode(av.VideoFrame(96, 64, "yuv420p")))
        container.mux(stream.encode(None))
    for suffix in (".mp4", ".mkv"):
        target, _ = repaired(tmp_path / "source.h264", suffix)
        assert [25 * start for start in starts(target)] == list(range(9))
