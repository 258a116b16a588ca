"""RAFT through torchvision: the better optical flow, where a GPU, torchvision and weights are at hand.

Method: Z. Teed, J. Deng, "RAFT: Recurrent All-Pairs Field Transforms for Optical Flow", ECCV 2020.
torchvision is needed for this alone and imported only here; the package's extra ``raft`` installs it. Nothing
is downloaded.
"""

import pickle
import threading
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import numpy.typing as npt
import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn import functional

from rfr_video.errors import DeviceError, UsageError, WeightsError

LEAST_SIDE_PX = 128  # its coarsest correlations are at 1/64 of the size and need two samples there
LARGEST_PX = 1280 * 720  # all pairs: the memory grows with the square of this, 1.1 GB of correlations here
FLOW_UPDATES = 12

_STEP_PX = 8
_NAMED_AT_MOST = 3
_LARGE_ONLY = "mask_predictor."
_WANTED = (
    "give the state dict of torchvision's raft_large or raft_small, such as "
    "raft_large_C_T_SKHT_V2-ff5fadd5.pth, as .pth or .safetensors"
)


class RaftEstimator:
    """Measures optical flow with RAFT. Threads may share it; they take turns.

    Args:
        weights: A state dict of torchvision's ``raft_large`` or ``raft_small``; its names tell which.
        device: Where to compute: ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
        updates: How often the flow is refined, 1 or more.
        largest_px: Pictures with more pixels than this are measured at half their size.

    Raises:
        UsageError: torchvision cannot be imported, the device is not there, or a number is out of its range.
        WeightsError: The file is missing, damaged, or not exactly the network's.
    """

    def __init__(
        self,
        weights: Path,
        device: str,
        *,
        updates: int = FLOW_UPDATES,
        largest_px: int = LARGEST_PX,
    ) -> None:
        if updates < 1 or largest_px < LEAST_SIDE_PX**2:
            raise UsageError(
                f"RAFT is asked for {updates} updates on at most {largest_px} pixels; give 1 or more "
                f"updates, and {LEAST_SIDE_PX**2} or more pixels"
            )
        self._device = _device(device)
        self._network = _load(weights).to(self._device)
        self._updates = updates
        self._largest_px = largest_px
        self._turn = threading.Lock()  # the network keeps its correlations in itself

    def flow(self, first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Measure where what is seen in the first picture is in the second.

        Args:
            first: Uint8 (H, W, 3) RGB, or (H, W) gray. Sides under 128 pixels are padded, with little to be
            seen.
            second: Of the same shape.

        Returns:
            Float32 (H, W, 2), x then y, in pixels: what is at p in the first is at p + flow(p) in the second.

        Raises:
            UsageError: The shapes or types are others.
            DeviceError: The device failed, or has too little memory.
        """
        _check(first, second)
        height, width = first.shape[:2]
        if height * width <= self._largest_px:
            return self._measure(first, second)
        half = (width // 2, height // 2)
        small_hw2 = self._measure(
            cv2.resize(first, half, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False),
            cv2.resize(second, half, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False),
        )
        large_hw2 = cv2.resize(small_hw2, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(large_hw2 * np.array([width / half[0], height / half[1]], np.float32), np.float32)

    def _measure(
        self, first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]
    ) -> npt.NDArray[np.float32]:
        height, width = first.shape[:2]
        left, right = _padding(width)
        above, below = _padding(height)
        sides = (left, right, above, below)
        try:
            with torch.inference_mode(), self._turn:
                images = [self._image(picture, sides) for picture in (first, second)]
                flow_12hw: Tensor = self._network(*images, num_flow_updates=self._updates)[-1]
                flow_2hw = flow_12hw[0, :, above : above + height, left : left + width].float().cpu().numpy()
        except torch.OutOfMemoryError as error:
            raise DeviceError(
                f"{self._device} has no memory for RAFT on {width}×{height} pixels; free some, or use DIS "
                "with --flow dis"
            ) from error
        except torch.AcceleratorError as error:
            raise DeviceError(
                f"{self._device} failed while RAFT ran ({str(error).partition(chr(10))[0]}); look after its "
                "driver, or use DIS with --flow dis"
            ) from error
        return np.ascontiguousarray(flow_2hw.transpose(1, 2, 0), np.float32)

    def _image(self, picture: npt.NDArray[np.uint8], sides: tuple[int, int, int, int]) -> Tensor:
        """Return (1, 3, H, W) in [-1, 1] on the device, its border repeated."""
        rgb = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
        codes_hw3 = torch.from_numpy(np.ascontiguousarray(rgb)).to(self._device)
        image_13hw = codes_hw3.permute(2, 0, 1)[None].float() / 127.5 - 1
        return functional.pad(image_13hw, sides, mode="replicate")


def _padding(length_px: int) -> tuple[int, int]:
    """Return what is missing on both sides to a multiple of 8, at least 128."""
    wanted = max(LEAST_SIDE_PX, -(-length_px // _STEP_PX) * _STEP_PX)
    before = (wanted - length_px) // 2
    return before, wanted - length_px - before


def _check(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> None:
    is_picture = first.size > 0 and (first.ndim == 2 or (first.ndim == 3 and first.shape[2] == 3))
    if first.shape != second.shape or not is_picture or not (first.dtype == second.dtype == np.uint8):
        raise UsageError(
            f"flow is asked for between {first.shape} of {first.dtype} and {second.shape} of {second.dtype}; "
            f"give two uint8 pictures (H, W, 3) or (H, W) of one size"
        )


def _device(name: str) -> torch.device:
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:  # torch without CUDA asserts
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UsageError(
            f"RAFT cannot run on device {name!r} ({reason}); give cpu, cuda or mps as this machine has it"
        ) from error
    return device


def check_installed() -> None:
    """Check that torchvision can be imported; raises :class:`UsageError`."""
    _models()


def _models() -> Any:
    try:
        return import_module("torchvision.models.optical_flow")
    except (ImportError, RuntimeError) as error:  # the latter where it was built for another torch
        raise UsageError(
            f"RAFT needs torchvision, which cannot be imported ({error}); pip install 'rfr-video[raft]' for "
            f"the one that belongs to torch {torch.__version__}, or use DIS, which does without"
        ) from error


def _load(path: Path) -> nn.Module:
    models = _models()
    state = _read(path)
    is_large = any(name.startswith(_LARGE_ONLY) for name in state)
    network: nn.Module = models.raft_large() if is_large else models.raft_small()
    _check_state(state, network.state_dict(), path=path)
    network.load_state_dict(dict(state))
    return network.eval().requires_grad_(requires_grad=False)


def _read(path: Path) -> Mapping[str, Tensor]:
    try:
        if path.suffix.lower() == ".safetensors":
            return safetensors.torch.load_file(path)
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise WeightsError(
            f"{path}: cannot be read ({error.strerror or 'no such file'}); {_WANTED}"
        ) from error
    except (
        OSError,
        pickle.UnpicklingError,
        safetensors.SafetensorError,
        RuntimeError,
        EOFError,
        ValueError,
        LookupError,
    ) as error:
        raise WeightsError(f"{path}: damaged, or no checkpoint; {_WANTED}") from error
    state = cast("dict[Any, Any]", content) if isinstance(content, dict) else {}
    if not state or not all(isinstance(value, Tensor) for value in state.values()):
        raise WeightsError(f"{path}: no state dict; {_WANTED}")
    return cast("dict[str, Tensor]", state)


def _check_state(state: Mapping[str, Tensor], wanted: Mapping[str, Tensor], *, path: Path) -> None:
    if missing := _some(name for name in wanted if name not in state):
        raise WeightsError(f"{path}: lacks {missing}; {_WANTED}")
    if unexpected := _some(name for name in state if name not in wanted):
        raise WeightsError(f"{path}: has unexpected {unexpected}; {_WANTED}")
    for name, value in state.items():
        if value.shape != wanted[name].shape:
            raise WeightsError(
                f"{path}: {name} has shape {tuple(value.shape)}, not {tuple(wanted[name].shape)}; {_WANTED}"
            )
        if not bool(value.isfinite().all()):
            raise WeightsError(f"{path}: {name} holds what is no finite number; {_WANTED}")


def _some(names: Iterable[str]) -> str:
    ordered = list(names)
    more = f" and {len(ordered) - _NAMED_AT_MOST} more" if len(ordered) > _NAMED_AT_MOST else ""
    return ", ".join(ordered[:_NAMED_AT_MOST]) + more
