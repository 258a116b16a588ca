"""The entries: for finished files, and for runs that look at what they have written."""

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

from rfr_video.config import VerifyConfig
from rfr_video.errors import EncodeError, InputError
from rfr_video.masking.masks import PreparedMasks, carried_masks, open_masks
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.probe import VideoInfo, probe
from rfr_video.media.target import check_extra
from rfr_video.media.verification.check import Check, Outcome
from rfr_video.media.verification.copies import compare_copies
from rfr_video.media.verification.picture_facts import picture_checks
from rfr_video.pipeline.plan import LOST, Plan
from rfr_video.pipeline.progress import Activity, CarryProgress, Progress, ProgressCallback
from rfr_video.pipeline.scan_choice import choose_scan, written_video
from rfr_video.pipeline.verification.comparison import Expected, compare_files
from rfr_video.pipeline.verification.difference import DifferencePicture
from rfr_video.pipeline.verification.tally import PictureSummary
from rfr_video.pipeline.verification.verdict import Verification
from rfr_video.timecode import Span

_LOSSES = {
    "sample aspect ratio": ("sample aspect ratio",),
    "orientation": ("rotation",),
    "colour matrix": ("colour matrix",),
    "colour primaries": ("colour primaries",),
    "colour transfer": ("colour transfer",),
    "colour range": ("colour range",),
    "chroma location": ("chroma location",),
    "field order": ("fields",),
    "mastering display": ("mastering display", "content light"),
    "alpha channel": ("pixel format",),
}
"""Checks by what stands in the name of the choice that says what is lost."""


def verify(
    source: Path, result: Path, config: VerifyConfig, *, progress: ProgressCallback | None = None
) -> Verification:
    """Compare a finished result with its source.

    Args:
        source: The file that was repaired.
        result: What came of it.
        config: Where it may differ, and what counts as different.
        progress: Called in this thread after every frame.

    Raises:
        RfrVideoError: A file or a mask cannot be read, or a mask does not fit.
    """
    started = time.perf_counter()
    if config.difference is not None:
        _check_picture(config.difference, source, result, config)
    info, seen = (probe(path, limits=config.limits) for path in (source, result))
    span = Span(config.start, config.end).at_rate(info.video.rate)
    scan, _ = choose_scan(config.scan, info)
    expected = Expected(info, written_video(info.video, scan), scan, config.mask, span)
    difference = None
    if config.difference is not None:
        difference = DifferencePicture(info.video, bits=PlaneLayout.of(seen.video.pix_fmt).bits)
    with carried_masks(config.mask, info, span=span, report=CarryProgress(info, progress)) as carried:
        prepared = () if carried is None else (carried,)
        nothing = nullcontext()
        given = config.mask.given
        with open_masks(config.mask, info, span=span, prepared=prepared) if given else nothing as masks:
            checks, pictures = compare_files(
                expected,
                seen,
                masks,
                least_psnr_db=config.fidelity.least_psnr_db,
                difference=difference,
                report=_reporting(info, progress),
            )
    if difference is not None and config.difference is not None:
        difference.write(config.difference)
    return Verification(checks, pictures, time.perf_counter() - started)


def verify_run(
    plan: Plan, result: Path, prepared: Sequence[PreparedMasks], *, progress: ProgressCallback | None
) -> Verification:
    """Compare what a run has written with its source.

    Args:
        plan: What the run was to do.
        result: What it has written; not yet under its name.
        prepared: The masks that it found or carried.
        progress: Called in this thread after every frame.

    Raises:
        RfrVideoError: The source or a mask cannot be read any more.
    """
    started = time.perf_counter()
    try:
        seen = probe(result, limits=plan.config.limits)
    except InputError as error:
        checks, pictures = (Check("result", Outcome.DIFFERS, str(error)),), None
    else:
        checks, pictures = _compared(plan, seen, prepared, progress)
    return Verification(checks, pictures, time.perf_counter() - started)


def _compared(
    plan: Plan, seen: VideoInfo, prepared: Sequence[PreparedMasks], progress: ProgressCallback | None
) -> tuple[tuple[Check, ...], PictureSummary | None]:
    if not plan.reencodes:
        checks = compare_copies(
            plan.info.path, seen.path, passengers=plan.passengers, limits=plan.info.limits
        )
        return (*picture_checks(plan.info.video, seen.video, excuses={}), *checks), None
    expected = Expected(
        plan.info, plan.video, plan.scan, plan.config.mask, plan.span, plan.passengers, _excuses(plan)
    )
    with open_masks(plan.config.mask, plan.info, span=plan.span, prepared=prepared) as masks:
        return compare_files(
            expected,
            seen,
            masks,
            least_psnr_db=plan.config.self_check.least_psnr_db,
            report=_reporting(plan.info, progress),
        )


def _excuses(plan: Plan) -> dict[str, str]:
    """Return what the plan says of the pictures that they lose or change, and why."""
    excuses: dict[str, str] = {}
    for choice in plan.choices:
        for name, checks in _LOSSES.items():
            if choice.value == LOST and name in choice.name:
                excuses |= dict.fromkeys(checks, choice.reason)
    if plan.config.encode.pix_fmt != "auto":
        excuses["pixel format"] = "as asked for"
    return excuses


def _check_picture(path: Path, source: Path, result: Path, config: VerifyConfig) -> None:
    if path.suffix.lower() != ".png":
        raise EncodeError(f"difference {path} is a picture; name it {path.stem}.png")
    used = {"input": source, "result": result, **config.mask.files}
    check_extra(path, name="difference", used=used, overwrite=config.overwrite)


def _reporting(info: VideoInfo, progress: ProgressCallback | None) -> Callable[[int], None]:
    started = time.perf_counter()

    def report(frames: int) -> None:
        if progress:
            seconds = time.perf_counter() - started
            expected = info.video.expected_frames
            progress(Progress(frames, expected, seconds, "verifying", Activity.VERIFY))

    return report
