"""Fit the coefficients by which dropouts are told, and print them.

    python benchmarks/dropouts.py clips/*.mp4

Dropouts of ``evaluation/detect/streaks.py`` are drawn into the first frames of clips, as they are and with
grain; runs that may be dropouts are gathered from the damaged and from the clean clips, and the logistic
coefficients of ``rfr_video/masking/detect/dropouts.py`` are fitted to whether they are. The table is
cross-validated by clip, in four folds: of the samples of all runs, how many are rightly taken.
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

from rfr_video.evaluation.detect.streaks import burn_streaks, draw_streaks
from rfr_video.masking.detect.dropouts import EVIDENCE, Runs, all_runs
from rfr_video.masking.detect.neighbours import compared
from rfr_video.masking.detect.planes import Planes
from rfr_video.media.colour import Subsampling
from rfr_video.media.hole import Mask
from rfr_video.media.reader import open_reader

FRAMES = 24
GRAIN_CODES = 4.0
SEEDS = (1, 2)
LONGEST_PX = 60
FOLDS = 4
COSTLIER = 1.0  # a dropout that is missed shows more than a good sample that is replaced: by this logit


@dataclass(frozen=True)
class Samples:
    """Runs: their evidence, how much of each is a dropout, their lengths, and of which clip they are."""

    evidence: NDArray[np.float64]
    share: NDArray[np.float64]
    length: NDArray[np.float64]
    clip: NDArray[np.int64]

    @classmethod
    def joined(cls, parts: Sequence["Samples"]) -> "Samples":
        """Put parts together."""
        return cls(
            np.concatenate([part.evidence for part in parts]),
            np.concatenate([part.share for part in parts]),
            np.concatenate([part.length for part in parts]),
            np.concatenate([part.clip for part in parts]),
        )

    def chosen(self, rows: NDArray[np.bool_]) -> "Samples":
        """Return some of them."""
        return Samples(self.evidence[rows], self.share[rows], self.length[rows], self.clip[rows])


def gather(path: Path, number: int) -> Iterator[tuple[bool, Samples]]:
    """Yield the runs of a clip, and whether they are of its luma."""
    with open_reader(path) as reader:
        clean = [Planes.of_frame(frame) for frame in islice(reader.frames(), FRAMES)]
    for grain in (0.0, GRAIN_CODES):
        generator = np.random.default_rng(number)
        pictures = [_grained(picture, grain, generator) for picture in clean]
        for seed in (None, *SEEDS):
            damaged, masks = _burned(pictures, seed if seed is None else seed + 100 * number)
            for one, mask in zip(compared(damaged), masks, strict=True):
                for plane, runs in enumerate(all_runs(one)):
                    yield plane == 0, _samples(runs, mask, number)


def fitted_to(samples: Samples) -> Numbers:
    """Fit the coefficients; long runs count for more."""
    wanted = (samples.share > 0.5).astype(np.float64)
    return fit(samples.evidence, wanted, np.sqrt(np.minimum(samples.length, LONGEST_PX)))


def report(name: str, samples: Samples) -> None:
    """Print how well they are told, and the coefficients."""
    logits = np.zeros(len(samples.share))
    for fold in range(FOLDS):
        held = samples.clip % FOLDS == fold
        logits[held] = summed("ne,e->n", samples.evidence[held], fitted_to(samples.chosen(~held)))
    right, wrong = samples.share * samples.length, (1 - samples.share) * samples.length
    for least in (-2.0, -1.0, 0.0, 1.0):
        taken = logits > least
        hits, misses, false = right[taken].sum(), right[~taken].sum(), wrong[taken].sum()
        score = 2 * hits / (2 * hits + misses + false)
        print(f"{name} from {least:+.0f}: precision {hits / (hits + false):.3f}, "
              f"recall {hits / (hits + misses):.3f}, F1 {score:.3f}")  # fmt: skip
    fitted = fitted_to(samples)
    fitted[-1] += COSTLIER
    print(f"{name}: {dict(zip(EVIDENCE, np.round(fitted, 2).tolist(), strict=True))}", flush=True)


def _burned(clean: Sequence[Planes], seed: int | None) -> tuple[list[Planes], list[Mask]]:
    generator = np.random.default_rng(seed)
    damaged: list[Planes] = []
    masks: list[Mask] = []
    for picture in clean:
        planes = [plane.copy() for plane in (picture.luma, *picture.chroma)]
        height, width = planes[0].shape
        streaks = [] if seed is None else draw_streaks(generator, width=width, height=height)
        subsampling = Subsampling(*(round(planes[0].shape[axis] / planes[-1].shape[axis]) for axis in (1, 0)))
        masks.append(burn_streaks(planes, streaks, generator, subsampling=subsampling).mask)
        damaged.append(Planes(planes[0], tuple(planes[1:])))
    return damaged, masks


def _grained(picture: Planes, codes: float, generator: np.random.Generator) -> Planes:
    if not codes:
        return picture
    luma, *chroma = (
        np.clip(plane + generator.normal(0, codes, plane.shape), 0, 255).astype(np.uint8)
        for plane in (picture.luma, *picture.chroma)
    )
    return Planes(luma, tuple(chroma))


def _samples(runs: Runs, mask: Mask, clip: int) -> Samples:
    height, width = runs.shape
    truth = np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST))
    share = np.zeros(0)
    if len(runs.starts):
        share = np.add.reduceat((truth.ravel()[runs.at] > 0).astype(np.float64), runs.starts) / runs.lengths
    return Samples(
        runs.evidence.astype(np.float64),
        share,
        runs.lengths.astype(np.float64),
        np.full(len(runs.starts), clip),
    )


def main() -> None:
    """Gather, fit, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="+", type=Path)
    clips = parser.parse_args().clips
    cv2.setNumThreads(1)
    parts: dict[bool, list[Samples]] = {True: [], False: []}
    for number, path in enumerate(clips):
        for is_luma, samples in gather(path, number):
            parts[is_luma].append(samples)
    report("luma", Samples.joined(parts[True]))
    report("chroma", Samples.joined(parts[False]))


if __name__ == "__main__":
    main()
