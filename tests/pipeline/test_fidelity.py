"""What is promised about the result, proven by decoding it."""

from dataclasses import replace
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from media_factory import Clip, decode, make_video, packets, presentation

from rfr_video import Box, EncodeConfig, FillConfig, MaskConfig, RestoreConfig, probe, restore
from rfr_video.media.colour import ChromaLocation, ColorRange
from rfr_video.media.fields import FieldOrder
from rfr_video.media.layout import PlaneLayout
from rfr_video.timecode import Instant

BOX = MaskConfig(box=(Box(9, 7, 31, 17),))
CLASSICAL = FillConfig(fill="classical")  # quick, whatever weights are installed
PLAIN = RestoreConfig(mask=BOX, fill=CLASSICAL)
LOSSLESS = replace(PLAIN, encode=EncodeConfig(codec="ffv1"))

FORMATS = [
    Clip(codec="ffv1", pix_fmt="yuv420p"),
    Clip(codec="ffv1", pix_fmt="yuv422p"),
    Clip(codec="ffv1", pix_fmt="yuv444p"),
    Clip(codec="ffv1", pix_fmt="yuv420p10le"),
    Clip(codec="ffv1", pix_fmt="yuv422p10le"),
    Clip(codec="ffv1", pix_fmt="yuv444p10le"),
    Clip(codec="ffv1", pix_fmt="gray"),
    Clip(codec="ffv1", pix_fmt="yuv411p"),
    Clip(codec="ffv1", pix_fmt="yuva420p"),
    Clip(codec="libx264rgb", pix_fmt="bgr24"),  # decoded as gbrp
    Clip(codec="ffv1", pix_fmt="gbrp10le"),
    Clip(codec="ffv1", pix_fmt="bgr0"),
]


@pytest.mark.parametrize("size", [(96, 64), (97, 63)], ids=["even", "odd"])
@pytest.mark.parametrize("clip", FORMATS, ids=lambda clip: clip.pix_fmt)
@pytest.mark.parametrize(("grow", "feather"), [(0, 0), (3, 2)])
def test_samples_outside_the_mask_are_bit_identical(tmp_path, clip, size, grow, feather):
    source = make_video(tmp_path / "source.mkv", replace(clip, width=size[0], height=size[1], frames=4))
    mask = replace(BOX, grow_px=grow, feather_px=feather)
    report = restore(source, tmp_path / "result.mkv", replace(LOSSLESS, mask=mask))
    assert report.frames == report.frames_repaired == 4
    only_the_hole_changed(source, tmp_path / "result.mkv", hole=hole_of(size, reach=grow + feather))


@pytest.mark.parametrize("clip", [FORMATS[index] for index in (0, 5, 6, 7, 9)], ids=lambda clip: clip.pix_fmt)
def test_samples_outside_the_mask_are_bit_identical_with_the_network_too(tmp_path, tiny_installed, clip):
    source = make_video(tmp_path / "source.mkv", replace(clip, width=97, height=63, frames=4))
    mask = replace(BOX, grow_px=2, feather_px=3)
    config = replace(LOSSLESS, mask=mask, fill=FillConfig(fill="rfr", device="cpu"))
    assert restore(source, tmp_path / "result.mkv", config).frames_repaired == 4
    only_the_hole_changed(source, tmp_path / "result.mkv", hole=hole_of((97, 63), reach=5))


def only_the_hole_changed(source, result, *, hole):
    """Check every sample of every plane, and that the hole did change."""
    layout = PlaneLayout.of(probe(source).video.pix_fmt)
    changed_in_hole = 0
    for before, after in zip(decoded_planar(source), decoded_planar(result), strict=True):
        for number, (was, now) in enumerate(zip(before, after, strict=True)):
            inside = plane_mask(hole, number, layout, was.shape)
            assert np.array_equal(was[~inside], now[~inside])
            changed_in_hole += np.count_nonzero(was != now)
    assert changed_in_hole > 1000


def hole_of(size, *, reach):
    """The box, grown in a round shape, as luma samples."""
    box = np.full((size[1], size[0]), 255, np.uint8)
    box[7:24, 9:40] = 0
    return cv2.distanceTransform(box, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) < reach + 1 if reach else box == 0


