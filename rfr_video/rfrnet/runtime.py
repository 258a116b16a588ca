"""The runtime: crops with holes in, filled crops out, in order.

Crops of many frames share batches. How a crop is run is decided in workload.py, how a batch gets to the
device and back in lane.py.

Precision: float32 on CPUs and Apple GPUs; bfloat16 on CUDA devices that compute in it, if a probe at the
start agrees with float32. The same crop gives the same result in any batch up to rounding: 1e-5 relative in
float32, 2e-2 in bfloat16. Same crops, same order, same settings and device: the same bits on a CPU, and on
CUDA when ``deterministic``.
"""

import copy
import logging
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from rfr_video.errors import DeviceError, UsageError
from rfr_video.rfrnet.device_failures import no_room_means_failure
from rfr_video.rfrnet.folding import fold_batch_norms
from rfr_video.rfrnet.lane import Lane, Pending
from rfr_video.rfrnet.network import SIZE_STEP_PX, Inpainter, RFRConfig
from rfr_video.rfrnet.pieces import Piece, PieceKind, cut, join
from rfr_video.rfrnet.precision import Precision, choose_device, choose_dtype, disagreement
from rfr_video.rfrnet.workload import TILE_PX, plan_workload

PROBE_TOLERANCE = 2e-2
LOOK_AHEAD_BATCHES = 4
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class RuntimeConfig:
    """How to run.

    Attributes:
        device: ``auto``, or a device of torch: ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
        precision: ``auto`` chooses by device.
        batch: Most crops at once.
        tile_px: Longest side that is run in one piece; attention needs memory with its fourth power.
        overlap_px: Least overlap of neighbouring tiles, feathered.
        extra_recurrences: How many more than configured may be run for a deep hole before it is shrunk.
        deterministic: On CUDA, only algorithms that give the same bits every time.
        graphs: On CUDA, whether kinds of batch that keep coming are recorded as graphs.
        threads: CPU threads of the whole process; None leaves them.
    """

    device: str = "auto"
    precision: Precision = "auto"
    batch: int = 4
    tile_px: int = TILE_PX
    overlap_px: int = 64
    extra_recurrences: int = 2
    deterministic: bool = False
    graphs: bool = True
    threads: int | None = None

    def __post_init__(self) -> None:
        if self.batch < 1:
            raise UsageError(f"batch is {self.batch}; give at least 1")
        if self.tile_px % SIZE_STEP_PX or self.tile_px <= self.overlap_px or self.overlap_px < 1:
            raise UsageError(
                f"tile is {self.tile_px} and overlap {self.overlap_px}; give a tile that is a multiple of "
                f"{SIZE_STEP_PX} and larger than the overlap, such as 512 and 64"
            )
        if self.extra_recurrences < 0 or (self.threads is not None and self.threads < 1):
            raise UsageError("extra recurrences and threads count something; give 0 or more, and 1 or more")


@dataclass(frozen=True)
class Crop:
    """A part of a frame: float32 RGB in [0, 1], (H, W, 3), and its hole, bool or uint8 (H, W), > 0 = fill."""

    image_hw3: NDArray[np.float32]
    hole_hw: NDArray[np.bool_ | np.uint8]

    def __post_init__(self) -> None:
        if self.image_hw3.dtype != np.float32 or self.image_hw3.shape != (*self.hole_hw.shape, 3):
            raise ValueError(
                f"crop is {self.image_hw3.dtype} {self.image_hw3.shape} with a hole of {self.hole_hw.shape}; "
                f"give float32 (H, W, 3) and (H, W)"
            )


@dataclass(frozen=True)
class _Job:
    """A crop being filled."""

    crop: Crop
    hole_hw: NDArray[np.bool_]
    factor: int = 1
    pieces: list[Piece] = field(default_factory=list[Piece])

    @property
    def size(self) -> int:
        """How much it counts among those held: a crop of many pieces fills memory like many crops."""
        return max(1, len(self.pieces))


