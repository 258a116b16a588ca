"""Ten hours of video in simulation: does memory stay flat, and are all file handles given back?

Usage: ``python benchmarks/ten_hours.py [--frames 900000] [--container mkv] [--fill classical]``

A clip of 250 tiny frames is made, its packets are copied over and over (no re-encoding) into one long file,
and that file goes through the whole pipeline: read, mask, fill, composite, write. All along, this process
looks at its own resident memory and open file handles. Printed are both at every twentieth of the way, and
the slope of a straight line through memory after the first tenth, in MiB per hour of video at 25 frames/s:
0 means that memory does not grow with length.
"""

import argparse
import os
import tempfile
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from clip_lengths import write_frames

from rfr_video import Box, EncodeConfig, FillConfig, MaskConfig, RestoreConfig, restore
from rfr_video.config import FillMethod
from rfr_video.pipeline.progress import Progress

WIDTH, HEIGHT, RATE, CLIP_FRAMES = 64, 48, 25, 250
CODEC = "mpeg2video"
WARM_UP = 0.1
STEPS = 200


@dataclass(frozen=True)
class Sample:
    """What the process held when so many frames were written."""

    frames: int
    memory_mib: float
    handles: int
    seconds: float


class Observer:
    """Takes samples while frames are written, and prints every tenth."""

    def __init__(self, frames: int) -> None:
        self._every = max(1, frames // STEPS)
        self._started = time.monotonic()
        self.samples: list[Sample] = []

    def __call__(self, progress: Progress) -> None:
        """Note progress."""
        if progress.frames % self._every:
            return
        sample = Sample(progress.frames, _resident_mib(), _handles(), time.monotonic() - self._started)
        self.samples.append(sample)
        if not len(self.samples) % 10:
            print(
                f"{sample.frames:>9} {sample.frames / RATE / 3600:>7.2f} {sample.memory_mib:>9.1f} "
                f"{sample.handles:>8} {sample.frames / sample.seconds:>9.0f}",
                flush=True,
            )


def make_clip(path: Path) -> Path:
    """Encode a short clip of a texture that moves."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(CODEC, rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(CLIP_FRAMES):
            luma = (np.sin((x + index) / 5) + np.cos((y - index) / 7)) * 50 + 120
            planes = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
            planes[:HEIGHT] = luma
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def slope_mib_per_hour(samples: list[Sample]) -> float:
    """Fit a line through memory, without the first tenth."""
    settled = [one for one in samples if one.frames >= WARM_UP * samples[-1].frames]
    hours = [one.frames / RATE / 3600 for one in settled]
    return float(np.polyfit(hours, [one.memory_mib for one in settled], 1)[0])


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def _handles() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - not to open more than that one


def main() -> None:
    """Run, and print what was seen."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=900_000)
    parser.add_argument("--container", default="mkv")
    parser.add_argument("--fill", default="classical")
    options = parser.parse_args()
    config = RestoreConfig(
        mask=MaskConfig(box=(Box.parse("8,8,12,8"),)),
        fill=FillConfig(fill=cast("FillMethod", options.fill)),
        encode=EncodeConfig(codec=CODEC),
    )
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / f"long.{options.container}"
        write_frames(make_clip(Path(folder) / "clip.mp4"), source, frames=options.frames)
        print(f"{'frames':>9} {'hours':>7} {'MiB':>9} {'handles':>8} {'frames/s':>9}", flush=True)
        before, observer = _handles(), Observer(options.frames)
        report = restore(source, Path(folder) / f"result.{options.container}", config, progress=observer)
        settled = [one for one in observer.samples if one.frames >= WARM_UP * report.frames]
        print(f"{report.frames} frames, {report.frames_repaired} repaired")
        print(f"slope of memory: {slope_mib_per_hour(observer.samples):+.3f} MiB per hour of video")
        print(
            f"handles during: {sorted({one.handles for one in settled})}; before {before}, after {_handles()}"
        )


if __name__ == "__main__":
    main()