def plane_mask(hole, number, layout, shape):
    """The hole in a plane: of a chroma sample when any luma sample it serves is in it; never of alpha."""
    if number not in layout.color_planes:
        return np.zeros(shape, bool)
    if number == layout.color_planes[0] or layout.is_rgb:
        return hole
    step = layout.subsampling
    rows, columns = np.nonzero(hole)
    mask = np.zeros(shape, bool)
    mask[rows // step.y, columns // step.x] = True
    return mask


def decoded_planar(path):
    """Decode; packed RGB becomes planar, which moves samples without changing them."""
    with av.open(str(path)) as container:
        frames = list(container.decode(container.streams.video[0]))
    planar = [
        frame if frame.format.is_planar or frame.format.name == "gray" else to_planar(frame)
        for frame in frames
    ]
    for frame in planar:
        deep = frame.format.components[0].bits > 8
        rows = [np.frombuffer(p, np.uint8).reshape(p.height, p.line_size) for p in frame.planes]
        yield [
            (row.view(np.uint16) if deep else row)[:, : plane.width]
            for row, plane in zip(rows, frame.planes, strict=True)
        ]


def to_planar(frame):
    if frame.format.is_planar or frame.format.name == "gray":
        return frame
    return frame.reformat(format="gbrp", src_color_range="JPEG", dst_color_range="JPEG")


@pytest.mark.parametrize(
    ("suffix", "clip"),
    [
        (".mkv", Clip(audio_tracks=2, subtitles="subrip", chapters=True, attachment=True)),
        (".mkv", Clip(audio_tracks=1, audio_codec="flac", codec="ffv1")),
        (".mp4", Clip(audio_tracks=2, subtitles="mov_text", chapters=True, cover=True)),
        (".mov", Clip(audio_tracks=1, audio_codec="pcm_s16le", chapters=True)),
        (".webm", Clip(codec="libvpx-vp9", audio_tracks=1, audio_codec="libopus")),
        (".avi", Clip(codec="mpeg4", audio_tracks=1, audio_codec="mp2")),
        (".ts", Clip(audio_tracks=2)),
    ],
    ids=lambda value: value if isinstance(value, str) else value.codec,
)
def test_other_streams_are_copied_byte_for_byte_with_their_timestamps(tmp_path, suffix, clip):
    source = make_video(tmp_path / f"source{suffix}", clip)
    target = tmp_path / f"result{suffix}"
    restore(source, target, PLAIN)
    assert packets(target) == packets(source)
    with av.open(str(source)) as before, av.open(str(target)) as after:
        assert chapters(before) == chapters(after)
        for was, now in zip(before.streams, after.streams, strict=True):
            assert (was.type, was.language, was.disposition) == (now.type, now.language, now.disposition)
            assert was.metadata.get("title") == now.metadata.get("title")
            if was.type == "attachment":
                assert (was.name, was.mimetype, was.data) == (now.name, now.mimetype, now.data)


def chapters(container):
    return [
        (chapter["start"] * chapter["time_base"], chapter["end"] * chapter["time_base"], chapter["metadata"])
        for chapter in container.chapters()
    ]


def test_tags_of_the_file_survive(tmp_path):
    source = make_video(tmp_path / "source.mp4", Clip(metadata={"title": "A film", "artist": "Somebody"}))
    restore(source, tmp_path / "result.mp4", PLAIN)
    with av.open(str(tmp_path / "result.mp4")) as result:
        assert (result.metadata["title"], result.metadata["artist"]) == ("A film", "Somebody")


UNEVEN = (0, 100, 140, 400, 401, 640, 700, 1111)


@pytest.mark.parametrize(
    ("suffix", "clip"),
    [
        (".mp4", Clip(time_base=Fraction(1, 12800), pts=UNEVEN, last_duration=333)),
        (".mp4", Clip(time_base=Fraction(1, 30000), pts=tuple(1000 + t for t in UNEVEN), last_duration=50)),
        (".mp4", Clip(rate=Fraction(30000, 1001), options={"bf": "2"})),
        (".mov", Clip(codec="prores_ks", pix_fmt="yuv422p10le", time_base=Fraction(1, 600), pts=UNEVEN)),
        (".mkv", Clip(time_base=Fraction(1, 1000), pts=UNEVEN, last_duration=25)),
        (".mkv", Clip(time_base=Fraction(1, 1000), pts=tuple(5040 + t for t in UNEVEN), last_duration=25)),
        (".ts", Clip(pts=tuple(range(35, 44)))),
        (".ts", Clip()),
        (".webm", Clip(codec="libvpx-vp9", time_base=Fraction(1, 1000), pts=UNEVEN, last_duration=40)),
        (".avi", Clip(codec="mpeg4")),
        (".avi", Clip(codec="mpeg4", options={"bf": "1"})),
        (".mp4", Clip(codec="libx265")),
        (".mp4", Clip(codec="mpeg4", rate=Fraction(24000, 1001))),
    ],
    ids=lambda value: value if isinstance(value, str) else value.codec,
)
def test_every_frame_keeps_its_time_and_duration(tmp_path, suffix, clip):
    source = make_video(tmp_path / f"source{suffix}", replace(clip, audio_tracks=int(suffix != ".webm")))
    target = tmp_path / f"result{suffix}"
    restore(source, target, PLAIN)
    assert presentation(target) == presentation(source)


COLOUR = {"color_range": 1, "color_primaries": 9, "color_trc": 16, "colorspace": 9}
SITED = {"chroma_sample_location": "topleft", "crf": "10"}
ROTATED = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)


