"""The one entry that every door shares: restore a source into a target."""

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rfr_video.config import RestoreConfig
from rfr_video.errors import Interrupted
from rfr_video.fill.deblend.filler import DeblendFiller
from rfr_video.fill.filler import FilledFrame, Filler, FillState, FillStep, MaskedFrame
from rfr_video.fill.tally import Tally
from rfr_video.masking.detect.summary import Found
from rfr_video.masking.masks import CarriedMasks, PreparedMasks, carried_masks, open_masks
from rfr_video.masking.source import MaskSource
from rfr_video.media.encoding import EncoderSettings
from rfr_video.media.fields import Parity
from rfr_video.media.frame import Frame
from rfr_video.media.probe import unchanged
from rfr_video.media.reader import Reader, open_reader
from rfr_video.media.segmented_video import StoredSegment
from rfr_video.media.target import partial_file
from rfr_video.media.work_folder import WorkFolder, work_folder
from rfr_video.media.writer import Writer
from rfr_video.pipeline.deblending import deblending
from rfr_video.pipeline.detection import Detection, detected
from rfr_video.pipeline.executor import Run, Stage, one_opencv_thread
from rfr_video.pipeline.fill_choice import as_it_is, open_filler
from rfr_video.pipeline.filled_frames import FilledFrames
from rfr_video.pipeline.masked_frames import masked_frames
from rfr_video.pipeline.plan import Plan, copying, make_plan
from rfr_video.pipeline.progress import Activity, CarryProgress, DetectProgress, Progress, ProgressCallback
from rfr_video.pipeline.report import Report
from rfr_video.pipeline.segments import VIDEO, Segments
from rfr_video.pipeline.side_outputs import SIDE_STAGE, SideVideos, open_side_videos
from rfr_video.pipeline.source_adaptation import SourceAdaptation, adapt_to_source
from rfr_video.pipeline.untouched import copy_streams
from rfr_video.pipeline.verification.self_check import self_checked
from rfr_video.pipeline.work_key import work_key

if TYPE_CHECKING:
    from rfr_video.media.reader import CopiedPacket
    from rfr_video.rfrnet.network import Inpainter

MAX_LANES = 8

logger = logging.getLogger(__name__)


def restore(
    source: Path,
    target: Path,
    config: RestoreConfig,
    *,
    progress: ProgressCallback | None = None,
) -> Report:
    """Repair a video: read → mask → fill → composite → write.

    The target appears under its name only when it is complete; the source is never written to.

    Args:
        source: The video to repair.
        target: Where the result goes; its suffix names the container.
        config: What to repair, and how.
        progress: Called in this thread after every written frame.

    Returns:
        What was done.

    Raises:
        RfrVideoError: Something given does not fit, or reading or writing failed; nothing is left behind.
    """
    return run_plan(make_plan(source, target, config), progress=progress)


def run_plan(plan: Plan, *, progress: ProgressCallback | None = None) -> Report:
    """Carry out a plan; see :func:`restore`."""
    for choice in plan.choices:
        logger.info("%s: %s (%s)", choice.name, choice.value, choice.reason)
    started = time.perf_counter()
    with work_folder(plan.target) as work:
        if plan.settings is None:
            return copy_streams(plan, work.path, progress, started)
        find = plan.config.find
        with detected(
            find.kinds, find, plan.info, span=plan.span, scan=plan.scan, progress=progress
        ) as detection:
            nothing_left = plan.needs_findings and detection is not None and detection.is_empty
            copied = copying(plan) if nothing_left else None
            if copied is not None:
                return copy_streams(copied, work.path, progress, started, detection=detection)
            return _repair(plan, work, progress, started, detection=detection)


