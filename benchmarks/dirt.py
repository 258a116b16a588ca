"""Fit the coefficients by which dirt is told, and print them.

    python benchmarks/dirt.py clips/*.mp4 --textures damage_textures

Textures of damaged film are drawn into the first frames of clips, as ``evaluate detect dirt`` does; parts
that may be dirt are gathered, and the logistic coefficients of ``rfr_video/masking/detect/dirt.py`` are
fitted to whether they are. The table is cross-validated, each clip by a fit to all others: mean over the
clips, by the samples of the parts.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from logistic import Numbers, fit, summed
from numpy.typing import NDArray

from rfr_video.evaluation.detect.blotches import burn_blotches, read_textures
from rfr_video.evaluation.detect.damage import Damage
from rfr_video.masking.detect.dirt import EVIDENCE, Blotches, blotches, compared_luma
from rfr_video.masking.detect.planes import Planes
from rfr_video.media.reader import open_reader

FRAMES = 10
SEEDS = (11, 12)
LARGEST_PX = 200
LEAST_AREA_PX = 2
COSTLIER = 0.75  # dirt that is missed shows more than a good sample that is replaced: by this logit


@dataclass(frozen=True)
class Parts:
    """Connected parts of pictures that may be dirt.

    Attributes:
        evidence: Float64 (N, E).
        right: Of how many samples of each it is right to say so.
        wrong: Of how many it is wrong.
        clip: Of which clip they are.
        missing: In all clips by number, samples to be found that no part has.
    """

    evidence: Numbers
    right: Numbers
    wrong: Numbers
    clip: NDArray[np.int64]
    missing: Numbers


def gather(paths: Sequence[Path], textures: Sequence[NDArray[np.float32]]) -> Parts:
    """Gather the parts of all clips."""
    rows: list[tuple[Numbers, Numbers, Numbers, NDArray[np.int64]]] = []
    missing = np.zeros(len(paths))
    for number, path in enumerate(paths):
        with open_reader(path) as reader:
            clean = [Planes.of_frame(frame) for frame in islice(reader.frames(), FRAMES)]
        for found, damage in _found(clean, number, textures):
            labels = found.labels.ravel()
            count = len(found.areas)
            right = np.bincount(labels, damage.mask.ravel() > 0, count).astype(np.float64)
            wrong = np.bincount(labels, damage.touched.ravel() == 0, count).astype(np.float64)
            missing[number] += right[0]
            kept = found.areas >= LEAST_AREA_PX
            kept[0] = False
            evidence = found.evidence[kept].astype(np.float64)
            rows.append((evidence, right[kept], wrong[kept], np.full(len(evidence), number)))
    evidence, right, wrong, clip = (np.concatenate(column) for column in zip(*rows, strict=True))
    return Parts(evidence, right, wrong, clip, missing)


def _found(
    clean: Sequence[Planes], number: int, textures: Sequence[NDArray[np.float32]]
) -> Iterator[tuple[Blotches, Damage]]:
    for seed in SEEDS:
        generator = np.random.default_rng((seed, number))
        damages: list[Damage] = []
        damaged: list[Planes] = []
        for picture in clean:
            luma = picture.luma.copy()
            damages.append(burn_blotches([luma], generator, textures=textures))
            damaged.append(Planes(luma))
        for one, damage in zip(compared_luma(damaged), damages, strict=True):
            if one.others is not None:
                yield blotches(one), damage


def fitted_to(parts: Parts, rows: NDArray[np.bool_]) -> Numbers:
    """Fit the coefficients to some of the parts; large ones count for more."""
    right, wrong = parts.right[rows], parts.wrong[rows]
    wanted = (right >= wrong).astype(np.float64)
    return fit(parts.evidence[rows], wanted, np.sqrt(np.minimum(right + wrong + 1, LARGEST_PX)))


def report(parts: Parts) -> None:
    """Print how well they are told, and the coefficients."""
    logits = np.zeros(len(parts.clip))
    clips = range(len(parts.missing))
    for clip in clips:
        held = parts.clip == clip
        logits[held] = summed("ne,e->n", parts.evidence[held], fitted_to(parts, ~held))
    for least in (-1.5, -1.0, -0.5, 0.0, 0.5):
        scores: list[float] = []
        for clip in clips:
            held = parts.clip == clip
            taken = held & (logits > least)
            hits, false = float(parts.right[taken].sum()), float(parts.wrong[taken].sum())
            there = float(parts.right[held].sum()) + float(parts.missing[clip])
            scores.append(2 * hits / (hits + false + there))
        print(f"from {least:+.1f}: F1 {np.mean(scores):.3f}, {np.round(scores, 2).tolist()}")
    fitted = fitted_to(parts, np.ones(len(parts.clip), np.bool_))
    fitted[-1] += COSTLIER
    print(dict(zip(EVIDENCE, np.round(fitted, 2).tolist(), strict=True)), flush=True)


def main() -> None:
    """Gather, fit, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--textures", type=Path, required=True)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    report(gather(given.clips, read_textures(given.textures)))


if __name__ == "__main__":
    main()
