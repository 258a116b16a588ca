"""Steps between frames are measured, completed behind holes, and composed."""

import numpy as np
import pytest
from flow_contract import moved, texture

from rfr_video.geometry import Rect
from rfr_video.motion.flow import DisFlow, DisPreset
from rfr_video.motion.grid import Grid
from rfr_video.motion.steps import Sight, measure_step, walk

HEIGHT, WIDTH = 96, 128
GRID = Grid.of_cells(WIDTH, HEIGHT, cell_px=2)
HOLE = Rect(21, 13, 18, 16)
"""Cells that are hidden, and those whose flow has seen them."""

AROUND = Rect(8, 4, 44, 36)
ESTIMATOR = DisFlow(DisPreset.MEDIUM)


def sight(picture, *, hidden=None):
    known = np.ones((GRID.rows, GRID.columns), np.float32)
    if hidden is None:
        return Sight(picture, known, ())
    known[hidden.slices] = 0
    return Sight(picture, known, (AROUND,))


def pair(right, down, *, logo=False):
    """Two frames of a scene that has moved, with a logo that has not."""
    picture = texture(HEIGHT, WIDTH)[:, :, 0]
    frames = [picture, moved(picture, right=right, down=down)]
    if logo:
        for frame in frames:
            frame[34:50, 50:70] = 255
    return frames


def test_a_scene_that_moves_is_measured_both_ways():
    first, second = (sight(frame) for frame in pair(4, -3))
    step = measure_step(first, second, grid=GRID, estimator=ESTIMATOR)
    inner = (slice(8, -8), slice(8, -8))
    for field, sign in ((step.forward, 1), (step.backward, -1)):
        assert field.shape == (GRID.rows, GRID.columns, 3)
        assert field.dtype == np.float32
        assert np.abs(field[inner][..., :2] - np.float32([4, -3]) * sign).mean() < 0.3
        assert np.median(field[inner][..., 2]) < 0.05


def test_motion_is_in_pixels_of_the_full_picture_whatever_the_working_size():
    first, second = pair(4, -2)
    grid = Grid.of_cells(WIDTH * 2, HEIGHT * 3, cell_px=6)
    known = np.ones((grid.rows, grid.columns), np.float32)
    sights = (Sight(frame, known, ()) for frame in (first, second))
    step = measure_step(*sights, grid=grid, estimator=ESTIMATOR)
    assert np.abs(np.median(step.forward[6:-6, 6:-6, :2], axis=(0, 1)) - (8, -6)).max() < 0.6


def test_behind_a_hole_is_what_moves_around_it():
    """Where the logo is, flow sees that nothing moves; behind it, the scene moves on."""
    frames = pair(4, -3, logo=True)
    plain = measure_step(*(sight(frame) for frame in frames), grid=GRID, estimator=ESTIMATOR)
    sights = (sight(frame, hidden=HOLE) for frame in frames)
    step = measure_step(*sights, grid=GRID, estimator=ESTIMATOR)
    middle = (slice(18, 24), slice(26, 34))
    assert np.abs(plain.forward[middle][..., :2] - (4, -3)).mean() > 1.5
    assert np.abs(step.forward[middle][..., :2] - (4, -3)).mean() < 0.4
    assert np.abs(step.backward[middle][..., :2] - (-4, 3)).mean() < 0.4
    outside = np.ones((GRID.rows, GRID.columns), np.bool_)
    outside[AROUND.slices] = False
    assert np.array_equal(step.forward[outside][:, :2], plain.forward[outside][:, :2])


def field(right, down, error=0.0):
    return np.broadcast_to(np.float32([right, down, error]), (GRID.rows, GRID.columns, 3)).copy()


def test_a_walk_adds_up_steps_and_their_errors():
    cells = Rect(5, 7, 20, 11)
    paths = list(walk(cells, [field(2, 1, 0.1), field(3.5, -4, 0.2), field(0, 0, 0)], grid=GRID))
    assert len(paths) == 3
    for path, shift, error in zip(paths, [(2, 1), (5.5, -3), (5.5, -3)], [0.1, 0.3, 0.3], strict=True):
        assert path.shift.shape == (11, 20, 2)
        assert np.allclose(path.shift, shift, atol=1e-4)
        assert np.allclose(path.error, error, atol=1e-5)


def test_a_walk_composes_steps_where_the_pixels_are():
    """The second step is that of where the first one led: 10 to the right, where all moves down."""
    second = field(0, 0)
    at = GRID.centres(GRID.whole)
    second[at[:, :, 0] > WIDTH / 2, 1] = 6
    *_, path = walk(GRID.whole, [field(10, 0), second], grid=GRID)
    arrives = at[:, :, 0] + 10 > WIDTH / 2
    near = np.abs(at[:, :, 0] + 10 - WIDTH / 2) < 3
    assert np.allclose(path.shift[arrives & ~near], (10, 6), atol=1e-3)
    assert np.allclose(path.shift[~arrives & ~near], (10, 0), atol=1e-3)


def test_a_zoom_is_composed_not_added():
    middle = np.float32([WIDTH / 2, HEIGHT / 2])
    zoom = np.dstack(
        [0.1 * (GRID.centres(GRID.whole) - middle), np.zeros((GRID.rows, GRID.columns), np.float32)]
    )
    cells = Rect(20, 14, 20, 16)
    *_, path = walk(cells, [zoom.astype(np.float32)] * 3, grid=GRID)
    assert np.allclose(path.shift, (1.1**3 - 1) * (GRID.centres(cells) - middle), atol=1e-3)


def test_the_error_grows_where_round_trips_miss_and_only_so_far_a_step():
    wrong = field(0, 0)
    wrong[:, 30:, 2] = 1e6
    paths = list(walk(GRID.whole, [wrong] * 4, grid=GRID))
    for number, path in enumerate(paths, start=1):
        assert not path.error[:, :29].any()
        assert np.isfinite(path.error).all()
        assert np.allclose(path.error[:, 31:], path.error[0, 31])
        assert path.error[0, 31] == pytest.approx(number * paths[0].error[0, 31])
    assert 1 < paths[0].error[0, 31] < 100


def test_round_trips_miss_where_something_is_covered():
    """A square that moves over the scene covers it on one side: there is no way back."""
    picture = texture(HEIGHT, WIDTH)[:, :, 0]
    frames = [picture.copy(), picture.copy()]
    thing = texture(30, 30, seed=8)[:, :, 0]
    frames[0][30:60, 40:70] = thing
    frames[1][30:60, 52:82] = thing
    step = measure_step(*(sight(frame) for frame in frames), grid=GRID, estimator=ESTIMATOR)
    covered = step.forward[16:29, 36:40, 2]
    still = step.forward[4:10, 4:20, 2]
    assert np.median(covered) > 1
    assert np.median(still) < 0.05


def test_no_steps_no_path():
    assert list(walk(GRID.whole, [], grid=GRID)) == []
