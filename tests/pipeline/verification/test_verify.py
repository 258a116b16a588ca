"""Whatever is changed in a result is found; a true result passes."""

from dataclasses import replace
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from interlaced_factory import FieldClip, make_interlaced
from media_factory import Clip, make_video
from tamper_factory import Tampering, tampered

from rfr_video import Box, EncodeConfig, FillConfig, MaskConfig, RestoreConfig, VerifyConfig, restore, verify
from rfr_video.config import FidelityConfig, LimitsConfig, MaskAt, ScanConfig, SelfCheckConfig
from rfr_video.geometry import Rect
from rfr_video.media.verification.check import Outcome
from rfr_video.media.verification.copies import compare_copies
from rfr_video.timecode import Instant

BOX = MaskConfig(box=(Box(9, 7, 31, 17),), grow_px=3, feather_px=2)
PLAIN = RestoreConfig(mask=BOX, fill=FillConfig(fill="classical"), self_check=SelfCheckConfig(verify=True))
LOSSLESS = replace(PLAIN, encode=EncodeConfig(codec="ffv1"))
FULL = Clip(
    codec="ffv1",
    tags={"colorspace": 1, "color_primaries": 1, "color_trc": 1, "color_range": 1},
    audio_tracks=1,
    subtitles="subrip",
    chapters=True,
    attachment=True,
    metadata={"title": "A film"},
)


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """A source with everything around it, and its true result."""
    folder = tmp_path_factory.mktemp("films")
    source = make_video(folder / "source.mkv", FULL)
    report = restore(source, folder / "result.mkv", LOSSLESS)
    assert report.verification.matches
    assert report.verification.is_exact
    return source, folder / "result.mkv"


def differing(films, tmp_path, change, config=None):
    """Tamper with the result; return what is found to differ, by name."""
    source, result = films
    verdict = verify(
        source, tampered(result, tmp_path / "tampered.mkv", change), config or VerifyConfig(mask=BOX)
    )
    assert verdict.matches == (not verdict.differing)
    return {one.name: one.detail for one in verdict.differing}


def test_a_result_that_is_written_anew_without_a_change_passes(films, tmp_path):
    assert differing(films, tmp_path, Tampering()) == {}


def sample(plane, index, row, column):
    def change(number, planes):
        if number == index:
            planes[plane][row, column] ^= 1

    return Tampering(picture=change)


@pytest.mark.parametrize(
    ("plane", "row", "column"), [(0, 63, 95), (0, 30, 20), (1, 2, 30), (2, 15, 5)], ids=str
)
def test_one_sample_of_one_frame(films, tmp_path, plane, row, column):
    found = differing(films, tmp_path, sample(plane, 7, row, column))
    assert list(found) == ["samples outside the hole"]
    assert "1 of 12 frames" in found["samples outside the hole"]
    assert "(frame 7)" in found["samples outside the hole"]


@pytest.mark.parametrize(
    ("plane", "row", "column"), [(0, 7, 9), (0, 26, 20), (1, 6, 10), (2, 13, 8)], ids=str
)
def test_samples_of_the_hole_may_be_anything(films, tmp_path, plane, row, column):
    """Those that are feathered, and the chroma samples that lie across the edge, belong to it."""
    assert differing(films, tmp_path, sample(plane, 7, row, column)) == {}


def test_a_hole_ends_with_its_span(films, tmp_path):
    config = VerifyConfig(mask=BOX, end=Instant(frame=6))
    assert "6 of 12 frames" in differing(films, tmp_path, Tampering(), config)["samples outside the hole"]


def without(index):
    return Tampering(frame=lambda number, frame: None if number == index else frame)


def later(index, ticks):
    def change(number, frame):
        frame.pts += ticks if number == index else 0
        return frame

    return Tampering(frame=change)


