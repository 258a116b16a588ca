"""One way through a device: staged up, computed, staged down.

On CUDA the three steps run on streams of their own, from and to pinned buffers, so that copies overlap with
computing and the caller goes on at once. On any other device the same code runs in order.
"""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rfr_video.rfrnet.cuda_graphs import CudaRecorder
from rfr_video.rfrnet.device_failures import device_failures_named
from rfr_video.rfrnet.graphs import Batch, Graphs
from rfr_video.rfrnet.network import Inpainter


class Pending:
    """A batch under way."""

    def __init__(self, output_nhw3: Tensor, *, done: torch.cuda.Event | None, kept: Sequence[Tensor]) -> None:
        self._output_nhw3 = output_nhw3
        self._done = done
        self._kept = kept  # what other streams still read

    def result(self) -> NDArray[np.float32]:
        """Wait for the batch and return it, (N, H, W, 3), not clipped.

        Raises:
            DeviceError: The device failed.
        """
        if self._done is not None:
            with device_failures_named():
                self._done.synchronize()
            self._done, self._kept = None, ()
        return self._output_nhw3.numpy()


@dataclass(frozen=True)
class NetworkPass:
    """The network's forward pass, which is all of it that is recorded (see :data:`Forward`)."""

    network: Inpainter
    deterministic: bool

    def __call__(self, batch: Batch) -> Tensor:
        """Run on the current stream."""
        with self._algorithms(batch):
            raw_n3hw = self.network(
                batch.images_n3hw.to(next(self.network.parameters()).dtype),
                batch.known_n1hw,
                recurrences=batch.recurrences,
            )
        return raw_n3hw.permute(0, 2, 3, 1).float().contiguous()

    def _algorithms(self, batch: Batch) -> AbstractContextManager[None]:
        """Have cuDNN choose by its own rules, which is quick, or by trying, which pays for many batches."""
        if not batch.images_n3hw.is_cuda:
            return nullcontext()
        return torch.backends.cudnn.flags(
            enabled=True,
            benchmark=batch.frequent and not self.deterministic,
            deterministic=self.deterministic,
            allow_tf32=False,
        )


class Lane:
    """A network on its device, fed with batches by one thread; at most ``depth`` of them under way.

    On CUDA, while a batch is being started, cuDNN's settings, which belong to the process, are the lane's.
    """

    def __init__(
        self,
        network: Inpainter,
        *,
        device: torch.device,
        deterministic: bool,
        graphs: bool = False,
        note: Callable[[str], None],
        depth: int = 3,
    ) -> None:
        """Take over a network that is on its device, in its precision.

        Args:
            network: In eval mode.
            device: Where the network is.
            deterministic: On CUDA, only algorithms that give the same bits every time.
            graphs: Whether frequent batches are recorded as CUDA graphs.
            note: Told when something goes other than asked, one line each.
            depth: Most batches under way.
        """
        self._device = device
        self._cuda = device.type == "cuda"
        self._streams = [torch.cuda.Stream(device) for _ in range(3)] if self._cuda else [None] * 3
        if self._cuda:
            torch.cuda.synchronize(device)  # the streams do not wait for the one that moved the weights
        _, compute, _ = self._streams
        # No bound methods: a lane must go at once when it is no longer used, and the device's memory with it.
        forward = NetworkPass(network, deterministic)
        recorder = CudaRecorder(forward, stream=compute) if compute is not None and graphs else None
        self._graphs = Graphs(forward, recorder=recorder, note=note)
        self._under_way: deque[Pending] = deque(maxlen=depth)

    def submit(
        self,
        images_hw3: Sequence[NDArray[np.float32]],
        known_hw: Sequence[NDArray[np.float32 | np.bool_]],
        *,
        recurrences: int | None,
        frequent: bool = False,
    ) -> Pending:
        """Start a batch; its arrays may be changed afterwards.

        Args:
            images_hw3: N times float32 (H, W, 3), RGB in [0, 1].
            known_hw: N times (H, W), 1 = known, 0 = hole.
            recurrences: None for the network's own number.
            frequent: Whether more batches of this size are to come.

        Raises:
            torch.OutOfMemoryError: There is too little memory; nothing was started.
            DeviceError: The device failed.
        """
        if len(self._under_way) == self._under_way.maxlen:
            self._under_way.popleft().result()
        try:
            return self._start(images_hw3, known_hw, recurrences=recurrences, frequent=frequent)
        except torch.OutOfMemoryError:
            if not self._graphs.recorded:
                raise
        # What the graphs hold may be what is lacking.
        with device_failures_named():
            self._graphs.give_up("their memory was needed")
        self.drain()
        return self._start(images_hw3, known_hw, recurrences=recurrences, frequent=frequent)

    def drain(self) -> None:
        """Wait for everything under way and give spare memory back."""
        while self._under_way:
            self._under_way.popleft().result()
        if self._cuda:
            with device_failures_named():
                torch.cuda.synchronize(self._device)  # also for a batch that failed on its way
                torch.cuda.empty_cache()

    def _start(
        self,
        images_hw3: Sequence[NDArray[np.float32]],
        known_hw: Sequence[NDArray[np.float32 | np.bool_]],
        *,
        recurrences: int | None,
        frequent: bool,
    ) -> Pending:
        upload, compute, download = self._streams
        with device_failures_named():
            staged = [self._staged(images_hw3), self._staged(known_hw)]
            with self._on(upload, after=None):
                batch = Batch(
                    images_n3hw=self._moved(staged[0]).permute(0, 3, 1, 2),
                    known_n1hw=self._moved(staged[1])[:, None],
                    recurrences=recurrences,
                    frequent=frequent,
                )
            with self._on(compute, after=upload), torch.inference_mode():
                output_nhw3 = self._compute(batch)
            with self._on(download, after=compute):
                if not self._cuda:
                    return Pending(output_nhw3.cpu(), done=None, kept=())
                landed_nhw3 = torch.empty(output_nhw3.shape, pin_memory=True)
                landed_nhw3.copy_(output_nhw3, non_blocking=True)
                done = torch.cuda.Event(blocking=True)  # who waits leaves its core to decoder and encoder
                done.record()
        kept = (*staged, batch.images_n3hw, batch.known_n1hw, output_nhw3)
        self._under_way.append(Pending(landed_nhw3, done=done, kept=kept))
        return self._under_way[-1]

    def _compute(self, batch: Batch) -> Tensor:
        """Run a batch on the current stream."""
        return self._graphs.run(batch)

    def _staged(self, arrays: Sequence[NDArray[np.float32 | np.bool_]]) -> Tensor:
        """Copy to where the device can fetch from while the caller goes on."""
        staged = torch.empty((len(arrays), *arrays[0].shape), dtype=torch.float32, pin_memory=self._cuda)
        for place, array in zip(staged.numpy(), arrays, strict=True):
            place[...] = array
        return staged

    def _moved(self, staged: Tensor) -> Tensor:
        return staged.to(self._device, non_blocking=self._cuda)

    @contextmanager
    def _on(self, stream: torch.cuda.Stream | None, *, after: torch.cuda.Stream | None) -> Generator[None]:
        if stream is None:
            yield
            return
        if after is not None:
            stream.wait_stream(after)
        with torch.cuda.stream(stream):
            yield
