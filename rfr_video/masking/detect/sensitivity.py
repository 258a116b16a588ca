"""What ``--sensitivity`` means to detectors that tell by probability."""

from math import inf, log


def least_logit(sensitivity: float) -> float:
    """Return the logit of 1 less a sensitivity of 0 to 1: what is likelier than that is taken."""
    if sensitivity <= 0:
        return inf
    if sensitivity >= 1:
        return -inf
    return log(1 - sensitivity) - log(sensitivity)
