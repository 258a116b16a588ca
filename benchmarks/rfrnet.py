"""Time the network: milliseconds per 256×256 crop, and its share of what the machine can multiply.

    python benchmarks/rfrnet.py                       every form, batch 1, 4, 16, float32 and bfloat16
    python benchmarks/rfrnet.py --form 7x7 --batch 4 --precision float32

Weights are random: time does not depend on them. The ceiling is a large matrix product in the same precision,
by torch.mm or as a 1×1 convolution, whichever is faster (they use different libraries on a CPU); it is
measured before and after each row, and the share is against the mean of the two, so that a busy machine slows
both. FLOP are those of our network by torch.utils.flop_counter. Peak memory is what one batch adds to a fresh
process (resident memory, sampled) or to the device, per megapixel of crop.
"""

import argparse
import multiprocessing
import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from rfr_video.rfrnet.forms import build_network
from rfr_video.rfrnet.network import COMPACT, PUBLISHED, SMALLER_HOLES, Inpainter, RFRConfig
from rfr_video.rfrnet.runtime import Crop, Runtime, RuntimeConfig

FORMS = {"7x7": PUBLISHED, "5x5": SMALLER_HOLES, "compact": COMPACT}
SIDE_PX = 256
HOLE = slice(96, 160)
CEILING_SIDE = 2048


def main() -> None:
    """Print one row per form, precision and batch."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--form", nargs="+", choices=FORMS, default=list(FORMS))
    parser.add_argument("--batch", nargs="+", type=int, default=[1, 4, 16])
    parser.add_argument("--precision", nargs="+", default=["float32", "bfloat16"])
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--repeats", type=int, default=3, help="timed runs per row; the median counts")
    options = parser.parse_args()
    print(f"torch {torch.__version__}, {options.device}, {torch.get_num_threads()} threads, {SIDE_PX}² crops")
    print(
        "form     precision  batch  ms/crop  crops/s  GFLOP  GFLOP/s  ceiling  share  net/end-to-end  MB/MP"
    )
    for form in options.form:
        for precision in options.precision:
            for batch in options.batch:
                print(row(form, precision, batch=batch, device=options.device, repeats=options.repeats))


def row(form: str, precision: str, *, batch: int, device: str, repeats: int) -> str:
    """Measure one combination: the runtime end to end, and the network alone in the same run."""
    network = random_network(FORMS[form])
    config = RuntimeConfig(device=device, precision=precision, batch=batch)  # pyright: ignore[reportArgumentType]
    runtime = Runtime(network, config=config)
    crops = random_crops(batch)
    images_nhw3 = np.stack([crop.image_hw3 for crop in crops])
    known_nhw = np.stack([(crop.hole_hw == 0).astype(np.float32) for crop in crops])
    dtype = getattr(torch, precision)
    before = ceiling_gflops(device, dtype)
    # Several batches in flight: the device waits where copies and computing do not overlap.
    in_flight = 4 if device.startswith("cuda") else 1
    end_to_end = median_seconds(lambda: list(runtime.fill(crops * in_flight)), repeats) / in_flight
    alone = median_seconds(lambda: runtime.run_batch(images_nhw3, known_nhw), repeats)
    ceiling = (before + ceiling_gflops(device, dtype)) / 2
    with multiprocessing.get_context("spawn").Pool(1) as fresh:
        memory = fresh.apply(peak_megabytes, (form, config))
    gflop = gflop_per_crop(FORMS[form])
    rate = gflop * batch / end_to_end
    return (
        f"{form:<9}{precision:<11}{batch:>5}{end_to_end / batch * 1e3:>9.1f}{batch / end_to_end:>9.2f}"
        f"{gflop:>7.1f}{rate:>9.1f}{ceiling:>9.1f}{rate / ceiling:>7.0%}{alone / end_to_end:>16.0%}"
        f"{memory / (batch * SIDE_PX**2 / 1e6):>7.0f}"
    )


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


def ceiling_gflops(device: str, dtype: torch.dtype) -> float:
    """Measure a large matrix product, the faster of two ways."""
    side = CEILING_SIDE * (4 if device.startswith("cuda") else 1)
    left = torch.randn(side, side, dtype=dtype, device=device)
    right = torch.randn(side, side, dtype=dtype, device=device)
    channels = side // 4
    image_nchw = torch.randn(1, channels, side, side // 2, dtype=dtype, device=device)
    image_nchw = image_nchw.contiguous(memory_format=torch.channels_last)
    kernel = torch.randn(channels, channels, 1, 1, dtype=dtype, device=device)

    def product() -> None:
        torch.mm(left, right)
        wait(device)

    def convolution() -> None:
        torch.nn.functional.conv2d(image_nchw, kernel)
        wait(device)

    with torch.inference_mode():
        return max(
            2 * side**3 / median_seconds(product, 5) / 1e9,
            2 * channels**2 * side * side // 2 / median_seconds(convolution, 5) / 1e9,
        )


def wait(device: str) -> None:
    """Wait until the device has done its work."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()


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
    runtime = Runtime(random_network(FORMS[form]), config=config)
    images_nhw3 = np.zeros((config.batch, SIDE_PX, SIDE_PX, 3), np.float32)
    known_nhw = np.ones((config.batch, SIDE_PX, SIDE_PX), np.float32)
    runtime.run_batch(images_nhw3[:1, :32, :32], known_nhw[:1, :32, :32])
    if config.device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        runtime.run_batch(images_nhw3, known_nhw)
        return (torch.cuda.max_memory_allocated() - before) / 1e6
    before, peak, stop = resident_megabytes(), [0.0], threading.Event()

    def watch() -> None:
        while not stop.wait(0.002):
            peak[0] = max(peak[0], resident_megabytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    runtime.run_batch(images_nhw3, known_nhw)
    stop.set()
    watcher.join()
    return max(peak[0] - before, 0.0)


def resident_megabytes() -> float:
    """Return the process's resident memory (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


if __name__ == "__main__":
    main()
