"""``interlaced``: holes of interlaced videos, filled field by field and as if frames were single pictures.

Usage: ``python benchmarks/interlaced.py CLIP... [--frames 40] [--overlay logo|box]``

Of each clip, two frames make one of two fields: lines of the one and of the other, the top field first, each
low-passed by (1, 2, 1) / 4 from line to line, as cameras do. So the motion from field to field is that of the
clip from frame to frame. The overlay of ``evaluate clips`` is burned in and taken out with ``--fill auto``,
field by field and with ``--field-order progressive``. Printed are the PSNR over all samples of the holes
(RGB), what was borrowed, and the processor's time per frame.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from statistics import mean
from typing import get_args

import cv2
import numpy as np

from rfr_video import EncodeConfig, MaskConfig, RestoreConfig, ScanConfig, restore
from rfr_video.config import BurnIn, FieldOrderName
from rfr_video.evaluation.clips.overlays import drawn_overlay
from rfr_video.fill.filler import Origin
from rfr_video.media.fields import Parity
from rfr_video.media.rgb_video import RgbPicture, read_rgb, rgb_writer
from rfr_video.timecode import Moment

WAYS: tuple[FieldOrderName, ...] = ("tff", "progressive")
LOW_PASS = np.array([0.25, 0.5, 0.25])


@dataclass(frozen=True)
class Figures:
    """What a way of filling comes to."""

    psnr_db: float
    borrowed: float
    processor_seconds: float


def woven_pairs(clip: Path) -> Iterator[RgbPicture]:
    """Make one frame of two fields out of every two frames."""
    pictures = (_low_passed(picture) for _, picture in read_rgb(clip))
    for top, bottom in zip(pictures, pictures, strict=False):
        frame = top.copy()
        frame[Parity.BOTTOM.lines] = bottom[Parity.BOTTOM.lines]
        yield frame


def _low_passed(picture_hw3: RgbPicture) -> RgbPicture:
    smooth = cv2.sepFilter2D(picture_hw3, -1, np.array([1.0]), LOW_PASS)
    return np.asarray(smooth[: len(smooth) // 4 * 4], np.uint8)


def measure(clip: Path, folder: Path, *, overlay: BurnIn, frames: int) -> list[Figures]:
    """Repair one clip both ways."""
    clean = list(islice(woven_pairs(clip), frames))
    height, width = clean[0].shape[:2]
    stamp = drawn_overlay(overlay).draw(height, width)
    cv2.imwrite(str(folder / "mask.png"), stamp.hole_hw.astype(np.uint8) * 255)
    with rgb_writer(folder / "source.mkv", width=width, height=height, rate=Fraction(25)) as write:
        for picture in clean:
            write(stamp.burn(Moment(0, Fraction(0)), picture).picture_hw3)
    return [_filled(clean, stamp.hole_hw, folder, order) for order in WAYS]


def _filled(clean: list[RgbPicture], hole_hw: np.ndarray, folder: Path, order: FieldOrderName) -> Figures:
    config = RestoreConfig(
        mask=MaskConfig(mask=folder / "mask.png"),
        scan=ScanConfig(field_order=order),
        encode=EncodeConfig(codec="ffv1"),
    )
    before = time.process_time()
    report = restore(folder / "source.mkv", folder / f"{order}.mkv", config)
    seconds = time.process_time() - before
    results = read_rgb(folder / f"{order}.mkv")
    squares = [
        float(((result.astype(np.float32) - truth)[hole_hw] ** 2).mean())
        for (_, result), truth in zip(results, clean, strict=True)
    ]
    psnr_db = float(10 * np.log10(255**2 / mean(squares)))
    return Figures(psnr_db, report.origin_shares.get(Origin.BORROWED, 0.0), seconds / len(clean))


def main() -> None:
    """Measure every clip."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="+", type=Path, metavar="CLIP")
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--overlay", choices=get_args(BurnIn), default="logo")
    options = parser.parse_args()
    print(f"{'':<28} {'by fields':>22}   {'by frames':>22}   gain")
    gains: list[float] = []
    for clip in options.clips:
        with tempfile.TemporaryDirectory() as folder:
            both = measure(clip, Path(folder), overlay=options.overlay, frames=options.frames)
        columns = "   ".join(
            f"{one.psnr_db:>5.2f} dB {one.borrowed:>4.0%} {1000 * one.processor_seconds:>5.0f} ms"
            for one in both
        )
        gains.append(both[0].psnr_db - both[1].psnr_db)
        print(f"{clip.stem:<28} {columns}   {gains[-1]:+.2f} dB", flush=True)
    print(f"mean gain {mean(gains):+.2f} dB, least {min(gains):+.2f} dB")


if __name__ == "__main__":
    main()
