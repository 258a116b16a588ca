"""Measuring on clips: clips × overlays × methods, each compared with what was there."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path

from rfr_video.evaluation.clips.bench import ClipsBench
from rfr_video.evaluation.clips.case import Case, burn_in
from rfr_video.evaluation.clips.clip_score import ClipScore, with_gains
from rfr_video.evaluation.clips.flicker import flicker_ratio
from rfr_video.evaluation.clips.material import Clip, read_clip
from rfr_video.evaluation.clips.methods import ClipMethod
from rfr_video.evaluation.clips.overlays import Overlay
from rfr_video.evaluation.clips.scoring import clean_warping_error, score
from rfr_video.evaluation.metrics import Hole, Picture
from rfr_video.media.rgb_video import read_rgb, rgb_pictures
from rfr_video.media.target import temporary_folder


@dataclass(frozen=True)
class MeasuredCase:
    """One case with all its scores, and its frame nearest to the middle; for a sheet of pictures.

    Attributes:
        scores: One per method.
        hole_hw: Of that frame.
        truth_hw3: The clean frame.
        burned_hw3: With the overlay.
        fills: One per method; ``None`` where there are no figures.
    """

    scores: tuple[ClipScore, ...]
    hole_hw: Hole
    truth_hw3: Picture
    burned_hw3: Picture
    fills: tuple[Picture | None, ...]


@dataclass(frozen=True)
class MeasuredClip:
    """A clip that was measured on: its file, and what of it was measured."""

    path: Path
    sha256: str
    width: int
    height: int
    frames: int


@dataclass(frozen=True)
class ClipsMeasurement:
    """What was measured.

    Attributes:
        scores: One per clip, overlay and method, in this order.
        clips: In the order that they were given.
        facts: What decides the results of each method, by its name, as it was in its first case.
    """

    scores: tuple[ClipScore, ...]
    clips: tuple[MeasuredClip, ...]
    facts: dict[str, dict[str, object]]


def measure_clips(
    bench: ClipsBench,
    *,
    progress: Callable[[ClipScore], None] = lambda _score: None,
    watch: Callable[[MeasuredCase], None] = lambda _case: None,
) -> ClipsMeasurement:
    """Restore every clip with every overlay by every method.

    Temporary files hold one clip and one case at a time.

    Args:
        bench: What to measure.
        progress: Called after every method of every case; the score has no gain yet.
        watch: Called after every case.

    Raises:
        RfrVideoError: Reading, restoring or writing failed.
    """
    run = _Run(bench, progress)
    scores: list[ClipScore] = []
    clips: list[MeasuredClip] = []
    for scene in bench.scenes:
        with temporary_folder() as folder:
            clip = read_clip(scene, folder, frames=bench.config.frames)
            size = scene.width, scene.height
            clips.append(MeasuredClip(clip.path, clip.sha256, *size, frames=len(clip.pictures)))
            for overlay in bench.overlays:
                measured = run.measure(clip, overlay)
                scores += measured.scores
                watch(measured)
    return ClipsMeasurement(tuple(scores), tuple(clips), run.facts)


class _Run:
    """Holds what the cases of a run share.

    Attributes:
        facts: Of every method that has restored something.
    """

    def __init__(self, bench: ClipsBench, progress: Callable[[ClipScore], None]) -> None:
        self.facts: dict[str, dict[str, object]] = {}
        self._bench = bench
        self._progress = progress

    def measure(self, clip: Clip, overlay: Overlay) -> MeasuredCase:
        """Burn an overlay into a clip and let every method take it out."""
        scores: list[ClipScore] = []
        fills: list[Picture | None] = []
        with temporary_folder() as folder:
            case = burn_in(clip, overlay, folder, crf=self._bench.config.crf)
            clean = clean_warping_error(case)
            for method in self._bench.methods:
                done, fill_hw3 = self._restore(case, method, folder / "restored.mkv", clean=clean)
                scores.append(done)
                fills.append(fill_hw3)
                self._progress(done)
            burned_hw3, hole_hw = _picture(case.burned, case.shown), case.holes[case.shown]
        truth_hw3 = clip.pictures[case.shown]
        return MeasuredCase(with_gains(scores), hole_hw, truth_hw3, burned_hw3, tuple(fills))

    def _restore(
        self, case: Case, method: ClipMethod, target: Path, *, clean: float | None
    ) -> tuple[ClipScore, Picture | None]:
        """Restore a case by one method; return its score and the frame to show."""
        blank = ClipScore(
            clip=case.clip.path,
            overlay=case.overlay,
            method=method.name,
            frames=len(case.holes),
            hole_share=case.hole_share,
            clean_warping_error=clean,
        )
        if obstacle := method.obstacle(case):
            return replace(blank, note=obstacle), None
        outcome = method.restore(case, target)
        self.facts.setdefault(method.name, dict(outcome.facts))
        figures = score(case, rgb_pictures(target), protocol=self._bench.config.protocol)
        fill_hw3 = _picture(target, case.shown)
        target.unlink()
        done = replace(
            blank,
            **asdict(figures),
            flicker=flicker_ratio(figures.warping_error, clean=clean),
            share_deblended=outcome.share_deblended,
            share_borrowed=outcome.share_borrowed,
            frames_per_second=outcome.frames_per_second,
        )
        return done, fill_hw3


def _picture(path: Path, index: int) -> Picture:
    with closing(read_rgb(path)) as pictures:
        return next(islice(pictures, index, None))[1]