class Runtime:
    """A network, made ready for one device.

    ``notes`` lists what was decided or went other than asked, one line each, for the report.
    """

    lane_type: ClassVar[type[Lane]] = Lane

    def __init__(self, network: Inpainter, *, config: RuntimeConfig | None = None) -> None:
        self.config = config or RuntimeConfig()
        self.notes: list[str] = []
        self._note = partial(_note, self.notes)
        if self.config.threads is not None:
            torch.set_num_threads(self.config.threads)
        self._form: RFRConfig = network.config
        self._batch = self.config.batch
        self._device = choose_device(self.config.device)
        with no_room_means_failure(
            f"{self._device} has too little memory for the network",
            advice="free some, or run on the CPU with --device cpu",
        ):
            self._lane = self._open_lane(fold_batch_norms(network))

    def fill(self, crops: Iterable[Crop]) -> Iterator[NDArray[np.float32]]:
        """Fill crops, in order; looks ahead by at most four batches of crops, or of the tiles of large ones.

        Yields float32 (H, W, 3) in [0, 1]: outside the hole exactly the crop's own samples.

        Raises:
            MaskError: A crop is all hole.
            DeviceError: It failed, or not even one piece fits into its memory.
        """
        jobs: deque[_Job] = deque()
        queues: dict[PieceKind, list[Piece]] = {}
        held = 0
        for crop in crops:
            jobs.append(self._admit(crop))
            held += jobs[-1].size
            for piece in jobs[-1].pieces:
                queue = queues.setdefault(piece.kind, [])
                queue.append(piece)
                if len(queue) >= self._batch:
                    self._launch(queues.pop(piece.kind))
            while held > LOOK_AHEAD_BATCHES * self._batch:
                held -= jobs[0].size
                yield self._finish(jobs.popleft(), queues)
        while jobs:
            yield self._finish(jobs.popleft(), queues)

    def run_batch(
        self, images_nhw3: NDArray[np.float32], known_nhw: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Run the network on a batch as it is, and wait: (N, H, W, 3), not clipped, nothing put back.

        Args:
            images_nhw3: Float32 RGB in [0, 1], (N, H, W, 3).
            known_nhw: Float32 (N, H, W), 1 = known, 0 = hole.
        """
        return self._lane.submit(list(images_nhw3), list(known_nhw), recurrences=None).result()

    def _open_lane(self, network: Inpainter) -> Lane:
        """Move the network to its device in the precision that is asked for, or that a probe allows."""
        precision = self.config.precision
        dtype = choose_dtype(self._device, precision)
        lane = self._lane_of(network, dtype)
        if dtype is not torch.float32 and precision == "auto":
            exact = self._lane_of(network, torch.float32)
            error = disagreement(lane, exact)
            if not error <= PROBE_TOLERANCE:  # NaN is not
                self._note(f"bfloat16 is {error:.1%} off on a probe, {PROBE_TOLERANCE:.0%} is allowed")
                lane, dtype = exact, torch.float32
        self.notes.append(f"network runs on {self._device} in {str(dtype).removeprefix('torch.')}")
        return lane

    def _lane_of(self, network: Inpainter, dtype: torch.dtype) -> Lane:
        network = copy.deepcopy(network).to(self._device, dtype)
        network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        return self.lane_type(
            network,
            device=self._device,
            deterministic=self.config.deterministic,
            graphs=self.config.graphs,
            note=self._note,  # no bound method, which would keep the runtime from going at once
        )

    def _admit(self, crop: Crop) -> _Job:
        hole_hw = crop.hole_hw > 0
        if not hole_hw.any():
            return _Job(crop, hole_hw)
        plan = plan_workload(
            hole_hw,
            config=self._form,
            extra_recurrences=self.config.extra_recurrences,
            tile_px=self.config.tile_px,
            overlap_px=self.config.overlap_px,
        )
        return _Job(crop, hole_hw, plan.factor, cut(crop.image_hw3, hole_hw, plan=plan))

    def _launch(self, pieces: list[Piece]) -> None:
        """Run pieces of one kind as a batch; where memory does not suffice, in batches of half the size."""
        if len(pieces) > self._batch:
            self._launch(pieces[: self._batch])
            self._launch(pieces[self._batch :])
            return
        pending = self._submit(pieces)
        if pending is None:
            self._lane.drain()
            self._batch = -(-len(pieces) // 2)
            self._note(f"out of memory with {len(pieces)} crops at once: {self._batch} from here on")
            self._launch(pieces)
            return
        for index, piece in enumerate(pieces):
            piece.pending, piece.index = pending, index

    def _submit(self, pieces: list[Piece]) -> Pending | None:
        """Start a batch; None when memory does not suffice for it, but may for a smaller one."""
        try:
            return self._lane.submit(
                [piece.image_hw3 for piece in pieces],
                [piece.known_hw for piece in pieces],
                recurrences=pieces[0].recurrences,
                frequent=len(pieces) == self._batch,
            )
        except torch.OutOfMemoryError as error:
            if len(pieces) > 1:
                return None
            height, width, _ = pieces[0].kind
            raise DeviceError(
                f"{self._device} has too little memory for one {width}×{height} piece; free some, or run on "
                "the CPU with --device cpu"
            ) from error

    def _finish(self, job: _Job, queues: dict[PieceKind, list[Piece]]) -> NDArray[np.float32]:
        if not job.pieces:
            return job.crop.image_hw3
        for piece in job.pieces:
            if piece.pending is None:
                self._launch(queues.pop(piece.kind))
        height, width = job.hole_hw.shape
        joined_hw3 = join(job.pieces, height=height, width=width, factor=job.factor)
        filled_hw3 = job.crop.image_hw3.copy()
        rows = np.flatnonzero(job.hole_hw.any(axis=1))
        part = slice(rows[0], rows[-1] + 1)
        np.copyto(filled_hw3[part], joined_hw3[part].clip(0, 1), where=job.hole_hw[part, :, None])
        return filled_hw3


def _note(notes: list[str], text: str) -> None:
    notes.append(text)
    _log.warning(text)
