"""One way through a device: staged up, computed, staged down.

On CUDA the three steps run on streams of their own, from and to pinned buffers, so that copies overlap with
computing and the caller goes on at once. On any other device the same code runs in order.
"""

from collections import deque
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rfr_video.rfrnet.network import Inpainter


class Pending:
    """A batch under way."""

    def __init__(self, output_nhw3: Tensor, *, done: torch.cuda.Event | None, kept: list[Tensor]) -> None:
        self._output_nhw3 = output_nhw3
        self._done = done
        self._kept = kept  # what other streams still read

    def result(self) -> NDArray[np.float32]:
        """Wait for the batch and return it, (N, H, W, 3), not clipped."""
        if self._done is not None:
            self._done.synchronize()
            self._done = None
            self._kept.clear()
        return self._output_nhw3.numpy()


class Lane:
    """A network on its device, fed with batches by one thread; at most ``depth`` of them under way."""

    def __init__(
        self, network: Inpainter, *, device: torch.device, deterministic: bool, depth: int = 3
    ) -> None:
        self._network = network
        self._device = device
        self._deterministic = deterministic
        self._cuda = device.type == "cuda"
        self._dtype = next(network.parameters()).dtype
        self._streams = [torch.cuda.Stream(device) for _ in range(3)] if self._cuda else [None] * 3
        if self._cuda:
            torch.cuda.synchronize(device)  # the streams do not wait for the one that moved the weights
        self._under_way: deque[Pending] = deque(maxlen=depth)

    def submit(
        self, images_nhw3: NDArray[np.float32], known_nhw: NDArray[np.float32], *, recurrences: int | None
    ) -> Pending:
        """Start a batch.

        Args:
            images_nhw3: Float32 (N, H, W, 3), RGB in [0, 1].
            known_nhw: Float32 (N, H, W), 1 = known, 0 = hole.
            recurrences: None for the network's own number.

        Raises:
            torch.OutOfMemoryError: The device has too little memory; nothing was started.
        """
        if len(self._under_way) == self._under_way.maxlen:
            self._under_way.popleft().result()
        upload, compute, download = self._streams
        staged = [self._staged(images_nhw3), self._staged(known_nhw)]
        with self._on(upload, after=None):
            images_n3hw = staged[0].to(self._device, non_blocking=True).permute(0, 3, 1, 2)
            known_n1hw = staged[1].to(self._device, non_blocking=True)[:, None]
        with self._on(compute, after=upload), self._mode():
            raw_n3hw = self._network(images_n3hw.to(self._dtype), known_n1hw, recurrences=recurrences)
            output_nhw3 = raw_n3hw.permute(0, 2, 3, 1).float().contiguous()
        with self._on(download, after=compute):
            if not self._cuda:
                return Pending(output_nhw3.cpu(), done=None, kept=[])
            landed_nhw3 = torch.empty(output_nhw3.shape, pin_memory=True)
            landed_nhw3.copy_(output_nhw3, non_blocking=True)
            done = torch.cuda.Event()
            done.record()
        kept = [*staged, images_n3hw, known_n1hw, raw_n3hw, output_nhw3]
        self._under_way.append(Pending(landed_nhw3, done=done, kept=kept))
        return self._under_way[-1]

    def drain(self) -> None:
        """Wait for everything under way and give spare memory back."""
        while self._under_way:
            self._under_way.popleft().result()
        if self._cuda:
            torch.cuda.synchronize(self._device)  # also for a batch that failed on its way
            torch.cuda.empty_cache()

    def _staged(self, array: NDArray[np.float32]) -> Tensor:
        tensor = torch.from_numpy(array)
        return tensor.pin_memory() if self._cuda else tensor

    @contextmanager
    def _mode(self) -> Generator[None]:
        flags: AbstractContextManager[None] = nullcontext()
        if self._cuda:
            flags = torch.backends.cudnn.flags(
                enabled=True,
                benchmark=not self._deterministic,
                deterministic=self._deterministic,
                allow_tf32=False,
            )
        with torch.inference_mode(), flags:
            yield

    @contextmanager
    def _on(self, stream: torch.cuda.Stream | None, *, after: torch.cuda.Stream | None) -> Generator[None]:
        if stream is None:
            yield
            return
        if after is not None:
            stream.wait_stream(after)
        with torch.cuda.stream(stream):
            yield
