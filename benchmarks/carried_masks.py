"""``carried_masks``: hand-made masks carried to all frames, against the truth and against standing still.

Usage: ``python benchmarks/carried_masks.py CLIPS MASKS [--step 20] [--only NAME]... [--threads 1]``

For every folder of numbered masks in MASKS with a clip of the same name in CLIPS, every so many-th mask is
given as a keyframe, and the masks of the other frames are compared with the folder's: mean intersection over
union of the carried masks and of the nearest keyframe's mask, held still. ``worst`` is the mean over the
worst tenth of the frames. Speed is that of carrying alone, decoding included. The last table shows what
confidence stands for.
"""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.config import MaskAt
from rfr_video.masking.carry.carrying import MaskCarrier
from rfr_video.masking.carry.distance import likeness
from rfr_video.masking.carry.keyframes import Keyframes
from rfr_video.media.images import numbered_images, read_mask
from rfr_video.media.probe import probe
from rfr_video.timecode import Instant

Figures = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sequence:
    """What came of one clip: intersections over union and confidence, per frame that is no keyframe."""

    name: str
    carried: Figures
    still: Figures
    confidence: Figures
    frames_per_second: float


def measure(clip: Path, folder: Path, *, step: int) -> Sequence:
    """Carry every so many-th mask of a folder over a clip, and compare with the others."""
    images = numbered_images(folder)
    truth = [read_mask(image) > 0 for image in images]
    keys = range(0, len(images), step)
    given = [MaskAt(Instant(frame=key), images[key]) for key in keys]
    info = probe(clip)
    carrier = MaskCarrier(info, Keyframes.read(given, info=info))
    started = time.perf_counter()
    carried = [(one.mask > 0, one.confidence) for one in carrier]
    seconds = time.perf_counter() - started
    others = [index for index in range(len(carried)) if index not in keys]
    nearest = {index: min(keys, key=lambda key: abs(key - index)) for index in others}
    return Sequence(
        name=folder.name,
        carried=np.array([likeness(carried[index][0], truth[index]) for index in others]),
        still=np.array([likeness(truth[nearest[index]], truth[index]) for index in others]),
        confidence=np.array([carried[index][1] for index in others]),
        frames_per_second=len(carried) / seconds,
    )


def row(name: str, figures: list[Sequence]) -> str:
    """Return a line of the table: means over sequences."""
    carried = float(np.mean([one.carried.mean() for one in figures]))
    still = float(np.mean([one.still.mean() for one in figures]))
    worst = float(np.mean([np.sort(one.carried)[: -(-len(one.carried) // 10)].mean() for one in figures]))
    confidence = float(np.mean([one.confidence.mean() for one in figures]))
    speed = float(np.mean([one.frames_per_second for one in figures]))
    return (
        f"{name:<24} {carried:>7.3f} {worst:>6.3f} {still:>6.3f} {carried / still:>6.2f} {confidence:>10.3f} "
        f"{speed:>9.1f}"
    )


def show_calibration(figures: list[Sequence]) -> None:
    """Print what confidence stands for."""
    carried = np.concatenate([one.carried for one in figures])
    confidence = np.concatenate([one.confidence for one in figures])
    print(f"{'confidence':<12} {'frames':>6} {'carried':>8}")
    for low in np.arange(0, 1, 0.1):
        inside = (confidence >= low) & (confidence < low + 0.1)
        if inside.any():
            span = f"{low:.1f} to {low + 0.1:.1f}"
            print(f"{span:<12} {int(inside.sum()):>6} {float(carried[inside].mean()):>8.3f}")


def main() -> None:
    """Measure all sequences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("clips", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument("--step", type=int, default=20)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    cv2.setNumThreads(arguments.threads)
    print(f"{'sequence':<24} carried  worst  still  ratio confidence  frames/s")
    figures: list[Sequence] = []
    for folder in sorted(arguments.masks.iterdir()):
        clip = arguments.clips / f"{folder.name}.mp4"
        if not clip.exists() or (arguments.only and folder.name not in arguments.only):
            continue
        figures.append(measure(clip, folder, step=arguments.step))
        print(row(folder.name, figures[-1:]), flush=True)
    print(row(f"mean of {len(figures)}", figures))
    show_calibration(figures)


if __name__ == "__main__":
    main()
