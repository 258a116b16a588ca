"""What verifying costs beside the run itself, and how far apart lossy codecs leave samples outside the hole.

Usage: ``python benchmarks/verify.py FILE... [--codecs auto hevc ...] [--frames 48] [--fill auto]``

The first frames of every file are restored with a box, once per codec at its default quality, without
and with ``--verify``. The dB are those of the worst frame and the worst block, by which the limits of
``--least-psnr`` were chosen.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from clip_lengths import write_frames

from rfr_video import Box, EncodeConfig, FillConfig, MaskConfig, RestoreConfig, restore
from rfr_video.config import SelfCheckConfig
from rfr_video.pipeline.report import Report


def timed(source: Path, target: Path, config: RestoreConfig) -> tuple[Report, float]:
    """Restore, and return the report and the seconds it took."""
    started = time.perf_counter()
    report = restore(source, target, config)
    return report, time.perf_counter() - started


def main() -> None:
    """Measure every file with every codec."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--codecs", nargs="*", default=["auto"])
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--fill", default="classical")
    options = parser.parse_args()
    mask = MaskConfig(box=(Box(-200, 20, 180, 60),))
    plain = RestoreConfig(mask=mask, fill=FillConfig(fill=options.fill), overwrite=True)
    names = ("frame dB", "block dB", "restore s", "verified s", "ratio")
    print(f"{'clip':<28}{'codec':<12}" + "".join(f"{name:>11}" for name in names))
    with tempfile.TemporaryDirectory() as folder:
        for file in options.files:
            source = Path(folder) / f"source{file.suffix}"
            write_frames(file, source, frames=options.frames)
            for codec in options.codecs:
                target = Path(folder) / "result.mkv"
                config = replace(plain, encode=EncodeConfig(codec=codec))
                _, bare = timed(source, target, config)
                checking = replace(config, self_check=SelfCheckConfig(verify=True))
                report, whole = timed(source, target, checking)
                assert report.verification is not None, "it was asked for"
                pictures = report.verification.pictures
                worst = [pictures.worst_frame, pictures.worst_block] if pictures else []
                words = [f"{one.psnr_db:.1f}" if one else "exact" for one in worst]
                numbers = (*(words or ["none", "none"]), f"{bare:.2f}", f"{whole:.2f}", f"{whole / bare:.2f}")
                row = "".join(f"{number:>11}" for number in numbers)
                print(f"{file.stem:<28}{codec:<12}{row}", flush=True)


if __name__ == "__main__":
    main()
