"""Throughput of ``restore --fill classical`` against a bare decode → encode loop plus OpenCV's fill.

Usage: ``python benchmarks/throughput.py FILE [FILE ...] [--rounds N] [--preset NAME]``

Per round and clip, in turn: a bare loop that decodes and encodes with the very encoder settings that
``restore`` chooses (audio not touched); OpenCV's Telea alone on the crops that ``restore`` fills; ``restore``
with a box of 25 % × 15 % of the picture. Medians over the rounds are printed, with the ratio
restore ÷ (bare + fill).
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from bare_loop import bare_loop_seconds

from rfr_video import Box, EncodeConfig, FillConfig, MaskConfig, RestoreConfig
from rfr_video.fill.classical import RADIUS_PX, ClassicalFiller
from rfr_video.geometry import Rect
from rfr_video.media.reader import open_reader
from rfr_video.pipeline.plan import Plan, make_plan
from rfr_video.pipeline.report import Report
from rfr_video.pipeline.restore import run_plan


def box_of(width: int, height: int) -> Box:
    """Return the measured box: 70–95 % of the width, 5–20 % of the height."""
    return Box(round(0.70 * width), round(0.05 * height), round(0.25 * width), round(0.15 * height))


def fill_seconds(plan: Plan, box: Box) -> float:
    """Run OpenCV's Telea on the crops alone: RGB crops are cut outside the clock."""
    video = plan.info.video
    picture = Rect(0, 0, video.width, video.height)
    step = plan.layout.subsampling
    hole = box.resolve(picture)
    outer = hole.grown(ClassicalFiller.margin_px, within=picture).aligned(step.x, step.y, within=picture)
    mask = np.zeros((video.height, video.width), np.uint8)
    mask[hole.slices] = 255
    mask = np.ascontiguousarray(mask[outer.slices])
    total = 0.0
    with open_reader(plan.info.path) as reader:
        for frame in reader.frames():
            crop = np.rint(np.clip(frame.crop(outer, plan.spec), 0, 1) * 255).astype(np.uint8)
            started = time.perf_counter()
            cv2.inpaint(crop, mask, RADIUS_PX, cv2.INPAINT_TELEA)
            total += time.perf_counter() - started
    return total


def measure(source: Path, *, rounds: int, preset: str) -> None:
    """Print one row for a clip."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"restored{source.suffix}"
        classical = FillConfig(fill="classical")
        probe_config = RestoreConfig(mask=MaskConfig(box=(Box(0, 0, 2, 2),)), fill=classical)
        video = make_plan(source, target, probe_config).info.video
        box = box_of(video.width, video.height)
        config = RestoreConfig(
            mask=MaskConfig(box=(box,)),
            fill=classical,
            encode=EncodeConfig(preset=preset),
            drop_unsupported=True,
            overwrite=True,
        )
        plan = make_plan(source, target, config)
        assert plan.settings is not None, "a box is never empty"
        bare: list[float] = []
        fill: list[float] = []
        reports: list[Report] = []
        for _ in range(rounds):
            bare.append(bare_loop_seconds(plan, plan.settings, Path(folder) / f"bare{source.suffix}"))
            fill.append(fill_seconds(plan, box))
            reports.append(run_plan(plan))
    full = [report.seconds for report in reports]
    ratios = [whole / (loop + filling) for whole, loop, filling in zip(full, bare, fill, strict=True)]
    bare_s, fill_s, full_s, ratio = (statistics.median(values) for values in (bare, fill, full, ratios))
    size = f"{video.width}×{video.height}"
    frames, timing = reports[-1].frames, reports[-1].timing
    print(
        f"{source.name:28} {size:>10} {frames:>6} {bare_s:>8.2f} {fill_s:>8.2f} {full_s:>8.2f} "
        f"{frames / full_s:>9.1f} {ratio:>7.3f} {min(ratios):>6.3f}–{max(ratios):.3f}  "
        f"{timing.limiting_stage if timing else ''}"
    )


def main() -> None:
    """Measure every clip."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--preset", default="auto")
    options = parser.parse_args()
    print(
        f"{'clip':28} {'size':>10} {'frames':>6} {'bare s':>8} {'fill s':>8} {'full s':>8} {'frames/s':>9} "
        f"{'ratio':>7} {'spread':>13}  limited by"
    )
    for file in options.files:
        measure(file, rounds=options.rounds, preset=options.preset)


if __name__ == "__main__":
    main()
