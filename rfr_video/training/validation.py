"""How good the network is on images held out, against classical inpainting on the same holes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rfr_video.masking.random_holes import RandomHoles
from rfr_video.media.target import partial_file, translate
from rfr_video.training.images import Image

CHUNK = 16
RADIUS_PX = 3
_HOLE_GREY = 128
_LEAST_ERROR = 1e-10


@dataclass(frozen=True)
class Validation:
    """Hole PSNR and the pictures behind it.

    Attributes:
        psnr_db: The mean over all pictures.
        by_kind: The means by kind of hole, of those that there are.
        output_n3hw: What was made, float32 RGB in [0, 1].
        composite_n3hw: The same, with known pixels put back.
    """

    psnr_db: float
    by_kind: dict[str, float]
    output_n3hw: Tensor
    composite_n3hw: Tensor


class ValidationSet:
    """Centre crops of images with fixed holes.

    Args:
        images: Uint8 RGB (H, W, 3), no side shorter than the crop.
        holes: Draws the holes: that of image n has the seed n.
        crop_px: Side of the crops.
    """

    def __init__(self, images: Sequence[Image], holes: RandomHoles, *, crop_px: int) -> None:
        drawn = [holes.draw_with_kind(crop_px, crop_px, seed=index) for index in range(len(images))]
        self._truth_nhw3 = np.stack([_centre(image, crop_px) for image in images])
        self._hole_nhw = np.stack([hole for hole, _ in drawn])
        self._kinds = [kind for _, kind in drawn]
        self.truth_n3hw = torch.from_numpy(self._truth_nhw3).permute(0, 3, 1, 2).float() / 255
        self.known_n1hw = torch.from_numpy(self._hole_nhw == 0).float()[:, None]

    def measure(self, fill: Callable[[Tensor, Tensor], Tensor]) -> Validation:
        """Fill all crops, a few at a time.

        Args:
            fill: Takes images that are 0 in the hole, float32 (N, 3, H, W), and what is known (N, 1, H, W);
                returns raw outputs, float32, on the CPU.
        """
        parts: list[Tensor] = []
        for first in range(0, len(self._kinds), CHUNK):
            chunk = slice(first, first + CHUNK)
            known_n1hw = self.known_n1hw[chunk]
            parts.append(fill(self.truth_n3hw[chunk] * known_n1hw, known_n1hw))
        return self._judge(torch.cat(parts).clamp(0, 1))

    def measure_classical(self, method: int) -> Validation:
        """Fill all crops by one of OpenCV's methods of inpainting."""
        filled = [
            np.asarray(cv2.inpaint(picture * (hole == 0)[..., None], hole, RADIUS_PX, method), np.uint8)
            for picture, hole in zip(self._truth_nhw3, self._hole_nhw, strict=True)
        ]
        return self._judge(torch.from_numpy(np.stack(filled)).permute(0, 3, 1, 2).float() / 255)

    def _judge(self, output_n3hw: Tensor) -> Validation:
        hole_n1hw = 1 - self.known_n1hw
        square_n3hw = (output_n3hw - self.truth_n3hw).square() * hole_n1hw
        error_n = square_n3hw.sum((1, 2, 3)) / (3 * hole_n1hw.sum((1, 2, 3)))
        psnr_n = -10 * error_n.clamp(min=_LEAST_ERROR).log10()
        by_kind: dict[str, float] = {
            kind: float(psnr_n[[index for index, one in enumerate(self._kinds) if one == kind]].mean())
            for kind in sorted(set(self._kinds))
        }
        composite_n3hw = self.truth_n3hw * self.known_n1hw + output_n3hw * hole_n1hw
        return Validation(float(psnr_n.mean()), by_kind, output_n3hw, composite_n3hw)

    def write_sheet(self, validation: Validation, path: Path, *, rows: int) -> None:
        """Write a picture: per row what was masked, the raw output, the composite and the truth."""
        masked_n3hw = self.truth_n3hw * self.known_n1hw + (1 - self.known_n1hw) * (_HOLE_GREY / 255)
        columns = (masked_n3hw, validation.output_n3hw, validation.composite_n3hw, self.truth_n3hw)
        rows = min(rows, len(self._kinds))
        chosen = torch.linspace(0, len(self._kinds) - 1, rows).long()
        sheet = torch.cat([torch.cat(list(column[chosen]), dim=1) for column in columns], dim=2)
        write_picture((sheet.permute(1, 2, 0) * 255).round().byte().numpy(), path)


def write_picture(rgb_hw3: NDArray[np.uint8], path: Path) -> None:
    """Write an RGB picture as PNG, complete or not at all; raises :class:`OutputError`."""
    _, encoded = cv2.imencode(".png", cv2.cvtColor(rgb_hw3, cv2.COLOR_RGB2BGR))
    try:
        with partial_file(path, overwrite=True) as partial:
            partial.write_bytes(encoded.tobytes())
    except OSError as error:
        raise translate(error, path) from error


def _centre(image: Image, side: int) -> Image:
    y, x = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
    return image[y : y + side, x : x + side]
