"""Telling the object's pixels from others by what they look like and where they are.

Method: one hidden layer of random rectified units, of which only the weights of the output are learnt, by
ridge regression: G.-B. Huang, Q.-Y. Zhu, C.-K. Siew, "Extreme learning machine", Neurocomputing 2006. Its
normal equations add up, so that what was seen long ago can be weighted down.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.masking.carry.look import LOOK_SIZE

PLACE_SIZE = 2
_UNITS = 128
_SEED = 0
_RIDGE = 1e-3


@dataclass(frozen=True)
class Evidence:
    """The normal equations of a weighted least-squares problem.

    Attributes:
        products: Float64 (D, D).
        targets: Float64 (D,).
    """

    products: npt.NDArray[np.float64]
    targets: npt.NDArray[np.float64]

    def __add__(self, other: "Evidence") -> "Evidence":
        return Evidence(self.products + other.products, self.targets + other.targets)

    def __mul__(self, weight: float) -> "Evidence":
        return Evidence(self.products * weight, self.targets * weight)


class PixelClassifier:
    """Scores pixels: about +1 for the object's, about −1 for others.

    Args:
        centre: What the average pixel looks like, float32 (10,).
    """

    def __init__(self, centre: npt.NDArray[np.float32]) -> None:
        random = np.random.default_rng(_SEED)
        self._centre = np.concatenate([centre, np.zeros(PLACE_SIZE, np.float32)])
        size = LOOK_SIZE + PLACE_SIZE
        self._inner = (random.normal(size=(size, _UNITS)) / np.sqrt(3)).astype(np.float32)
        self._inner[LOOK_SIZE:] *= 0.85  # where a pixel is says less than what it looks like
        self._bias = random.normal(size=_UNITS).astype(np.float32)
        self._outer = np.zeros(_UNITS + 1, np.float32)

    def evidence(
        self,
        pixels: npt.NDArray[np.float32],
        labels: npt.NDArray[np.float32],
        weights: npt.NDArray[np.float32],
    ) -> Evidence:
        """Sum pixels up to learn from.

        Args:
            pixels: Float32 (N, 12): look and place.
            labels: Float32 (N,): +1 for the object's, −1 for others.
            weights: Float32 (N,), at least 0.
        """
        units = self._activations(pixels)
        weighted = units * weights[:, np.newaxis]
        products = _product(weighted, units, flags=cv2.GEMM_1_T)
        targets = _product(weighted, labels[:, np.newaxis], flags=cv2.GEMM_1_T)
        return Evidence(products.astype(np.float64), targets[:, 0].astype(np.float64))

    def learn(self, evidence: Evidence) -> None:
        """Learn from all the evidence there is; what was learnt before is forgotten."""
        total = evidence.products[-1, -1]
        products = evidence.products / total + _RIDGE * np.eye(len(evidence.targets))
        targets = evidence.targets[:, np.newaxis] / total
        outer = np.empty_like(targets)
        cv2.solve(products, targets, outer, flags=cv2.DECOMP_CHOLESKY)
        self._outer = outer[:, 0].astype(np.float32)

    def score(self, pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Score pixels, float32 (N, 12) → float32 (N,)."""
        if not len(pixels):
            return np.empty(0, np.float32)
        return _product(self._activations(pixels), self._outer[:, np.newaxis])[:, 0]

    def _activations(self, pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        units = np.empty((len(pixels), _UNITS + 1), np.float32)
        inner = _product(pixels - self._centre, self._inner)
        inner += self._bias
        np.maximum(inner, 0, out=units[:, :-1])
        units[:, -1] = 1
        return units


def _product(
    first: npt.NDArray[np.float32], second: npt.NDArray[np.float32], *, flags: int = 0
) -> npt.NDArray[np.float32]:
    """Multiply matrices by OpenCV: the threads of numpy's library spin where others are at work."""
    nothing = np.empty((0, 0), np.float32)
    return np.asarray(cv2.gemm(first, second, 1.0, nothing, 0.0, flags=flags), np.float32)
