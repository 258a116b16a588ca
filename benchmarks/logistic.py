"""Fitting logistic coefficients: what the scripts that fit detectors of defects share."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def fit(
    evidence: Numbers, wanted: Numbers, weight: Numbers, *, steps: int = 20, ridge: float = 1e-2
) -> Numbers:
    """Fit coefficients by Newton's method.

    Args:
        evidence: (N, E), the last column 1.
        wanted: (N,), 1 or 0.
        weight: (N,): how much each row counts.
        steps: Of the method.
        ridge: How much coefficients cost, of evidence scaled to a deviation of 1; they would grow without end
            where all rows are told apart.

    Returns:
        (E,): the last one is the bias.
    """
    raw = evidence[:, :-1]
    mean: Numbers = np.mean(raw, axis=0)
    deviation: Numbers = np.std(raw, axis=0)
    scaled: Numbers = np.column_stack([(raw - mean) / deviation, np.ones(len(raw))])
    fitted = np.zeros(scaled.shape[1])
    for _ in range(steps):
        fitted = _improved(fitted, scaled, wanted, weight, ridge)
    slopes = fitted[:-1] / deviation
    return np.append(slopes, float(fitted[-1]) - float(summed("e,e->", slopes, mean)))


def summed(how: str, *arrays: Numbers) -> Numbers:
    """Multiply and sum up, as ``np.einsum`` does."""
    return np.asarray(np.einsum(how, *arrays), np.float64)


def _improved(fitted: Numbers, evidence: Numbers, wanted: Numbers, weight: Numbers, ridge: float) -> Numbers:
    chance: Numbers = 1 / (1 + np.exp(-summed("ne,e->n", evidence, fitted)))
    slope: Numbers = summed("n,ne->e", weight * (chance - wanted), evidence) + ridge * fitted
    scaled = evidence * (weight * chance * (1 - chance))[:, None]
    curve: Numbers = summed("ne,nf->ef", scaled, evidence) + ridge * np.eye(len(fitted))
    return np.asarray(fitted - np.linalg.solve(curve, slope), np.float64)