@pytest.mark.parametrize(
    ("suffix", "clip"),
    [
        (".mp4", Clip(tags=COLOUR, options=SITED, display_matrix=ROTATED)),
        (".mkv", Clip(tags=COLOUR, options={"chroma_sample_location": "center"}, codec="libx265")),
        (".mkv", Clip(tags=COLOUR, options={"chroma_sample_location": "topleft"}, codec="ffv1")),
        (".mp4", Clip(pix_fmt="yuvj420p", tags={"color_range": 2, "colorspace": 5})),
        (".mov", Clip(codec="prores_ks", pix_fmt="yuv422p10le", tags=COLOUR, options={"profile": "hq"})),
        (".mp4", Clip(tags={"sample_aspect_ratio": Fraction(16, 11)}, display_matrix=ROTATED)),
        (".webm", Clip(codec="libvpx-vp9", tags={"colorspace": 1, "color_range": 1})),
        (".mp4", Clip(tags={"field_order": 2}, options={"flags": "+ildct"}, height=64)),
        (".mkv", Clip(codec="mpeg2video", tags={"field_order": 3}, options={"flags": "+ildct+ilme"})),
    ],
    ids=lambda value: value if isinstance(value, str) else value.codec,
)
def test_colour_shape_and_field_order_survive(tmp_path, suffix, clip):
    source = make_video(tmp_path / f"source{suffix}", clip)
    target = tmp_path / f"result{suffix}"
    restore(source, target, PLAIN)
    before, after = probe(source).video, probe(target).video
    assert after.color == before.color
    assert after.sample_aspect_ratio == before.sample_aspect_ratio
    assert after.field_order == before.field_order
    assert after.display_matrix == before.display_matrix
    assert after.pix_fmt == before.pix_fmt
    assert (after.codec, after.profile) == (before.codec, before.profile) or clip.codec == "libx264"


def test_the_test_clips_say_what_the_survival_tests_rely_on(tmp_path):
    """A tag that the source did not carry either would survive trivially."""
    clip = Clip(tags=COLOUR, options=SITED, display_matrix=ROTATED)
    video = probe(make_video(tmp_path / "source.mp4", clip)).video
    assert (video.color.matrix, video.color.transfer, video.color.primaries) == (9, 16, 9)
    assert video.color.color_range == ColorRange.LIMITED
    assert video.color.chroma_location == ChromaLocation.TOPLEFT
    assert video.display_matrix == ROTATED
    interlaced = Clip(tags={"field_order": 2}, options={"flags": "+ildct"})
    assert probe(make_video(tmp_path / "fields.mp4", interlaced)).video.field_order == FieldOrder.TT


