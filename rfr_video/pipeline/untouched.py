"""A run in which there is nothing to repair: all streams are copied."""

import time
from pathlib import Path

from rfr_video.fill.filler import FilledFrame
from rfr_video.media.probe import unchanged
from rfr_video.media.reader import open_reader
from rfr_video.media.remux import copy_file
from rfr_video.media.target import partial_file
from rfr_video.pipeline.detection import Detection
from rfr_video.pipeline.filled_frames import FilledFrames
from rfr_video.pipeline.plan import Plan
from rfr_video.pipeline.progress import Progress, ProgressCallback
from rfr_video.pipeline.report import Report
from rfr_video.pipeline.side_outputs import SIDE_STAGE, open_side_videos
from rfr_video.pipeline.verification.self_check import self_checked


def copy_streams(
    plan: Plan,
    folder: Path,
    progress: ProgressCallback | None,
    started: float,
    *,
    detection: Detection | None = None,
) -> Report:
    """Copy all streams; frames are decoded only to show, beside the target, that nothing was repaired.

    Args:
        plan: What to do.
        folder: Where to write until everything is complete.
        progress: Called after every frame that is shown.
        started: When the run started, by :func:`time.perf_counter`.
        detection: What was looked for and not found.
    """
    overwrite = plan.config.overwrite
    with (
        partial_file(plan.target, overwrite=overwrite, folder=folder) as partial,
        open_side_videos(plan.side_outputs, overwrite=overwrite, folder=folder) as sides,
        unchanged(plan.info),
    ):
        frames, damage = copy_file(
            plan.info.path,
            partial,
            name=plan.target,
            container=plan.container,
            passengers=plan.passengers,
            limits=plan.info.limits,
        )
        if plan.side_outputs:
            with open_reader(plan.info.path, limits=plan.info.limits) as reader:
                for shown, frame in enumerate(reader.frames(), start=1):
                    sides.write(FilledFrame(frame, None))
                    if progress:
                        seconds = time.perf_counter() - started
                        progress(Progress(shown, plan.info.video.expected_frames, seconds, SIDE_STAGE))
        report = Report(
            plan=plan,
            frames=frames,
            filled=FilledFrames(plan.info.video.time_base),
            samples_total=0,
            damage=damage,
            timing=None,
            seconds=time.perf_counter() - started,
            found=detection.found if detection else (),
        )
        return self_checked(report, partial, progress=progress)
