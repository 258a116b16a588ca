"""Watching the network at work."""

import numpy as np
import pytest
from rfrnet_factory import TINY, random_network

from rfr_video.geometry import Rect
from rfr_video.rfrnet.runtime import Crop, Runtime, RuntimeConfig
from rfr_video.rfrnet.steps import NOT_REACHED, choose_view, recurrence_steps
from rfr_video.rfrnet.workload import TILE_PX, needed_recurrences, shrink_hole


def hole_of(rect: Rect, *, width: int, height: int) -> np.ndarray:
    hole_hw = np.zeros((height, width), bool)
    hole_hw[rect.slices] = True
    return hole_hw


def steps_of(hole_hw, *, network=None):
    network = network or random_network()
    view = choose_view(hole_hw, config=network.config)
    draw = np.random.default_rng(3)
    image_hw3 = draw.random((view.rect.height, view.rect.width, 3), np.float32)
    part_hw = hole_hw[view.rect.slices]
    return view, image_hw3, part_hw, [*recurrence_steps(network, image_hw3, part_hw, view=view)]


def test_the_last_step_is_what_the_runtime_fills():
    network = random_network()
    hole_hw = hole_of(Rect(40, 30, 50, 20), width=160, height=96)
    view, image_hw3, part_hw, steps = steps_of(hole_hw, network=network)
    assert (view.factor, view.recurrences) == (1, TINY.recurrences)
    runtime = Runtime(network, config=RuntimeConfig(device="cpu"))
    (filled_hw3,) = runtime.fill([Crop(image_hw3, part_hw)])
    assert np.abs(steps[-1] - filled_hw3).max() < 1e-4


def test_the_hole_closes_from_the_border_inwards():
    hole_hw = hole_of(Rect(40, 45, 70, 61), width=153, height=149)
    _, image_hw3, part_hw, steps = steps_of(hole_hw)
    open_px = [np.count_nonzero((step == NOT_REACHED).all(axis=2) & part_hw) for step in steps]
    assert open_px[0] == np.count_nonzero(part_hw)
    assert open_px == sorted(open_px, reverse=True)
    assert open_px[1] < open_px[0]
    assert open_px[-1] == 0
    middle = tuple(np.argwhere(part_hw).mean(axis=0).astype(int))
    first = next(step for step in steps[1:] if (step[middle] == NOT_REACHED).all())
    assert not (first[tuple(np.argwhere(part_hw)[0])] == NOT_REACHED).all()
    for step in steps:
        assert np.array_equal(step[~part_hw], image_hw3[~part_hw])


@pytest.mark.parametrize(
    ("rect", "width", "height"),
    [
        (Rect(100, 100, 300, 300), 700, 600),
        (Rect(0, 0, 640, 480), 640, 490),
        (Rect(20, 300, 1500, 9), 1600, 700),
        (Rect(0, 0, 1, 1), 1, 2),
        (Rect(0, 0, 40, 30), 41, 30),
    ],
)
def test_a_view_is_no_larger_than_a_tile_and_all_of_its_hole_is_reached(rect, width, height):
    hole_hw = hole_of(rect, width=width, height=height)
    view = choose_view(hole_hw, config=TINY)
    part_hw = shrink_hole(hole_hw[view.rect.slices], factor=view.factor)
    assert max(part_hw.shape) <= TILE_PX
    assert hole_hw[view.rect.slices].any()
    needed = needed_recurrences(part_hw, config=TINY, at_most=view.recurrences)
    assert needed is not None


def test_of_a_long_thin_hole_a_part_is_shown_at_full_size():
    view = choose_view(hole_of(Rect(20, 300, 1500, 9), width=1600, height=700), config=TINY)
    assert view.factor == 1
