"""The score of one method in one case, and what it gains on the yardsticks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

ZERO = ("telea", "navier-stokes")
"""The better of these is where gains begin."""


@dataclass(frozen=True, kw_only=True)
class ClipScore:
    """How close a method came in one case. Figures are ``None`` where there are none, and ``note`` says why.

    Attributes:
        clip: Path of the clip.
        overlay: Name of what was burned in.
        method: Name of the method.
        frames: How many were measured.
        hole_share: Part of all pixels that is hole, 0 to 1.
        hole_psnr_db: In the holes of all frames.
        gain_db: More than the better of Telea and Navier-Stokes, where both were measured.
        hole_ssim: In the holes of all frames.
        flicker: Warping error in the hole ÷ that of the clean clip.
        warping_error: Mean squared difference along the flow, of samples from 0 to 255.
        clean_warping_error: The same of the clean clip.
        share_deblended: Part of what was filled that was seen through the overlay.
        share_borrowed: Part of what was filled that came from other frames.
        frames_per_second: See :class:`Outcome`.
        psnr_db: Of whole frames, if asked for.
        ssim_65: Likewise.
        note: Why there are no figures.
    """

    clip: Path
    overlay: str
    method: str
    frames: int
    hole_share: float
    hole_psnr_db: float | None = None
    gain_db: float | None = None
    hole_ssim: float | None = None
    flicker: float | None = None
    warping_error: float | None = None
    clean_warping_error: float | None = None
    share_deblended: float | None = None
    share_borrowed: float | None = None
    frames_per_second: float | None = None
    psnr_db: float | None = None
    ssim_65: float | None = None
    note: str = ""


def with_gains(scores: Sequence[ClipScore]) -> tuple[ClipScore, ...]:
    """Return the scores of one case with what each method gains, where both yardsticks are among them."""
    known = {one.method: one.hole_psnr_db for one in scores if one.hole_psnr_db is not None}
    if not all(name in known for name in ZERO):
        return tuple(scores)
    zero_db = max(known[name] for name in ZERO)
    return tuple(
        one if one.hole_psnr_db is None else replace(one, gain_db=one.hole_psnr_db - zero_db)
        for one in scores
    )