def _repair(
    plan: Plan,
    work: WorkFolder,
    progress: ProgressCallback | None,
    started: float,
    *,
    detection: Detection | None,
) -> Report:
    """Carry masks along, then repair and encode."""
    assert plan.settings is not None
    carrying = CarryProgress(plan.info, progress)
    filled = FilledFrames(plan.info.video.time_base)
    with carried_masks(plan.config.mask, plan.info, span=plan.span, report=carrying) as carried:
        prepared = _Prepared(detection, carried)
        segments = Segments(work, work_key(plan), resume=plan.config.resume, filled=filled)
        overwrite = plan.config.overwrite
        with (
            one_opencv_thread(),
            partial_file(plan.target, overwrite=overwrite, folder=work.path) as partial,
            open_side_videos(
                plan.side_outputs, overwrite=overwrite, folder=work.path, files=segments.files
            ) as sides,
            unchanged(plan.info),
        ):
            with (
                open_reader(plan.info.path, scan=plan.scan, limits=plan.info.limits) as reader,
                open_masks(plan.config.mask, plan.info, span=plan.span, prepared=prepared.masks) as masks,
            ):
                job = _Job(plan, plan.settings, reader, masks, prepared, sides, segments, progress)
                report = job.run(partial, started, filled)
            return self_checked(report, partial, prepared.masks, progress=progress)


@dataclass(frozen=True)
class _Prepared:
    """What the passes before the repair made."""

    detection: Detection | None
    carried: CarriedMasks | None

    @property
    def masks(self) -> tuple[PreparedMasks, ...]:
        return tuple(one for one in (self.detection, self.carried) if one is not None)

    @property
    def found(self) -> tuple[Found, ...]:
        return self.detection.found if self.detection else ()


@dataclass(frozen=True)
class _Repaired:
    """A composited frame on its way to the encoder.

    Attributes:
        frame: The frame.
        tally: Of its hole.
        state: What the fill needs to go on behind it, if it ends a segment.
        shown: What the videos beside the target are painted from; ``None`` where there are none.
        stored: What was stored of these, if it ends a segment.
    """

    frame: Frame
    tally: Tally | None
    state: FillState
    shown: FilledFrame | None = None
    stored: Mapping[str, StoredSegment] = field(default_factory=dict[str, StoredSegment])


