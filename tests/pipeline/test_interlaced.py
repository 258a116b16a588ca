"""Interlaced videos: repaired field by field, still interlaced, and untouched outside the hole."""

from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
from interlaced_factory import FieldClip, make_interlaced
from media_factory import decode, presentation

from rfr_video import Box, EncodeConfig, FillConfig, MaskConfig, RestoreConfig, ScanConfig, probe, restore
from rfr_video.config import TAPE_KINDS, DetectRunConfig, FindConfig
from rfr_video.fill.filler import Origin
from rfr_video.geometry import Rect
from rfr_video.masking.detect.detector import FrameMask
from rfr_video.media.fields import FieldOrder
from rfr_video.pipeline import detection
from rfr_video.pipeline.detect_files import detect_into
from rfr_video.pipeline.plan import make_plan

HOLE = Rect(44, 64, 12, 20)
PAL = FieldClip(height=576, width=96, frames=10, hole=HOLE)
NTSC = FieldClip(height=480, width=96, rate=Fraction(30000, 1001), frames=10, top_first=False, hole=HOLE)
SMALL = FieldClip(hole=HOLE)
CONFIG = RestoreConfig(
    mask=MaskConfig(box=(Box(HOLE.x, HOLE.y, HOLE.width, HOLE.height),)),
    fill=FillConfig(fill="temporal", quality="fast", look_ahead=0.4),
    encode=EncodeConfig(codec="ffv1"),
)
CLASSICAL = replace(CONFIG, fill=FillConfig(fill="classical"))
ORDERS = {True: FieldOrder.TT, False: FieldOrder.BB}


@pytest.mark.parametrize("clip", [PAL, NTSC], ids=["576i top first", "480i bottom first"])
def test_fields_are_repaired_by_themselves_and_nothing_else_changes(tmp_path, clip):
    source = make_interlaced(tmp_path / "source.mkv", clip)
    report = restore(source, tmp_path / "result.mkv", CONFIG)
    assert report.origin_shares[Origin.BORROWED] > 0.5
    only_the_hole_changed(source, tmp_path / "result.mkv")
    before, after = probe(source).video, probe(tmp_path / "result.mkv").video
    assert (after.field_order, after.fields_flagged) == (ORDERS[clip.top_first], True)
    assert after.field_order == before.field_order
    assert presentation(tmp_path / "result.mkv") == presentation(source)
    by_fields = decode(tmp_path / "result.mkv")
    for parity in (0, 1):
        own, other = (errors(clip, by_fields, parity, later=later) for later in (0, 1))
        assert own < other / 10  # nothing of the other field's moment
    whole = replace(CONFIG, scan=ScanConfig(field_order="progressive"))
    restore(source, tmp_path / "whole.mkv", whole)
    by_frames = decode(tmp_path / "whole.mkv")
    for parity in (0, 1):
        assert errors(clip, by_fields, parity) < errors(clip, by_frames, parity) / 4  # 6 dB and more


@pytest.mark.parametrize("top_first", [True, False], ids=["top first", "bottom first"])
def test_a_translucent_overlay_is_seen_through_field_by_field(tmp_path, top_first):
    clip = replace(SMALL, frames=24, top_first=top_first, opacity=0.5)
    source = make_interlaced(tmp_path / "source.mkv", clip)
    config = replace(CONFIG, fill=FillConfig(fill="auto", quality="fast", look_ahead=0.5))
    report = restore(source, tmp_path / "result.mkv", replace(config, save_matte=tmp_path / "matte.png"))
    assert "translucent overlay found in 24 frames" in report.fill_notes[0]
    assert report.origin_shares[Origin.DEBLENDED] > 0.9
    only_the_hole_changed(source, tmp_path / "result.mkv")
    assert probe(tmp_path / "result.mkv").video.field_order == ORDERS[top_first]
    seen = decode(tmp_path / "result.mkv")
    assert all(errors(clip, seen, parity) < 6.5 for parity in (0, 1))  # 40 dB
    restore(source, tmp_path / "again.mkv", replace(config, mask=MaskConfig(matte=tmp_path / "matte.png")))
    again = decode(tmp_path / "again.mkv")
    assert all(errors(clip, again, parity) < 6.5 for parity in (0, 1))


