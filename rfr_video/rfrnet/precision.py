"""Which device, and which precision on it."""

from typing import Literal

import numpy as np
import torch

from rfr_video.errors import UsageError
from rfr_video.rfrnet.lane import Lane

Precision = Literal["auto", "float32", "bfloat16"]

PROBE_PX = 64


def choose_device(name: str) -> torch.device:
    """Resolve ``auto`` or a device of torch; raises :class:`UsageError` where there is no such device."""
    if name == "auto":
        gpu = "mps" if torch.backends.mps.is_available() else None
        name = "cuda" if torch.cuda.is_available() else gpu or "cpu"
    try:
        return torch.empty(1, device=name).device  # with its number: "cuda" is another one in another thread
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).partition("\n")[0]
        raise UsageError(
            f"device {name!r} cannot be used ({reason}); give cpu, cuda, cuda:N or mps"
        ) from error


def choose_dtype(device: torch.device, precision: Precision) -> torch.dtype:
    """Return what is asked for, or bfloat16 where a CUDA device computes in it, or float32."""
    if precision != "auto":
        return getattr(torch, precision)
    if device.type == "cuda" and has_bfloat16_units(device):
        return torch.bfloat16
    return torch.float32


def has_bfloat16_units(device: torch.device) -> bool:
    """Whether a device has units that compute in bfloat16, and so is faster in it than in float32."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu" and hasattr(torch.cpu, "get_capabilities"):
        capabilities = torch.cpu.get_capabilities()
        return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
    return False


def disagreement(fast: Lane, exact: Lane) -> float:
    """Return the relative difference of two lanes on a small picture with a hole; NaN counts."""
    draw = np.random.default_rng(0)
    image_hw3 = draw.random((PROBE_PX, PROBE_PX, 3), np.float32)
    known_hw = np.ones((PROBE_PX, PROBE_PX), np.float32)
    known_hw[PROBE_PX // 4 : -PROBE_PX // 4, PROBE_PX // 4 : -PROBE_PX // 4] = 0
    seen, wanted = (lane.submit([image_hw3], [known_hw], recurrences=None).result() for lane in (fast, exact))
    return float(np.linalg.norm(seen - wanted) / np.linalg.norm(wanted))
