"""The burned-in test of the search for captions."""

import csv
import json

import numpy as np
import pytest
from caption_scene import CaptionScene, write_caption_scene

from rfr_video.cli import main
from rfr_video.evaluation.detect.captions import draw_captions
from rfr_video.evaluation.detect.text_score import match_caption
from rfr_video.geometry import Rect
from rfr_video.masking.detect.overlay import Overlay, Presence
from rfr_video.masking.placement import Cutout

SIZE = {"height": 270, "width": 480}


def drawn(seed, *, frames=150, rate=25.0):
    return draw_captions(**SIZE, frames=frames, rate=rate, random=np.random.default_rng(seed))


def found(mask, rect, start, stop, confidence=0.8):
    presence = Presence(start_frame=start, stop_frame=stop)
    return Overlay(kind="text", cutout=Cutout.of(mask, rect), confidence=confidence, presence=(presence,))


def test_equal_seeds_draw_equal_captions_and_others_others():
    (style, captions), (again, others) = drawn(3), drawn(3)
    assert style == again
    assert [(one.text, one.start, one.stop, one.rect) for one in captions] == [
        (one.text, one.start, one.stop, one.rect) for one in others
    ]
    assert {str(drawn(seed)[0]) for seed in range(6)} != {str(style)}


@pytest.mark.parametrize("seed", range(12))
def test_captions_lie_in_the_picture_one_after_the_other(seed):
    _, captions = drawn(seed)
    assert captions
    for one in captions:
        assert one.rect.union(Rect(0, 0, 480, 270)) == Rect(0, 0, 480, 270)
        assert one.alpha_hw.shape == (one.rect.height, one.rect.width)
        assert one.colour_hw3.min() >= 0
        assert one.colour_hw3.max() <= 255.5
        assert one.alpha_hw.max() == pytest.approx(1.0)
    times = [time for one in captions for time in (one.start, one.stop)]
    assert times == sorted(times)
    assert times[-1] <= 150


def test_a_caption_changes_the_picture_where_its_hole_is_and_while_it_is_there():
    _, captions = drawn(5)
    caption = captions[0]
    clean = np.full((270, 480, 3), 100, np.uint8)
    middle = (caption.start + caption.stop) // 2
    changed = (caption.burn(middle, clean) != clean).any(axis=2)
    assert changed.any()
    assert not (changed & ~caption.hole(**SIZE)).any()
    assert caption.burn(caption.start - 1, clean) is clean
    assert caption.burn(caption.stop, clean) is clean


def test_a_caption_is_matched_by_what_lies_on_it_at_its_time():
    _, captions = drawn(5)
    caption = captions[0]
    hole = caption.hole(**SIZE).astype(np.uint8)
    whole = Rect(0, 0, 480, 270)
    right = found(hole, whole, caption.start + 1, caption.stop)
    late = found(hole, whole, caption.stop, caption.stop + 40)
    elsewhere = found(np.roll(hole, 100, axis=0), whole, caption.start, caption.stop, 0.99)
    match = match_caption(caption, [late, elsewhere, right], **SIZE)
    assert match is not None
    assert match.overlays == (2,)
    assert (match.start, match.stop) == (caption.start + 1, caption.stop)
    assert (match.likeness, match.covered) == (1.0, 1.0)
    assert match_caption(caption, [late, elsewhere], **SIZE) is None


def test_captions_are_burned_in_and_found(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_caption_scene(tmp_path / "clean.mp4", CaptionScene(frames=60))
    arguments = ["evaluate", "detect", "text", "clean.mp4", "--count", "2", "--seed", "4"]
    assert main([*arguments, "--csv", "scores.csv", "--json", "scores.json"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0].split()[:3] == ["letters", "captions", "found"]
    assert "nothing false in 100.0% of the clean clips" in out
    rows = list(csv.DictReader((tmp_path / "scores.csv").read_text().splitlines()))
    data = json.loads((tmp_path / "scores.json").read_text())
    assert [search["style"] for search in data["searches"]] == [None, 0, 1]
    assert len(rows) == sum(len(search["captions"]) for search in data["searches"])
    (total,) = [group for group in data["groups"] if group["what"] == "all"]
    assert total["found_share"] == sum(row["found"] == "True" for row in rows) / len(rows) > 0
    assert total["near_share"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--count", "0"], "--count is 0; give a number from 1 to 100000"),
        (["--crf", "60"], "--crf is 60; give a number from 0 to 51"),
    ],
)
def test_wrong_numbers_are_one_line(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate", "detect", "text", "clean.mp4", *arguments]) == 2
    assert capsys.readouterr().err == f"rfr-video: {message}\n"
