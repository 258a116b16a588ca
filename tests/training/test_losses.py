import pytest
import torch
from torch.nn import functional

from rfr_video.training.losses import (
    gram,
    hole_perceptual,
    hole_style,
    loss_terms,
    perceptual,
    style,
    total_variation,
    weighted_mean,
)
from rfr_video.training.recipe import LossRecipe

DRAW = torch.Generator().manual_seed(1)
TRUTH = torch.rand(2, 3, 8, 12, generator=DRAW)
OUTPUT = torch.rand(2, 3, 8, 12, generator=DRAW)
HOLE = torch.zeros(2, 1, 8, 12)
HOLE[0, :, 2:4, 2:6] = 1
HOLE[1, :, 4:, :] = 1


def look(images):
    """Features of two depths: the picture, and it shrunk."""
    return images * 10 + 1, functional.avg_pool2d(images, 2) * 3 + 1


def terms(output=OUTPUT, **weights):
    recipe = LossRecipe(**{"valid": 0.0, "hole": 0.0, "total_variation": 0.0, **weights})
    return loss_terms(output, TRUTH, 1 - HOLE, recipe=recipe, look=look)


def test_the_published_convention_is_the_mean_over_all_samples():
    seen = terms(valid=1.0, hole=1.0)
    difference = (OUTPUT - TRUTH).abs()
    torch.testing.assert_close(seen["hole"], (difference * HOLE).mean())
    torch.testing.assert_close(seen["valid"], (difference * (1 - HOLE)).mean())


def test_the_hole_convention_counts_all_holes_alike():
    seen = terms(hole=1.0, convention="hole")["hole"]
    difference = (OUTPUT - TRUTH).abs()
    small, large = difference[0, :, 2:4, 2:6].mean(), difference[1, :, 4:].mean()
    torch.testing.assert_close(seen, (small + large) / 2)


def test_a_sample_without_a_hole_counts_as_perfect():
    assert weighted_mean(OUTPUT, torch.zeros(2, 1, 8, 12), convention="hole") == 0


def test_total_variation_looks_at_neighbours_of_which_one_is_in_the_hole():
    picture = torch.zeros(1, 3, 4, 4)
    picture[..., 2:] = 1.0  # one edge, between columns 1 and 2
    hole = torch.zeros(1, 1, 4, 4)
    hole[..., 0, 1] = 1  # at the edge, in one of four rows
    hole[..., 3, 3] = 1  # away from it
    across = 3 * 1 / (3 * 4 * 3)  # one differing pair of twelve, in each of three channels
    torch.testing.assert_close(total_variation(picture, hole, convention="published"), torch.tensor(across))


@pytest.mark.parametrize("convention", ["published", "hole"])
def test_every_term_is_0_for_the_truth_itself(convention):
    seen = terms(
        TRUTH, convention=convention, valid=1.0, hole=1.0, perceptual=1.0, style=1.0, total_variation=0.0
    )
    assert set(seen) == {"valid", "hole", "perceptual", "style"}
    for name, value in seen.items():
        assert value.item() == pytest.approx(0, abs=2e-3), name


def test_terms_without_weight_are_not_computed():
    def never(images):
        raise AssertionError("nobody needs features")

    recipe = LossRecipe(valid=0.0, hole=1.0, total_variation=0.0)
    seen = loss_terms(OUTPUT, TRUTH, 1 - HOLE, recipe=recipe, look=never)
    assert set(seen) == {"hole"}


def test_the_published_feature_terms_compare_output_and_composite():
    seen = terms(perceptual=1.0, style=1.0)
    composite = TRUTH * (1 - HOLE) + OUTPUT * HOLE
    wanted = [perceptual(look(picture), look(TRUTH)) for picture in (OUTPUT, composite)]
    torch.testing.assert_close(seen["perceptual"], sum(wanted))
    wanted = [style(look(picture), look(TRUTH)) for picture in (OUTPUT, composite)]
    torch.testing.assert_close(seen["style"], sum(wanted))


def test_a_gram_matrix_is_the_mean_product_of_channels():
    features = torch.rand(1, 2, 3, 4)
    flat = features.reshape(2, 12)
    torch.testing.assert_close(gram(features)[0], flat @ flat.T / 24)


def test_the_feature_distance_in_the_hole_ignores_what_lies_outside():
    changed = TRUTH * (1 - HOLE) + OUTPUT * HOLE
    inside = hole_perceptual((changed,), (TRUTH,), HOLE)
    outside = hole_perceptual((TRUTH * HOLE + OUTPUT * (1 - HOLE),), (TRUTH,), HOLE)
    assert inside > 0.01
    assert outside == 0


def test_the_feature_distance_in_the_hole_does_not_depend_on_scale():
    one = hole_perceptual((OUTPUT,), (TRUTH,), HOLE)
    torch.testing.assert_close(hole_perceptual((OUTPUT * 50,), (TRUTH * 7,), HOLE), one)


def test_style_in_the_hole_forgives_an_exchange_of_places():
    texture = torch.rand(1, 5, 8, 12, generator=DRAW)
    everywhere = torch.ones(1, 1, 8, 12)
    moved = texture.roll((3, 4), (2, 3))
    assert hole_style((moved,), (texture,), everywhere) < 0.01
    assert hole_perceptual((moved,), (texture,), everywhere) > 0.1


@pytest.mark.parametrize("convention", ["published", "hole"])
def test_every_term_teaches(convention):
    output = OUTPUT.clone().requires_grad_()
    weights = dict.fromkeys(("valid", "hole", "perceptual", "style", "total_variation"), 1.0)
    for name, value in terms(output, convention=convention, **weights).items():
        (gradient,) = torch.autograd.grad(value, output, retain_graph=True)
        assert gradient.isfinite().all(), name
        assert gradient.abs().max() > 0, name


def test_a_shift_changes_what_is_seen_and_not_how_much_of_it_is_hole():
    truth_n3hw, output_n3hw, known_n1hw = (torch.rand(2, count, 32, 32) for count in (3, 3, 1))
    known_n1hw = (known_n1hw > 0.5).float()
    recipe = LossRecipe(convention="hole", perceptual=1.0, style=1.0)
    seen = []

    def look(images_n3hw):
        seen.append(images_n3hw)
        return (images_n3hw,)

    shifted = loss_terms(output_n3hw, truth_n3hw, known_n1hw, recipe=recipe, look=look, shift_px=(3, 5))
    assert torch.equal(seen[0][:, :, 3:, 5:], truth_n3hw)
    assert not seen[0][:, :, :3].any()
    assert not seen[0][:, :, :, :5].any()
    still = loss_terms(output_n3hw, truth_n3hw, known_n1hw, recipe=recipe, look=look)
    for name, value in still.items():  # a network without strides sees the same anywhere
        assert torch.isclose(value, shifted[name], rtol=1e-4)
