"""The burned-in test: logos in clean clips, encoded as one finds them, looked for, and compared.

Where nothing moves, a logo and the scene behave alike. So what ever changes in the clean clip is measured,
there where the logo is burned in and in the whole picture, and searches are counted by that.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np

from rfr_video.config import DetectConfig, DetectLogoConfig
from rfr_video.evaluation.clips.logo_file import logo_overlay
from rfr_video.evaluation.clips.material import list_clips
from rfr_video.evaluation.clips.overlays import Stamp, blended
from rfr_video.evaluation.detect.clip_motion import ClipMotion
from rfr_video.evaluation.detect.clip_pictures import ClipPictures
from rfr_video.evaluation.detect.logo_cases import LogoCase, draw_cases, list_logos
from rfr_video.evaluation.detect.logo_score import LEAST_ALPHA, LogoScore, match
from rfr_video.evaluation.metrics import Picture
from rfr_video.geometry import Rect
from rfr_video.masking.detect.overlay import Overlay
from rfr_video.media.probe import probe
from rfr_video.pipeline.detection import OVERLAYS
from rfr_video.timecode import Span

Progress = Callable[[LogoScore], None]


@dataclass(frozen=True)
class LogoBench:
    """Everything that is measured, found and checked.

    Attributes:
        config: As given.
        clips: The clean clips.
        cases: What is burned in, clip by clip.
    """

    config: DetectLogoConfig
    clips: tuple[Path, ...]
    cases: tuple[LogoCase, ...]

    @classmethod
    def open(cls, sources: Sequence[Path], config: DetectLogoConfig) -> "LogoBench":
        """Find clips and logos, and draw what goes where.

        Raises:
            InputError: There are none, or a logo cannot be used.
        """
        assert config.logos is not None
        clips, logos = list_clips(sources), list_logos(config.logos)
        cases = tuple(draw_cases(clips, logos, count=config.count, seed=config.seed, opacity=config.opacity))
        for case in cases:
            logo_overlay(case.logo, case.placement)
        return cls(config, tuple(clips), cases)

    @property
    def runs(self) -> int:
        """How many searches there are: one per combination, and one per clean clip that has any."""
        return len(self.cases) + len({case.clip for case in self.cases})


def measure_logos(bench: LogoBench, *, progress: Progress) -> tuple[LogoScore, ...]:
    """Measure all combinations.

    Args:
        bench: What to measure.
        progress: Told of every score.

    Raises:
        RfrVideoError: A clip cannot be read, or there is no room on disk.
    """
    scores: list[LogoScore] = []
    for clip, cases in groupby(bench.cases, key=lambda case: case.clip):
        with tempfile.TemporaryDirectory() as folder:
            config = bench.config
            pictures = ClipPictures(clip, Path(folder), frames=config.frames, crf=config.crf)
            for score in _LogoSearch(pictures).scores(list(cases)):
                scores.append(score)
                progress(score)
    return tuple(scores)


class _LogoSearch:
    """Searches of one clip."""

    def __init__(self, pictures: ClipPictures) -> None:
        self._pictures = pictures

    def scores(self, cases: Sequence[LogoCase]) -> Iterator[LogoScore]:
        """Yield the score of the clean clip, then one per logo."""
        found, seconds = self._search(None)
        motion = ClipMotion.of(probe(self._pictures.encoded))
        name, changes = self._pictures.name, round(motion.share, 4)
        clean = match(found, np.zeros(self._pictures.shape, np.bool_))
        yield LogoScore(clip=name, changes=changes, other=clean.other, seconds=seconds)
        for case in cases:
            stamp = logo_overlay(case.logo, case.placement).draw(*self._pictures.shape)
            found, seconds = self._search(stamp)
            matched = match(found, np.asarray(stamp.alpha_hw > LEAST_ALPHA))
            yield LogoScore(
                clip=name,
                changes=changes,
                changes_there=round(motion.share_around(_box(stamp)), 4),
                logo=case.logo.name,
                corner=case.placement.corner,
                width_percent=round(100 * case.placement.width_share, 2),
                opacity=case.placement.opacity,
                found=matched.found,
                likeness=round(matched.likeness, 4),
                confidence=matched.confidence,
                other=matched.other,
                seconds=seconds,
            )

    def _search(self, stamp: Stamp | None) -> tuple[Sequence[Overlay], float]:
        """Burn a logo in, encode, and look for it; return what was found, and the processor's seconds."""
        pictures = self._pictures
        part = None if stamp is None else _box(stamp).slices

        def burn(number: int, picture_hw3: Picture) -> Picture:  # noqa: ARG001 - the same in every picture
            assert stamp is not None
            picture_hw3[part] = blended(picture_hw3[part], stamp.colour_hw3[part], stamp.alpha_hw[part])
            return picture_hw3

        encoded = pictures.encode(None if stamp is None else burn)
        started = time.process_time()
        scan = OVERLAYS["logo"](probe(encoded), DetectConfig(), span=Span(), report=_silent)
        return scan.overlays, round(time.process_time() - started, 3)


def _box(stamp: Stamp) -> Rect:
    return Rect(*cv2.boundingRect(stamp.hole_hw.view(np.uint8)))


def _silent(done: int, expected: int | None) -> None:
    """Report to nobody."""
