"""Telling drawn things from filmed ones where nothing moves."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from logo_scene import HEIGHT, WIDTH, LogoScene
from moving_shapes import likeness

from rfr_video.geometry import Rect
from rfr_video.masking.detect.logo.drawn import find_drawn
from rfr_video.masking.detect.logo.evidence import Average
from rfr_video.masking.detect.logo.proposals import lengths
from rfr_video.masking.detect.logo.segment import dilated

SURE = 0.5


def average(scene):
    planes = cv2.cvtColor(scene.rgb(0), cv2.COLOR_RGB2YCrCb).astype(np.float32)
    luma, red, blue = (np.ascontiguousarray(planes[..., index]) for index in range(3))
    flat = np.ones((HEIGHT, WIDTH), np.float32)
    return Average(means=(luma, blue, red), deviation=flat, busy=lengths(luma), consistency=flat)


def found(scene, area=None):
    return [one for one in find_drawn(average(scene), area=area) if one.confidence >= SURE]


def badge(at, alpha=1.0):
    class Badge(LogoScene):
        @property
        def ink(self):
            ink = np.zeros((HEIGHT, WIDTH), np.uint8)
            x, y = at
            cv2.rectangle(ink, (x, y), (x + 43, y + 27), 255, cv2.FILLED)
            cv2.circle(ink, (x + 13, y + 14), 7, 0, 3)
            cv2.line(ink, (x + 26, y + 7), (x + 38, y + 7), 0, 3)
            return ink > 0

    return Badge(alpha=alpha)


def covered(one, at):
    """How alike the shape is to the badge, or to the whole of it: what is cut out may be taken along."""
    whole = np.zeros((HEIGHT, WIDTH), bool)
    whole[Rect(*at, 44, 28).slices] = True
    return max(likeness(one.inside, badge(at).ink), likeness(one.inside, whole))


def surest(average, at):
    return max(one.confidence for one in find_drawn(average, area=None) if covered(one, at) > 0.5)


def test_nothing_is_drawn_in_a_filmed_texture():
    assert found(LogoScene(alpha=0.0)) == []


@pytest.mark.parametrize("at", [(16, 14), (258, 14), (16, 150), (258, 150)])
def test_what_is_drawn_is_found_in_every_corner(at):
    (one,) = found(badge(at))
    assert covered(one, at) > 0.8


def test_what_is_translucent_is_found_too():
    (one,) = found(badge((258, 14), alpha=0.6))
    assert covered(one, (258, 14)) > 0.6


def test_only_a_region_tells_to_look_elsewhere_than_in_the_corners():
    scene = badge((136, 80))
    assert found(scene) == []
    (one,) = found(scene, area=Rect(100, 50, 120, 90))
    assert covered(one, (136, 80)) > 0.8


def test_what_changes_less_than_its_surroundings_is_surer():
    scene = badge((16, 14), alpha=0.4)
    still = average(scene)
    changes = np.where(scene.ink, 1, 8).astype(np.float32)
    assert surest(replace(still, deviation=changes), (16, 14)) > surest(still, (16, 14))


def test_whose_edges_stay_while_those_beside_do_not_is_surer():
    scene = badge((16, 14), alpha=0.4)
    still = average(scene)
    steady = np.where(dilated(scene.ink, 3), 0.99, 0.6).astype(np.float32)
    assert surest(replace(still, consistency=steady), (16, 14)) > surest(still, (16, 14))
