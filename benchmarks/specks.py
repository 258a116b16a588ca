"""Fit the coefficients by which snow is told, and print them.

    python benchmarks/specks.py clips/*.mp4 --overlay noise.webm [--skip N]

The noise of a tape, recorded on black, is laid over the first frames of clips, of which small ones are
brought to 480 lines: over each as it is, and as a negative, so that specks are dark and bright; one of both
is turned upside down; and both are shown whole, and as fields of one parity. First the network of
``rfr_video/masking/detect/speck_samples.py`` is fitted to the samples of the lines that ``specks.py``
suspects, in the damaged and in the clean clips: its weights are printed unit by unit, those of the output
last. Then the logistic coefficients of crowds are fitted to whether more samples of a block of lines are
rightly than wrongly taken. How well both tell is cross-validated by clip, in three folds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

import cv2
import numpy as np
import torch
from logistic import Numbers, fit, summed
from numpy.typing import NDArray
from parts import clips_and_noise, upside_down
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from rfr_video.evaluation.detect.noise import lay_noise
from rfr_video.masking.detect import speck_samples
from rfr_video.masking.detect.neighbours import Compared, compared
from rfr_video.masking.detect.planes import Planes
from rfr_video.masking.detect.specks import CROWD_EVIDENCE, crowds_in, suspected_rows
from rfr_video.media.hole import Mask
from rfr_video.media.reader import open_reader

FRAMES = 7
FOLDS = 3
HIDDEN, STEPS, BATCH, RATE = 16, 6000, 8192, 1e-2
MOST_SAMPLES = 5000
RIDGE = 1.0
COSTLIER = 1.0  # a crowd that is none costs more than one that is missed: by this logit
LEAST_ROWS = 480
BLACK_AND_WHITE = 16 + 235


@dataclass(frozen=True, eq=False)
class Lines:
    """Suspected lines of a picture: which samples are specks, and which of them count."""

    clip: int
    one: Compared
    rows: slice
    samples: speck_samples.Samples
    is_speck: NDArray[np.bool_]
    counts: NDArray[np.bool_]

    def drawn(self, generator: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Draw samples: their evidence (N, E), and whether they are specks, 1 or 0."""
        kept = np.flatnonzero(self.counts[self.samples.at])
        kept = generator.permutation(kept)[:MOST_SAMPLES]
        return self.samples.evidence[:, kept].T, self.is_speck[self.samples.at][kept].astype(np.float32)


def gather(path: Path, noise: Sequence[Planes], number: int) -> Iterator[Lines]:
    """Yield the suspected lines of each picture of a clip, damaged and clean."""
    with open_reader(path) as reader:
        frames = [_large(Planes.of_frame(frame)) for frame in islice(reader.frames(), FRAMES)]
    for turn, (is_negative, is_field) in enumerate(product((False, True), repeat=2)):
        is_turned = is_negative is (number % 2 == 0)
        clean = [upside_down(picture) if is_turned else picture for picture in frames]
        damaged: list[Planes] = []
        truths: list[tuple[Mask, Mask]] = []
        for index, picture in enumerate(clean):
            planes = [plane.copy() for plane in (picture.luma, *picture.chroma)]
            damage = lay_noise(planes, noise[(index + (4 * number + turn) * FRAMES) % len(noise)])
            truths.append((damage.mask, damage.touched))
            damaged.append(Planes(planes[0], tuple(planes[1:])))
        nothing = np.zeros_like(clean[0].luma)
        lines = slice(number % 2, None, 2) if is_field else slice(None)
        for pictures, theirs in ((damaged, truths), (clean, [(nothing, nothing)] * len(clean))):
            shown = (_some(_negative(picture) if is_negative else picture, lines) for picture in pictures)
            for one, (mask, touched) in zip(compared(shown), theirs, strict=True):
                rows = suspected_rows(one)
                crowds = None if rows is None else crowds_in(one, rows)
                if crowds is not None:
                    is_speck = mask[lines][crowds.rows] > 0
                    counts = is_speck | (touched[lines][crowds.rows] == 0)
                    yield Lines(number, one, crowds.rows, crowds.samples, is_speck, counts)


