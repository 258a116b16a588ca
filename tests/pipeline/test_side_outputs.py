"""The videos beside the target, proven by decoding them."""

from dataclasses import replace
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from filler_factory import RGB, use_filler
from media_factory import Clip, decode, make_video, presentation

from rfr_video import Box, EncodeConfig, MaskConfig, RestoreConfig, probe, restore
from rfr_video.errors import EncodeError, MaskError, OutputError
from rfr_video.fill.filler import Origin
from rfr_video.media.fields import FieldOrder
from rfr_video.pipeline.plan import make_plan
from rfr_video.pipeline.side_pictures import ORIGIN_RGB
from rfr_video.timecode import Instant

UNEVEN = (0, 100, 140, 400, 401, 640, 700, 1111)
HOLE = (slice(8, 24), slice(10, 40))
BOX = MaskConfig(box=(Box(10, 8, 30, 16),))
LOSSLESS = RestoreConfig(mask=BOX, encode=EncodeConfig(codec="ffv1"))
SIDES = ("p.mkv", "patch.mov", "patch.mkv")


def run(folder, clip, config=LOSSLESS, *, suffix=".mkv"):
    """Restore twice, since there are two kinds of patch; the results are the same."""
    source = make_video(folder / f"source{suffix}", clip)
    first = replace(config, provenance=folder / "p.mkv", patch=folder / "patch.mov")
    report = restore(source, folder / "r.mkv", first)
    restore(source, folder / "again.mkv", replace(config, patch=folder / "patch.mkv"))
    return report


def rgba(path):
    """Decode FFV1: (frames, H, W, 4), R, G, B, A or what stands in its place."""
    packed = np.stack([planes[0] for planes in decode(path)])
    return packed.reshape(*packed.shape[:2], -1, 4)[..., [2, 1, 0, 3]]


@pytest.mark.parametrize(
    "clip",
    [
        Clip(codec="ffv1", time_base=Fraction(1, 1000), pts=UNEVEN, last_duration=25),
        Clip(codec="ffv1", time_base=Fraction(1, 1000), pts=tuple(5040 + t for t in UNEVEN)),
        Clip(codec="libx264", options={"bf": "2"}),
    ],
    ids=["uneven", "late start", "reordered"],
)
def test_every_picture_has_its_frames_time(tmp_path, monkeypatch, clip):
    use_filler(monkeypatch)
    run(tmp_path, clip)
    wanted = [start for start, _ in presentation(tmp_path / "source.mkv")]
    for name in SIDES:
        assert [start for start, _ in presentation(tmp_path / name)] == wanted
    if clip.last_duration:  # Matroska does not store it
        assert presentation(tmp_path / "patch.mov")[-1][1] == presentation(tmp_path / "source.mkv")[-1][1]


@pytest.mark.parametrize("time_base", [Fraction(1, 12800), Fraction(1001, 30000), Fraction(1, 90000)])
def test_movs_count_as_finely_as_the_source(tmp_path, monkeypatch, time_base):
    use_filler(monkeypatch)
    pts = UNEVEN if time_base.numerator == 1 else tuple(range(8))
    run(tmp_path, Clip(time_base=time_base, pts=pts, last_duration=333), suffix=".mp4")
    assert presentation(tmp_path / "patch.mov") == presentation(tmp_path / "source.mp4")
    starts = [start for start, _ in presentation(tmp_path / "p.mkv")]
    wanted = [start for start, _ in presentation(tmp_path / "source.mp4")]
    assert all(abs(is_ - was) <= Fraction(1, 2000) for is_, was in zip(starts, wanted, strict=True))


def test_only_the_video_is_in_them(tmp_path, monkeypatch):
    use_filler(monkeypatch)
    run(tmp_path, Clip(audio_tracks=1, subtitles="subrip", chapters=True, attachment=True))
    assert len(probe(tmp_path / "r.mkv").others) == 3
    for name in SIDES:
        info = probe(tmp_path / name)
        assert (info.others, info.chapter_count) == ((), 0)


