"""Parts of pictures that may be damaged, and how well they are told: what scripts that fit to them share."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from logistic import Numbers, summed
from numpy.typing import NDArray

from rfr_video.evaluation.detect.noise import read_noise
from rfr_video.masking.detect.planes import Planes

FOLDS = 4


@dataclass(frozen=True)
class Parts:
    """Parts: their evidence, how many samples of each are right and wrong to take, and their clips."""

    evidence: Numbers
    right: Numbers
    wrong: Numbers
    clip: NDArray[np.int64]

    @classmethod
    def joined(cls, rows: Sequence[Self]) -> Self:
        """Return all parts of several."""
        columns = ("evidence", "right", "wrong", "clip")
        return cls(*(np.concatenate([getattr(one, name) for one in rows]) for name in columns))

    def chosen(self, rows: NDArray[np.bool_]) -> "Parts":
        """Return some of them."""
        return Parts(self.evidence[rows], self.right[rows], self.wrong[rows], self.clip[rows])


def report(
    parts: Parts,
    names: Sequence[str],
    fitted_to: Callable[[Parts], Numbers],
    *,
    limits: Sequence[float],
    costlier: float,
) -> None:
    """Print how well parts of clips are told by what was fitted to other clips, and the coefficients.

    Args:
        parts: Of all clips.
        names: Of their evidence.
        fitted_to: Fits the coefficients to parts.
        limits: Logits from which on parts are taken.
        costlier: What the bias is lowered by.
    """
    logits = np.zeros(len(parts.clip))
    for fold in range(FOLDS):
        held = parts.clip % FOLDS == fold
        logits[held] = summed("ne,e->n", parts.evidence[held], fitted_to(parts.chosen(~held)))
    for least in limits:
        taken = logits > least
        hits, misses = parts.right[taken].sum(), parts.right[~taken].sum()
        false = parts.wrong[taken].sum()
        score = 2 * hits / (2 * hits + misses + false)
        print(f"from {least:+.0f}: precision {hits / (hits + false):.3f}, "
              f"recall {hits / (hits + misses):.3f}, F1 {score:.3f}")  # fmt: skip
    fitted = fitted_to(parts)
    fitted[-1] -= costlier
    print(dict(zip(names, np.round(fitted, 2).tolist(), strict=True)), flush=True)


def clips_and_noise(description: str | None) -> tuple[list[Path], list[Planes]]:
    """Read the command line of a script that lays noise of a tape over clips."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--overlay", type=Path, required=True)
    parser.add_argument("--skip", type=int, default=0, help="leave out so many pictures of noise")
    given = parser.parse_args()
    return given.clips, read_noise(given.overlay, frames=100_000)[given.skip :]


def upside_down(picture: Planes) -> Planes:
    """Return a picture whose bottom, where the noise of tapes is, is its top."""
    luma, *chroma = (np.ascontiguousarray(plane[::-1]) for plane in (picture.luma, *picture.chroma))
    return Planes(luma, tuple(chroma))
