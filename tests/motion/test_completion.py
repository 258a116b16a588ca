"""What is known in parts is completed: known values stay, and what is foreign does not spread."""

import numpy as np
import pytest

from rfr_video.motion.completion import complete_flow, spread

SHAPES = [(40, 60), (37, 53), (3, 90), (2, 2), (1, 1), (1, 40)]


def known(shape, *, share=0.3, seed=1):
    """Weights of 0 and 1, at least one of them 1."""
    weight = (np.random.default_rng(seed).random(shape) < share).astype(np.float32)
    weight.flat[0] = 1
    return weight


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("channels", [(), (1,), (2,), (4,)])
def test_known_values_stay_and_the_rest_lies_between_them(shape, channels):
    values = np.random.default_rng(2).uniform(-5, 9, (*shape, *channels)).astype(np.float32)
    weight = known(shape)
    before = values.copy()
    filled = spread(values, weight)
    assert filled.shape == values.shape
    assert filled.dtype == np.float32
    assert np.array_equal(values, before)
    assert np.allclose(filled[weight == 1], values[weight == 1], atol=1e-4)
    believed = values[weight == 1]
    slack = 0.2 * (believed.max() - believed.min()) + 1e-4
    assert filled.min() > believed.min() - slack
    assert filled.max() < believed.max() + slack


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("share", [0.001, 0.2, 0.9, 1.0])
def test_a_constant_stays_constant(shape, share):
    weight = known(shape, share=share)
    values = np.where(weight > 0, np.float32(4.5), np.float32(-300))
    assert np.allclose(spread(values.astype(np.float32), weight), 4.5, atol=1e-3)


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_known_gives_zero(shape):
    values = np.full((*shape, 2), 7, np.float32)
    assert not spread(values, np.zeros(shape, np.float32)).any()


def test_a_hole_is_filled_smoothly():
    values = np.tile(np.linspace(0, 10, 60, dtype=np.float32), (40, 1))
    weight = np.ones((40, 60), np.float32)
    weight[12:28, 20:40] = 0
    filled = spread(np.where(weight > 0, values, 1000).astype(np.float32), weight)
    assert np.abs(filled - values).max() < 1.5
    assert np.abs(np.diff(filled, axis=1)).max() < 1
    assert np.abs(np.diff(filled, axis=0)).max() < 1


def test_a_doubtful_value_yields_to_what_is_sure():
    values, weight = np.full((20, 20), 2, np.float32), np.ones((20, 20), np.float32)
    values[10, 10], weight[10, 10] = 100, 0.01
    assert abs(spread(values, weight)[10, 10] - 2) < 2


def hole(shape=(48, 64), rows=slice(16, 34), columns=slice(20, 44)):
    weight = np.ones(shape, np.float32)
    weight[rows, columns] = 0
    return weight


def test_flow_that_was_measured_stays():
    flow = np.random.default_rng(3).normal(0, 2, (48, 64, 2)).astype(np.float32)
    completed = complete_flow(flow, hole())
    assert completed.dtype == np.float32
    assert np.allclose(completed[hole() == 1], flow[hole() == 1], atol=1e-4)


def test_camera_motion_goes_on_behind_the_hole():
    rows, columns = np.mgrid[:48, :64]
    truth = np.dstack([2 + 0.05 * columns, -1 + 0.03 * rows]).astype(np.float32)
    flow = np.where(hole()[:, :, np.newaxis] > 0, truth, 50).astype(np.float32)
    assert np.abs(complete_flow(flow, hole()) - truth).max() < 0.2


@pytest.mark.parametrize("motion", [(6, 2), (-12, 0), (30, 30)])
def test_a_foreign_thing_that_touches_the_hole_has_little_say_in_it(motion):
    """A thing with a motion of its own borders on a whole side of the hole; behind it is background."""
    truth = np.zeros((48, 64, 2), np.float32) + np.float32([1.5, -0.5])
    flow = truth.copy()
    flow[10:40, 6:20] = motion
    flow[hole() == 0] = 99
    completed = complete_flow(flow, hole())
    inside = (completed - truth)[hole() == 0]
    naive = (spread(flow, hole()) - truth)[hole() == 0]
    assert np.abs(inside).mean() < 0.3
    assert np.abs(inside).mean() < np.abs(naive).mean() / 2.5


def test_a_bend_of_the_background_is_followed_into_the_hole():
    """Depth makes motion that no camera model has; where it is slight, it spreads."""
    rows, _ = np.mgrid[:48, :64]
    bend = 0.8 * np.tanh((rows - 24) / 12)
    truth = np.dstack([2 + bend, 0 * bend]).astype(np.float32)
    flow = np.where(hole()[:, :, np.newaxis] > 0, truth, 0).astype(np.float32)
    assert np.abs(complete_flow(flow, hole()) - truth)[hole() == 0].mean() < 0.2


def test_without_any_flow_nothing_moves():
    flow = np.full((20, 30, 2), 5, np.float32)
    assert not complete_flow(flow, np.zeros((20, 30), np.float32)).any()
