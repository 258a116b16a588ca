"""``image``: peak memory on a large picture, and what coding a lossy picture anew changes outside the hole.

Usage: ``python benchmarks/image.py STILL... [--megapixels 50] [--fill classical] [--weights NAME|PATH]``

The large picture is the first still, repeated; every kind of file is repaired by a process of its own, whose
peak resident size the operating system reports, with one hole of 300×200. For the second table every still is
saved at each quality, a ninth of it is repaired, and the result is compared with what was saved: within 16
pixels of the hole, and farther away.
"""

import argparse
import io
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import numpy.typing as npt
import tifffile
from PIL import Image

LOSSY: list[tuple[str, str, dict[str, Any]]] = [
    ("JPEG 4:2:0, quality 75", ".jpg", {"quality": 75, "subsampling": 2}),
    ("JPEG 4:2:0, quality 90", ".jpg", {"quality": 90, "subsampling": 2}),
    ("JPEG 4:4:4, quality 95", ".jpg", {"quality": 95, "subsampling": 0}),
    ("JPEG 4:4:4, quality 100", ".jpg", {"quality": 100, "subsampling": 0}),
    ("WebP, quality 75", ".webp", {"quality": 75}),
    ("WebP, quality 90", ".webp", {"quality": 90}),
]
LOUDEST_DB = 99.0


@dataclass(frozen=True)
class Run:
    """What one repair took, in a process of its own."""

    peak_mib: float
    seconds: float


def repair(source: Path, target: Path, options: list[str]) -> Run:
    """Repair a picture in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "rfr_video",
        "image",
        str(source),
        "-o",
        str(target),
        "--quiet",
        "--overwrite",
    ]
    started = time.perf_counter()
    pid = os.posix_spawn(sys.executable, command + options, os.environ)
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"image failed on {source}: exit code {os.waitstatus_to_exitcode(status)}")
    return Run(usage.ru_maxrss / 1024, time.perf_counter() - started)


def make_large(folder: Path, still: Path, megapixels: float) -> list[tuple[str, int, Path]]:
    """Write a picture of repeated stills in every kind of file; returns names, bits per sample, and paths."""
    tile = _rgb(still)
    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    width = round(1.5 * height)
    repeats = -(-height // tile.shape[0]), -(-width // tile.shape[1]), 1
    picture = np.ascontiguousarray(np.tile(tile, repeats)[:height, :width])
    deep = picture.astype(np.uint16) * np.uint16(257)
    files = [
        ("PNG", 8, folder / "large8.png"),
        ("PNG", 16, folder / "large16.png"),
        ("JPEG 4:2:0", 8, folder / "large.jpg"),
        ("WebP, lossy", 8, folder / "large.webp"),
        ("TIFF, LZW", 16, folder / "lzw.tif"),
        ("TIFF, uncompressed", 16, folder / "raw.tif"),
    ]
    paths = [path for _, _, path in files]
    paths[0].write_bytes(imagecodecs.png_encode(picture, level=1))
    paths[1].write_bytes(imagecodecs.png_encode(deep, level=1))
    Image.fromarray(picture).save(paths[2], quality=90)
    Image.fromarray(picture).save(paths[3], quality=80, method=0)
    tifffile.imwrite(paths[4], deep, photometric="rgb", rowsperstrip=64, compression="lzw", predictor=True)
    tifffile.imwrite(paths[5], deep, photometric="rgb", rowsperstrip=64)
    return files


def show_memory(folder: Path, still: Path, *, megapixels: float, fill: list[str]) -> None:
    """Print the first table."""
    # Made by another process: a child's peak counts what its parent held when it was started.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as maker:
        files = maker.submit(make_large, folder, still, megapixels).result()
    idle = repair(still, folder / f"out{still.suffix}", ["--box", "100,100,40,40", *fill])
    print(f"peak with {still.name} and a hole of 40×40: {idle.peak_mib:.0f} MiB")
    print(f"{'file':<20} {'bits':>4} {'samples':>8} {'on disk':>8} {'peak':>9} {'÷ samples':>9} {'time':>7}")
    for name, bits, path in files:
        samples_mib = megapixels * 1e6 * 3 * bits / 8 / 2**20
        run = repair(path, folder / f"out{path.suffix}", ["--box", "2000,1500,300,200", *fill])
        print(
            f"{name:<20} {bits:>4} {samples_mib:>4.0f} MiB {path.stat().st_size / 2**20:>4.0f} MiB "
            f"{run.peak_mib:>5.0f} MiB {run.peak_mib / samples_mib:>9.2f} {run.seconds:>5.1f} s"
        )


def show_fidelity(folder: Path, stills: list[Path], *, fill: list[str]) -> None:
    """Print the second table."""
    print(f"{'file':<24} {'same':>8} {'PSNR far':>9} {'PSNR near':>10} {'size':>6}")
    for name, suffix, options in LOSSY:
        figures = [_fidelity(folder, still, suffix, options, fill=fill) for still in stills]
        same, far, near, size = np.mean(figures, axis=0)
        print(f"{name:<24} {100 * same:>6.2f} % {far:>6.1f} dB {near:>7.1f} dB {size:>6.2f}")


def _fidelity(
    folder: Path, still: Path, suffix: str, options: dict[str, Any], *, fill: list[str]
) -> tuple[float, float, float, float]:
    """Return the share of same pixels away from the hole, PSNR there and near the hole, ratio of sizes."""
    source, target = folder / f"lossy{suffix}", folder / f"repaired{suffix}"
    Image.open(still).convert("RGB").save(source, **options)
    before = _rgb(source)
    height, width = before.shape[:2]
    left, top, wide, high = width // 3, height // 3, width // 3, height // 3
    repair(source, target, ["--box", f"{left},{top},{wide},{high}", *fill])
    difference = before.astype(np.int16) - _rgb(target)
    hole, near = np.zeros((height, width), bool), np.zeros((height, width), bool)
    hole[top : top + high, left : left + wide] = True
    near[top - 16 : top + high + 16, left - 16 : left + wide + 16] = True
    far = difference[~near]
    size = target.stat().st_size / source.stat().st_size
    return float((far == 0).all(axis=1).mean()), _psnr_db(far), _psnr_db(difference[near & ~hole]), size


def _psnr_db(difference: npt.NDArray[np.int16]) -> float:
    error = float(np.mean(difference.astype(np.float64) ** 2))
    return min(LOUDEST_DB, 10 * np.log10(255**2 / error)) if error else LOUDEST_DB


def _rgb(path: Path) -> npt.NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(path.read_bytes())).convert("RGB"))


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stills", nargs="+", type=Path)
    parser.add_argument("--megapixels", type=float, default=50)
    parser.add_argument("--fill", default="classical")
    parser.add_argument("--weights")
    arguments = parser.parse_args()
    fill = ["--fill", arguments.fill, *(["--weights", arguments.weights] if arguments.weights else [])]
    with tempfile.TemporaryDirectory() as name:
        show_memory(Path(name), arguments.stills[0], megapixels=arguments.megapixels, fill=fill)
        print()
        show_fidelity(Path(name), arguments.stills, fill=fill)


if __name__ == "__main__":
    main()
