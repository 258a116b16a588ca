"""Speed of the detectors of defects beside the mere decoding of the same frames.

    python benchmarks/defects.py clip.mp4 [--frames N] [--rounds N]

Per round, every kind looks at the first frames of the clip, decoding included, as ``restore --detect`` does.
Medians over the rounds: frames per second on the clock, the processor's time per frame, all threads together,
and the time on the clock over that of decoding alone in the same round.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from rfr_video.config import DetectConfig
from rfr_video.masking.detect.detector import DefectDetectorMaker
from rfr_video.media.frame import Frame
from rfr_video.media.probe import VideoInfo, probe
from rfr_video.media.reader import open_reader
from rfr_video.pipeline.detection import DEFECTS

Look = Callable[[Iterator[Frame]], Iterator[object]]


def _nothing() -> Look:
    return iter


def _detection(make: DefectDetectorMaker, info: VideoInfo) -> Look:
    return make(info, DetectConfig()).masks


def _timed(path: Path, frames: int, look: Look) -> tuple[int, float, float]:
    """Return the count of frames, and the seconds on the clock and of the processor."""
    started, worked = time.perf_counter(), time.process_time()
    with open_reader(path) as reader:
        count = sum(1 for _ in look(islice(reader.frames(), frames)))
    return count, time.perf_counter() - started, time.process_time() - worked


def measure(path: Path, *, frames: int, rounds: int) -> None:
    """Print a row for decoding, and one for each kind."""
    info = probe(path)
    looks: dict[str, Callable[[], Look]] = {"decoding alone": _nothing}
    for kind, make in DEFECTS.items():
        looks[kind] = partial(_detection, make, info)
    rows: dict[str, list[tuple[float, float, float]]] = {name: [] for name in looks}
    for _ in range(rounds):
        bare = 0.0
        for name, begin in looks.items():
            count, seconds, worked = _timed(path, frames, begin())
            bare = bare or seconds
            rows[name].append((count / seconds, 1000 * worked / count, seconds / bare))
    size = f"{info.video.width}×{info.video.height}"
    for name, values in rows.items():
        speed, worked, ratio = (statistics.median(column) for column in zip(*values, strict=True))
        print(f"{path.name:28} {size:>10} {name:16} {speed:>9.1f} {worked:>7.1f} {ratio:>8.2f}")


def main() -> None:
    """Measure every clip."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(f"{'clip':28} {'size':>10} {'what':16} {'frames/s':>9} {'CPU ms':>7} {'÷ bare':>8}")
    for clip in options.clips:
        measure(clip, frames=options.frames, rounds=options.rounds)


if __name__ == "__main__":
    main()