def errors(clip, frames, parity, *, later=0):
    """Mean squared error of the luma of fields in the hole, against the scene at their moment or another."""
    rows = slice(HOLE.y // 2, HOLE.bottom // 2)
    columns = slice(HOLE.x, HOLE.right)
    total = 0.0
    for index, planes in enumerate(frames):
        moment = clip.moment(index, parity)
        moment += later if moment % 2 == 0 else -later
        truth = clip.field(moment, parity)[0][rows, columns].astype(float)
        total += ((planes[0][parity::2][rows, columns] - truth) ** 2).mean()
    return total / len(frames)


def only_the_hole_changed(source, result):
    """Every sample outside is bit-identical; chroma belongs to the lines of its own field."""
    for before, after in zip(decode(source), decode(result), strict=True):
        for was, now, step in zip(before, after, (1, 2, 2), strict=True):
            outside = np.ones(was.shape, np.bool_)
            outside[HOLE.y // step : HOLE.bottom // step, HOLE.x // step : HOLE.right // step] = False
            assert np.array_equal(was[outside], now[outside])
            assert not np.array_equal(was[~outside], now[~outside])


def test_a_mask_of_one_field_leaves_the_other_as_it_is_however_far_it_grows(tmp_path):
    import cv2

    source = make_interlaced(tmp_path / "source.mkv", replace(SMALL, frames=3))
    mask = np.zeros((SMALL.height, SMALL.width), np.uint8)
    mask[HOLE.y : HOLE.bottom : 2, 10:80] = 255
    cv2.imwrite(str(tmp_path / "streaks.png"), mask)
    config = replace(CLASSICAL, mask=MaskConfig(mask=tmp_path / "streaks.png", grow_px=3, feather_px=2))
    restore(source, tmp_path / "result.mkv", config)
    for before, after in zip(decode(source), decode(tmp_path / "result.mkv"), strict=True):
        for was, now in zip(before, after, strict=True):
            assert np.array_equal(was[1::2], now[1::2])
            assert not np.array_equal(was[0::2], now[0::2])


@pytest.mark.parametrize("top_first", [True, False], ids=["top first", "bottom first"])
@pytest.mark.parametrize(
    ("suffix", "codec", "options"),
    [
        (".ts", "mpeg2video", {"flags": "+ildct+ilme"}),
        (".mp4", "libx264", {"flags": "+ildct", "crf": "10"}),
        (".avi", "ffv1", {}),
    ],
    ids=["mpeg2", "x264", "ffv1 in avi"],
)
def test_lossy_codecs_stay_interlaced_with_the_same_order(tmp_path, suffix, codec, options, top_first):
    clip = replace(SMALL, top_first=top_first, frames=6)
    if codec == "libx264":
        options = {**options, "x264-params": f"{clip.order}=1"}
    source = make_interlaced(tmp_path / f"source{suffix}", clip, codec=codec, options=options)
    target = tmp_path / f"result{suffix}"
    report = restore(source, target, replace(CLASSICAL, encode=EncodeConfig()))
    assert report.plan.scan.holds_fields
    for video in (probe(source).video, probe(target).video):
        assert (video.field_order, video.fields_flagged) == (ORDERS[top_first], True)
    with av.open(str(target)) as container:
        assert all(frame.interlaced_frame for frame in container.decode(video=0))


@pytest.mark.parametrize("top_first", [True, False], ids=["top first", "bottom first"])
def test_an_order_that_nobody_states_is_measured_and_then_stated(tmp_path, top_first):
    clip = replace(SMALL, top_first=top_first)
    source = make_interlaced(tmp_path / "source.mkv", clip, stated=False, flagged=False)
    assert probe(source).video.field_order == FieldOrder.UNKNOWN
    report = restore(source, tmp_path / "result.mkv", CLASSICAL)
    (choice,) = (choice for choice in report.plan.choices if choice.name == "fields")
    assert choice.value == ("top field first" if top_first else "bottom field first")
    assert "the stream does not say; of" in choice.reason
    video = probe(tmp_path / "result.mkv").video
    assert (video.field_order, video.fields_flagged) == (ORDERS[top_first], True)
    only_the_hole_changed(source, tmp_path / "result.mkv")


def test_the_user_knows_better_than_the_stream(tmp_path):
    source = make_interlaced(tmp_path / "source.mkv", SMALL)
    asked = replace(CLASSICAL, scan=ScanConfig(field_order="bff"))
    assert restore(source, tmp_path / "bff.mkv", asked).plan.scan.order == FieldOrder.BB
    video = probe(tmp_path / "bff.mkv").video
    assert (video.field_order, video.fields_flagged) == (FieldOrder.BB, True)
    whole = replace(CLASSICAL, scan=ScanConfig(field_order="progressive"))
    assert not restore(source, tmp_path / "whole.mkv", whole).plan.scan.holds_fields
    assert probe(tmp_path / "whole.mkv").video.field_order == FieldOrder.TT


def test_deinterlacing_is_done_first_and_only_when_asked(tmp_path):
    source = make_interlaced(tmp_path / "source.mkv", SMALL)
    config = replace(CONFIG, scan=ScanConfig(deinterlace=True))
    report = restore(source, tmp_path / "result.mkv", config)
    assert [(choice.name, choice.value) for choice in report.plan.choices[:2]] == [
        ("fields", "top field first"),
        ("deinterlacing", "first"),
    ]
    video = probe(tmp_path / "result.mkv").video
    assert (video.field_order.is_interlaced, video.fields_flagged) == (False, False)
    assert presentation(tmp_path / "result.mkv") == presentation(source)
    for index, planes in enumerate(decode(tmp_path / "result.mkv")):
        first = SMALL.field(2 * index, 0)[0].astype(float)
        outside = np.r_[0 : HOLE.y // 2 - 4, HOLE.bottom // 2 + 4 : SMALL.height // 2]
        assert np.array_equal(planes[0][0::2][outside], first[outside])  # the field that is shown first stays
        second = SMALL.field(2 * index, 1)[0].astype(float)  # the other lines, made for the same moment
        if 0 < index < SMALL.frames - 1:
            assert ((planes[0][1::2][outside] - second[outside]) ** 2).mean() < 30


def test_pictures_that_are_progressive_are_taken_whole(tmp_path):
    clip = replace(SMALL, sway_px=0)
    source = make_interlaced(tmp_path / "source.mkv", clip, stated=False, flagged=False)
    for scan, values in ((ScanConfig(), ["none"]), (ScanConfig(deinterlace=True), ["none", "none"])):
        plan = make_plan(source, tmp_path / "result.mkv", replace(CLASSICAL, scan=scan))
        assert not plan.scan.holds_fields
        assert [
            choice.value for choice in plan.choices if choice.name in ("fields", "deinterlacing")
        ] == values
        assert plan.video == plan.info.video


class White:
    """Finds white samples in pictures of half the height."""

    def __init__(self, info, _config):
        assert info.video.height == SMALL.height // 2

    def masks(self, frames):
        for frame in frames:
            white = frame.planes()[0] == 235
            yield FrameMask(frame.moment, white.astype(np.uint8) * 255 if white.any() else None)

    def notes(self):
        return ()


def test_damage_is_found_in_fields_and_only_the_field_that_has_it_is_repaired(tmp_path, monkeypatch):
    monkeypatch.setattr(detection, "DEFECTS", {"white": White})
    source = make_interlaced(tmp_path / "source.mkv", replace(SMALL, hole=None, frames=6), streaks={3: 41})
    config = replace(CLASSICAL, mask=MaskConfig(grow_px=2), find=FindConfig(kinds=("white",)))
    assert restore(source, tmp_path / "result.mkv", config).frames_repaired == 1
    for number, pair in enumerate(zip(decode(source), decode(tmp_path / "result.mkv"), strict=True)):
        changed = [np.unique(np.nonzero(was != now)[0]).tolist() for was, now in zip(*pair, strict=True)]
        assert all((not rows) == (number != 3) for rows in changed)
        assert set(changed[0]) <= {39, 41, 43}
        assert set(changed[1]) | set(changed[2]) <= {19, 21}  # of the bottom field


@pytest.mark.parametrize("clip", [PAL, NTSC], ids=["576i top first", "480i bottom first"])
def test_dropouts_are_found_and_mended_in_their_own_field(tmp_path, clip):
    clip, streaks = replace(clip, hole=None), {3: 141, 6: 200}
    source = make_interlaced(tmp_path / "tape.mkv", clip, streaks=streaks)
    detect_into(source, tmp_path / "masks.mkv", "dropouts", DetectRunConfig())
    restore(source, tmp_path / "result.mkv", replace(CONFIG, mask=MaskConfig(), tape=True))
    assert probe(tmp_path / "result.mkv").video.field_order == ORDERS[clip.top_first]
    masks = [planes[0] > 0 for planes in decode(tmp_path / "masks.mkv")]
    for was, now, mask in zip(decode(source), decode(tmp_path / "result.mkv"), masks, strict=True):
        chroma = np.zeros((clip.height // 2, clip.width // 2), np.bool_)
        for parity in (0, 1):
            rows, columns = np.nonzero(mask[parity::2])
            chroma[parity::2][rows // 2, columns // 2] = True
        for before, after, inside in zip(was, now, (mask, chroma, chroma), strict=True):
            assert np.array_equal(before[~inside], after[~inside])
    mended = decode(tmp_path / "result.mkv")
    for index, row in streaks.items():
        assert masks[index][row, 20:70].mean() > 0.9
        moment, parity = clip.moment(index, row % 2), row % 2
        other = moment + (1 if moment % 2 == 0 else -1)
        line = mended[index][0][row, 20:70].astype(float)
        own_error, other_error = (
            ((line - clip.field(one, parity)[0][row // 2, 20:70]) ** 2).mean() for one in (moment, other)
        )
        assert own_error < other_error / 10


def test_head_switching_is_found_and_filled_down_to_the_last_line_of_either_field(tmp_path):
    clip, lines = replace(SMALL, hole=None), 9
    source = make_interlaced(tmp_path / "tape.mkv", clip, torn_lines=lines)
    found = detect_into(source, tmp_path / "band.png", "head-switching", DetectRunConfig()).found
    assert [note.split(",")[0] for note in found.notes] == [f"{lines} lines at the bottom"]
    find = FindConfig(kinds=("head-switching",))
    report = restore(source, tmp_path / "result.mkv", replace(CLASSICAL, mask=MaskConfig(), find=find))
    assert report.frames_repaired == clip.frames
    for was, now in zip(decode(source), decode(tmp_path / "result.mkv"), strict=True):
        height = clip.height - lines
        assert np.array_equal(was[0][:height], now[0][:height])
        lowest = now[0][-2:].astype(int)
        assert np.abs(np.diff(lowest, axis=1)).mean() < np.abs(np.diff(was[0][-2:].astype(int))).mean() / 4


@pytest.fixture
def tape(tmp_path, monkeypatch):
    """An interlaced video with a dropout whose stream says that it is progressive."""
    monkeypatch.setattr(detection, "DEFECTS", {"dropouts": White})
    clip = replace(SMALL, hole=None)
    lossless = {"crf": "0"}
    return make_interlaced(
        tmp_path / "tape.mkv",
        clip,
        codec="libx264",
        options=lossless,
        streaks={3: 41},
        stated=False,
        flagged=False,
    )


def test_a_tape_is_looked_at_for_what_is_usual(tape, tmp_path):
    assert probe(tape).video.field_order == FieldOrder.PROGRESSIVE
    report = restore(tape, tmp_path / "result.mkv", replace(CLASSICAL, mask=MaskConfig(), tape=True))
    assert report.frames_repaired == 1
    told = {choice.name: f"{choice.value} ({choice.reason})" for choice in report.plan.choices}
    assert told["found by itself"].startswith(f"{', '.join(TAPE_KINDS)} (as is usual for a tape")
    assert told["fields"].startswith("top field first (the stream denies it; of ")
    assert probe(tmp_path / "result.mkv").video.field_order == FieldOrder.TT


def test_what_is_asked_for_counts_more_than_what_is_usual(tape, tmp_path):
    plain = replace(CLASSICAL, mask=MaskConfig(), tape=True)
    kinds = replace(plain, find=FindConfig(kinds=("logo",)))
    plan = make_plan(tape, tmp_path / "result.mkv", kinds)
    assert plan.config.find.kinds == ("logo",)
    assert plan.scan.holds_fields
    whole = replace(plain, scan=ScanConfig(field_order="progressive"))
    plan = make_plan(tape, tmp_path / "result.mkv", whole)
    assert plan.config.find.kinds == TAPE_KINDS
    assert not plan.scan.holds_fields


def test_side_videos_are_woven_too(tmp_path):
    source = make_interlaced(tmp_path / "source.mkv", replace(SMALL, frames=4))
    config = replace(CLASSICAL, patch=tmp_path / "patch.mkv", provenance=tmp_path / "origins.mkv")
    restore(source, tmp_path / "result.mkv", config)
    inside = np.zeros((SMALL.height, SMALL.width), np.bool_)
    inside[HOLE.slices] = True
    for path, channel in ((tmp_path / "patch.mkv", 3), (tmp_path / "origins.mkv", 2)):
        assert probe(path).video.field_order == FieldOrder.TT
        for (packed,) in decode(path):
            shown = packed.reshape(SMALL.height, SMALL.width, 4)[:, :, channel]
            assert (shown[inside] > 200).all()
            assert (shown[~inside] < 200).all()
