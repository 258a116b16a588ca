"""What a device says when it fails, in our words: torch has many texts for few things."""

from collections.abc import Generator
from contextlib import contextmanager

import torch

from rfr_video.errors import DeviceError

# Other texts than torch.OutOfMemoryError's own: CPU and Apple GPUs, pinned memory, cuBLAS, cuDNN (which finds
# no algorithm whose workspace fits).
_OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "alloc_failed", "unable to find an engine")


@contextmanager
def device_failures_named() -> Generator[None]:
    """Raise torch.OutOfMemoryError for all that means it, and DeviceError when a device fails."""
    try:
        yield
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        text = str(error)
        if any(sign in text.lower() for sign in _OUT_OF_MEMORY):
            raise torch.OutOfMemoryError(text) from error
        if not isinstance(error, torch.AcceleratorError):
            raise
        raise DeviceError(
            f"the device failed ({_line(error)}); look after its driver, or run on the CPU with --device cpu"
        ) from error


@contextmanager
def no_room_means_failure(what: str, *, advice: str) -> Generator[None]:
    """Raise DeviceError also where memory does not suffice.

    Args:
        what: Which device has no room for what, such as ``cuda:0 has too little memory to learn``.
        advice: What to do about it.
    """
    try:
        with device_failures_named():
            yield
    except torch.OutOfMemoryError as error:
        raise DeviceError(f"{what} ({_line(error)}); {advice}") from error


def _line(error: Exception) -> str:
    return str(error).partition("\n")[0]