def fit_network(lines: Sequence[Lines]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the weights of the hidden layer and of the output."""
    torch.manual_seed(0)
    generator = np.random.default_rng(0)
    drawn = [one.drawn(generator) for one in lines]
    evidence = torch.from_numpy(np.concatenate([part for part, _ in drawn]))
    wanted = torch.from_numpy(np.concatenate([part for _, part in drawn]))
    mean, deviation = evidence[:, :-1].mean(dim=0), evidence[:, :-1].std(dim=0)
    hidden, output = nn.Linear(len(mean), HIDDEN), nn.Linear(HIDDEN, 1)
    network = nn.Sequential(hidden, nn.Tanh(), output)
    optimizer = torch.optim.Adam(network.parameters(), RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for _ in range(STEPS):
        rows = torch.randint(0, len(wanted), (BATCH,))
        told = network((evidence[rows, :-1] - mean) / deviation)[:, 0]
        loss = binary_cross_entropy_with_logits(told, wanted[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        slopes = hidden.weight / deviation
        bias = hidden.bias - (slopes * mean).sum(dim=1)
        weights = torch.cat([slopes, bias[:, None]], dim=1)
        return weights.numpy(), torch.cat([output.weight[0], output.bias]).numpy()


def use(weights: tuple[NDArray[np.float32], NDArray[np.float32]]) -> None:
    """Let the detector work with other weights of the network."""
    speck_samples.HIDDEN_WEIGHTS[:], speck_samples.OUTPUT_WEIGHTS[:] = (np.round(part, 2) for part in weights)


def blocks(lines: Sequence[Lines]) -> tuple[Numbers, Numbers, Numbers]:
    """Return the evidence on blocks of lines, and how many samples are right and wrong to take there."""
    parts: list[tuple[Numbers, Numbers, Numbers]] = []
    for one in lines:
        crowds = crowds_in(one.one, one.rows)
        assert crowds is not None
        count = len(crowds.evidence)
        taken = crowds.logits > 0
        right, wrong = (
            np.asarray(
                cv2.resize(plane * (plane.size / count), (1, count), interpolation=cv2.INTER_AREA), np.float64
            )[:, 0]
            for plane in (taken & one.is_speck, taken & ~one.is_speck & one.counts)
        )
        parts.append((crowds.evidence.astype(np.float64), right, wrong))
    evidence, right, wrong = (np.concatenate(column) for column in zip(*parts, strict=True))
    return evidence, right, wrong


def fit_crowds(lines: Sequence[Lines]) -> Numbers:
    """Fit the coefficients of crowds; blocks count for more where more is taken."""
    evidence, right, wrong = blocks(lines)
    weight = np.sqrt(right + wrong)
    fitted = fit(evidence, (right > wrong).astype(np.float64), weight / np.mean(weight), ridge=RIDGE)
    fitted[-1] -= COSTLIER
    return fitted


def validate(lines: Sequence[Lines]) -> None:
    """Print how well clips are told by coefficients that were fitted to others."""
    hits = false = there = 0.0
    for fold in range(FOLDS):
        held = [one for one in lines if one.clip % FOLDS == fold]
        known = [one for one in lines if one.clip % FOLDS != fold]
        use(fit_network(known))
        crowds = fit_crowds(known)
        for one in held:
            evidence, right, wrong = blocks([one])
            taken = summed("be,e->b", evidence, crowds) > 0
            hits, there = hits + right[taken].sum(), there + one.is_speck.sum()
            false += wrong[taken].sum()
    precision, recall = hits / (hits + false), hits / there
    score = 2 * precision * recall / (precision + recall)
    print(f"precision {precision:.3f}, recall {recall:.3f}, F1 {score:.3f}", flush=True)


def _large(picture: Planes) -> Planes:
    """Return a picture of at least so many rows that a line of the noise is one of them."""
    height, width = picture.luma.shape
    if height >= LEAST_ROWS:
        return picture
    half = (round(width * LEAST_ROWS / height / 2), LEAST_ROWS // 2)
    sizes = ((2 * half[0], LEAST_ROWS), half, half)
    luma, *chroma = (
        np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_CUBIC), np.uint8)
        for plane, size in zip((picture.luma, *picture.chroma), sizes, strict=False)
    )
    return Planes(luma, tuple(chroma))


def _some(picture: Planes, lines: slice) -> Planes:
    luma, *chroma = (np.ascontiguousarray(plane[lines]) for plane in (picture.luma, *picture.chroma))
    return Planes(luma, tuple(chroma))


def _negative(picture: Planes) -> Planes:
    luma = np.clip(BLACK_AND_WHITE - picture.luma.astype(np.int16), 0, 255).astype(np.uint8)
    return Planes(luma, tuple(255 - plane for plane in picture.chroma))


def main() -> None:
    """Gather, fit, print."""
    clips, noise = clips_and_noise(__doc__)
    cv2.setNumThreads(1)
    lines = [part for number, path in enumerate(clips) for part in gather(path, noise, number)]
    validate(lines)
    network = fit_network(lines)
    use(network)
    for part in (*network[0], network[1]):
        print(", ".join(f"{weight:.2f}" for weight in part.tolist()))
    print(dict(zip(CROWD_EVIDENCE, np.round(fit_crowds(lines), 2).tolist(), strict=True)), flush=True)


if __name__ == "__main__":
    main()
