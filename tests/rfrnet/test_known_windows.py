"""Exercises from known pixels beside a hole."""

import numpy as np
import pytest

from rfr_video.rfrnet.known_windows import CELL_PX, LEAST_TARGET_PX, LEAST_WINDOW_PX, KnownWindows, View


@pytest.fixture
def view():
    """A picture that tells each pixel's place, with an L-shaped hole."""
    y, x = np.mgrid[:120, :160].astype(np.float32)
    hole = np.zeros((120, 160), np.bool_)
    hole[40:60, 50:90] = True
    hole[40:50, 70:90] = False
    return View(np.stack([y / 200, x / 200, y * 0], axis=2), hole, x=300, y=200)


def exercises(view, *, held_out, count=40):
    windows, rng = KnownWindows([view]), np.random.default_rng(1)
    return [windows.draw(rng, held_out=held_out) for _ in range(count)]


def places(exercise):
    """Rows and columns of the target in the view, told by the picture."""
    return np.rint(exercise.truth_hw3[exercise.target_hw][:, :2] * 200).astype(int).T


@pytest.mark.parametrize("held_out", [False, True])
def test_targets_are_known_and_covered(view, held_out):
    for exercise in exercises(view, held_out=held_out):
        rows, columns = places(exercise)
        assert len(rows) >= LEAST_TARGET_PX
        assert not view.hole_hw[rows, columns].any()
        assert not (exercise.known_hw & exercise.target_hw).any()


def test_the_real_hole_is_never_known(view):
    for exercise in exercises(view, held_out=False):
        places_hw2 = np.rint(exercise.truth_hw3[..., :2] * 200).astype(int)
        in_hole = view.hole_hw[places_hw2[..., 0], places_hw2[..., 1]]
        assert not (exercise.known_hw & in_hole).any()


def test_what_is_judged_is_never_learnt(view):
    def cells(held_out):
        seen = set()
        for exercise in exercises(view, held_out=held_out):
            rows, columns = places(exercise)
            seen |= set(zip((rows + view.y) // CELL_PX, (columns + view.x) // CELL_PX, strict=True))
        return seen

    learnt, judged = cells(held_out=False), cells(held_out=True)
    assert len(learnt) > len(judged) > 0
    assert not learnt & judged


def test_covers_have_the_shape_of_the_hole():
    """The L is three quarters full, at every scale and mirrored."""
    hole_hw = np.zeros((120, 600), np.bool_)
    hole_hw[40:60, 10:50] = True
    hole_hw[40:50, 30:50] = False
    image_hw3 = np.where(hole_hw[..., None], np.float32(1), np.zeros((120, 600, 3), np.float32))
    seen = 0
    for exercise in exercises(View(image_hw3, hole_hw), held_out=False):
        if exercise.truth_hw3.any():
            continue  # the window shows the real hole as well
        seen += 1
        covered = ~exercise.known_hw
        rows, columns = (np.flatnonzero(covered.any(axis=axis)) for axis in (1, 0))
        box = covered[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert 0.6 < box.mean() < 0.9
    assert seen


def test_windows_leave_room_around_the_hole_and_fit_the_views(view):
    windows = KnownWindows([view])
    assert (windows.height, windows.width) == (120, 144)
    small = View(view.image_hw3[:30, :200], np.eye(30, 160, dtype=np.bool_))
    assert KnownWindows([small]).height == 30
    assert KnownWindows([small]).width >= LEAST_WINDOW_PX


def test_the_same_generator_draws_the_same(view):
    for one, other in zip(
        exercises(view, held_out=False, count=5), exercises(view, held_out=False, count=5), strict=True
    ):
        np.testing.assert_array_equal(one.known_hw, other.known_hw)
        np.testing.assert_array_equal(one.truth_hw3, other.truth_hw3)


def test_without_room_nothing_is_drawn():
    hole = np.ones((64, 64), np.bool_)
    hole[:2] = False
    windows = KnownWindows([View(np.zeros((64, 64, 3), np.float32), hole)])
    assert windows.draw(np.random.default_rng(1), held_out=False) is None
