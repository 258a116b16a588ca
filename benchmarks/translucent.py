"""Taking off translucent overlays: dB in the hole by clip and opacity, beside what bounds them.

The text of ``evaluate clips`` is burned in, with or without compression after it. Besides `restore --fill
auto`, `temporal` and OpenCV's Telea stand two yardsticks that see what no repair sees: `clean`, the clip
compressed without any overlay, and `inverted`, the true alpha and colour taken off, sample by sample.
"""

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from rfr_video.config import ClipsConfig
from rfr_video.evaluation.clips.case import Case, burn_in
from rfr_video.evaluation.clips.material import Clip, list_clips, read_clip, scene_of
from rfr_video.evaluation.clips.methods import clip_method
from rfr_video.evaluation.clips.overlays import Stamp, draw_text, drawn_overlay
from rfr_video.evaluation.clips.scoring import score
from rfr_video.evaluation.metrics import Picture
from rfr_video.media.rgb_video import rgb_pictures
from rfr_video.media.target import temporary_folder

COLUMNS = ("clip", "opacity", "crf", "method", "psnr_db", "ssim", "deblended", "borrowed")


def main() -> None:
    """Measure, and print a row at once when it is known."""
    options = _options()
    target = options.csv.open("w", newline="") if options.csv else None
    rows = csv.writer(target) if target else None
    print(*COLUMNS, sep="\t")
    for path in list_clips(options.clips):
        with temporary_folder() as folder:
            clip = read_clip(scene_of(path, protocol=False), folder, frames=options.frames)
            for row in _rows(clip, options):
                print(*row, sep="\t", flush=True)
                if rows and target:
                    rows.writerow(row)
                    target.flush()


def _rows(clip: Clip, options: argparse.Namespace) -> Iterator[tuple[object, ...]]:
    config = ClipsConfig(frames=options.frames)
    for crf in options.crf:
        for number, opacity in enumerate(options.opacity):
            once = () if number else options.once
            with temporary_folder() as folder:
                case = burn_in(clip, drawn_overlay("logo", opacity=opacity), folder, crf=crf)
                stamp = draw_text(clip.scene.height, clip.scene.width, opacity=opacity)
                known = score(case, inverted(case, stamp), protocol=False)
                yield _row(clip, opacity, crf, "inverted", known.hole_psnr_db, known.hole_ssim)
                for name in (*options.method, *once):
                    outcome = clip_method(name, config).restore(case, folder / "restored.mkv")
                    figures = score(case, rgb_pictures(folder / "restored.mkv"), protocol=False)
                    (folder / "restored.mkv").unlink()
                    shares = outcome.share_deblended, outcome.share_borrowed
                    yield _row(clip, opacity, crf, name, figures.hole_psnr_db, figures.hole_ssim, *shares)
        if crf is not None:
            with temporary_folder() as folder:
                case = burn_in(clip, drawn_overlay("logo", opacity=0.0), folder, crf=crf)
                figures = score(case, rgb_pictures(case.burned), protocol=False)
            yield _row(clip, 0.0, crf, "clean", figures.hole_psnr_db, figures.hole_ssim)


def _row(
    clip: Clip, opacity: float, crf: int | None, method: str, psnr_db: float, ssim: float, *shares: float
) -> tuple[object, ...]:
    figures = (f"{psnr_db:.2f}", f"{ssim:.4f}", *(f"{share:.2f}" for share in shares))
    return (clip.path.stem, f"{opacity:g}", "lossless" if crf is None else crf, method, *figures)


def inverted(case: Case, stamp: Stamp) -> Iterator[Picture]:
    """Yield the pictures of a case with its overlay taken off by what is truly known of it."""
    alpha_hw1 = stamp.alpha_hw[..., np.newaxis]
    for seen_hw3 in rgb_pictures(case.burned):
        behind_hw3 = (seen_hw3 - alpha_hw1 * stamp.colour_hw3) / np.maximum(1 - alpha_hw1, 0.02)
        yield np.clip(np.rint(behind_hw3), 0, 255).astype(np.uint8)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", nargs="+", type=Path, help="clean clips, or folders of them")
    parser.add_argument("--opacity", nargs="+", type=float, default=[0.5, 0.3, 0.7])
    parser.add_argument("--crf", nargs="+", type=_crf, default=[None, 20], help="numbers, or `lossless`")
    parser.add_argument("--frames", type=int, default=30)
    parser.add_argument("--method", nargs="*", default=["auto"], help="at every opacity")
    parser.add_argument("--once", nargs="*", default=["temporal", "telea"], help="at the first opacity only")
    parser.add_argument("--csv", type=Path)
    return parser.parse_args()


def _crf(text: str) -> int | None:
    return None if text == "lossless" else int(text)


if __name__ == "__main__":
    main()
