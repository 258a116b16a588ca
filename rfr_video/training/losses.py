"""The terms of the loss: pure functions.

Sources: Li et al., "Recurrent Feature Reasoning for Image Inpainting", CVPR 2020, which takes its terms from
Liu et al., "Image Inpainting for Irregular Holes Using Partial Convolutions", ECCV 2018; feature distance of
the convention ``hole``: Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual
Metric", CVPR 2018.

There are two conventions. ``published`` takes means over all samples of a batch, so that large holes count
for more, and compares plain activations, of both the raw output and the composite. ``hole`` takes the mean
over the hole of every picture and then over the pictures, so that all holes count alike; it compares
activations of unit length along the channels, of the composite alone, and counts a position by the part of
its cell that is hole. Its terms hardly depend on the scale of the feature network.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from rfr_video.training.recipe import Convention, LossRecipe

Look = Callable[[Tensor], tuple[Tensor, ...]]
"""A feature network: pictures in, activations (N, C, h, w) at several depths out."""

_NOT_ZERO = 1e-6


def loss_terms(
    output_n3hw: Tensor,
    truth_n3hw: Tensor,
    known_n1hw: Tensor,
    *,
    recipe: LossRecipe,
    look: Look | None = None,
    shift_px: tuple[int, int] = (0, 0),
) -> dict[str, Tensor]:
    """Return the terms with a weight above 0 by name, each a scalar, not weighted.

    Args:
        output_n3hw: What the network made, RGB, about [0, 1], float32.
        truth_n3hw: What was there, likewise.
        known_n1hw: Float32, 1 = known, 0 = hole.
        recipe: Weights and convention.
        look: Looks at the pictures for the perceptual and the style term.
        shift_px: Down and to the right, by which the convention ``hole`` shifts pictures before it looks at
            them. A feature network strides over a picture; what it always sees at the same places can please
            it by a texture that repeats with its strides.
    """
    hole_n1hw = 1 - known_n1hw
    composite_n3hw = truth_n3hw * known_n1hw + output_n3hw * hole_n1hw
    difference_n3hw = (output_n3hw - truth_n3hw).abs()
    terms: dict[str, Tensor] = {}
    if recipe.valid:
        terms["valid"] = weighted_mean(difference_n3hw, known_n1hw, convention=recipe.convention)
    if recipe.hole:
        terms["hole"] = weighted_mean(difference_n3hw, hole_n1hw, convention=recipe.convention)
    if recipe.total_variation:
        terms["total_variation"] = total_variation(composite_n3hw, hole_n1hw, convention=recipe.convention)
    if recipe.needs_features:
        assert look is not None
        if recipe.convention == "hole":
            shifted = [_shifted(one, shift_px) for one in (composite_n3hw, truth_n3hw, hole_n1hw)]
            terms |= _hole_feature_terms(*shifted, recipe=recipe, look=look)
        else:
            terms |= _feature_terms(output_n3hw, composite_n3hw, truth_n3hw, recipe=recipe, look=look)
    return terms


def weighted_mean(values_nchw: Tensor, weight_n1hw: Tensor, *, convention: Convention) -> Tensor:
    """Return the mean over all samples of values times weight, or over each picture's weight and then all."""
    weighted_nchw = values_nchw * weight_n1hw
    if convention == "published":
        return weighted_nchw.mean()
    total_n = weight_n1hw.sum((1, 2, 3)) * values_nchw.shape[1]
    return (weighted_nchw.sum((1, 2, 3)) / total_n.clamp(min=_NOT_ZERO)).mean()


def total_variation(composite_n3hw: Tensor, hole_n1hw: Tensor, *, convention: Convention) -> Tensor:
    """Return the mean absolute difference of neighbours, down and across, of which one is in the hole."""
    down = (composite_n3hw[:, :, 1:] - composite_n3hw[:, :, :-1]).abs()
    across = (composite_n3hw[..., 1:] - composite_n3hw[..., :-1]).abs()
    near_down = torch.maximum(hole_n1hw[:, :, 1:], hole_n1hw[:, :, :-1])
    near_across = torch.maximum(hole_n1hw[..., 1:], hole_n1hw[..., :-1])
    return weighted_mean(down, near_down, convention=convention) + weighted_mean(
        across, near_across, convention=convention
    )


def perceptual(seen: Sequence[Tensor], truth: Sequence[Tensor]) -> Tensor:
    """Return the mean absolute difference of activations (N, C, h, w), added up over the depths."""
    return torch.stack([(a.float() - b.float()).abs().mean() for a, b in zip(seen, truth, strict=True)]).sum()


