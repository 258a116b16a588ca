"""How sure it is that a followed line is burned-in text: logistic regression on nine numbers.

Fitted on captions of `rfr_video.evaluation.detect.captions` over clean clips, and on what was followed in
those clips without any; benchmarks/text.py prints the weights.
"""

import math

from rfr_video.masking.detect.text.track import Followed

_LONGEST_SECONDS = 2.0
_MOST_CONTRAST = 80.0
_MOST_LETTERS = 20
WEIGHTS = {
    "constant": -13.26,
    "likeness": 7.4,
    "seconds": 1.99,
    "noise": -0.69,
    "contrast": 0.7,
    "letters": 0.69,
    "unrest": 0.95,
    "edge": 1.46,
    "other edge": 1.29,
    "drift": -0.69,
}
_WITNESS = 0.15
UNWITNESSED = 0.4
"""The most for what was never seen to come, to go, or to stay while its surroundings change."""


def features(found: Followed, *, rate: float) -> dict[str, float]:
    """Return what tells text from texture, by name.

    Args:
        found: A line.
        rate: Frames per second.
    """
    seconds = found.frames / rate
    weaker, stronger = sorted((found.come.salience, found.gone.salience))
    return {
        "constant": 1.0,
        "likeness": found.likeness,
        "seconds": math.log(min(seconds, _LONGEST_SECONDS)),
        "noise": math.log((found.restlessness + 2) / (found.contrast + 4)),
        "contrast": math.log(min(found.contrast, _MOST_CONTRAST) + 4),
        "letters": math.log(min(found.line.letters, _MOST_LETTERS)),
        "unrest": math.log((found.unrest + 1) / (found.restlessness + 1)),
        "edge": max(stronger, 0.0),
        "other edge": max(weaker, 0.0),
        "drift": math.log(found.drift_px + 0.03),
    }


def confidence(found: Followed, *, rate: float) -> float:
    """Return how sure it is, 0 to 1; see :func:`features`."""
    seen = features(found, rate=rate)
    total = sum(weight * seen[name] for name, weight in WEIGHTS.items())
    sure = 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
    witnessed = max(seen["edge"], seen["unrest"]) >= _WITNESS
    return sure if witnessed else min(sure, UNWITNESSED)