HDR10 = (
    "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
    ":max-cll=1000,400:log-level=none"
)


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_hdr_metadata_survives(tmp_path, suffix):
    clip = Clip(
        codec="libx265", pix_fmt="yuv420p10le", tags=COLOUR, options={"x265-params": HDR10, "crf": "10"}
    )
    source = make_video(tmp_path / f"source{suffix}", clip)
    restore(source, tmp_path / f"result{suffix}", PLAIN)
    before, after = probe(source).video, probe(tmp_path / f"result{suffix}").video
    assert before.mastering_display is not None
    assert before.content_light is not None
    assert after.mastering_display == before.mastering_display
    assert after.content_light == before.content_light


def test_an_empty_mask_copies_every_stream(tmp_path):
    clip = Clip(audio_tracks=1, chapters=True, subtitles="subrip", attachment=True, options={"bf": "2"})
    source = make_video(tmp_path / "source.mkv", clip)
    cv2.imwrite(str(tmp_path / "black.png"), np.zeros((64, 96), np.uint8))
    config = RestoreConfig(mask=MaskConfig(mask=tmp_path / "black.png", grow_px=4))
    report = restore(source, tmp_path / "result.mkv", config)
    assert not report.plan.reencodes
    assert report.frames == 12
    assert packets(tmp_path / "result.mkv", skip_video=False) == packets(source, skip_video=False)


def test_frames_outside_the_span_stay_untouched(tmp_path):
    source = make_video(tmp_path / "source.mkv", Clip(codec="ffv1"))
    config = replace(LOSSLESS, start=Instant.parse("3f"), end=Instant.parse("0.28"))  # frames 3 to 6
    report = restore(source, tmp_path / "result.mkv", config)
    assert report.frames_repaired == 4
    pairs = zip(decode(source), decode(tmp_path / "result.mkv"), strict=True)
    changed = [any((was != now).any() for was, now in zip(*pair, strict=True)) for pair in pairs]
    assert changed == [3 <= index < 7 for index in range(12)]


def test_the_same_run_twice_gives_the_same_file(tmp_path):
    source = make_video(tmp_path / "source.mkv", Clip(codec="ffv1"))
    for name in ("first.mkv", "second.mkv"):
        restore(source, tmp_path / name, LOSSLESS)
    first, second = (packets(tmp_path / name, skip_video=False) for name in ("first.mkv", "second.mkv"))
    assert first == second


@pytest.mark.parametrize("field_order", [2, 3], ids=["top first", "bottom first"])
@pytest.mark.parametrize("codec", ["libx264", "mpeg2video", "prores_ks"])
def test_the_order_of_fields_survives_in_the_bitstream(tmp_path, codec, field_order):
    """In a transport stream or without the container's own flag, only the bitstream tells."""
    pix_fmt, suffix = ("yuv422p10le", ".mov") if codec == "prores_ks" else ("yuv420p", ".ts")
    flags = {"flags": "+ildct+ilme", "crf": "10"} if codec == "libx264" else {"flags": "+ildct+ilme"}
    if codec == "libx264":
        flags["x264-params"] = "tff=1" if field_order == 2 else "bff=1"
    clip = Clip(codec=codec, pix_fmt=pix_fmt, tags={"field_order": field_order}, options=flags)
    source = make_video(tmp_path / f"source{suffix}", clip)
    restore(source, tmp_path / f"result{suffix}", PLAIN)
    if codec != "mpeg2video":  # whose order follows the frames' own flags, which PyAV cannot set
        assert probe(source).video.field_order == field_order
    assert probe(tmp_path / f"result{suffix}").video.field_order == probe(source).video.field_order


def test_a_data_track_beside_chapters_is_no_chapter_track(tmp_path):
    source = tmp_path / "source.mp4"
    with (
        av.open(str(make_video(tmp_path / "plain.mp4", Clip(chapters=True)))) as plain,
        av.open(str(source), "w") as container,
    ):
        video = container.add_stream_from_template(plain.streams.video[0], opaque=True)
        data = container.add_data_stream("bin_data")
        data.time_base = Fraction(1, 1000)
        container.set_chapters(plain.chapters())
        for packet in plain.demux(plain.streams.video[0]):
            if packet.size:
                packet.stream = video
                container.mux(packet)
        telemetry = av.Packet(b"telemetry")
        telemetry.stream, telemetry.pts, telemetry.dts = data, 0, 0
        telemetry.time_base = Fraction(1, 1000)
        container.mux(telemetry)
    report = restore(source, tmp_path / "result.mp4", PLAIN)
    fates = {passenger.fate.value for passenger in report.plan.passengers}
    assert fates == {"copied", "rebuilt"}
    assert packets(tmp_path / "result.mp4") == packets(source)


