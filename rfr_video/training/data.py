"""Samples and batches: each a pure function of the seed and its index, so that any run can go on anywhere."""

import queue
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator as Random
from numpy.typing import NDArray

from rfr_video.masking.random_holes import RandomHoles
from rfr_video.training.images import Image
from rfr_video.training.recipe import DataRecipe

AHEAD_BATCHES = 4


@dataclass(frozen=True)
class Batch:
    """What a step learns from.

    ``truth_nhw3`` is uint8 RGB (N, H, W, 3); ``hole_nhw`` is uint8 (N, H, W), 1 = hole, 0 = known.
    """

    truth_nhw3: NDArray[np.uint8]
    hole_nhw: NDArray[np.uint8]


class Samples:
    """Crops of images with random holes.

    Args:
        images: Uint8 RGB (H, W, 3), no side shorter than the crop.
        holes: Draws the holes.
        recipe: How crops come about.
        seed: Two sets with the same seed hold the same samples.
    """

    def __init__(self, images: Sequence[Image], holes: RandomHoles, *, recipe: DataRecipe, seed: int) -> None:
        self._images = images
        self._holes = holes
        self._recipe = recipe
        self._seed = seed

    def sample(self, index: int) -> tuple[Image, NDArray[np.uint8]]:
        """Return the crop (crop_px, crop_px, 3) and the hole (crop_px, crop_px; 1 = hole) of an index."""
        rng = np.random.default_rng((self._seed, index))
        side = self._recipe.crop_px
        image = self._images[_below(rng, len(self._images))]
        crop = _window(image, rng, side=side, zoom_share=self._recipe.zoom_share)
        if rng.random() < self._recipe.flip_share:
            crop = crop[:, ::-1]
        hole = self._holes.draw(side, side, seed=_below(rng, 1 << 62))
        return crop, (hole > 0).astype(np.uint8)

    def batch(self, step: int) -> Batch:
        """Return the batch of a step, counted from 0."""
        size = self._recipe.batch
        pairs = [self.sample(index) for index in range(step * size, (step + 1) * size)]
        return Batch(np.stack([crop for crop, _ in pairs]), np.stack([hole for _, hole in pairs]))


@contextmanager
def batches_ahead(samples: Samples, *, start: int) -> Generator[Generator[Batch]]:
    """Prepare the batches of the steps from ``start`` on in a thread, a few ahead of their use, in order."""
    ready: queue.Queue[Batch | Exception] = queue.Queue(AHEAD_BATCHES)
    over = threading.Event()

    def put(item: Batch | Exception) -> None:
        while not over.is_set():
            try:
                return ready.put(item, timeout=0.1)
            except queue.Full:
                continue

    def prepare() -> None:
        step = start
        try:
            while not over.is_set():
                put(samples.batch(step))
                step += 1
        except Exception as error:  # noqa: BLE001 - raised again where the batch is used
            put(error)

    def take() -> Generator[Batch]:
        while True:
            item = ready.get()
            if isinstance(item, Exception):
                raise item
            yield item

    thread = threading.Thread(target=prepare, name="batches", daemon=True)
    thread.start()
    try:
        yield take()
    finally:
        over.set()
        thread.join()


def _window(image: Image, rng: Random, *, side: int, zoom_share: float) -> Image:
    """Cut a square window, at times a larger one that is shrunk."""
    height, width = image.shape[:2]
    window = side
    if rng.random() < zoom_share:
        window = int(rng.uniform(side, min(height, width)))
    y, x = _below(rng, height - window + 1), _below(rng, width - window + 1)
    crop = image[y : y + window, x : x + window]
    if window == side:
        return crop
    return np.asarray(cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def _below(rng: Random, stop: int) -> int:
    return int(rng.integers(stop))  # pyright: ignore[reportUnknownArgumentType]
