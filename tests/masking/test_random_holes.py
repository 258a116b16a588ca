from typing import get_args

import cv2
import numpy as np
import pytest

from rfr_video.errors import MaskError, UsageError
from rfr_video.masking.random_holes import (
    LARGEST_SHARE,
    HoleKind,
    HoleMix,
    RandomHoles,
    read_masks,
    read_shapes,
)

KINDS = get_args(HoleKind)
OVERSHOOT: dict[HoleKind, float] = {"text": 0.25, "mask": 0.25, "scratch": 0.05}
"""A last word, or line, may cover more than was missing."""
CROSS = np.eye(40, dtype=bool) | np.eye(40, dtype=bool)[::-1]


def holes_of(kind: HoleKind, *, share: tuple[float, float] = (0.02, 0.5)) -> RandomHoles:
    return RandomHoles(HoleMix(weights={kind: 1.0}, share=share), shapes=[CROSS], masks=[CROSS])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_stays_near_the_wanted_share(kind: HoleKind):
    holes = holes_of(kind)
    for seed in range(20):
        mask, drawn = holes.draw_with_kind(96, 160, seed=seed)
        share = np.count_nonzero(mask) / mask.size
        assert drawn == kind
        assert mask.shape == (96, 160)
        assert mask.dtype == np.uint8
        assert set(np.unique(mask)) == {0, 255}
        assert 0.01 <= share <= 1.1 * min(0.5, LARGEST_SHARE.get(kind, 0.5)) + OVERSHOOT.get(kind, 0.0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_gives_one_hole(kind: HoleKind):
    first, again, other = (holes_of(kind).draw(64, 96, seed=seed) for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_weights_decide_how_often_a_kind_is_drawn():
    holes = RandomHoles(HoleMix(weights={"box": 3.0, "scratch": 1.0, "text": 0.0}))
    drawn = [holes.draw_with_kind(64, 64, seed=seed)[1] for seed in range(200)]
    assert set(drawn) == {"box", "scratch"}
    assert 120 < drawn.count("box") < 180


def test_without_material_shapes_and_masks_are_left_out():
    holes = RandomHoles(HoleMix(weights={"shape": 5.0, "mask": 5.0, "box": 1.0}))
    assert {holes.draw_with_kind(32, 32, seed=seed)[1] for seed in range(10)} == {"box"}
    with pytest.raises(UsageError, match="none are given"):
        RandomHoles(HoleMix(weights={"shape": 1.0}))


@pytest.mark.parametrize(
    ("weights", "share", "message"),
    [
        ({"blob": 1.0}, (0.1, 0.2), "blob"),
        ({"box": -1.0}, (0.1, 0.2), "-1"),
        ({"box": 0.0}, (0.1, 0.2), "all hole weights are 0"),
        ({"box": 1.0}, (0.3, 0.2), "0.3 to 0.2"),
        ({"box": 1.0}, (0.0, 0.2), "inside 0 to 1"),
    ],
)
def test_a_wrong_mix_is_refused(weights: dict[HoleKind, float], share: tuple[float, float], message: str):
    with pytest.raises(UsageError, match=message):
        HoleMix(weights=weights, share=share)


def test_shapes_are_read_from_alpha_and_cut_to_what_is_opaque(tmp_path):
    logo = np.zeros((20, 30, 4), np.uint8)
    logo[5:9, 10:16] = (10, 200, 30, 255)
    logo[6, 12, 3] = 0
    cv2.imwrite(str(tmp_path / "logo.png"), logo)
    (shape,) = read_shapes(tmp_path)
    assert shape.shape == (4, 6)
    assert shape.sum() == 23
    assert read_masks(tmp_path)[0].shape == (20, 30)


def test_a_folder_without_images_is_refused(tmp_path):
    with pytest.raises(MaskError, match="has no images"):
        read_shapes(tmp_path)
    with pytest.raises(MaskError, match="not a folder"):
        read_masks(tmp_path / "nothing")
