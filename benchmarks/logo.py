"""Fits how `detect logo` tells drawn things from filmed ones, and prints the weights for looks.py.

    python benchmarks/logo.py PHOTOGRAPHS LOGOS [--count N] [--seed S]

Every other logo of a folder is burned into corners of photographs, opaque and translucent, and compressed.
What is proposed there is told to be the logo or not; what is proposed in the photographs as they are is not.
Cross-validated by photograph: what is said of one comes from the others.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from rfr_video.config import Corner
from rfr_video.evaluation.clips.logo_file import Placement, logo_overlay
from rfr_video.evaluation.clips.overlays import blended
from rfr_video.evaluation.detect.logo_cases import WIDTH_PERCENT, list_logos
from rfr_video.evaluation.metrics import Picture
from rfr_video.masking.detect.logo.evidence import Average
from rfr_video.masking.detect.logo.looks import ZoneLooks, features
from rfr_video.masking.detect.logo.proposals import Zone, corners, lengths, proposals
from rfr_video.media.colour import FloatImage

LOGO, OTHER = 0.5, 0.15
"""Intersection over union with the logo from which on a proposal is it, and up to which it is not."""

OPACITIES = (None, 1.0, 0.5)
JPEG_QUALITIES = (75, 82, 88, 93)
LEAST_SIDE_PX = 300
RIDGE, ROUNDS, FOLDS = 3.0, 40, 5
LIMITS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """Something that was proposed.

    Attributes:
        photograph: Number of it.
        search: Number of the search.
        is_clean: Whether there is no logo in the search.
        likeness: Intersection over union with the logo.
        features: By name.
    """

    photograph: int
    search: int
    is_clean: bool
    likeness: float
    features: dict[str, float]


def main() -> None:
    """Collect, fit and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("logos", type=Path)
    parser.add_argument("--count", type=int, default=100, help="photographs")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    names = sorted(path for path in given.photographs.rglob("*") if path.is_file())
    draw = random.Random(given.seed)
    draw.shuffle(names)
    logos = list_logos(given.logos)[::2]
    samples: list[Sample] = []
    for number, photograph in enumerate(_photographs(names, count=given.count)):
        for opacity in OPACITIES:
            search = len(OPACITIES) * number + OPACITIES.index(opacity)
            samples += _search(photograph, logos, opacity, draw, number=number, search=search)
    names_of_features = list(samples[0].features)
    values = np.array([[one.features[name] for name in names_of_features] for one in samples])
    _show(samples, _cross_validated(samples, values))
    for name, weight in zip(names_of_features, _fitted(samples, values), strict=True):
        print(f'    "{name}": {weight:.3f},')


def _photographs(names: Sequence[Path], *, count: int) -> Iterator[Picture]:
    """Yield the first pictures that are large enough, uint8 RGB (H, W, 3), of even sides."""
    given = 0
    for name in names:
        picture = cv2.imread(str(name), cv2.IMREAD_COLOR_RGB)
        if given == count:
            return
        if picture is not None and min(picture.shape[:2]) >= LEAST_SIDE_PX:
            given += 1
            height, width = (side - side % 2 for side in picture.shape[:2])
            yield np.ascontiguousarray(picture[:height, :width], np.uint8)


def _search(
    photograph: Picture,
    logos: Sequence[Path],
    opacity: float | None,
    draw: random.Random,
    *,
    number: int,
    search: int,
) -> Iterator[Sample]:
    """Yield all that is proposed; where a logo is burned in, in its corner only."""
    height, width = photograph.shape[:2]
    picture = photograph.copy()
    truth = np.zeros((height, width), np.bool_)
    zones = list(corners(width, height))
    if opacity is not None:
        corner: Corner = draw.choice(get_args(Corner))
        share = draw.uniform(*WIDTH_PERCENT) / 100
        placement = Placement(opacity=opacity, corner=corner, width_share=share)
        stamp = logo_overlay(draw.choice(logos), placement).draw(height, width)
        picture = blended(picture, stamp.colour_hw3, stamp.alpha_hw)
        truth = np.asarray(stamp.alpha_hw > 0.04)
        zones = [one for one in zones if truth[one.slices].sum() > 0.5 * truth.sum()]
    average = _compressed(picture, quality=draw.choice(JPEG_QUALITIES))
    for rect in zones:
        zone = Zone.of(average, rect)
        looks = ZoneLooks.of(zone)
        there = truth[rect.slices]
        for one in proposals(zone, near_corner=True):
            shared = int(np.count_nonzero(there[one.around.slices] & one.inside))
            union = int(np.count_nonzero(truth)) + int(np.count_nonzero(one.inside)) - shared
            yield Sample(number, search, opacity is None, shared / union, features(looks, one))


