"""Fit the coefficients by which bands of noise are told, and print them.

    python benchmarks/bands.py clips/*.mp4 --overlay noise.mp4 [--skip N]

The noise of a tape, recorded on black, is laid over the first frames of clips, every other clip upside down,
in shots of nine pictures; parts that may be bands are gathered from the damaged and from the clean clips, and
the logistic coefficients of ``rfr_video/masking/detect/bands.py`` are fitted to whether they are. The table
is cross-validated by clip, in four folds: of the samples of all parts, how many are rightly taken.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import cv2
import numpy as np
from logistic import Numbers, fit
from parts import Parts, clips_and_noise, report, upside_down

from rfr_video.evaluation.detect.damage import Damage
from rfr_video.evaluation.detect.noise import lay_noise
from rfr_video.masking.detect.bands import EVIDENCE, band_parts, filled
from rfr_video.masking.detect.neighbours import compared
from rfr_video.masking.detect.planes import Planes
from rfr_video.media.reader import open_reader

FRAMES, RUN = 36, 9
LEAST_SHARE = 0.5
RIDGE = 1.0
COSTLIER = 1.0  # a large part that is wrongly taken costs more than one that is missed: by this logit


def gather(path: Path, noise: Sequence[Planes], number: int) -> Iterator[Parts]:
    """Yield the parts of each picture of a clip."""
    with open_reader(path) as reader:
        clean = [Planes.of_frame(frame) for frame in islice(reader.frames(), FRAMES)]
    if number % 2:
        clean = [upside_down(picture) for picture in clean]
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
            yield Parts(evidence, right[kept], wrong[kept], np.full(len(evidence), number))


def fitted_to(samples: Parts) -> Numbers:
    """Fit the coefficients; large parts count for more."""
    wanted = (samples.right > LEAST_SHARE * (samples.right + samples.wrong)).astype(np.float64)
    weight = np.sqrt(samples.right + samples.wrong)
    return fit(samples.evidence, wanted, weight / np.mean(weight), ridge=RIDGE)


def main() -> None:
    """Gather, fit, print."""
    clips, noise = clips_and_noise(__doc__)
    cv2.setNumThreads(1)
    rows = [part for number, path in enumerate(clips) for part in gather(path, noise, number)]
    report(Parts.joined(rows), EVIDENCE, fitted_to, limits=(-2.0, -1.0, 0.0, 1.0, 2.0), costlier=COSTLIER)


if __name__ == "__main__":
    main()
