"""How close a restored clip comes to the clean one; frame by frame, so that memory holds two of them."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from rfr_video.evaluation.clips.case import Case
from rfr_video.evaluation.clips.flicker import WarpingError
from rfr_video.evaluation.metrics import (
    PEAK,
    PSNR_CEILING_DB,
    SSIM_WINDOW_PX,
    Hole,
    Picture,
    psnr_db,
    ssim,
    ssim_uniform,
)
from rfr_video.geometry import Rect

PROTOCOL_WINDOW_PX = 65


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What was measured of a restored clip.

    Attributes:
        hole_psnr_db: 10·log10(255² ÷ mean square of all hole samples of all frames), RGB, at most 100.
        hole_ssim: Mean over all hole pixels of all frames.
        warping_error: See :class:`WarpingError`.
        psnr_db: Mean over the frames of that of the whole frame; ``None`` unless asked for.
        ssim_65: Mean over the frames of that of the whole frame, window 65; likewise.
    """

    hole_psnr_db: float
    hole_ssim: float
    warping_error: float | None
    psnr_db: float | None
    ssim_65: float | None


def score(case: Case, pictures: Iterable[Picture], *, protocol: bool) -> Figures:
    """Compare a restored clip with the clean one.

    Args:
        case: The case.
        pictures: The restored clip, picture by picture, all of it.
        protocol: Measure whole frames too.
    """
    squares, structure, count = 0.0, 0.0, 0
    warping = WarpingError()
    whole: list[tuple[float, float]] = []
    for index, seen_hw3 in zip(range(len(case.holes)), pictures, strict=True):
        truth_hw3, hole_hw = case.clip.pictures[index], case.holes[index]
        warping.add(seen_hw3, hole_hw=hole_hw, flow_hw2=case.clip.flows[index - 1] if index else None)
        if protocol:
            similarity = ssim_uniform(truth_hw3, seen_hw3, window_px=PROTOCOL_WINDOW_PX)
            whole.append((psnr_db(truth_hw3, seen_hw3), similarity))
        if not hole_hw.any():
            continue
        size = int(np.count_nonzero(hole_hw))
        difference = truth_hw3[hole_hw].astype(np.float64) - seen_hw3[hole_hw]
        squares += float((difference**2).sum())
        structure += size * _hole_ssim(truth_hw3, seen_hw3, hole_hw)
        count += size
    return Figures(
        hole_psnr_db=_psnr_db(squares / (3 * count)),
        hole_ssim=structure / count,
        warping_error=warping.mean,
        psnr_db=sum(one for one, _ in whole) / len(whole) if protocol else None,
        ssim_65=sum(one for _, one in whole) / len(whole) if protocol else None,
    )


def clean_warping_error(case: Case) -> float | None:
    """Return the warping error of the clean clip in the holes of a case."""
    warping, clip = WarpingError(), case.clip
    for index in range(len(clip.pictures)):
        flow_hw2 = clip.flows[index - 1] if index else None
        warping.add(clip.pictures[index], hole_hw=case.holes[index], flow_hw2=flow_hw2)
    return warping.mean


def bounds(hole_hw: Hole) -> Rect:
    """Return the bounding box of a hole that is not empty."""
    return Rect(*cv2.boundingRect(hole_hw.view(np.uint8)))


def _hole_ssim(truth_hw3: Picture, seen_hw3: Picture, hole_hw: Hole) -> float:
    """Return the SSIM of the hole, from what its windows see."""
    height, width = hole_hw.shape
    part = bounds(hole_hw).grown(SSIM_WINDOW_PX // 2, within=Rect(0, 0, width, height)).slices
    return ssim(truth_hw3[part], seen_hw3[part], hole_hw=hole_hw[part])


def _psnr_db(mean_square: float) -> float:
    if not mean_square:
        return PSNR_CEILING_DB
    return min(10 * float(np.log10(PEAK**2 / mean_square)), PSNR_CEILING_DB)
