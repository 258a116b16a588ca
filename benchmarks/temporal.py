"""``temporal``: ``restore --fill auto`` end to end, beside classical filling and a bare decode → encode loop.

Usage: ``python benchmarks/temporal.py CLIP... [--frames 90] [--quality NAME]... [--rounds 3]``

Of each clip the first frames are taken, the text logo of ``evaluate clips`` is burned in, and they are
encoded as H.264 with CRF 16; the logo is the mask, and the encoder the default one. In turn, each in a
process of its own: the bare loop with the very encoder settings that ``restore`` chooses; classical filling;
``--fill auto`` at every quality. Medians over the rounds are printed: frames per second and seconds of the
clock and of the processor per frame, the ratios of the clock to the two yardsticks of the same round, the
peak of the process's memory, and how long every stage was at work per frame (the mean of its lanes; a stage
that waits for a free core counts as at work). Imports and planning are not counted, loading the network and
the search for a translucent overlay are.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import get_args

import cv2
from bare_loop import bare_loop_seconds

from rfr_video import FillConfig, MaskConfig, RestoreConfig
from rfr_video.config import FillQuality
from rfr_video.evaluation.clips.overlays import draw_text
from rfr_video.media.probe import probe
from rfr_video.media.rgb_video import h264_writer, read_rgb
from rfr_video.pipeline.plan import Plan, make_plan
from rfr_video.pipeline.restore import run_plan

BARE, CLASSICAL = "bare loop", "classical"


@dataclass(frozen=True)
class Figures:
    """What one run took, all of it per frame but the peak."""

    seconds: float
    processor_seconds: float
    peak_mib: float
    busy_seconds: dict[str, float] = field(default_factory=dict[str, float])


def bare(source: Path, mask: Path, *, frames: int) -> Figures:
    """Decode and encode."""
    plan = _plan(source, mask, FillConfig(fill="classical"))
    assert plan.settings is not None, "the mask is not empty"
    before = time.process_time()
    seconds = bare_loop_seconds(plan, plan.settings, plan.target)
    return _figures(seconds, time.process_time() - before, {}, frames=frames)


def restored(source: Path, mask: Path, fill: FillConfig, *, frames: int) -> Figures:
    """Restore."""
    plan = _plan(source, mask, fill)
    before = time.process_time()
    report = run_plan(plan)
    processor_seconds = time.process_time() - before
    assert report.frames == frames, (report.frames, frames)
    assert report.timing is not None
    return _figures(report.seconds, processor_seconds, report.timing.busy_seconds, frames=frames)


def _plan(source: Path, mask: Path, fill: FillConfig) -> Plan:
    config = RestoreConfig(mask=MaskConfig(mask=mask), fill=fill, overwrite=True)
    return make_plan(source, source.with_name(f"restored{source.suffix}"), config)


def _figures(seconds: float, processor_seconds: float, busy: dict[str, float], *, frames: int) -> Figures:
    return Figures(
        seconds / frames,
        processor_seconds / frames,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        {name: one / frames for name, one in busy.items()},
    )


def alone(work: Callable[[], Figures]) -> Figures:
    """Do something in a fresh process, whose peak is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(work).result()


def measure(clip: Path, folder: Path, *, frames: int, qualities: list[FillQuality], rounds: int) -> None:
    """Print the rows of a clip."""
    source, mask = folder / "burned.mp4", folder / "mask.png"
    video = probe(clip).video
    stamp = draw_text(video.height, video.width)
    cv2.imwrite(str(mask), stamp.hole_hw.astype("uint8") * 255)
    writer = h264_writer(source, width=video.width, height=video.height, rate=video.rate, crf=16)
    with writer as write, closing(read_rgb(clip)) as pictures:
        for moment, picture_hw3 in islice(pictures, frames):
            write(stamp.burn(moment, picture_hw3).picture_hw3)
    frames = frames_of(source)
    cases: dict[str, Callable[[], Figures]] = {
        BARE: partial(bare, source, mask, frames=frames),
        CLASSICAL: partial(restored, source, mask, FillConfig(fill="classical"), frames=frames),
    }
    for quality in qualities:
        fill = FillConfig(fill="auto", quality=quality)
        cases[quality] = partial(restored, source, mask, fill, frames=frames)
    taken: dict[str, list[Figures]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, work in cases.items():
            taken[name].append(alone(work))
    print(f"{clip.name}, {video.width}×{video.height}, {frames} frames")
    print(f"  {'':<10} frames/s  ms/frame  CPU ms  ÷ bare  ÷ classical  peak MiB  at work, ms per frame")
    for name in cases:
        print(f"  {row(name, taken)}", flush=True)


def row(name: str, taken: dict[str, list[Figures]]) -> str:
    """Return a line of the table: medians over the rounds."""
    mine = taken[name]
    seconds = median(one.seconds for one in mine)
    to_bare, to_classical = (
        median(one.seconds / other.seconds for one, other in zip(mine, taken[yardstick], strict=True))
        for yardstick in (BARE, CLASSICAL)
    )
    busy = {stage: median(one.busy_seconds[stage] for one in mine) for stage in mine[0].busy_seconds}
    processor_seconds = median(one.processor_seconds for one in mine)
    peak_mib = median(one.peak_mib for one in mine)
    return (
        f"{name:<10} {1 / seconds:>8.1f}  {1000 * seconds:>8.1f}  {1000 * processor_seconds:>6.1f}  "
        f"{to_bare:>6.2f}  {to_classical:>11.2f}  {peak_mib:>8.0f}  "
        + ", ".join(f"{stage} {1000 * each:.0f}" for stage, each in busy.items())
    )


def frames_of(clip: Path) -> int:
    """Return how many frames a clip has, as far as its file says."""
    expected = probe(clip).video.expected_frames
    assert expected is not None, f"{clip} does not say how long it is"
    return expected


def main() -> None:
    """Measure every clip."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="+", type=Path, metavar="CLIP")
    parser.add_argument("--frames", type=int, default=90)
    parser.add_argument("--quality", action="append", choices=get_args(FillQuality))
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    qualities = options.quality or list(get_args(FillQuality))
    for clip in options.clips:
        with tempfile.TemporaryDirectory() as folder:
            measure(clip, Path(folder), frames=options.frames, qualities=qualities, rounds=options.rounds)


if __name__ == "__main__":
    main()
