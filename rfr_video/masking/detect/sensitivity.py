"""What ``--sensitivity`` means to detectors that tell by probability or confidence."""

from math import inf, log

import numpy as np


def least_logit(sensitivity: float) -> float:
    """Return the logit of 1 less a sensitivity of 0 to 1: what is likelier than that is taken."""
    if sensitivity <= 0:
        return inf
    if sensitivity >= 1:
        return -inf
    return log(1 - sensitivity) - log(sensitivity)


def least_confidence(sensitivity: float) -> float:
    """Return from what confidence on something counts: 0.5 at the default, 0.1 at the highest sensitivity."""
    return float(np.interp(sensitivity, (0, 0.5, 1), (0.9, 0.5, 0.1)))