@pytest.mark.parametrize(
    ("change", "name", "words"),
    [
        (without(5), "frames and their times", "1 missing (first 0.2 s)"),
        (later(5, 1), "frames and their times", "1 at another time (first 0.2 s instead at 0.201 s)"),
        (
            Tampering(audio=lambda n, data: data[:-1] + b"\0" if n == 3 else data),
            "stream 1 (audio, aac)",
            "1 of 24 packets with other bytes, first packet 4",
        ),
        (
            Tampering(audio_pts=lambda n, pts: pts + (n == 3)),
            "stream 1 (audio, aac)",
            "1 of 24 packets with other times, first packet 4",
        ),
        (Tampering(drop_audio=True), "stream 1 (audio, aac)", "missing"),
        (Tampering(colour={"colorspace": 5}), "colour matrix", "5 instead of 1"),
        (Tampering(colour={"color_range": 2}), "colour range", "full instead of limited"),
        (Tampering(colour={"field_order": 2}), "fields", "top field first instead of unknown"),
        (Tampering(chapters=False), "chapters", "0 instead of 2"),
        (Tampering(metadata={"title": "A firm"}), "tags of the file", "'A firm' instead of 'A film'"),
        (Tampering(audio_title="x"), "tags of stream 1 (audio, aac)", "'x' instead of 'track 0'"),
        (Tampering(attachment=b"a text that rode along"), "stream 3 (attachment, text/plain)", "other bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_one_change_is_found_and_nothing_else(films, tmp_path, change, name, words):
    found = differing(films, tmp_path, change)
    assert list(found) == [name]
    assert words in found[name]


def test_a_frame_too_many(films, tmp_path):
    _, result = films
    shorter = tampered(result, tmp_path / "shorter.mkv", without(11))
    verdict = verify(shorter, result, VerifyConfig(mask=BOX))
    assert "1 more than in the source (first 0.44 s)" in verdict.differing[0].detail


def test_without_a_mask_it_is_said_where_pictures_differ(films, tmp_path):
    source, result = films
    picture = tmp_path / "where.png"
    verdict = verify(source, result, VerifyConfig(difference=picture))
    assert not verdict.matches
    assert verdict.pictures.differing_area == Rect(0, 0, 48, 32)  # in blocks of 16
    assert verdict.pictures.differing_share == pytest.approx(6 / 24)
    where = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE) > 0
    assert where[10:20, 12:36].mean() > 0.9
    where[:32, :48] = False
    assert not where.any()


def test_places_are_those_of_the_picture_as_it_is_shown(tmp_path):
    turned = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
    source = make_video(tmp_path / "source.mp4", Clip(display_matrix=turned))
    config = replace(PLAIN, mask=MaskConfig(box=(Box(48, 80, 16, 16),)))  # of 64×96: the stored right edge
    assert restore(source, tmp_path / "result.mp4", config).verification.matches
    assert verify(source, tmp_path / "result.mp4", VerifyConfig(mask=config.mask)).matches
    bare = VerifyConfig(difference=tmp_path / "where.png")
    assert verify(source, tmp_path / "result.mp4", bare).pictures.differing_area == Rect(48, 80, 16, 16)
    assert cv2.imread(str(tmp_path / "where.png")).shape == (96, 64, 3)


def test_a_picture_of_differences_shows_holes_in_blue(films, tmp_path):
    source, result = films
    picture = tmp_path / "where.png"
    assert verify(source, result, VerifyConfig(mask=BOX, difference=picture)).matches
    bgr = cv2.imread(str(picture))
    assert (bgr[10, 20] == (160, 64, 0)).all()
    assert not bgr[40:].any()


def test_what_cannot_be_decoded_differs(films, tmp_path):
    source, result = films
    data = bytearray(result.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 20_000] = bytes(20_000)
    (tmp_path / "broken.mkv").write_bytes(data)
    verdict = verify(source, tmp_path / "broken.mkv", VerifyConfig(mask=BOX))
    assert {"result", "samples outside the hole"} & {one.name for one in verdict.differing}


TRUE = [
    (".mp4", Clip(audio_tracks=2, subtitles="mov_text", chapters=True, cover=True), PLAIN),
    (".mov", Clip(codec="prores_ks", pix_fmt="yuv422p10le", audio_tracks=1, audio_codec="pcm_s16le"), PLAIN),
    (".mkv", Clip(codec="ffv1", pix_fmt="yuv420p10le", width=97, height=63), LOSSLESS),
    (".mkv", Clip(codec="ffv1", pix_fmt="yuva420p"), LOSSLESS),
    (".mkv", Clip(codec="ffv1", time_base=Fraction(1, 1000), pts=(0, 40, 80, 80, 123, 160)), LOSSLESS),
    (".ts", Clip(codec="mpeg2video", audio_tracks=1), PLAIN),
    (".mp4", Clip(codec="ffv1", audio_tracks=1), replace(PLAIN, encode=EncodeConfig(codec="h264"))),
    (".mkv", Clip(codec="ffv1"), replace(LOSSLESS, start=Instant(frame=3), end=Instant(frame=7))),
    (".mkv", Clip(), replace(PLAIN, mask=MaskConfig(box=(Box(0, 0, 9, 9),)), start=Instant(frame=99))),
]


@pytest.mark.parametrize(("suffix", "clip", "config"), TRUE, ids=range(len(TRUE)))
def test_a_true_result_passes(tmp_path, suffix, clip, config):
    source = make_video(tmp_path / ("source.mkv" if clip.codec == "ffv1" else f"source{suffix}"), clip)
    report = restore(source, tmp_path / f"result{suffix}", config)
    assert report.verification.matches, report.verification.differing
    assert report.verification.is_exact == (report.plan.settings is None or config.encode.codec == "ffv1")
    assert (tmp_path / f"result{suffix}").exists()


def test_what_the_plan_says_is_lost_is_explained(tmp_path):
    display = "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
    options = {"x265-params": f"{display}:max-cll=1000,400:log-level=none", "crf": "10"}
    clip = Clip(codec="libx265", pix_fmt="yuv420p10le", options=options, frames=3)
    source = make_video(tmp_path / "source.mkv", clip)
    report = restore(source, tmp_path / "result.mkv", LOSSLESS)
    assert report.verification.matches, report.verification.differing
    explained = {one.name for one in report.verification.checks if one.outcome is Outcome.EXPLAINED}
    assert {"mastering display", "content light"} <= explained


def test_when_a_track_was_made_does_not_matter(tmp_path):
    """A muxer that knows one time for all tracks cannot keep theirs."""
    source = make_video(tmp_path / "source.mp4", Clip(audio_tracks=1))
    data = bytearray(source.read_bytes())
    place = data.index(b"mdhd") + 8
    data[place : place + 4] = (3_700_000_000).to_bytes(4, "big")
    source.write_bytes(data)
    with av.open(str(source)) as container:
        assert "creation_time" in container.streams.video[0].metadata
    report = restore(source, tmp_path / "result.mp4", PLAIN)
    assert report.verification.matches, report.verification.differing


def test_frames_that_had_to_be_moved_are_explained(tmp_path):
    clip = Clip(codec="ffv1", time_base=Fraction(1, 1000), pts=(0, 40, 80, 80, 80, 123, 160))
    source = make_video(tmp_path / "source.mkv", clip)
    config = replace(PLAIN, encode=EncodeConfig(codec="h264"))
    report = restore(source, tmp_path / "result.mp4", config)
    assert report.damage.moved_frames == 2
    assert report.verification.matches, report.verification.differing
    (check,) = [one for one in report.verification.checks if one.name == "frames and their times"]
    assert "2 moved, for the source's times do not rise" in check.detail


def test_copied_streams_are_compared_without_decoding(tmp_path):
    source = make_video(tmp_path / "source.mkv", Clip(audio_tracks=1))
    cv2.imwrite(str(tmp_path / "black.png"), np.zeros((64, 96), np.uint8))
    config = replace(PLAIN, mask=MaskConfig(mask=tmp_path / "black.png"))
    report = restore(source, tmp_path / "result.mkv", config)
    assert not report.plan.reencodes
    assert report.verification.matches
    assert report.verification.pictures is None
    data = bytearray((tmp_path / "result.mkv").read_bytes())
    with av.open(str(tmp_path / "result.mkv")) as container:
        packet = next(one for one in container.demux(video=0) if one.pts == 200)
    data[data.index(bytes(packet)) + packet.size - 1] ^= 1
    (tmp_path / "result.mkv").write_bytes(data)
    checks = compare_copies(
        source, tmp_path / "result.mkv", passengers=report.plan.passengers, limits=LimitsConfig()
    )
    (wrong,) = [one for one in checks if one.outcome is Outcome.DIFFERS]
    assert "1 of 12 packets with other bytes" in wrong.detail
    assert wrong.detail.endswith("at 0.200 s")


def test_a_result_of_another_size_differs(films, tmp_path):
    source, _ = films
    other = make_video(tmp_path / "other.mkv", replace(FULL, width=64))
    verdict = verify(source, other, VerifyConfig())
    assert {"size", "samples outside the hole"} <= {one.name for one in verdict.differing}


def test_another_pixel_format_that_was_asked_for_passes(tmp_path):
    source = make_video(tmp_path / "source.mkv", Clip(codec="ffv1", pix_fmt="yuv444p"))
    report = restore(
        source, tmp_path / "r.mkv", replace(PLAIN, encode=EncodeConfig(codec="ffv1", pix_fmt="yuv420p"))
    )
    assert report.verification.matches, report.verification.differing
    (check,) = [one for one in report.verification.checks if one.name == "pixel format"]
    assert check.outcome is Outcome.EXPLAINED


@pytest.mark.parametrize("scan", [ScanConfig(), ScanConfig(deinterlace=True)], ids=["fields", "deinterlaced"])
def test_interlaced_video(tmp_path, scan):
    source = make_interlaced(tmp_path / "source.mkv", FieldClip())
    report = restore(source, tmp_path / "result.mkv", replace(LOSSLESS, scan=scan))
    assert report.verification.matches, report.verification.differing
    assert report.verification.is_exact
    config = VerifyConfig(mask=BOX, scan=scan)
    assert verify(source, tmp_path / "result.mkv", config).is_exact
    other = VerifyConfig(mask=replace(BOX, grow_px=0, feather_px=0), scan=scan)
    assert not verify(source, tmp_path / "result.mkv", other).matches


def test_masks_that_were_found_or_carried_are_known_to_the_run(tmp_path):
    source = make_interlaced(tmp_path / "source.mkv", FieldClip(), streaks={5: 40, 8: 61})
    find = replace(RestoreConfig().find, kinds=("dropouts",))
    config = RestoreConfig(find=find, fill=PLAIN.fill, encode=LOSSLESS.encode, self_check=PLAIN.self_check)
    report = restore(source, tmp_path / "found.mkv", config)
    assert report.frames_repaired
    assert report.verification.is_exact
    mask = np.zeros((144, 112), np.uint8)
    mask[40:80, 40:80] = 255
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    carried = MaskConfig(mask_at=(MaskAt(Instant(frame=0), tmp_path / "mask.png"),))
    report = restore(source, tmp_path / "carried.mkv", replace(LOSSLESS, mask=carried))
    assert report.verification.is_exact
    assert verify(source, tmp_path / "carried.mkv", VerifyConfig(mask=carried)).is_exact


def test_a_lossy_result_that_is_too_far_off_does_not_get_its_name(tmp_path):
    source = make_video(tmp_path / "source.mkv", Clip(codec="ffv1"))
    coarse = replace(PLAIN, encode=EncodeConfig(codec="h264", crf=45))
    report = restore(source, tmp_path / "result.mkv", coarse)
    (check,) = report.verification.differing
    assert check.name == "samples outside the hole"
    assert report.verification.kept_as == tmp_path / "result.unverified.mkv"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["result.unverified.mkv", "source.mkv"]
    lenient = VerifyConfig(mask=BOX, fidelity=FidelityConfig(least_psnr_db=15))
    assert verify(source, tmp_path / "result.unverified.mkv", lenient).matches


def test_a_block_that_is_wrong_is_found_in_a_lossy_result(tmp_path):
    """One block of one frame hardly moves the PSNR of the frame."""
    big = Clip(codec="ffv1", width=320, height=240, frames=5)
    source = make_video(tmp_path / "source.mkv", big)

    def change(number, planes):
        if number == 2:
            planes[0][96:112, 64:80] += 40

    wrong = tampered(source, tmp_path / "wrong.mkv", Tampering(picture=change))
    restored = restore(wrong, tmp_path / "result.mkv", replace(PLAIN, encode=EncodeConfig(codec="h264")))
    assert restored.verification.matches
    verdict = verify(source, tmp_path / "result.mkv", VerifyConfig(mask=BOX))
    (check,) = verdict.differing
    assert verdict.pictures.worst_frame.psnr_db > 30
    assert "16×16 at 64,96" in check.detail
    assert verdict.pictures.worst_block.index == 2
