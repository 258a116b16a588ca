"""Feature networks with random weights."""

import numpy as np
import torch
from numpy.typing import NDArray

from rfr_video.perception.squeezenet import SqueezeNet


def random_arrays(seed: int = 1) -> dict[str, NDArray[np.float32]]:
    """Arrays under the names of SqueezeNet's release that keep the scale of what flows through."""
    draw = np.random.default_rng(seed)
    with torch.device("meta"):
        shapes = {name: tuple(value.shape) for name, value in SqueezeNet().state_dict().items()}
    arrays: dict[str, NDArray[np.float32]] = {}
    for name, shape in shapes.items():
        scale = (2 / np.prod(shape[1:])) ** 0.5 if len(shape) == 4 else 0.01
        layer, dot, rest = name.partition(".conv")
        arrays[f"{layer}/conv{rest}" if dot else name] = scale * draw.standard_normal(shape, np.float32)
    return arrays
