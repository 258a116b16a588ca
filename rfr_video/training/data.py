"""Samples and batches: each a pure function of the seed and its index, so that any run can go on anywhere."""

import queue
import signal
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

import cv2
import numpy as np
import torch
from numpy.random import Generator as Random
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from rfr_video.masking.random_holes import RandomHoles
from rfr_video.training.images import Image
from rfr_video.training.recipe import DataRecipe

AHEAD_BATCHES = 4


class Batch(NamedTuple):
    """What a step learns from.

    ``truth_nhw3`` is uint8 RGB (N, H, W, 3); ``hole_nhw`` is uint8 (N, H, W), 1 = hole, 0 = known.
    """

    truth_nhw3: Tensor
    hole_nhw: Tensor


class Samples(Dataset[Batch]):
    """Crops of images with random holes; as a dataset, the batches by step.

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

    def __getitem__(self, step: int) -> Batch:
        """Return the batch of a step, counted from 0."""
        size = self._recipe.batch
        pairs = [self.sample(index) for index in range(step * size, (step + 1) * size)]
        truth_nhw3 = np.stack([crop for crop, _ in pairs])
        hole_nhw = np.stack([hole for _, hole in pairs])
        return Batch(torch.from_numpy(truth_nhw3), torch.from_numpy(hole_nhw))


@contextmanager
def batches_ahead(samples: Samples, *, start: int, stop: int, workers: int) -> Generator[Iterator[Batch]]:
    """Prepare the batches of steps ahead of their use, in order.

    Args:
        samples: Where they come from.
        start: The first step.
        stop: The step behind the last one.
        workers: Processes that prepare batches, for devices that are faster than one thread beside the
            training, which is what 0 stands for.
    """
    if workers:
        yield _from_processes(samples, range(start, stop), workers=workers)
        return
    ready: queue.Queue[Batch | Exception] = queue.Queue(AHEAD_BATCHES)
    over = threading.Event()
    thread = threading.Thread(
        target=_prepare, args=(samples, range(start, stop), ready, over), name="batches", daemon=True
    )
    thread.start()
    try:
        yield _taken(ready)
    finally:
        over.set()
        thread.join()


def _prepare(
    samples: Samples, steps: range, ready: "queue.Queue[Batch | Exception]", over: threading.Event
) -> None:
    """Put the batches of steps into a queue until it is over, or the exception that ended it."""

    def put(item: Batch | Exception) -> None:
        while not over.is_set():
            try:
                ready.put(item, timeout=0.1)
            except queue.Full:
                continue
            return

    try:
        for step in steps:
            if over.is_set():
                return
            put(samples[step])
    except Exception as error:  # noqa: BLE001 - raised again where the batch is used
        put(error)


def _taken(ready: "queue.Queue[Batch | Exception]") -> Iterator[Batch]:
    while True:
        item = ready.get()
        if isinstance(item, Exception):
            raise item
        yield item


def _from_processes(samples: Samples, steps: range, *, workers: int) -> Iterator[Batch]:
    cv2.setNumThreads(1)  # a forked process would wait for the threads of a pool that it does not have
    loader: DataLoader[Batch] = DataLoader(
        samples,
        batch_size=None,
        sampler=cast("Any", steps),  # any iterable will do
        num_workers=workers,
        prefetch_factor=AHEAD_BATCHES,
        pin_memory=torch.cuda.is_available(),
        worker_init_fn=_begin_worker,
    )
    return iter(loader)


def _begin_worker(_number: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that trains


def _window(image: Image, rng: Random, *, side: int, zoom_share: float) -> Image:
    """Cut a square window, at times a larger one that is shrunk."""
    height, width = image.shape[:2]
    window = side
    if rng.random() < zoom_share:
        window = int(rng.uniform(float(side), float(min(height, width))))
    y, x = _below(rng, height - window + 1), _below(rng, width - window + 1)
    crop = image[y : y + window, x : x + window]
    if window == side:
        return crop
    return np.asarray(cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def _below(rng: Random, stop: int) -> int:
    return int(rng.integers(stop))  # pyright: ignore[reportUnknownArgumentType]
