"""A run that was cut off goes on, and what comes of it is what would have come of it anyway."""

import json
import shutil
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from interlaced_factory import FieldClip, make_interlaced
from media_factory import Clip, decode, make_video, packets, presentation
from rfrnet_factory import TINY_RESIDUAL, install_weights
from translucent import logo, pan, write, write_mask

from rfr_video import Box, EncodeConfig, FillConfig, MaskConfig, RestoreConfig, restore
from rfr_video.errors import OutputError
from rfr_video.fill.filler import Origin
from rfr_video.geometry import Rect
from rfr_video.media.work_folder import work_path
from rfr_video.pipeline import segments

SEGMENT_FRAMES = 6
BOX = MaskConfig(box=(Box(30, 20, 16, 12),))
CLASSICAL = RestoreConfig(mask=BOX, fill=FillConfig(fill="classical"))
TEMPORAL = RestoreConfig(mask=BOX, fill=FillConfig(fill="temporal", look_ahead=0.2))
LONG = Clip(frames=23, audio_tracks=1, options={"bf": "2"})


class CutOffError(Exception):
    """Stands for whatever ends a run early."""


@pytest.fixture(autouse=True)
def short_segments(monkeypatch):
    monkeypatch.setattr(segments, "SEGMENT_FRAMES", SEGMENT_FRAMES)


def cut_off(source, target, config, *, behind):
    """Run until so many frames are written."""

    def progress(how_far):
        if how_far.frames == behind:
            raise CutOffError

    with pytest.raises(CutOffError) as caught:
        restore(source, target, config, progress=progress)
    return caught.value


def resume(source, target, config):
    return restore(source, target, replace(config, resume=True))


def facts(path):
    return decode(path), presentation(path), packets(path, skip_video=False)


def same(first, second):
    (frames, *rest), (others, *others_rest) = facts(first), facts(second)
    assert rest == others_rest
    for planes, other_planes in zip(frames, others, strict=True):
        for plane, other in zip(planes, other_planes, strict=True):
            assert (plane == other).all()


def rows(report):
    return json.loads(report.to_json())["filled_frames"]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return make_video(tmp_path_factory.mktemp("long") / "long.mp4", LONG)


@pytest.mark.parametrize(
    ("config", "behind"),
    [
        (CLASSICAL, 1),
        (CLASSICAL, SEGMENT_FRAMES),
        (CLASSICAL, LONG.frames),
        (TEMPORAL, 2 * SEGMENT_FRAMES + 1),
    ],
    ids=["before a segment", "behind one", "behind all", "temporal"],
)
def test_what_comes_of_going_on_is_what_would_have_come_anyway(source, tmp_path, config, behind):
    target = tmp_path / "result.mp4"
    sides = {"provenance": tmp_path / "p.mkv", "patch": tmp_path / "q.mov"}
    cut_off(source, target, replace(config, **sides), behind=behind)
    assert not target.exists()
    report = resume(source, target, replace(config, **sides))
    assert (behind >= SEGMENT_FRAMES) == ("goes on from" in report.resumption)
    others = {"provenance": tmp_path / "p2.mkv", "patch": tmp_path / "q2.mov"}
    whole = restore(source, tmp_path / "whole.mp4", replace(config, **others))
    assert rows(report) == rows(whole)
    same(target, tmp_path / "whole.mp4")
    for name, path in sides.items():
        same(path, others[name])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("p.mkv", "p2.mkv", "q.mov", "q2.mov", "result.mp4", "whole.mp4")
    ]


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [
        ("libx265", ".mkv"),
        ("libsvtav1", ".mkv"),
        ("libvpx-vp9", ".webm"),
        ("mpeg2video", ".ts"),
        ("mpeg4", ".avi"),
        ("prores", ".mov"),
        ("ffv1", ".mkv"),
    ],
)
def test_every_encoder_can_go_on(tmp_path, codec, suffix):
    source = make_video(
        tmp_path / "source.mkv", Clip(frames=14, pix_fmt="yuv422p10le" if codec == "prores" else "yuv420p")
    )
    config = replace(CLASSICAL, encode=EncodeConfig(codec=codec))
    target = tmp_path / f"result{suffix}"
    cut_off(source, target, config, behind=13)
    assert "goes on" in resume(source, target, config).resumption
    whole = tmp_path / f"whole{suffix}"
    restore(source, whole, config)
    same(target, whole)


def test_times_that_are_uneven_stay_so(tmp_path):
    pts = tuple(5040 + 40 * number + 7 * (number % 3) for number in range(20))
    clip = Clip(frames=20, time_base=Fraction(1, 1000), pts=pts, options={"bf": "2"})
    source = make_video(tmp_path / "source.mkv", clip)
    target = tmp_path / "result.mkv"
    cut_off(source, target, CLASSICAL, behind=15)
    resume(source, target, CLASSICAL)
    assert [start for start, _ in presentation(target)] == [start for start, _ in presentation(source)]


def test_fields_of_an_interlaced_video_go_on(tmp_path):
    source = make_interlaced(tmp_path / "source.mkv", FieldClip(frames=15, hole=Rect(40, 40, 24, 24)))
    config = replace(TEMPORAL, mask=MaskConfig(box=(Box(40, 40, 24, 24),)))
    cut_off(source, tmp_path / "result.mkv", config, behind=13)
    report = resume(source, tmp_path / "result.mkv", config)
    whole = restore(source, tmp_path / "whole.mkv", config)
    assert report.plan.scan.holds_fields
    assert rows(report) == rows(whole)
    same(tmp_path / "result.mkv", tmp_path / "whole.mkv")