class _Job:
    """One run that re-encodes: holds what the stages share."""

    def __init__(
        self,
        plan: Plan,
        settings: EncoderSettings,
        reader: Reader,
        masks: MaskSource,
        prepared: _Prepared,
        sides: SideVideos,
        segments: Segments,
        progress: ProgressCallback | None,
    ) -> None:
        self._plan = plan
        self._settings = settings
        self._reader = reader
        self._masks = masks
        self._prepared = prepared
        self._sides = sides
        self._segments = segments
        self._progress = progress
        self._adaptation: SourceAdaptation | None = None
        prepare = self._adapted if plan.config.adapt is not None else as_it_is
        assert plan.fill is not None
        self._deblending = deblending(
            plan, prepared.masks, report=DetectProgress("a translucent overlay", progress)
        )
        self._filler = open_filler(
            plan.fill,
            plan.spec,
            deep=plan.layout.bits > 8,
            by_fields=plan.scan.holds_fields,
            prepare=prepare,
            seen_through=self._seen_through,
        )
        self._frames = 0

    def run(self, partial: Path, started: float, filled: FilledFrames) -> Report:
        plan = self._plan
        lanes = min(MAX_LANES, os.cpu_count() or 1)
        *steps, last = self._filler.steps
        stages = [Stage("mask", self._mask)]
        stages += [Stage(one.name, one.transform, lanes if one.is_frame_by_frame else 1) for one in steps]
        stages += [Stage(last.name, self._finished_by(last), lanes if last.is_frame_by_frame else 1)]
        stages += [Stage(SIDE_STAGE, self._show)] if plan.side_outputs else []
        run = Run(self._reader, stages, source_name="decode", sink_name="encode", bypass=_is_packet)
        writer = Writer(
            partial,
            plan.container,
            name=plan.target,
            source=self._reader.container,
            info=plan.video,
            settings=self._settings,
            passengers=plan.passengers,
            files=self._segments.files(VIDEO),
        )

        def write(item: "_Repaired | CopiedPacket") -> None:
            if not isinstance(item, _Repaired):
                writer.write_packet(item)
                return
            if item.tally is not None:
                self._segments.count(item.tally, item.frame)
            is_new = self._frames >= self._segments.done_frames
            writer.write_frame(item.frame)
            if is_new and self._segments.ends(self._frames):
                stored = writer.end_segment()
                assert stored is not None
                self._segments.end(item.frame, state=item.state, stored={VIDEO: stored, **item.stored})
            self._frames += 1
            if self._progress:
                timing = run.timing()
                expected = plan.info.video.expected_frames
                self._progress(Progress(self._frames, expected, timing.total_seconds, timing.limiting_stage))

        try:
            timing = run.drain(write)
            self._masks.finish(self._reader.positions)
            writer.finish()
            self._reader.damage.moved_frames = writer.moved_frames
        except Interrupted:
            raise  # the process is about to end: closing an encoder could take it seconds
        except BaseException:
            writer.abandon()
            raise
        picture = plan.info.video.width * plan.info.video.height
        return Report(
            plan=plan,
            frames=self._frames,
            filled=filled,
            samples_total=picture * self._frames,
            damage=self._reader.damage,
            timing=timing,
            seconds=time.perf_counter() - started,
            fill_notes=(*((self._deblending.note,) if self._deblending else ()), *self._filler.notes),
            adaptation=self._adaptation,
            carried=self._prepared.carried.summary if self._prepared.carried else None,
            found=self._prepared.found,
            resumption=self._segments.note,
        )

    def _seen_through(self, filler: Filler, parity: Parity) -> Filler:
        """Let the filler have only what cannot be seen through an overlay."""
        estimate = self._deblending.estimate_of(parity) if self._deblending else None
        if estimate is None or estimate.matte is None:
            return filler
        return DeblendFiller(filler, estimate.matte, estimate.noise, self._plan.spec)

    def _adapted(self, network: "Inpainter") -> "Inpainter":
        """Let the network learn from the source."""

        def report(seconds: float) -> None:
            if self._progress:
                self._progress(Progress(0, None, seconds, "learning", Activity.ADAPT))

        settings = self._plan.fill.network if self._plan.fill else None
        assert settings is not None
        network, self._adaptation = adapt_to_source(
            network,
            self._plan,
            settings,
            prepared=self._prepared.masks,
            folder=self._segments.folder,
            report=report,
        )
        return network

    def _mask(self, frames: Iterator[Frame]) -> Iterator[MaskedFrame]:
        """Give every frame its hole, and tell what becomes of it."""
        config = self._plan.config.mask
        masked = masked_frames(
            frames, self._masks, config=config, span=self._plan.span, merge_px=self._filler.margin_px
        )
        for number, one in enumerate(masked):
            yield self._segments.marked(one, number)

    def _finished_by(self, step: FillStep) -> Callable[[Iterator[Any]], Iterator[_Repaired]]:
        """Let the last step fill the holes, and composite the fills into the native samples."""
        keeps = bool(self._plan.side_outputs)

        def finish(items: Iterator[Any]) -> Iterator[_Repaired]:
            for filled in step.transform(items):
                frame = filled.composited(self._plan.spec)
                yield _Repaired(frame, Tally.of(filled), filled.state, filled if keeps else None)

        return finish

    def _show(self, items: Iterator[_Repaired]) -> Iterator[_Repaired]:
        """Write what is shown beside the target."""
        for number, item in enumerate(items):
            assert item.shown is not None
            self._sides.write(item.shown)
            ends = self._segments.ends(number)
            yield replace(item, shown=None, stored=self._sides.end_segment() if ends else {})


def _is_packet(item: object) -> bool:
    return not isinstance(item, Frame)
