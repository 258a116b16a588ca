"""Recording the forward pass as a CUDA graph, and replaying it.

A graph reads and writes the very memory that it was recorded with. So a batch is copied into the recording's
own input, and its result out of the recording's own output, all on the one stream that also replays: whatever
runs next on that stream may overwrite both. For the same reason the recordings of a lane can share one pool
of memory and be replayed in any order (https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs).
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from rfr_video.rfrnet.graphs import Batch, Forward

MEMORY_SHARE = 0.25
_WARM_UP_RUNS = 2  # the first makes workspaces and chooses algorithms, the second runs with them

_abandoned: list[torch.cuda.CUDAGraph] = []
"""Graphs whose recording failed; PyTorch's allocator may go on asking them about streams, so they live on."""


@dataclass(frozen=True)
class CudaRecording:
    """A graph, and the memory that it reads and writes."""

    graph: torch.cuda.CUDAGraph
    stream: torch.cuda.Stream
    batch: Batch
    output_nhw3: Tensor

    def replay(self, batch: Batch) -> Tensor:
        """Run the graph on a batch; the current stream must be the one that it was recorded on."""
        assert torch.cuda.current_stream(self.stream.device) == self.stream
        self.batch.images_n3hw.copy_(batch.images_n3hw)
        self.batch.known_n1hw.copy_(batch.known_n1hw)
        self.graph.replay()
        return self.output_nhw3.clone()

    def release(self) -> None:
        """Wait for the last replay and give the graph's memory back to the pool."""
        self.stream.synchronize()
        self.graph.reset()


class CudaRecorder:
    """Records on one stream. No recording is made that needs more than a share of the device's memory."""

    def __init__(
        self, forward: Forward, *, stream: torch.cuda.Stream, memory_share: float = MEMORY_SHARE
    ) -> None:
        self._forward = forward
        self._stream = stream
        self._device = stream.device
        _, total_bytes = torch.cuda.mem_get_info(self._device)
        self._most_bytes = int(memory_share * total_bytes)
        self._held_bytes = 0
        self._pool = torch.cuda.graph_pool_handle()

    def record(self, example: Batch) -> CudaRecording | None:
        """Record a kind of batch; see :class:`~rfr_video.rfrnet.graphs.Recorder`.

        The current stream must be the recorder's. Waits for the device; other threads may go on using it.
        """
        batch = replace(
            example, images_n3hw=example.images_n3hw.clone(), known_n1hw=example.known_n1hw.clone()
        )
        # Warmed up and recorded in one thread: cuDNN's choices of algorithms are kept by thread.
        before_bytes = self._reserved_bytes()
        for _ in range(_WARM_UP_RUNS):
            self._forward(batch)
        needed_bytes = torch.cuda.memory_reserved(self._device) - before_bytes
        if max(needed_bytes, self._held_bytes) > self._most_bytes:
            return None
        before_bytes = self._reserved_bytes()
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(
                graph, pool=self._pool, stream=self._stream, capture_error_mode="thread_local"
            ):
                output_nhw3 = self._forward(batch)
        except RuntimeError:
            _abandoned.append(graph)
            raise
        self._held_bytes += torch.cuda.memory_reserved(self._device) - before_bytes
        return CudaRecording(graph, self._stream, batch, output_nhw3)

    def _reserved_bytes(self) -> int:
        """Return what the process holds of the device's memory after giving back what is spare."""
        torch.cuda.synchronize(self._device)
        torch.cuda.empty_cache()
        return torch.cuda.memory_reserved(self._device)
