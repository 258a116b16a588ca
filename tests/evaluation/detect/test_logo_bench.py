"""The burned-in test of the search for logos."""

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from logo_scene import LogoScene, write_logo_scene

from rfr_video.cli import main
from rfr_video.evaluation.detect.logo_cases import draw_cases
from rfr_video.evaluation.detect.logo_score import match
from rfr_video.geometry import Rect
from rfr_video.masking.detect.overlay import Overlay, Presence
from rfr_video.masking.placement import Cutout

CLIPS = [Path("a.mp4"), Path("b.mp4")]
LOGOS = [Path(f"{number}.png") for number in range(9)]


def found(rect, confidence=0.8):
    mask = np.full((60, 80), 255, np.uint8)
    return Overlay(kind="logo", cutout=Cutout.of(mask, rect), confidence=confidence, presence=(Presence(),))


def truth(rect):
    where = np.zeros((60, 80), bool)
    where[rect.slices] = True
    return where


def test_what_lies_on_the_logo_counts_together_and_the_rest_is_false():
    parts = [found(Rect(10, 10, 10, 10)), found(Rect(20, 10, 10, 10), 0.9), found(Rect(60, 40, 5, 5))]
    matched = match(parts, truth(Rect(10, 10, 20, 10)))
    assert (matched.likeness, matched.confidence, matched.other) == (1.0, 0.9, 1)
    assert matched.found


def test_much_more_than_the_logo_is_no_find():
    matched = match([found(Rect(0, 0, 70, 50))], truth(Rect(10, 10, 20, 10)))
    assert (matched.found, matched.other) == (False, 1)


def test_in_a_clean_clip_everything_is_false():
    assert match([found(Rect(0, 0, 9, 9))], truth(Rect(0, 0, 1, 1)) & False).other == 1
    assert match([], truth(Rect(0, 0, 1, 1)) & False).other == 0


def test_equal_seeds_draw_equal_cases_and_others_others():
    def draw(seed):
        return list(draw_cases(CLIPS, LOGOS, count=9, seed=seed, opacity=0.4))

    cases = draw(3)
    assert cases == draw(3) != draw(4)
    assert [case.clip.name for case in cases] == ["a.mp4"] * 5 + ["b.mp4"] * 4
    assert [case.placement.opacity for case in cases].count(0.4) in (4, 5)
    assert all(0.06 <= case.placement.width_share <= 0.15 for case in cases)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_logo_scene(tmp_path / "clean.mp4", LogoScene(frames=30, shown=lambda index: 0.0))
    logo = np.zeros((40, 60, 4), np.uint8)
    cv2.circle(logo, (20, 20), 14, (30, 40, 220, 255), 8)
    cv2.rectangle(logo, (38, 6), (56, 34), (250, 250, 250, 255), cv2.FILLED)
    (tmp_path / "logos").mkdir()
    cv2.imwrite(str(tmp_path / "logos" / "mark.png"), logo)
    return tmp_path


def test_logos_are_burned_in_and_found(here, capsys):
    arguments = ["evaluate", "detect", "logo", "clean.mp4", "--logos", "logos", "--count", "2"]
    assert main([*arguments, "--csv", "scores.csv", "--json", "scores.json"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0].split()[:4] == ["motion", "logo", "searches", "found"]
    rows = list(csv.DictReader((here / "scores.csv").read_text().splitlines()))
    assert [row["logo"] for row in rows] == ["", "mark.png", "mark.png"]
    assert [row["found"] for row in rows] == ["False", "True", "True"]
    assert min(float(row["likeness"]) for row in rows[1:]) > 0.6
    assert [row["other"] for row in rows] == ["0"] * 3
    groups = json.loads((here / "scores.json").read_text())["groups"]
    assert [(one["what"], one["found_share"]) for one in groups] == [
        ("opaque", 1.0),
        ("translucent", 1.0),
        ("clean", None),
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "no logos to burn in; give --logos"),
        (["--logos", "nowhere"], 3, "folder nowhere of logos cannot be read"),
        (["--logos", "."], 3, "folder . holds no .png files"),
        (["--logos", "logos", "--count", "0"], 2, "--count is 0; give a number from 1 to"),
        (["--logos", "logos", "--opacity", "1"], 2, "--opacity is 1; give a number above 0 and below 1"),
    ],
)
def test_wrong_options_are_one_line(here, capsys, arguments, code, message):
    assert main(["evaluate", "detect", "logo", "clean.mp4", *arguments]) == code
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
