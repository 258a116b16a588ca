"""Watching RFR-Net at work: what it has made of a hole after each recurrence."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from rfr_video.geometry import Rect
from rfr_video.rfrnet.network import Inpainter, RFRConfig
from rfr_video.rfrnet.runtime import RuntimeConfig
from rfr_video.rfrnet.workload import TILE_PX, crop_around, needed_recurrences, shrink_hole, shrink_image

NOT_REACHED = 0.5
"""Gray of what no recurrence has reached yet."""


@dataclass(frozen=True)
class View:
    """A part of a picture, shrunk by a whole factor, in which so many recurrences reach all of the hole."""

    rect: Rect
    factor: int
    recurrences: int


def choose_view(hole_hw: NDArray[np.bool_], *, config: RFRConfig) -> View:
    """Choose what to look at: all of a hole and its surroundings, or of a large one its deepest place.

    Args:
        hole_hw: (H, W), true = fill; neither empty nor all of the picture.
        config: The form of the network.
    """
    height, width = hole_hw.shape
    picture = Rect(0, 0, width, height)
    bounds = Rect(*cv2.boundingRect(hole_hw.view(np.uint8)))
    depth_hw = cv2.distanceTransform(hole_hw.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    deepest_y, deepest_x = np.unravel_index(int(depth_hw.argmax()), hole_hw.shape)
    most = config.recurrences + RuntimeConfig.extra_recurrences
    for factor in count(1):
        longest = TILE_PX * factor
        rect = crop_around(bounds, within=picture)
        if max(rect.width, rect.height) > longest:
            deepest = Rect(int(deepest_x), int(deepest_y), 1, 1)
            rect = deepest.grown(longest // 2 - 1, within=picture)
        small_hw = shrink_hole(hole_hw[rect.slices], factor=factor)
        if small_hw.all():
            continue
        needed = needed_recurrences(small_hw, config=config, at_most=most)
        if needed is not None:
            return View(rect, factor, max(needed, config.recurrences))
    raise AssertionError("a hole that leaves anything known shrinks until it is reached")


def recurrence_steps(
    network: Inpainter, image_hw3: NDArray[np.float32], hole_hw: NDArray[np.bool_], *, view: View
) -> Iterator[NDArray[np.float32]]:
    """Fill a part of a picture, and yield it before and after every recurrence.

    Args:
        network: On the CPU, in float32.
        image_hw3: The part that ``view.rect`` is, float32 RGB in [0, 1].
        hole_hw: Its hole, true = fill.
        view: How much it is to be shrunk, and how often to recur.

    Yields:
        Float32 (⌈H / factor⌉, ⌈W / factor⌉, 3) in [0, 1]: known pixels as they are, filled ones as merged
        from all recurrences so far, gray where none has come yet.
    """
    image_hw3 = shrink_image(image_hw3, hole_hw, factor=view.factor)
    hole_hw = shrink_hole(hole_hw, factor=view.factor)
    yield np.where(hole_hw[..., None], np.float32(NOT_REACHED), image_hw3)
    with torch.inference_mode():
        image_13hw = torch.from_numpy(image_hw3).permute(2, 0, 1)[None]
        known_11hw = torch.from_numpy(~hole_hw)[None, None]
        for output_13hw, reached_11hw in network.steps(image_13hw, known_11hw, recurrences=view.recurrences):
            output_hw3 = output_13hw[0].permute(1, 2, 0).clamp(0, 1).numpy()
            reached_hw = reached_11hw[0, 0].numpy() > 0
            shown_hw3 = np.where(reached_hw[..., None], output_hw3, np.float32(NOT_REACHED))
            yield np.where(hole_hw[..., None], shown_hw3, image_hw3)