def style(seen: Sequence[Tensor], truth: Sequence[Tensor]) -> Tensor:
    """Return the mean absolute difference of Gram matrices over C·h·w, added up over the depths."""
    return torch.stack([(gram(a) - gram(b)).abs().mean() for a, b in zip(seen, truth, strict=True)]).sum()


def gram(features_nchw: Tensor) -> Tensor:
    """Return which channels go together: float32 (N, C, C), products summed over positions, over C·h·w."""
    flat_ncp = features_nchw.flatten(2).float()
    return torch.bmm(flat_ncp, flat_ncp.transpose(1, 2)) / (flat_ncp.shape[1] * flat_ncp.shape[2])


def hole_perceptual(seen: Sequence[Tensor], truth: Sequence[Tensor], hole_n1hw: Tensor) -> Tensor:
    """Return the mean squared distance of activations of unit length in the hole, the mean of the depths."""
    distances: list[Tensor] = []
    for found_nchw, wanted_nchw in zip(seen, truth, strict=True):
        square_n1hw = (unit(found_nchw) - unit(wanted_nchw)).square().sum(1, keepdim=True)
        weight_n1hw = _shrunk(hole_n1hw, square_n1hw)
        distances.append(weighted_mean(square_n1hw, weight_n1hw, convention="hole"))
    return torch.stack(distances).mean()


def hole_style(seen: Sequence[Tensor], truth: Sequence[Tensor], hole_n1hw: Tensor) -> Tensor:
    """Return the distance of the Gram matrices of activations of unit length in the hole, mean of the depths.

    A matrix is the mean over the hole, so its trace is 1; the distance is the Frobenius norm.
    """
    distances: list[Tensor] = []
    for found_nchw, wanted_nchw in zip(seen, truth, strict=True):
        weight_n1hw = _shrunk(hole_n1hw, found_nchw)
        weight_n1hw = weight_n1hw / weight_n1hw.sum((2, 3), keepdim=True).clamp(min=_NOT_ZERO)
        grams = [
            torch.bmm((unit(one) * weight_n1hw).flatten(2), unit(one).flatten(2).transpose(1, 2))
            for one in (found_nchw, wanted_nchw)
        ]
        square_n = (grams[0] - grams[1]).square().sum((1, 2))
        distances.append((square_n + _NOT_ZERO).sqrt().mean())
    return torch.stack(distances).mean()


def unit(features_nchw: Tensor) -> Tensor:
    """Scale activations to unit length along the channels, in float32."""
    return functional.normalize(features_nchw.float(), dim=1, eps=_NOT_ZERO)


def _shrunk(hole_n1hw: Tensor, like_nchw: Tensor) -> Tensor:
    """Return how much of each position's cell is hole."""
    return functional.adaptive_avg_pool2d(hole_n1hw, (like_nchw.shape[2], like_nchw.shape[3]))


def _shifted(image_nchw: Tensor, shift_px: tuple[int, int]) -> Tensor:
    """Shift down and to the right, and put zeros where nothing comes from."""
    return functional.pad(image_nchw, (shift_px[1], 0, shift_px[0], 0))


def _hole_feature_terms(
    composite_n3hw: Tensor, truth_n3hw: Tensor, hole_n1hw: Tensor, *, recipe: LossRecipe, look: Look
) -> dict[str, Tensor]:
    with torch.no_grad():
        truth = look(truth_n3hw)
    composite = look(composite_n3hw)
    terms: dict[str, Tensor] = {}
    if recipe.perceptual:
        terms["perceptual"] = hole_perceptual(composite, truth, hole_n1hw)
    if recipe.style:
        terms["style"] = hole_style(composite, truth, hole_n1hw)
    return terms


def _feature_terms(
    output_n3hw: Tensor, composite_n3hw: Tensor, truth_n3hw: Tensor, *, recipe: LossRecipe, look: Look
) -> dict[str, Tensor]:
    with torch.no_grad():
        truth = look(truth_n3hw)
    composite, output = look(composite_n3hw), look(output_n3hw)
    terms: dict[str, Tensor] = {}
    if recipe.perceptual:
        terms["perceptual"] = perceptual(output, truth) + perceptual(composite, truth)
    if recipe.style:
        terms["style"] = style(output, truth) + style(composite, truth)
    return terms
