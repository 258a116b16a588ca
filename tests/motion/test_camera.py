"""The camera's motion is found from what moves with it, whatever else moves."""

import numpy as np
import pytest

from rfr_video.motion.camera import camera_motion

HEIGHT, WIDTH = 50, 80


def motion(kind):
    """Known flow, float32 (H, W, 2)."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    x, y = (columns - WIDTH / 2) / WIDTH, (rows - HEIGHT / 2) / WIDTH
    if kind == "still":
        flow = np.zeros((HEIGHT, WIDTH, 2))
    elif kind == "translation":
        flow = np.dstack([0 * x + 3.5, 0 * x - 1.25])
    elif kind == "affine":
        flow = np.dstack([2 + 6 * x - 3 * y, -1 + 4 * x + 5 * y])
    else:
        flow = np.dstack([1 + 2 * x + 8 * x * x + 5 * x * y, -2 + y + 8 * x * y + 5 * y * y])
    return flow.astype(np.float32)


KINDS = ["still", "translation", "affine", "plane"]
MOST_PX = {"still": 0.05, "translation": 0.05, "affine": 0.25, "plane": 0.8}
"""The largest error; richer models are held back a little, so that they do not run away."""


@pytest.mark.parametrize("kind", KINDS)
def test_exact_flow_gives_itself(kind):
    flow = motion(kind)
    found = camera_motion(flow, np.ones((HEIGHT, WIDTH), np.float32))
    assert found.shape == flow.shape
    assert found.dtype == np.float32
    assert np.abs(found - flow).max() < MOST_PX[kind]
    assert np.abs(found - flow).mean() < MOST_PX[kind] / 4


@pytest.mark.parametrize("kind", KINDS)
def test_a_third_of_wild_flow_and_noise_do_not_bend_it(kind):
    random, truth = np.random.default_rng(2), motion(kind)
    flow = truth + random.normal(0, 0.1, truth.shape).astype(np.float32)
    is_wild = random.random((HEIGHT, WIDTH)) < 0.3
    flow[is_wild] += random.uniform(-25, 25, (int(is_wild.sum()), 2)).astype(np.float32)
    found = camera_motion(flow, np.ones((HEIGHT, WIDTH), np.float32))
    assert np.abs(found - truth).max() < MOST_PX[kind] + 0.05
    assert np.abs(found - truth).mean() < MOST_PX[kind] / 4 + 0.02


@pytest.mark.parametrize("kind", KINDS)
def test_a_thing_that_moves_on_its_own_does_not_bend_it(kind):
    truth = motion(kind)
    flow = truth.copy()
    flow[10:40, 4:30] += np.float32([7, 3])
    found = camera_motion(flow, np.ones((HEIGHT, WIDTH), np.float32))
    assert np.abs(found - truth).max() < MOST_PX[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_it_goes_on_behind_a_hole(kind):
    truth = motion(kind)
    weight = np.ones((HEIGHT, WIDTH), np.float32)
    weight[12:38, 25:60] = 0
    flow = truth.copy()
    flow[weight == 0] = 100
    assert np.abs(camera_motion(flow, weight) - truth).max() < MOST_PX[kind]


def test_the_simplest_model_that_explains_the_flow_is_chosen():
    """Noise is no reason for a richer model; affine flow has no second differences, that of a plane has."""
    random = np.random.default_rng(4)
    noise = random.normal(0, 0.3, (HEIGHT, WIDTH, 2)).astype(np.float32)
    weight = np.ones((HEIGHT, WIDTH), np.float32)
    still = camera_motion(motion("translation") + noise, weight)
    assert np.ptp(still, axis=(0, 1)).max() < 1e-5
    affine = camera_motion(motion("affine") + noise, weight)
    assert np.ptp(affine, axis=(0, 1)).min() > 1
    for axis in (0, 1):
        assert np.abs(np.diff(affine, n=2, axis=axis)).max() < 1e-4
    plane = camera_motion(motion("plane") + noise, weight)
    assert np.diff(plane[..., 0], n=2, axis=1).mean() > 0.7 * 2 * 8 / WIDTH**2


def test_it_does_not_run_away_from_where_it_was_measured():
    """A corner of flow with noise must not be continued to wild motion at the other end of the picture."""
    random = np.random.default_rng(5)
    flow = motion("translation") + random.normal(0, 0.2, (HEIGHT, WIDTH, 2)).astype(np.float32)
    weight = np.zeros((HEIGHT, WIDTH), np.float32)
    weight[:12, :16] = 1
    assert np.abs(camera_motion(flow, weight) - motion("translation")).max() < 2


def test_weights_decide_whom_to_believe():
    flow = motion("translation")
    flow[:, :60] = (-9, 4)
    weight = np.ones((HEIGHT, WIDTH), np.float32)
    weight[:, :60] = 0.05
    assert np.abs(camera_motion(flow, weight) - motion("translation")).max() < 0.5


def test_nothing_believed_is_no_motion():
    flow = np.full((HEIGHT, WIDTH, 2), 9, np.float32)
    assert not camera_motion(flow, np.zeros((HEIGHT, WIDTH), np.float32)).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 1), (2, 3)])
def test_small_flow(shape):
    flow = np.full((*shape, 2), (2, -1), np.float32)
    assert np.allclose(camera_motion(flow, np.ones(shape, np.float32)), flow, atol=1e-3)


def test_a_single_believed_place_gives_its_motion_everywhere():
    flow = np.zeros((HEIGHT, WIDTH, 2), np.float32)
    flow[7, 9] = (4, 2)
    weight = np.zeros((HEIGHT, WIDTH), np.float32)
    weight[7, 9] = 1
    assert np.allclose(camera_motion(flow, weight), (4, 2), atol=0.05)
