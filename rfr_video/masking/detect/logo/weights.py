"""How much every trait tells overlays from scenes: logistic regression, with a bend per trait.

Fitted on videos made of photographs, with logos burned in and without; benchmarks/logo.py prints the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

MOST_BEND = 3.0
"""Spreads from the centre from which on a trait bends no more."""


@dataclass(frozen=True)
class Weight:
    """Of a trait: usual value, spread, and what a spread more, and spreads squared, add to a logit."""

    centre: float
    spread: float
    slope: float
    bend: float

    def logit(self, value: float) -> float:
        """Return what a value adds."""
        spreads = (value - self.centre) / self.spread
        return self.slope * spreads + self.bend * float(np.clip(spreads, -MOST_BEND, MOST_BEND)) ** 2


CONSTANT = -2.8016

WEIGHTS: Mapping[str, Weight] = {
    "edges": Weight(0.8984, 0.7289, 1.5711, 0.0886),
    "strength": Weight(2.6431, 0.8014, -0.6859, -0.3152),
    "edges beside": Weight(-0.1404, 0.6985, -0.1322, -0.0123),
    "edges around": Weight(-0.3660, 0.7318, -0.8976, 0.0922),
    "ground": Weight(1.2770, 0.6451, 0.1556, 0.0782),
    "sharp": Weight(2.2332, 1.2617, 0.9089, -0.3873),
    "least sharp": Weight(1.6872, 1.0423, -0.0030, 0.1258),
    "closed": Weight(0.9432, 0.0913, 0.1338, -0.0139),
    "distinct": Weight(-0.0961, 0.8537, -0.5532, -0.1663),
    "flat": Weight(0.1102, 0.1961, 1.3766, -0.2583),
    "of two colours": Weight(0.5179, 0.2532, -0.7659, -0.0991),
    "ground of two colours": Weight(0.5474, 0.2199, -0.0192, -0.1222),
    "white": Weight(0.0343, 0.1180, 0.1403, -0.0067),
    "colourful": Weight(3.1002, 0.7095, 0.2688, -0.0503),
    "more colourful": Weight(0.1825, 0.5560, 0.1931, 0.0638),
    "filled": Weight(0.4219, 0.2132, 1.0692, -0.0974),
    "rough": Weight(2.7510, 0.3152, 0.2877, -0.1766),
    "stays": Weight(1.5038, 1.1860, -0.1462, 0.0334),
    "stands out": Weight(0.1442, 1.3342, -0.0430, -0.2442),
    "scene": Weight(-4.0070, 2.0698, 0.7975, -0.2884),
    "own unrest": Weight(-3.8812, 1.9966, -0.8352, -0.0510),
    "worst unrest": Weight(-3.5319, 2.0087, 0.3041, -0.0158),
    "rim's unrest": Weight(-3.2658, 2.0013, -0.1128, -0.0340),
    "rim's worst unrest": Weight(-2.5607, 1.8478, 0.0764, 0.1345),
    "still rim": Weight(0.8005, 0.3523, -0.1915, -0.5092),
    "still edges": Weight(0.7865, 0.3674, 0.4419, 0.0768),
    "still beside": Weight(0.5556, 0.4157, -0.1575, 0.1954),
    "structure beside": Weight(0.7081, 0.2790, 0.1759, -0.0063),
    "calm": Weight(-0.0334, 0.4996, 0.5277, -0.0458),
    "calm where most changes": Weight(0.0604, 0.5263, 0.7971, -0.2871),
}


def logit(seen: Mapping[str, float]) -> float:
    """Return how much more likely it is that something is an overlay than that it is not, as a logarithm."""
    return CONSTANT + sum(weight.logit(seen[name]) for name, weight in WEIGHTS.items())
