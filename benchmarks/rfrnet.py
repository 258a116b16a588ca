"""Time the network: milliseconds per 256×256 crop, and its share of what the machine can multiply.

    python benchmarks/rfrnet.py                       every form, batch 1, 4, 16, float32 and bfloat16
    python benchmarks/rfrnet.py --forms compact --batches 4 --dtypes float32

Weights are random: time does not depend on them. One crop per frame, so crops/s are frames/s. Columns:

    ms/crop, crops/s  end to end: crops in, filled crops out, copies to and from the device included
    GFLOP             of one crop, by torch.utils.flop_counter
    ceiling           GFLOP/s of the fastest of several matrix products in the same precision, by torch.mm and
                      as 1×1 convolutions (on a CPU other libraries do these), with the same threads; the mean
                      of before and after the row, so that a busy machine slows both
    share             GFLOP/s ÷ ceiling
    alone             the network's own time, its input at hand, ÷ end to end
    waits             share of the time in which the GPU computes nothing, by CUDA events; - elsewhere
    MB/MP             what one batch adds at its peak to a fresh process (resident memory) or to the device,
                      per megapixel of crop
"""

import argparse
import multiprocessing
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from rfr_video.rfrnet.forms import build_network
from rfr_video.rfrnet.graphs import Batch
from rfr_video.rfrnet.lane import Lane
from rfr_video.rfrnet.network import COMPACT, PUBLISHED, SMALLER_HOLES, Inpainter, RFRConfig
from rfr_video.rfrnet.runtime import Crop, Runtime, RuntimeConfig

FORMS = {"7x7": PUBLISHED, "5x5": SMALLER_HOLES, "compact": COMPACT}
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
SIDE_PX = 256
HOLE = slice(96, 160)
CEILING_SIDES = {"cuda": (2048, 4096, 8192)}, (512, 1024, 2048)
CUDA_BATCHES = 32


def main() -> None:
    """Print one row per form, precision and batch."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=list(FORMS))
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 4, 16])
    parser.add_argument("--dtypes", nargs="+", choices=DTYPES, default=list(DTYPES))
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, help="of the CPU; all by default")
    parser.add_argument("--graphs", action=argparse.BooleanOptionalAction, default=True, help="CUDA graphs")
    parser.add_argument("--repeats", type=int, default=3, help="timed runs per row; the median counts")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else options.device
    print(f"torch {torch.__version__}, {name}, {torch.get_num_threads()} threads, {SIDE_PX}² crops")
    print("form     precision  batch  ms/crop  crops/s  GFLOP  GFLOP/s  ceiling  share  alone  waits  MB/MP")
    for form in options.forms:
        for dtype in options.dtypes:
            for batch in options.batches:
                config = RuntimeConfig(
                    device=options.device,
                    precision=dtype,
                    batch=batch,
                    threads=options.threads,
                    graphs=options.graphs,
                )
                print(row(form, config, repeats=options.repeats), flush=True)


def row(form: str, config: RuntimeConfig, *, repeats: int) -> str:
    """Measure one combination."""
    batch, device, dtype = config.batch, torch.device(config.device), DTYPES[config.precision]
    with multiprocessing.get_context("spawn").Pool(1) as fresh:
        peak_mb = fresh.apply(peak_megabytes, (form, config))
    runtime = TimedRuntime(random_network(FORMS[form]), config=config)
    before = ceiling_gflops(device, dtype)
    count = CUDA_BATCHES if device.type == "cuda" else 1
    crops = random_crops(batch) * count
    seconds = median_seconds(lambda: list(runtime.fill(crops)), repeats) / count
    waits = runtime.timed_lane.waiting_share(last=count)
    alone = runtime.timed_lane.alone_seconds(crops[:batch], repeats=repeats * count)
    ceiling = (before + ceiling_gflops(device, dtype)) / 2
    gflop = gflop_per_crop(FORMS[form])
    rate = gflop * batch / seconds
    return (
        f"{form:<9}{config.precision:<11}{batch:>5}{seconds / batch * 1e3:>9.1f}{batch / seconds:>9.2f}"
        f"{gflop:>7.1f}{rate:>9.1f}{ceiling:>9.1f}{rate / ceiling:>7.0%}{alone / seconds:>7.0%}"
        f"{'-' if waits is None else f'{waits:.0%}':>7}{peak_mb / (batch * SIDE_PX**2 / 1e6):>7.0f}"
    )


class TimedLane(Lane):
    """A lane that takes the time of its computing, on CUDA by events on the stream that computes."""

    @cached_property
    def marks(self) -> list[tuple[torch.cuda.Event, torch.cuda.Event]]:
        """Begin and end of every batch."""
        return []

    def waiting_share(self, *, last: int) -> float | None:
        """Return which part of the last batches' time the GPU computed nothing; None for other devices."""
        if not self._cuda:
            return None
        marks = self.marks[-last:]
        marks[-1][1].synchronize()
        busy = sum(start.elapsed_time(end) for start, end in marks)
        return 1 - busy / marks[0][0].elapsed_time(marks[-1][1])

    def alone_seconds(self, crops: list[Crop], *, repeats: int) -> float:
        """Return the time of one batch that is on the device already, and stays there."""
        batch = Batch(
            images_n3hw=torch.stack([torch.from_numpy(crop.image_hw3) for crop in crops])
            .to(self._device)
            .permute(0, 3, 1, 2),
            known_n1hw=torch.stack([torch.from_numpy(~crop.hole_hw) for crop in crops])
            .to(self._device, torch.float32)
            .unsqueeze(1),
            recurrences=None,
            frequent=True,
        )

        def run(times: int) -> None:
            with self._on(self._streams[1], after=None), torch.inference_mode():
                for _ in range(times):
                    self._compute(batch)
            wait(self._device)

        run(1)
        start = time.perf_counter()
        run(repeats)
        return (time.perf_counter() - start) / repeats

    def _compute(self, batch: Batch) -> Tensor:
        if not self._cuda:
            return super()._compute(batch)
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        output_nhw3 = super()._compute(batch)
        end.record()
        self.marks.append((start, end))
        return output_nhw3