@pytest.mark.parametrize("size", [(96, 64), (97, 63)], ids=["even", "odd"])
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p10le", "gray", "bgr0", "gbrp12le"])
def test_a_patch_is_transparent_outside_and_exactly_the_fill_inside(tmp_path, monkeypatch, pix_fmt, size):
    use_filler(monkeypatch)
    run(tmp_path, Clip(codec="ffv1", pix_fmt=pix_fmt, width=size[0], height=size[1], frames=3))
    outside = np.ones((size[1], size[0]), bool)
    outside[HOLE] = False
    info = probe(tmp_path / "patch.mkv").video
    bits = {"bgra": 8, "gbrap10le": 10, "gbrap12le": 12}[info.pix_fmt]
    peak = (1 << bits) - 1
    assert bits == {"yuv422p10le": 10, "gbrp12le": 12}.get(pix_fmt, 8)
    for planes in decode(tmp_path / "patch.mkv"):
        if bits == 8:
            (packed,) = planes
            blue, green, red, alpha = (packed.reshape(size[1], size[0], 4)[:, :, i] for i in range(4))
        else:
            green, blue, red, alpha = planes
        assert not alpha[outside].any()
        assert (alpha[HOLE] == peak).all()
        for channel, value in zip((red, green, blue), RGB, strict=True):
            assert (channel[HOLE] == np.rint(np.float32(value) * peak)).all()
    for *_, alpha in decode(tmp_path / "patch.mov"):
        assert not alpha[outside].any()
        assert (alpha[HOLE] == (1 << 12) - 1).all()  # decoded as 12 bits


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuvj420p", "bgr0"])
def test_an_editor_that_lays_a_prores_patch_over_the_source_sees_the_repaired_video(
    tmp_path, monkeypatch, pix_fmt
):
    use_filler(monkeypatch)
    tags = {} if pix_fmt == "bgr0" else {"colorspace": 1, "color_primaries": 1, "color_trc": 1}
    tags |= {"color_range": 2} if pix_fmt == "yuvj420p" else {}
    clip = Clip(codec="ffv1", pix_fmt=pix_fmt.replace("j", ""), tags=tags, frames=2)
    run(tmp_path, clip, replace(LOSSLESS, mask=replace(BOX, feather_px=4)))
    with av.open(str(tmp_path / "patch.mov")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.codec_tag == "ap4h"
        assert stream.codec_context.pix_fmt == "yuva444p12le"
        first = next(container.decode(stream))
        assert (first.colorspace, first.color_range) == (1, 1)
        luma, blue, red, alpha = (
            np.frombuffer(plane, np.uint8)
            .reshape(plane.height, plane.line_size)
            .view(np.uint16)[:, : plane.width]
            .astype(np.float64)
            for plane in first.planes
        )
    weights = alpha / 4095
    outside = np.full((64, 96), 255, np.uint8)
    outside[HOLE] = 0
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    assert np.abs(weights - np.clip((5 - distance) / 5, 0, 1)).max() < 0.001
    luma, blue, red = (luma / 16 - 16) / 219, (blue / 16 - 128) / 224, (red / 16 - 128) / 224
    wanted_luma = 0.2126 * RGB[0] + 0.7152 * RGB[1] + 0.0722 * RGB[2]
    inside = weights == 1
    assert np.abs(luma[inside] - wanted_luma).max() < 0.01
    assert np.abs(blue[inside] - (RGB[2] - wanted_luma) / 1.8556).max() < 0.01
    assert np.abs(red[inside] - (RGB[0] - wanted_luma) / 1.5748).max() < 0.01


@pytest.mark.parametrize("origin", list(Origin), ids=lambda origin: origin.word)
def test_provenance_shows_one_origin_in_its_colour(tmp_path, monkeypatch, origin):
    use_filler(monkeypatch, shares=np.eye(4)[origin], confidence=1)
    run(tmp_path, Clip(codec="ffv1", frames=3), replace(LOSSLESS, start=Instant(frame=1)))
    pictures = rgba(tmp_path / "p.mkv")[..., :3]
    assert (pictures[1:, HOLE[0], HOLE[1]] == ORIGIN_RGB[origin]).all()
    gray = np.rint(0.4 * np.stack([planes[0] for planes in decode(tmp_path / "source.mkv")]))
    gray[1:, HOLE[0], HOLE[1]] = pictures[1:, HOLE[0], HOLE[1], 0]
    outside = np.ones(gray.shape, bool)
    outside[1:, HOLE[0], HOLE[1]] = False
    for channel in range(3):
        assert np.array_equal(pictures[..., channel][outside], gray[outside])


def test_provenance_mixes_colours_by_shares_and_shows_doubt_darker(tmp_path, monkeypatch):
    shares = (0.1, 0.4, 0.2, 0.3)
    use_filler(monkeypatch, shares=shares, confidence=0.5)
    run(tmp_path, Clip(codec="ffv1", frames=1))
    wanted = sum(
        share * np.array(ORIGIN_RGB[origin]) * (0.7 if origin <= Origin.BORROWED else 1)
        for origin, share in zip(Origin, shares, strict=True)
    )
    seen = rgba(tmp_path / "p.mkv")[0, HOLE[0], HOLE[1], :3]
    assert np.abs(seen - wanted).max() <= 0.51


@pytest.mark.parametrize("bits", [8, 10])
def test_gray_of_rgb_and_of_deep_samples_is_dim_too(tmp_path, monkeypatch, bits):
    use_filler(monkeypatch)
    pix_fmt = "bgr0" if bits == 8 else "yuv420p10le"
    run(tmp_path, Clip(codec="ffv1", pix_fmt=pix_fmt, frames=1))
    (packed_or_planes,) = decode(tmp_path / "source.mkv")
    luma = packed_or_planes[0].reshape(64, 96, -1)[:, :, 1 if bits == 8 else 0]
    seen = rgba(tmp_path / "p.mkv")[0, :, :, 0]
    assert np.array_equal(seen[30:], np.rint(0.4 * luma[30:] / (1 << (bits - 8))))


def test_the_target_is_the_same_with_and_without_them(tmp_path, monkeypatch):
    use_filler(monkeypatch)
    run(tmp_path, Clip(codec="ffv1", audio_tracks=1))
    restore(tmp_path / "source.mkv", tmp_path / "plain.mkv", LOSSLESS)
    assert (tmp_path / "r.mkv").read_bytes() == (tmp_path / "plain.mkv").read_bytes()
    again = replace(LOSSLESS, overwrite=True, provenance=tmp_path / "p2.mkv", patch=tmp_path / "patch2.mkv")
    restore(tmp_path / "source.mkv", tmp_path / "r.mkv", again)
    assert (tmp_path / "p.mkv").read_bytes() == (tmp_path / "p2.mkv").read_bytes()
    assert (tmp_path / "patch.mkv").read_bytes() == (tmp_path / "patch2.mkv").read_bytes()


def test_interlaced_sources_have_interlaced_side_videos(tmp_path, monkeypatch):
    use_filler(monkeypatch)
    for order in (FieldOrder.TT, FieldOrder.BB):
        folder = tmp_path / order.name
        folder.mkdir()
        clip = Clip(
            codec="mpeg2video",
            tags={"field_order": int(order)},
            options={"flags": "+ildct+ilme"},
            width=96,
            frames=4,
        )
        run(folder, clip)
        with av.open(str(folder / "patch.mov")) as container:
            frames = list(container.decode(container.streams.video[0]))
        assert all(frame.interlaced_frame for frame in frames)
        assert probe(folder / "patch.mov").video.field_order.top_field_first == (order is FieldOrder.TT)


def test_shape_and_turn_of_the_picture_are_kept(tmp_path, monkeypatch):
    use_filler(monkeypatch)
    turned = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
    clip = Clip(tags={"sample_aspect_ratio": Fraction(16, 11)}, display_matrix=turned)
    run(tmp_path, clip, suffix=".mp4")
    wanted = probe(tmp_path / "source.mp4").video
    assert probe(tmp_path / "patch.mov").video.sample_aspect_ratio == wanted.sample_aspect_ratio
    for name in SIDES:
        assert probe(tmp_path / name).video.orientation == wanted.orientation


def test_where_nothing_is_to_repair_they_show_just_that(tmp_path):
    cv2.imwrite(str(tmp_path / "black.png"), np.zeros((64, 96), np.uint8))
    report = run(tmp_path, Clip(), RestoreConfig(mask=MaskConfig(mask=tmp_path / "black.png")))
    assert not report.plan.reencodes
    gray = rgba(tmp_path / "p.mkv")
    assert (len(gray), np.array_equal(gray[..., 0], gray[..., 1]), gray.any()) == (12, True, True)
    assert not rgba(tmp_path / "patch.mkv").any()
    for name in SIDES:
        starts = [start for start, _ in presentation(tmp_path / name)]
        assert starts == [start for start, _ in presentation(tmp_path / "source.mkv")]


def test_the_plan_says_how_they_are_written(tmp_path):
    source = make_video(tmp_path / "source.mp4", Clip())
    config = replace(LOSSLESS, provenance=tmp_path / "p.mkv", patch=tmp_path / "q.mov")
    plan = make_plan(source, tmp_path / "r.mkv", config)
    assert [(choice.name, choice.value, choice.reason) for choice in plan.choices[-2:]] == [
        (
            "provenance",
            "p.mkv, ffv1 bgr0",
            "lossless; shows where every pixel in a hole came from; times rounded to 1 ms, the source counts "
            "1/12800 s",
        ),
        ("patch", "q.mov, prores_ks yuva444p10le", "the repaired region alone, with straight alpha"),
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source.mp4"]


@pytest.mark.parametrize(
    ("sides", "error", "say"),
    [
        ({"provenance": "p.mp4"}, EncodeError, "lossless FFV1; name it p.mkv"),
        ({"patch": "p.mp4"}, EncodeError, "name it p.mov for ProRes 4444, or p.mkv for lossless FFV1"),
        ({"provenance": "source.mkv"}, OutputError, "provenance .*source.mkv is the input itself"),
        ({"patch": "source.mkv"}, OutputError, "patch .*source.mkv is the input itself"),
        ({"patch": "link.mkv"}, OutputError, "patch .*link.mkv is the input itself"),
        ({"provenance": "r.mkv"}, OutputError, "is the output itself"),
        ({"patch": "mask.mkv"}, OutputError, "is the mask itself"),
        ({"provenance": "p.mkv", "patch": "p.mkv"}, OutputError, "patch .*p.mkv is the provenance itself"),
        ({"patch": "nowhere/p.mkv"}, OutputError, "nowhere does not exist"),
        ({"patch": "x" * 300 + ".mkv"}, OutputError, "cannot be used"),
        ({"patch": "folder.mov"}, OutputError, "no regular file"),
    ],
)
def test_what_cannot_be_written_is_an_error_before_work_starts(tmp_path, sides, error, say):
    source = make_video(tmp_path / "source.mkv", Clip(codec="ffv1"))
    make_video(tmp_path / "mask.mkv", Clip(codec="ffv1", pix_fmt="gray"))
    (tmp_path / "link.mkv").symlink_to(source)
    (tmp_path / "folder.mov").mkdir()
    config = RestoreConfig(
        mask=MaskConfig(mask=tmp_path / "mask.mkv"),
        overwrite=True,
        **{name: tmp_path / path for name, path in sides.items()},
    )
    before = {path: path.is_dir() or path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(error, match=say):
        restore(source, tmp_path / "r.mkv", config)
    assert {path: path.is_dir() or path.read_bytes() for path in tmp_path.iterdir()} == before


def test_existing_ones_are_kept_unless_told_otherwise(tmp_path, monkeypatch):
    use_filler(monkeypatch)
    source = make_video(tmp_path / "source.mkv", Clip(codec="ffv1"))
    for name in ("provenance", "patch"):
        (tmp_path / "old.mkv").write_bytes(b"precious")
        config = replace(LOSSLESS, **{name: tmp_path / "old.mkv"})
        with pytest.raises(OutputError, match=f"{name} .*old.mkv exists"):
            restore(source, tmp_path / "r.mkv", config)
        assert (tmp_path / "old.mkv").read_bytes() == b"precious"
        restore(source, tmp_path / "r.mkv", replace(config, overwrite=True))
        assert probe(tmp_path / "old.mkv").video.codec == "ffv1"
        (tmp_path / "r.mkv").unlink()


def test_a_failure_leaves_nothing_behind_and_what_was_there_as_it_was(tmp_path, monkeypatch):
    use_filler(monkeypatch)
    source = make_video(tmp_path / "source.mkv", Clip(codec="ffv1", frames=12))
    too_short = make_video(tmp_path / "mask.mkv", Clip(codec="ffv1", pix_fmt="gray", frames=6))
    (tmp_path / "p.mkv").write_bytes(b"precious")
    config = replace(LOSSLESS, mask=MaskConfig(mask=too_short), overwrite=True)
    with pytest.raises(MaskError, match="give a mask video of the same length"):
        restore(
            source,
            tmp_path / "r.mkv",
            replace(config, provenance=tmp_path / "p.mkv", patch=tmp_path / "q.mov"),
        )
    assert (tmp_path / "p.mkv").read_bytes() == b"precious"
    assert {path.name for path in tmp_path.iterdir()} == {"source.mkv", "mask.mkv", "p.mkv"}


def test_names_that_begin_alike_for_long_do_not_meet_while_they_are_written(tmp_path, monkeypatch):
    use_filler(monkeypatch)
    source = make_video(tmp_path / "source.mkv", Clip(codec="ffv1"))
    names = [tmp_path / ("x" * 100 + f"{number}.mkv") for number in range(3)]
    restore(source, names[0], replace(LOSSLESS, provenance=names[1], patch=names[2]))
    assert [probe(name).video.pix_fmt for name in names] == ["yuv420p", "bgr0", "bgra"]
    assert len(list(tmp_path.iterdir())) == 4
