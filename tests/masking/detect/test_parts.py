"""Telling the parts of an overlay from the scene beside it."""

import numpy as np
import pytest

from rfr_video.geometry import Rect
from rfr_video.masking.detect.logo.candidates import Candidate
from rfr_video.masking.detect.logo.judge import Verdict
from rfr_video.masking.detect.logo.parts import grouped, stands_for
from rfr_video.masking.detect.logo.segment import Segment

LOGO = Rect(250, 20, 40, 20)


def verdict(rect, confidence):
    seeds = np.zeros((240, 320), np.bool_)
    seeds[rect.slices] = True
    inside = np.ones((rect.height, rect.width), np.bool_)
    return Verdict(Candidate(seeds, rect, 50, 0.0), Segment(rect, inside, 30.0, 0.5), confidence)


def boxes(*verdicts):
    return [[one.candidate.rect for one in group] for group in grouped(verdicts, least=0.5, gap_px=6)]


def test_what_is_not_so_sure_beside_a_sure_part_is_of_it():
    word, far = Rect(206, 20, 40, 20), Rect(50, 200, 40, 20)
    assert boxes(verdict(word, 0.2), verdict(far, 0.2), verdict(LOGO, 1.0)) == [[LOGO, word]]


def test_what_is_much_larger_than_the_sure_part_is_of_the_scene():
    horizon = Rect(10, 42, 300, 30)
    assert boxes(verdict(horizon, 0.2), verdict(LOGO, 1.0)) == [[LOGO]]


@pytest.mark.parametrize(
    ("confidence", "whole", "stands"),
    [
        (0.9, LOGO.grown(30, within=Rect(0, 0, 320, 240)), True),
        (0.5, LOGO.grown(30, within=Rect(0, 0, 320, 240)), False),
        (0.9, LOGO, False),
        (0.9, Rect(0, 100, 300, 100), False),
    ],
)
def test_what_looks_drawn_stands_for_a_large_mark_that_is_less_sure(confidence, whole, stands):
    assert stands_for(LOGO, confidence, whole=whole, whole_confidence=0.6) == stands