class TimedRuntime(Runtime):
    """A runtime on such a lane."""

    lane_type = TimedLane

    @property
    def timed_lane(self) -> TimedLane:
        """The lane."""
        assert isinstance(self._lane, TimedLane)
        return self._lane


def random_network(config: RFRConfig) -> Inpainter:
    """Build a network whose weights keep the scale of what flows through: no denormals, no overflow."""
    torch.manual_seed(1)
    network = build_network(config).eval().requires_grad_(requires_grad=False)
    for value in network.state_dict().values():
        if value.dim() == 4:
            value.normal_(std=value[0].numel() ** -0.5)
    return network


def random_crops(count: int) -> list[Crop]:
    """Draw crops with a hole of 64×64 in the middle."""
    draw = np.random.default_rng(1)
    hole_hw = np.zeros((SIDE_PX, SIDE_PX), np.bool_)
    hole_hw[HOLE, HOLE] = True
    return [Crop(draw.random((SIDE_PX, SIDE_PX, 3), np.float32), hole_hw) for _ in range(count)]


def gflop_per_crop(config: RFRConfig) -> float:
    """Count the operations of one forward pass."""
    with torch.device("meta"), FlopCounterMode(display=False) as counter, torch.inference_mode():
        build_network(config).eval()(torch.empty(1, 3, SIDE_PX, SIDE_PX), torch.empty(1, 1, SIDE_PX, SIDE_PX))
    return counter.get_total_flops() / 1e9


def ceiling_gflops(device: torch.device, dtype: torch.dtype) -> float:
    """Measure matrix products of several sizes, each in two ways, and return the fastest."""
    best = 0.0
    by_device, otherwise = CEILING_SIDES
    for side in by_device.get(device.type, otherwise):
        left = torch.randn(side, side, device=device).to(dtype)
        right = torch.randn(side, side, device=device).to(dtype)
        # The same product as a convolution: side/4 channels, side × 16 pixels.
        image_nchw = torch.randn(1, side // 4, side, 16, device=device).to(dtype)
        image_nchw = image_nchw.contiguous(memory_format=torch.channels_last)
        kernel = torch.randn(side // 4, side // 4, 1, 1, device=device).to(dtype)

        def product(left: Tensor = left, right: Tensor = right) -> None:
            torch.mm(left, right)
            wait(device)

        def convolution(image_nchw: Tensor = image_nchw, kernel: Tensor = kernel) -> None:
            torch.nn.functional.conv2d(image_nchw, kernel)
            wait(device)

        with torch.inference_mode():
            for run, flop in ((product, 2 * side**3), (convolution, 2 * side**3)):
                best = max(best, flop / median_seconds(run, 3) / 1e9)
    return best


def wait(device: torch.device) -> None:
    """Wait until the device has done its work."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


def median_seconds(run: Callable[[], object], repeats: int) -> float:
    """Return the median of several runs, after one that does not count."""
    run()
    seconds: list[float] = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def peak_megabytes(form: str, config: RuntimeConfig) -> float:
    """Return how much memory a batch adds at its peak; to be run in a process of its own."""
    runtime = Runtime(random_network(FORMS[form]), config=replace(config, graphs=False))
    images_nhw3 = np.zeros((config.batch, SIDE_PX, SIDE_PX, 3), np.float32)
    known_nhw = np.ones((config.batch, SIDE_PX, SIDE_PX), np.float32)
    runtime.run_batch(images_nhw3[:1, :32, :32], known_nhw[:1, :32, :32])
    if torch.device(config.device).type == "cuda":
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        runtime.run_batch(images_nhw3, known_nhw)
        return (torch.cuda.max_memory_allocated() - before) / 1e6
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # makes the peak what is resident now
    before = resident_peak_megabytes()
    runtime.run_batch(images_nhw3, known_nhw)
    return resident_peak_megabytes() - before


def resident_peak_megabytes() -> float:
    """Return the peak of this process's resident memory (Linux)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise OSError("no VmHWM in /proc/self/status; run this on Linux")


if __name__ == "__main__":
    main()
