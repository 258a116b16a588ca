"""Fit the coefficients by which bands of noise are told, and print them.

    python benchmarks/bands.py clips/*.mp4 --overlay noise.mp4 [--skip N]

The noise of a tape, recorded on black, is laid over the first frames of clips, every other clip upside down,
in shots of nine pictures; parts that may be bands are gathered from the damaged and from the clean clips, and
the logistic coefficients of ``rfr_video/masking/detect/bands.py`` are fitted to whether they are. The table
is cross-validated by clip, in four folds: of the samples of all parts, how many are rightly taken.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import cv2
import numpy as np
from logistic import Numbers, fit, summed
from numpy.typing import NDArray

from rfr_video.evaluation.detect.damage import Damage
from rfr_video.evaluation.detect.noise import lay_noise, read_noise
from rfr_video.masking.detect.bands import EVIDENCE, band_parts, filled
from rfr_video.masking.detect.neighbours import compared
from rfr_video.masking.detect.planes import Planes
from rfr_video.media.reader import open_reader

FRAMES, RUN = 36, 9
FOLDS = 4
LEAST_SHARE = 0.5
RIDGE = 1.0
COSTLIER = 1.0  # a large part that is wrongly taken costs more than one that is missed: by this logit


@dataclass(frozen=True)
class Samples:
    """Parts: their evidence, how many samples of each are right and wrong to take, and their clips."""

    evidence: Numbers
    right: Numbers
    wrong: Numbers
    clip: NDArray[np.int64]

    def chosen(self, rows: NDArray[np.bool_]) -> "Samples":
        """Return some of them."""
        return Samples(self.evidence[rows], self.right[rows], self.wrong[rows], self.clip[rows])


def gather(path: Path, noise: Sequence[Planes], number: int) -> Iterator[Samples]:
    """Yield the parts of each picture of a clip."""
    with open_reader(path) as reader:
        clean = [Planes.of_frame(frame) for frame in islice(reader.frames(), FRAMES)]
    if number % 2:
        clean = [_upside_down(picture) for picture in clean]
    damaged: list[Planes] = []
    damages: list[Damage | None] = []
    for index, picture in enumerate(clean):
        planes = [plane.copy() for plane in (picture.luma, *picture.chroma)]
        damages.append(lay_noise(planes, noise[(index + number * FRAMES) % len(noise)]))
        damaged.append(Planes(planes[0], tuple(planes[1:])))
    for pictures, truths in ((damaged, damages), (clean, [None] * len(clean))):
        ones = chain.from_iterable(compared(pictures[at : at + RUN]) for at in range(0, len(pictures), RUN))
        for one, damage in zip(ones, truths, strict=True):
            parts = band_parts(one)
            if parts is None:
                continue
            count = len(parts.evidence)
            labels = np.where(filled(parts), parts.labels, 0).ravel()
            right, wrong = np.zeros(count), np.asarray(np.bincount(labels, minlength=count), np.float64)
            if damage is not None:
                there, touched = damage.mask[parts.rows].ravel(), damage.touched[parts.rows].ravel()
                right = np.asarray(np.bincount(labels, there > 0, count), np.float64)
                wrong = np.asarray(np.bincount(labels, (there | touched) == 0, count), np.float64)
            kept = (right + wrong > 0) & (np.arange(count) > 0)
            evidence = parts.evidence[kept].astype(np.float64)
            yield Samples(evidence, right[kept], wrong[kept], np.full(len(evidence), number))


def fitted_to(samples: Samples) -> Numbers:
    """Fit the coefficients; large parts count for more."""
    wanted = (samples.right > LEAST_SHARE * (samples.right + samples.wrong)).astype(np.float64)
    weight = np.sqrt(samples.right + samples.wrong)
    return fit(samples.evidence, wanted, weight / np.mean(weight), ridge=RIDGE)


def report(samples: Samples) -> None:
    """Print how well they are told, and the coefficients."""
    logits = np.zeros(len(samples.clip))
    for fold in range(FOLDS):
        held = samples.clip % FOLDS == fold
        logits[held] = summed("ne,e->n", samples.evidence[held], fitted_to(samples.chosen(~held)))
    for least in (-2.0, -1.0, 0.0, 1.0, 2.0):
        taken = logits > least
        hits, misses = samples.right[taken].sum(), samples.right[~taken].sum()
        false = samples.wrong[taken].sum()
        score = 2 * hits / (2 * hits + misses + false)
        print(f"from {least:+.0f}: precision {hits / (hits + false):.3f}, "
              f"recall {hits / (hits + misses):.3f}, F1 {score:.3f}")  # fmt: skip
    fitted = fitted_to(samples)
    fitted[-1] -= COSTLIER
    print(dict(zip(EVIDENCE, np.round(fitted, 2).tolist(), strict=True)), flush=True)


def _upside_down(picture: Planes) -> Planes:
    luma, *chroma = (np.ascontiguousarray(plane[::-1]) for plane in (picture.luma, *picture.chroma))
    return Planes(luma, tuple(chroma))


def main() -> None:
    """Gather, fit, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--overlay", type=Path, required=True)
    parser.add_argument("--skip", type=int, default=0, help="leave out so many pictures of noise")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    noise = read_noise(given.overlay, frames=100_000)[given.skip :]
    rows = [part for number, path in enumerate(given.clips) for part in gather(path, noise, number)]
    evidence, right, wrong = (
        np.concatenate([getattr(part, name) for part in rows]) for name in ("evidence", "right", "wrong")
    )
    report(Samples(evidence, right, wrong, np.concatenate([part.clip for part in rows])))


if __name__ == "__main__":
    main()
