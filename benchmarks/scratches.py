"""Fit the coefficients by which scratches are told, and print them.

    python benchmarks/scratches.py clips/*.mp4

Scratches are drawn into the first frames of clips, as ``evaluate detect scratches`` does, but from other
seeds; parts that may be scratches are gathered from the damaged and from the clean clips, and the logistic
coefficients of ``rfr_video/masking/detect/scratches.py`` are fitted to whether they are. The table is
cross-validated by clip, in four folds: of the samples of all parts that are long enough, how many are rightly
taken.
"""

import argparse
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from logistic import Numbers, fit
from parts import Parts, report

from rfr_video.evaluation.detect.damage import Damage
from rfr_video.evaluation.detect.scratches import ScratchBurn
from rfr_video.masking.detect.planes import Planes
from rfr_video.masking.detect.scratches import EVIDENCE, LEAST_STRIPS, all_lines, drawn, windows
from rfr_video.media.reader import open_reader

FRAMES = 16
SEEDS = (11, 12)
SIDE_PX = 5  # what is drawn of a part goes so far beyond it, both sides together
LEAST_SHARE = 0.25  # thin scratches are drawn too wide
RIDGE = 1.0
COSTLIER = 1.0  # a line of the scene that is taken away costs more than a scratch that stays: by this logit


def gather(path: Path, number: int) -> Iterator[Parts]:
    """Yield the parts of each picture of a clip: as it is, and with scratches of each seed."""
    with open_reader(path) as reader:
        clean = [Planes.of_frame(frame) for frame in islice(reader.frames(), FRAMES)]
    nothing = Damage(np.zeros_like(clean[0].luma), np.zeros_like(clean[0].luma))
    yield from _parts(clean, [nothing] * len(clean), number)
    for seed in SEEDS:
        generator = np.random.default_rng((seed, number))
        burn = ScratchBurn(frames=len(clean))
        damaged = [Planes(picture.luma.copy()) for picture in clean]
        damages = [burn(at, [picture.luma], generator) for at, picture in enumerate(damaged)]
        yield from _parts(damaged, damages, number)


def _parts(pictures: Sequence[Planes], damages: Sequence[Damage], number: int) -> Iterator[Parts]:
    for (window, at), damage in zip(windows(pictures), damages, strict=True):
        for lines in all_lines(window, at):
            height, width = damage.mask.shape
            taken = drawn(lines, np.arange(len(lines.evidence)) > 0) > 0
            near = cv2.dilate(lines.labels.astype(np.float32), np.ones((1, SIDE_PX), np.uint8))
            whole = cv2.resize(np.where(taken, near, 0), (width, height), interpolation=cv2.INTER_NEAREST)
            labels = np.asarray(whole).ravel().astype(np.intp)
            count = len(lines.evidence)
            right = np.asarray(np.bincount(labels, damage.mask.ravel() > 0, count), np.float64)
            wrong = np.asarray(np.bincount(labels, damage.touched.ravel() == 0, count), np.float64)
            kept = (lines.strips >= LEAST_STRIPS) & (right + wrong > 0)
            kept[0] = False
            evidence = lines.evidence[kept].astype(np.float64)
            yield Parts(evidence, right[kept], wrong[kept], np.full(len(evidence), number))


def fitted_to(parts: Parts) -> Numbers:
    """Fit the coefficients."""
    wanted = (parts.right > LEAST_SHARE * (parts.right + parts.wrong)).astype(np.float64)
    return fit(parts.evidence, wanted, np.ones(len(wanted)), ridge=RIDGE)


def main() -> None:
    """Gather, fit, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="+", type=Path)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    rows = [part for number, path in enumerate(given.clips) for part in gather(path, number)]
    report(Parts.joined(rows), EVIDENCE, fitted_to, limits=(-1.0, 0.0, 1.0, 2.0, 3.0), costlier=COSTLIER)


if __name__ == "__main__":
    main()