def test_a_translucent_overlay_is_still_seen_through(tmp_path, monkeypatch):
    monkeypatch.setattr("rfr_video.pipeline.fill_choice.installed_weights", tuple)
    burnt = logo(0.5)
    source = write(tmp_path / "logo.mkv", pan(), lambda _, picture: burnt.over(picture))
    mask = MaskConfig(mask=write_mask(tmp_path / "mask.png", burnt.mask))
    config = RestoreConfig(mask=mask, fill=FillConfig(quality="fast", look_ahead=0.5))
    cut_off(source, tmp_path / "result.mkv", config, behind=14)
    report = resume(source, tmp_path / "result.mkv", config)
    whole = restore(source, tmp_path / "whole.mkv", config)
    assert report.origin_shares[Origin.DEBLENDED] > 0.9
    assert rows(report) == rows(whole)
    same(tmp_path / "result.mkv", tmp_path / "whole.mkv")


def test_what_differs_starts_anew_and_says_so(source, tmp_path, monkeypatch):
    target = tmp_path / "r.mp4"
    cut_off(source, target, CLASSICAL, behind=13)
    assert "--resume was not given, so unfinished work" in restore(source, target, CLASSICAL).resumption
    wider = replace(CLASSICAL, mask=replace(BOX, grow_px=2), overwrite=True)
    cut_off(source, target, replace(CLASSICAL, overwrite=True), behind=13)
    assert resume(source, target, wider).resumption == (
        "starts anew: settings (mask.grow_px) differ from those of the unfinished work"
    )
    other = make_video(tmp_path / "other.mp4", replace(LONG, metadata={"title": "another"}))
    cut_off(source, target, wider, behind=13)
    assert resume(other, target, wider).resumption.startswith("starts anew: source differ")
    cut_off(source, target, wider, behind=13)
    monkeypatch.setattr("rfr_video.pipeline.work_key.code_facts", lambda: {"version": "next"})
    assert resume(source, target, wider).resumption.startswith("starts anew: version differ")
    assert "no unfinished work" in resume(source, target, wider).resumption


def test_a_mask_with_other_contents_starts_anew(source, tmp_path):
    mask = np.zeros((64, 96), np.uint8)
    mask[20:30, 30:50] = 255
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    (tmp_path / "holes.toml").write_text('[[hole]]\nmask = "mask.png"\n')
    config = replace(CLASSICAL, mask=MaskConfig(timeline=tmp_path / "holes.toml"))
    cut_off(source, tmp_path / "r.mp4", config, behind=13)
    mask[25:35, 30:50] = 255
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    assert "settings (timeline" in resume(source, tmp_path / "r.mp4", config).resumption


def test_a_network_that_has_learnt_is_kept_with_the_work(source, tmp_path, monkeypatch):
    monkeypatch.setenv(
        "RFR_VIDEO_WEIGHTS", str(install_weights(tmp_path / "w", "tiny", config=TINY_RESIDUAL))
    )
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    fill = FillConfig(fill="rfr", device="cpu")
    config = RestoreConfig(mask=MaskConfig(box=(Box(30, 20, 6, 6),)), fill=fill, adapt=0.5)
    cut_off(source, tmp_path / "r.mp4", config, behind=13)
    restore(source, tmp_path / "whole.mp4", config)
    shutil.rmtree(tmp_path / "cache")
    report = resume(source, tmp_path / "r.mp4", config)
    assert report.adaptation.result.from_cache
    same(tmp_path / "r.mp4", tmp_path / "whole.mp4")


@pytest.mark.parametrize("file", ["000001.npz", "000001.video"])
def test_a_damaged_segment_counts_as_none(source, tmp_path, file):
    target = tmp_path / "r.mp4"
    error = cut_off(source, target, CLASSICAL, behind=20)
    assert error.__notes__ == ["the same command with --resume goes on from 0:00:00.680"]
    damaged = work_path(target) / file
    data = damaged.read_bytes()
    damaged.write_bytes(data[: len(data) // 2] + b"x" + data[len(data) // 2 + 1 :])
    assert "goes on from 0:00:00.200: 6 frames" in resume(source, target, CLASSICAL).resumption
    restore(source, tmp_path / "whole.mp4", CLASSICAL)
    same(target, tmp_path / "whole.mp4")


def test_two_runs_cannot_make_the_same_file(source, tmp_path):
    target = tmp_path / "r.mp4"

    def progress(_):
        with pytest.raises(OutputError, match="is being made by another process; wait for it, or choose"):
            restore(source, target, CLASSICAL)

    restore(source, target, CLASSICAL, progress=progress)
    assert [path.name for path in tmp_path.iterdir()] == ["r.mp4"]


def test_a_work_folder_with_a_strange_file_is_left_alone(source, tmp_path):
    target = tmp_path / "r.mp4"
    work_path(target).mkdir()
    (work_path(target) / "diary.txt").write_text("precious")
    with pytest.raises(OutputError, match="holds other files, such as diary"):
        restore(source, target, CLASSICAL)
    assert (work_path(target) / "diary.txt").read_text() == "precious"
