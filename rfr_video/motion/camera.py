"""The camera's own motion, fitted robustly to flow: translation, affine, or that of a plane.

A plane seen by a moving camera makes flow that is quadratic in the picture's coordinates with eight
parameters (H. C. Longuet-Higgins, K. Prazdny, "The interpretation of a moving retinal image", Proc. R. Soc.
London B 208, 1980): a homography to first order in time, and linear in its parameters. Fitted by iteratively
reweighted least squares with Geman-McClure weights, whose scale is lowered step by step.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from rfr_video.motion.flow import Flow

SCALES_PX = (16.0, 8.0, 4.0, 2.0, 1.0, 1.0)
LEAST_GAIN = 0.9
"""A richer model is taken where its residual is below this part of the simpler one's."""

_LEAST_WEIGHT = 0.02
_MOST_SAMPLES = 600
_RIDGE = 1e-3

Floats = npt.NDArray[np.floating[Any]]


def camera_motion(flow_hw2: Flow, weight_hw: npt.NDArray[np.float32]) -> Flow:
    """Fit the simplest model that explains the flow, and return its flow everywhere.

    Args:
        flow_hw2: Float32 (H, W, 2).
        weight_hw: How far each is to be believed, float32 (H, W) in [0, 1].

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
    flow = flow_hw2[rows, columns].astype(np.float64).T.ravel()
    weight = weight_hw[rows, columns].astype(np.float64)
    best = np.inf
    parameters: Floats = np.zeros(0)
    for count in (2, 6, 8):
        fitted, residual = _fit(_basis(x, y, count), flow, weight)
        if residual < LEAST_GAIN * best:
            best, parameters = residual, fitted
    all_rows, all_columns = np.nonzero(np.ones((height, width), np.bool_))
    all_x, all_y = (all_columns - width / 2) * scale, (all_rows - height / 2) * scale
    everywhere = _basis(all_x, all_y, len(parameters)) @ parameters
    return everywhere.reshape(2, height, width).transpose(1, 2, 0).astype(np.float32)


def _basis(x: Floats, y: Floats, count: int) -> Floats:
    """Return the first parameters' effect on x for all places, then on y: (2 N, count)."""
    one, zero = np.ones_like(x), np.zeros_like(x)
    on_x = (one, zero, x, y, zero, zero, x * x, x * y)
    on_y = (zero, one, zero, zero, x, y, x * y, y * y)
    return np.concatenate([np.stack(on_x[:count], axis=1), np.stack(on_y[:count], axis=1)])


def _fit(basis: Floats, flow: Floats, weight: Floats) -> tuple[Floats, float]:
    """Return the parameters, and the robust mean of the residual in square pixels."""
    count = len(weight)
    parameters = np.zeros(basis.shape[1])
    parameters[:2] = np.median(flow[:count]), np.median(flow[count:])
    ridge: Floats = np.eye(basis.shape[1]) * _RIDGE
    ridge[:2] = 0
    for scale_px in SCALES_PX:
        square = _squares(basis, flow, parameters)
        share: Floats = np.tile(weight / (1 + square / scale_px**2) ** 2, 2)
        weighted = basis * share[:, np.newaxis]
        normal: Floats = weighted.T @ basis + (ridge + 1e-9 * np.eye(len(ridge))) * share.sum()
        target: Floats = weighted.T @ flow
        parameters = _solved(normal, target)
    square = _squares(basis, flow, parameters)
    return parameters, float((weight * square / (1 + square)).sum() / weight.sum())


def _solved(normal: Floats, target: Floats) -> Floats:
    solution: Any = np.linalg.solve(normal, target)
    return solution


def _squares(basis: Floats, flow: Floats, parameters: Floats) -> Floats:
    residual = (basis @ parameters - flow).reshape(2, -1)
    return residual[0] ** 2 + residual[1] ** 2
