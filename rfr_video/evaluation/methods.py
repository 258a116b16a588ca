"""What fills the holes that are measured: networks with their weights, and classical yardsticks.

Methods:
    A. Telea, "An Image Inpainting Technique Based on the Fast Marching Method", Journal of Graphics Tools 9
    (1), 2004. M. Bertalmio et al., "Navier-Stokes, Fluid Dynamics, and Image and Video Inpainting", CVPR
    2001. N. Genser et al., "Spectral Constrained Frequency Selective Extrapolation for Rapid Image Error
    Concealment", IWSSIP 2018 (FSR, in OpenCV's contributed modules).
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol, cast

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from rfr_video.config import Yardstick
from rfr_video.errors import UsageError
from rfr_video.evaluation.metrics import Hole, Picture
from rfr_video.rfrnet.manifest import find_weights
from rfr_video.rfrnet.runtime import Crop, Runtime, RuntimeConfig
from rfr_video.rfrnet.weights import load_network

RADIUS_PX = 3
Paint = Callable[[Picture, NDArray[np.uint8]], Picture]


class Method(Protocol):
    """Fills holes in pictures."""

    @property
    def name(self) -> str:
        """What it is called in tables."""
        ...

    @property
    def facts(self) -> Mapping[str, object]:
        """What decides its results, for the report: version, hash, form."""
        ...

    def fill(self, picture_hw3: Picture, holes: Iterable[Hole]) -> Iterator[Picture]:
        """Fill each hole of a picture on its own, in order; outside the hole the samples stay."""
        ...


@dataclass(frozen=True)
class ClassicalMethod:
    """An inpainting function of OpenCV: uint8 RGB and a mask (255 = fill) in, uint8 RGB out."""

    name: str
    paint: Paint
    facts: Mapping[str, object]

    def fill(self, picture_hw3: Picture, holes: Iterable[Hole]) -> Iterator[Picture]:
        """Fill each hole; see :class:`Method`."""
        for hole_hw in holes:
            filled_hw3 = self.paint(picture_hw3, hole_hw.astype(np.uint8) * np.uint8(255))
            yield np.where(hole_hw[..., None], filled_hw3, picture_hw3)


class NetworkMethod:
    """RFR-Net with some weights.

    Args:
        weights: A name or a path, as :func:`find_weights` takes it; also what the method is called.
        device: As in :class:`RuntimeConfig`.

    Raises:
        WeightsError: There are no such weights, or they cannot be loaded.
        UsageError: There is no such device.
    """

    def __init__(self, weights: str, *, device: str = "auto") -> None:
        located = find_weights(weights)
        network = load_network(located)
        self.name = weights
        self._runtime = Runtime(network, config=RuntimeConfig(device=device, deterministic=True))
        self.facts: Mapping[str, object] = {
            "weights": located.path,
            "sha256": hashlib.sha256(located.path.read_bytes()).hexdigest(),
            "form": asdict(network.config),
            "torch": torch.__version__,
            "runtime": tuple(self._runtime.notes),
        }

    def fill(self, picture_hw3: Picture, holes: Iterable[Hole]) -> Iterator[Picture]:
        """Fill each hole with the whole picture as the crop; see :class:`Method`."""
        image_hw3 = picture_hw3.astype(np.float32) / np.float32(255)
        for filled_hw3 in self._runtime.fill(Crop(image_hw3, hole_hw) for hole_hw in holes):
            yield np.rint(filled_hw3 * 255).astype(np.uint8)


def has_fsr() -> bool:
    """Whether OpenCV comes with its contributed module for FSR."""
    return hasattr(cv2, "xphoto")


def classical_method(name: Yardstick) -> ClassicalMethod:
    """Return a yardstick; raises :class:`UsageError` where OpenCV lacks it."""
    facts = {"opencv": cv2.__version__}
    if name == "fsr":
        if not has_fsr():
            raise UsageError(
                "fsr needs OpenCV's contributed modules; in an environment of its own, install "
                "opencv-contrib-python-headless in the place of opencv-python-headless, or leave fsr out"
            )
        return ClassicalMethod(name, _paint_fsr, {**facts, "quality": "fast"})
    flags = {"telea": cv2.INPAINT_TELEA, "navier-stokes": cv2.INPAINT_NS}[name]

    def paint(picture_hw3: Picture, mask_hw: NDArray[np.uint8]) -> Picture:
        return cast("Picture", cv2.inpaint(picture_hw3, mask_hw, RADIUS_PX, flags))

    return ClassicalMethod(name, paint, {**facts, "radius_px": RADIUS_PX})


def _paint_fsr(picture_hw3: Picture, mask_hw: NDArray[np.uint8]) -> Picture:
    """Run FSR in its fast setting; the best one takes minutes for a small picture, and was no better."""
    xphoto: Any = getattr(cv2, "xphoto")  # noqa: B009 - most builds lack it, and so do its types
    filled_hw3 = np.zeros_like(picture_hw3)
    xphoto.inpaint(picture_hw3, 255 - mask_hw, filled_hw3, xphoto.INPAINT_FSR_FAST)
    return filled_hw3
