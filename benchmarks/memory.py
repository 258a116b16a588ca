"""Peak memory of ``restore`` at growing lengths of one clip.

Usage: ``python benchmarks/memory.py FILE [--fill classical|auto|...] [--frames 10 100 1394] [--minutes 10]``

The clip's packets are copied as often as needed to make each length (no re-encoding); every length is then
restored by a process of its own, whose peak resident size the operating system reports. Ratios are against
the ten-second file. ``--minutes 0`` leaves the long file out.
"""

import argparse
import os
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import av
from clip_lengths import write_frames


def peak_mib(source: Path, target: Path, *, fill: str) -> float:
    """Restore a file in a process of its own and return its peak resident size in MiB."""
    command = [
        sys.executable,
        "-m",
        "rfr_video",
        "restore",
        str(source),
        "-o",
        str(target),
        "--quiet",
        "--overwrite",
    ]
    command += ["--box", "-200,20,180,60", "--fill", fill, "--preset", "ultrafast"]
    pid = os.posix_spawn(sys.executable, command, os.environ)
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"restore failed on {source}: exit code {os.waitstatus_to_exitcode(status)}")
    return usage.ru_maxrss / 1024


def main() -> None:
    """Measure every length."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--fill", default="classical")
    parser.add_argument("--frames", nargs="*", type=int, default=[10, 100, 1394])
    parser.add_argument("--minutes", type=Fraction, default=Fraction(10))
    options = parser.parse_args()
    with av.open(str(options.file)) as clip:
        rate = clip.streams.video[0].average_rate or Fraction(25)
    ten_seconds = round(10 * rate)
    lengths = sorted({*options.frames, ten_seconds, round(60 * options.minutes * rate)} - {0})
    peaks: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for frames in lengths:
            source = Path(folder) / f"{frames}{options.file.suffix}"
            write_frames(options.file, source, frames=frames)
            target = Path(folder) / f"restored{options.file.suffix}"
            peaks[frames] = peak_mib(source, target, fill=options.fill)
    print(f"{'frames':>8} {'seconds':>8} {'peak MiB':>9} {'÷ ten seconds':>14}")
    for frames, peak in peaks.items():
        print(f"{frames:>8} {float(frames / rate):>8.1f} {peak:>9.1f} {peak / peaks[ten_seconds]:>14.3f}")


if __name__ == "__main__":
    main()
