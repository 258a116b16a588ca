"""Fits how `detect logo` tells logos from scenes near the corners, and prints the table for weights.py.

    python benchmarks/logo.py PHOTOGRAPHS LOGOS [--count N] [--seed S...]

Photographs become short videos: of a camera that stands, shakes or pans, and things that cross the picture.
Every other logo of a folder is burned into them, opaque and translucent; they are encoded with x264. What is
proposed there is told to be the logo, the more the better it fits; what is proposed in the videos as they are
is not. Cross-validated by photograph: what is said of one comes from the others.
"""

import argparse
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
from logistic import Numbers, fit
from photo_scenes import PhotoScene

from rfr_video.config import Corner
from rfr_video.evaluation.clips.logo_file import Placement, logo_overlay
from rfr_video.evaluation.clips.overlays import Stamp, blended
from rfr_video.evaluation.detect.logo_cases import WIDTH_PERCENT, list_logos
from rfr_video.evaluation.metrics import Picture
from rfr_video.masking.detect.logo.drawn import what_is_seen
from rfr_video.masking.detect.logo.evidence import Evidence, EvidenceSums
from rfr_video.masking.detect.logo.looks import ZoneLooks
from rfr_video.masking.detect.logo.motion import SceneMotion
from rfr_video.masking.detect.logo.proposals import Zone, corners, proposals
from rfr_video.masking.detect.logo.weights import MOST_BEND
from rfr_video.masking.detect.logo.working import WorkingSize
from rfr_video.media.reader import open_reader
from rfr_video.media.rgb_video import h264_writer

SURELY, HARDLY = 0.6, 0.2
"""Intersection over union with the logo from which on a proposal is it, and up to which it is not."""

FOUND = 0.3
OPACITIES = (None, 1.0, 0.5)
"""Nothing, an opaque logo, and one of an opacity of 0.35 to 0.7."""

TRANSLUCENT = (0.35, 0.7)
CRF = (17, 27)
LEAST_SIDE_PX, LEAST_OTHERS, MOST_OTHERS = 300, 5, 30
RIDGE, FOLDS, LOGO_WEIGHT = 3.0, 5, 4.0
LIMITS = (-1.0, -0.5, 0.0, 0.3, 0.5, 1.0, 1.5, 2.0)


@dataclass(frozen=True)
class Sample:
    """Something that was proposed.

    Attributes:
        photograph: Number of it.
        search: Number of the search.
        is_clean: Whether there is no logo in the search.
        likeness: Intersection over union with the logo.
        seen: What it looks like and how it stays, by name.
    """

    photograph: int
    search: int
    is_clean: bool
    likeness: float
    seen: dict[str, float]


