"""The camera's own motion, fitted robustly to flow: translation, affine, or that of a plane.

A plane seen by a moving camera makes flow that is quadratic in the picture's coordinates with eight
parameters (H. C. Longuet-Higgins, K. Prazdny, "The interpretation of a moving retinal image", Proc. R. Soc.
London B 208, 1980): a homography to first order in time, and linear in its parameters. Fitted by iteratively
reweighted least squares with Geman-McClure weights, whose scale is lowered step by step.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from rfr_video.motion.flow import Flow

Model = Literal["translation", "affine", "plane"]

SCALES_PX = (16.0, 6.0, 2.0, 1.0, 1.0)
LEAST_GAIN = 0.9
"""A richer model is taken where its residual is below this part of the simpler one's."""

_PARAMETERS: dict[Model, int] = {"translation": 2, "affine": 6, "plane": 8}
_LEAST_WEIGHT = 0.02
_MOST_SAMPLES = 300
_RIDGE = 1e-3

Floats = npt.NDArray[np.floating[Any]]


def camera_motion(
    flow_hw2: Flow,
    weight_hw: npt.NDArray[np.float32],
    *,
    models: Sequence[Model] = ("translation", "affine", "plane"),
) -> Flow:
    """Fit the simplest model that explains the flow, and return its flow everywhere.

    Args:
        flow_hw2: Float32 (H, W, 2).
        weight_hw: How far each is to be believed, float32 (H, W) in [0, 1].
        models: What to try, the simplest first.

    Returns:
        Float32 (H, W, 2); zeros where nothing is to be believed.
    """
    height, width = weight_hw.shape
    rows, columns = np.nonzero(weight_hw > _LEAST_WEIGHT)
    if not len(rows):
        return np.zeros_like(flow_hw2)
    if len(rows) > _MOST_SAMPLES:
        kept = np.linspace(0, len(rows) - 1, _MOST_SAMPLES).astype(np.intp)
        rows, columns = rows[kept], columns[kept]
    scale = 1 / max(height, width)
    x, y = (columns - width / 2) * scale, (rows - height / 2) * scale
    flow = flow_hw2[rows, columns].astype(np.float64).T.copy()
    weight = weight_hw[rows, columns].astype(np.float64)
    best = np.inf
    parameters: Floats = np.zeros(0)
    basis = _basis(x, y) if len(models) > 1 else np.zeros((0, 0))
    for model in models:
        if model == "translation":
            fitted, square = _translation(flow, weight)
        else:
            fitted, square = _fit(basis[:, : _PARAMETERS[model]], flow.ravel(), weight)
        residual = float((weight * square / (1 + square)).sum() / weight.sum())
        if residual < LEAST_GAIN * best:
            best, parameters = residual, fitted
    return _everywhere(parameters, height=height, width=width, scale=scale)


def _everywhere(parameters: Floats, *, height: int, width: int, scale: float) -> Flow:
    p = np.zeros(8, np.float32)
    p[: len(parameters)] = parameters
    x = ((np.arange(width, dtype=np.float32) - width / 2) * scale)[np.newaxis, :]
    y = ((np.arange(height, dtype=np.float32) - height / 2) * scale)[:, np.newaxis]
    flow_hw2 = np.empty((height, width, 2), np.float32)
    quadratic = p[6] * x + p[7] * y
    flow_hw2[:, :, 0] = p[0] + p[2] * x + p[3] * y + x * quadratic
    flow_hw2[:, :, 1] = p[1] + p[4] * x + p[5] * y + y * quadratic
    return flow_hw2


def _basis(x: Floats, y: Floats) -> Floats:
    """Return the parameters' effect on x for all places, then on y: (2 N, 8)."""
    samples = len(x)
    basis = np.zeros((2 * samples, 8))
    first, second = basis[:samples], basis[samples:]
    first[:, 0], first[:, 2], first[:, 3], first[:, 6], first[:, 7] = 1, x, y, x * x, x * y
    second[:, 1], second[:, 4], second[:, 5], second[:, 6], second[:, 7] = 1, x, y, x * y, y * y
    return basis


def _translation(flow: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Return the translation (2,), and what is left of the flow (2, N) at each place, in square pixels."""
    middle = flow.shape[1] // 2
    across, down = np.partition(flow, middle)[:, middle].tolist()
    for scale_px in SCALES_PX:
        share = weight / (1 + _squares(flow[0] - across, flow[1] - down) * scale_px**-2) ** 2
        total = float(share.sum())
        across, down = float((flow[0] * share).sum()) / total, float((flow[1] * share).sum()) / total
    return np.array([across, down]), _squares(flow[0] - across, flow[1] - down)


def _fit(basis: Floats, flow: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Return the parameters, and what is left of the flow (2 N,) at each place, in square pixels."""
    count = len(weight)
    parameters = np.zeros(basis.shape[1])
    parameters[:2] = np.median(flow[:count]), np.median(flow[count:])
    ridge: Floats = np.eye(basis.shape[1]) * _RIDGE
    ridge[:2] = 0
    square = _left(basis, flow, parameters)
    for scale_px in SCALES_PX:
        share = weight / (1 + square / scale_px**2) ** 2
        weighted = basis * np.concatenate([share, share])[:, np.newaxis]
        normal: Floats = weighted.T @ basis + (ridge + 1e-9 * np.eye(len(ridge))) * share.sum()
        parameters = _solved(normal, weighted.T @ flow)
        square = _left(basis, flow, parameters)
    return parameters, square


def _solved(normal: Floats, target: Floats) -> Floats:
    solution: Any = np.linalg.solve(normal, target)
    return solution


def _left(basis: Floats, flow: Floats, parameters: Floats) -> Floats:
    across, down = (basis @ parameters - flow).reshape(2, -1)
    return _squares(across, down)


def _squares(across: Floats, down: Floats) -> Floats:
    return across * across + down * down