def _compressed(picture: Picture, *, quality: int) -> Average:
    """Return a picture as a video of it is on average: compressed, with chroma of half the size."""
    height, width = picture.shape[:2]
    packed = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    decoded = cv2.imdecode(packed, cv2.IMREAD_COLOR_BGR)
    assert decoded is not None, "packed by ourselves"
    planes = np.moveaxis(cv2.cvtColor(decoded, cv2.COLOR_BGR2YCrCb).astype(np.float32), 2, 0)
    luma = np.ascontiguousarray(planes[0])
    return Average(
        means=(luma, _halved(planes[2]), _halved(planes[1])),
        deviation=np.ones((height, width), np.float32),
        busy=lengths(luma),
        consistency=np.ones((height, width), np.float32),
    )


def _halved(plane: FloatImage) -> FloatImage:
    """Return chroma as it comes out where it is stored in half the size."""
    height, width = plane.shape
    half = cv2.resize(plane, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(half, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _cross_validated(samples: Sequence[Sample], values: Values) -> Values:
    """Return the logit of every sample, by weights that were fitted on other photographs."""
    photographs = np.array([one.photograph for one in samples])
    logits = np.zeros(len(samples))
    for fold in range(FOLDS):
        inside = photographs % FOLDS == fold
        others = [one for one, left_out in zip(samples, inside, strict=True) if not left_out]
        logits[inside] = values[inside] @ _fitted(others, values[~inside])
    return logits


def _fitted(samples: Sequence[Sample], values: Values) -> Values:
    """Return the weights: ridge logistic regression by Newton's method."""
    likeness = np.array([one.likeness for one in samples])
    known = (likeness > LOGO) | (likeness < OTHER)
    truth = (likeness > LOGO).astype(np.float64)
    search = np.array([one.search for one in samples])
    alike = np.bincount(search, truth)[search]
    importance = np.where(truth > 0, 4 / np.sqrt(np.maximum(alike, 1)), 1.0)[known]
    truth, values = truth[known], values[known]
    centre, spread = values[:, 1:].mean(axis=0), values[:, 1:].std(axis=0) + 1e-6
    scaled = np.column_stack([values[:, 0], (values[:, 1:] - centre) / spread])
    ridge = RIDGE * np.diag([0.0, *[1.0] * (values.shape[1] - 1)])
    weights = np.zeros(values.shape[1])
    for _ in range(ROUNDS):
        sure = 1 / (1 + np.exp(-np.clip(scaled @ weights, -30, 30)))
        curvature = (scaled * (importance * sure * (1 - sure))[:, None]).T @ scaled + ridge
        weights += np.linalg.solve(curvature, scaled.T @ (importance * (truth - sure)) - ridge @ weights)
    return np.concatenate([[weights[0] - np.sum(weights[1:] * centre / spread)], weights[1:] / spread])


def _show(samples: Sequence[Sample], logits: Values) -> None:
    """Print how many logos are found, and in how many photographs something else is, by the limit."""
    search = np.array([one.search for one in samples])
    likeness = np.array([one.likeness for one in samples])
    clean = np.array([one.is_clean for one in samples])
    print("limit  found  false in photographs")
    for limit in LIMITS:
        sure = logits > limit
        found = {int(number) for number in search[sure & (likeness > LOGO)]}
        false = {int(number) for number in search[sure & clean]}
        photographs = max(one.photograph for one in samples) + 1
        print(f"{limit:5.1f}  {len(found) / (2 * photographs):5.1%}  {len(false) / photographs:5.1%}")


if __name__ == "__main__":
    main()