def main() -> None:
    """Collect, fit and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("logos", type=Path)
    parser.add_argument("--count", type=int, default=240, help="photographs per seed")
    parser.add_argument("--seed", type=int, nargs="+", default=[11, 12])
    given = parser.parse_args()
    logos = list_logos(given.logos)[::2]
    samples: list[Sample] = []
    for place, seed in enumerate(given.seed):
        draw = random.Random(seed)
        names = sorted(path for path in given.photographs.rglob("*") if path.is_file())
        draw.shuffle(names)
        for number, (photograph, others) in enumerate(_photographs(names, count=given.count)):
            samples += _searches(photograph, others, logos, draw, number=place * given.count + number)
    names_seen = list(samples[0].seen)
    values = np.array([[one.seen[name] for name in names_seen] for one in samples])
    _show(samples, _cross_validated(samples, values))
    fitted = _fitted(samples, values)
    print(f"CONSTANT = {fitted.slopes[-1]:.4f}")
    for place, name in enumerate(names_seen):
        numbers = fitted.centre[place], fitted.spread[place], fitted.slopes[place]
        bend = fitted.slopes[len(names_seen) + place]
        print(f'    "{name}": Weight({", ".join(f"{one:.4f}" for one in (*numbers, bend))}),')


def _photographs(names: Sequence[Path], *, count: int) -> Iterator[tuple[Picture, list[Picture]]]:
    """Yield the first large and wide pictures, uint8 RGB (H, W, 3), of even sides, and some before each."""
    given, others = 0, list[Picture]()
    for name in names:
        picture = cv2.imread(str(name), cv2.IMREAD_COLOR_RGB)
        if given == count:
            return
        if picture is None or picture.shape[1] < picture.shape[0] or picture.shape[0] < LEAST_SIDE_PX:
            continue
        height, width = (side - side % 2 for side in picture.shape[:2])
        others.append(np.ascontiguousarray(picture[:height, :width], np.uint8))
        others = others[-MOST_OTHERS:]
        if len(others) >= LEAST_OTHERS:
            given += 1
            yield others[-1], others


def _searches(
    photograph: Picture, others: Sequence[Picture], logos: Sequence[Path], draw: random.Random, *, number: int
) -> Iterator[Sample]:
    """Yield all that is proposed in videos of a photograph; where a logo is burned in, in its corner only."""
    height, width = photograph.shape[:2]
    state = draw.randrange(1 << 30)
    for place, opacity in enumerate(OPACITIES):
        same = random.Random(state)
        scene = PhotoScene(photograph, others, same)
        crf = same.randint(*CRF)
        stamp: Stamp | None = None
        truth = np.zeros((height, width), np.bool_)
        if opacity is not None:
            drawn = 1.0 if opacity == 1 else draw.uniform(*TRANSLUCENT)
            logo, corner = draw.choice(logos), draw.choice(get_args(Corner))
            share = draw.uniform(*WIDTH_PERCENT) / 100
            stamp = logo_overlay(logo, Placement(opacity=drawn, corner=corner, width_share=share)).draw(
                height, width
            )
            truth = np.asarray(stamp.alpha_hw > 0.04)
        evidence = _evidence(scene, stamp, crf=crf)
        motion = SceneMotion.of(evidence)
        zones = [
            one
            for one in corners(width, height)
            if stamp is None or truth[one.slices].sum() > 0.5 * truth.sum()
        ]
        for rect in zones:
            zone = Zone.of(evidence, rect)
            looks = ZoneLooks.of(zone)
            for one in proposals(zone, near_corner=True):
                there = truth[rect.slices][one.around.slices]
                shared = int(np.count_nonzero(there & one.inside))
                union = int(np.count_nonzero(truth)) + int(np.count_nonzero(one.inside)) - shared
                yield Sample(
                    number,
                    len(OPACITIES) * number + place,
                    stamp is None,
                    shared / union,
                    what_is_seen(zone, looks, motion, one),
                )


def _evidence(scene: PhotoScene, stamp: Stamp | None, *, crf: int) -> Evidence:
    """Encode a scene with a logo in it, and sum its pictures up."""
    sums, size = EvidenceSums(), WorkingSize.of(scene.width, scene.height)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scene.mp4"
        with h264_writer(path, width=scene.width, height=scene.height, rate=Fraction(25), crf=crf) as write:
            for picture in scene.pictures():
                write(picture if stamp is None else blended(picture, stamp.colour_hw3, stamp.alpha_hw))
        with open_reader(path) as reader:
            for frame in reader.frames():
                sums.add(size.planes(frame))
    return sums.evidence()


@dataclass(frozen=True)
class Fitted:
    """Weights: of the values, then of their bends, then the constant."""

    centre: Numbers
    spread: Numbers
    slopes: Numbers

    def logits(self, values: Numbers) -> Numbers:
        """Return the logits of values, (N, V)."""
        columns = np.column_stack([_columns(values, self.centre, self.spread), np.ones(len(values))])
        return np.asarray(columns @ self.slopes, np.float64)


def _columns(values: Numbers, centre: Numbers, spread: Numbers) -> Numbers:
    """Return values and their bends, (N, 2 V)."""
    scaled = (values - centre) / spread
    return np.column_stack([scaled, np.clip(scaled, -MOST_BEND, MOST_BEND) ** 2])


def _cross_validated(samples: Sequence[Sample], values: Numbers) -> Numbers:
    """Return the logit of every sample, by weights that were fitted on other photographs."""
    photographs = np.array([one.photograph for one in samples])
    logits = np.zeros(len(samples))
    for fold in range(FOLDS):
        inside = photographs % FOLDS == fold
        others = [one for one, left_out in zip(samples, inside, strict=True) if not left_out]
        logits[inside] = _fitted(others, values[~inside]).logits(values[inside])
    return logits


def _fitted(samples: Sequence[Sample], values: Numbers) -> Fitted:
    """Return the weights; the many proposals that fit one logo weigh less."""
    likeness = np.array([one.likeness for one in samples])
    wanted = np.clip((likeness - HARDLY) / (SURELY - HARDLY), 0, 1)
    search = np.array([one.search for one in samples])
    alike = np.bincount(search, wanted)[search]
    weight = wanted * LOGO_WEIGHT / np.sqrt(np.maximum(alike, 1)) + 1 - wanted
    centre, spread = values.mean(axis=0), values.std(axis=0) + 1e-6
    columns = np.column_stack([_columns(values, centre, spread), np.ones(len(values))])
    return Fitted(centre, spread, fit(columns, wanted, weight, ridge=RIDGE))


def _show(samples: Sequence[Sample], logits: Numbers) -> None:
    """Print how many logos are found, and in how many photographs something else is, by the limit."""
    search = np.array([one.search for one in samples])
    likeness = np.array([one.likeness for one in samples])
    clean = np.array([one.is_clean for one in samples])
    surest = np.full(search.max() + 1, -np.inf)
    np.maximum.at(surest, search, logits)
    is_surest = logits == surest[search]
    photographs = max(one.photograph for one in samples) + 1
    print("limit  opaque  translucent  false in photographs")
    for limit in LIMITS:
        sure = logits > limit
        found = np.unique(search[sure & is_surest & (likeness > FOUND)]) % len(OPACITIES)
        false = len(np.unique(search[sure & clean]))
        shares = (np.sum(found == 1), np.sum(found == 2), false)
        opaque, translucent, wrong = (int(share) / photographs for share in shares)
        print(f"{limit:5.1f}  {opaque:6.1%}  {translucent:11.1%}  {wrong:6.1%}")


if __name__ == "__main__":
    main()
