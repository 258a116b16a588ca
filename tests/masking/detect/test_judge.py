"""Weighing what speaks for an overlay and what against it."""

import numpy as np
import pytest

from rfr_video.geometry import Rect
from rfr_video.masking.detect.logo.candidates import Candidate
from rfr_video.masking.detect.logo.evidence import Evidence
from rfr_video.masking.detect.logo.judge import judge
from rfr_video.masking.detect.logo.segment import Segment

HEIGHT, WIDTH = 240, 320
BOX = Rect(250, 20, 40, 20)
SURE = 0.5


def confidence(*, consistency, scene, opacity, contrast=30.0):
    flat = np.ones((HEIGHT, WIDTH), np.float32)
    evidence = Evidence(
        means=(flat, flat, flat),
        deviation=flat,
        busy=flat,
        consistency=np.full((HEIGHT, WIDTH), consistency, np.float32),
        frames=60,
        slopes=(flat, flat),
        steady=flat,
    )
    seeds = np.zeros((HEIGHT, WIDTH), np.bool_)
    seeds[BOX.slices] = True
    inside = np.ones((BOX.height, BOX.width), np.bool_)
    candidate = Candidate(seeds, BOX, BOX.width * BOX.height, 0.0)
    segment = Segment(BOX, inside, contrast, opacity)
    return judge(evidence, candidate, segment, scene=scene).confidence


def test_edges_that_stay_but_half_are_enough_where_the_scene_moves_and_changes_less_below_them():
    assert confidence(consistency=0.48, scene=0.07, opacity=0.5) > SURE


def test_what_the_camera_follows_is_no_overlay():
    """Its edges stay by half too, but what moves around it changes it more."""
    assert confidence(consistency=0.48, scene=0.07, opacity=-0.2) < SURE / 2


def test_what_stands_out_little_is_surer_where_change_is_lowered():
    weak = {"consistency": 0.71, "scene": 0.22, "contrast": 10.0}
    assert confidence(opacity=0.45, **weak) > SURE > confidence(opacity=0.0, **weak)


@pytest.mark.parametrize(("consistency", "is_sure"), [(0.88, False), (0.98, True)])
def test_where_the_scene_hardly_moves_edges_must_stay_better_than_its_own(consistency, is_sure):
    assert (confidence(consistency=consistency, scene=0.62, opacity=0.46, contrast=16) > SURE) == is_sure


def test_before_a_still_scene_no_edge_can_stay_better():
    assert confidence(consistency=0.997, scene=0.99, opacity=0.9) < SURE