def test_a_cover_picture_stays_a_cover_picture_in_matroska(tmp_path):
    source = tmp_path / "source.mkv"
    picture_bytes = cv2.imencode(".jpg", np.full((32, 32, 3), 90, np.uint8))[1].tobytes()
    with (
        av.open(str(make_video(tmp_path / "plain.mkv", Clip(audio_tracks=1)))) as plain,
        av.open(str(source), "w") as container,
    ):
        streams = {
            stream.index: container.add_stream_from_template(stream, opaque=True) for stream in plain.streams
        }
        container.add_attachment("cover.jpg", "image/jpeg", picture_bytes)
        for packet in plain.demux():
            if packet.size:
                packet.stream = streams[packet.stream_index]
                container.mux(packet)
    for name, mask in (("encoded.mkv", BOX), ("copied.mkv", MaskConfig(mask=black_mask(tmp_path)))):
        restore(source, tmp_path / name, replace(PLAIN, mask=mask))
        with av.open(str(tmp_path / name)) as result:
            (cover,) = [stream for stream in result.streams.video if int(stream.disposition) & (1 << 10)]
            assert next(bytes(packet) for packet in result.demux(cover) if packet.size) == picture_bytes
            assert len(result.streams.video) == 2


def black_mask(folder):
    cv2.imwrite(str(folder / "black.png"), np.zeros((64, 96), np.uint8))
    return folder / "black.png"


def test_frames_of_one_time_are_all_kept(tmp_path):
    clip = Clip(codec="ffv1", time_base=Fraction(1, 1000), pts=(0, 40, 80, 80, 120, 160), last_duration=40)
    source = make_video(tmp_path / "source.mkv", clip)
    report = restore(source, tmp_path / "result.mkv", replace(PLAIN, encode=EncodeConfig(codec="h264")))
    assert report.frames == 6
    assert [start for start, _ in presentation(tmp_path / "result.mkv")] == [
        start for start, _ in presentation(source)
    ]


def test_the_frame_rate_in_the_bitstream_is_the_videos(tmp_path):
    source = make_video(tmp_path / "source.mp4", Clip(rate=Fraction(24)))
    restore(source, tmp_path / "result.ts", PLAIN)
    with av.open(str(tmp_path / "result.ts")) as result:
        assert result.streams.video[0].codec_context.framerate == 24


def test_titles_of_tracks_survive_in_mp4(tmp_path):
    source = make_video(tmp_path / "source.mp4", Clip(audio_tracks=2))
    restore(source, tmp_path / "result.mp4", PLAIN)
    with av.open(str(source)) as before, av.open(str(tmp_path / "result.mp4")) as after:
        for was, now in zip(before.streams.audio, after.streams.audio, strict=True):
            assert was.metadata["name"].startswith("track")
            assert now.metadata == was.metadata


def test_the_same_run_twice_gives_the_same_bytes(tmp_path):
    source = make_video(tmp_path / "source.mkv", Clip(codec="ffv1", audio_tracks=1))
    for name in ("first.mkv", "second.mkv"):
        restore(source, tmp_path / name, LOSSLESS)
    assert (tmp_path / "first.mkv").read_bytes() == (tmp_path / "second.mkv").read_bytes()


def test_smpte_times_hit_their_frame_in_containers_that_round(tmp_path):
    source = make_video(tmp_path / "source.mkv", Clip(codec="ffv1", rate=Fraction(30000, 1001)))
    for number in (1, 4, 11):
        span = (Instant.parse(f"00:00:00:{number:02}"), Instant(frame=number + 1))
        config = replace(LOSSLESS, start=span[0], end=span[1], overwrite=True)
        restore(source, tmp_path / "result.mkv", config)
        pairs = zip(decode(source), decode(tmp_path / "result.mkv"), strict=True)
        changed = [index for index, (was, now) in enumerate(pairs) if (was[0] != now[0]).any()]
        assert changed == [number]
