"""A run looks at its own result; what does not match its source does not get its name."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rfr_video.masking.masks import PreparedMasks
from rfr_video.media.target import set_aside, unverified_name
from rfr_video.pipeline.progress import ProgressCallback
from rfr_video.pipeline.report import Report
from rfr_video.pipeline.verification.verify import verify_run


def self_checked(
    report: Report,
    partial: Path,
    prepared: Sequence[PreparedMasks] = (),
    *,
    progress: ProgressCallback | None,
) -> Report:
    """Return a run's report with the verdict on its result, if that is asked for.

    A result that does not match is set aside under a name that says so.

    Args:
        report: Of a run that has written all there is to write.
        partial: Where the result lies.
        prepared: The masks that the run found or carried.
        progress: Called in this thread after every frame.

    Raises:
        RfrVideoError: The source or a mask cannot be read any more, or the result cannot be set aside.
    """
    plan = report.plan
    if not plan.config.self_check.verify:
        return report
    verification = verify_run(plan, partial, prepared, progress=progress)
    if not verification.matches:
        aside = unverified_name(plan.target)
        set_aside(partial, aside, overwrite=plan.config.overwrite)
        verification = replace(verification, kept_as=aside)
    return replace(report, verification=verification)
