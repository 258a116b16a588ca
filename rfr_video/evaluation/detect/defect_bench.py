"""Defects drawn into clean clips, looked for, and compared by samples; in memory, nothing is encoded."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rfr_video.config import (
    DetectDefectsConfig,
    DetectDirtConfig,
    DetectDropoutsConfig,
    DetectHeadSwitchingConfig,
    DetectScratchesConfig,
)
from rfr_video.errors import InputError
from rfr_video.evaluation.clips.material import list_clips
from rfr_video.evaluation.detect.bands import BandBurn
from rfr_video.evaluation.detect.blotches import burn_blotches, read_textures
from rfr_video.evaluation.detect.damage import Damage
from rfr_video.evaluation.detect.noise import lay_noise, read_noise
from rfr_video.evaluation.detect.scratches import ScratchBurn
from rfr_video.evaluation.detect.streaks import burn_streaks, draw_streaks
from rfr_video.evaluation.tables import csv_text, mean_of_known
from rfr_video.geometry import Rect
from rfr_video.jsontext import json_text
from rfr_video.masking.detect.dirt import dirt_masks
from rfr_video.masking.detect.dropouts import dropout_masks
from rfr_video.masking.detect.head_switching import LineProfile
from rfr_video.masking.detect.planes import BytePlane, Planes
from rfr_video.masking.detect.scratches import scratch_masks
from rfr_video.media.colour import Subsampling
from rfr_video.media.hole import Mask
from rfr_video.media.reader import open_reader
from rfr_video.pipeline.code_facts import code_facts

Burn = Callable[[int, Sequence[BytePlane], np.random.Generator], Damage]
"""Damages the planes of a picture, given its number in the clip, which begins with 0, and tells where."""

Find = Callable[[Iterable[Planes]], Iterable[Mask | None]]


@dataclass(frozen=True)
class DefectScore:
    """What was found in a clip.

    Attributes:
        clip: Its name.
        frames: How many were looked at.
        defect_share: Part of all samples that was damaged.
        precision: Part of the samples found that are damaged; what damage has merely touched does not count.
        recall: Part of the damaged samples that were found.
        f1: The harmonic mean of both.
        likeness: Intersection over union of what was found and what is damaged.
        false_share: Part of the samples of the clean clip that was taken for damage.
        milliseconds: Processor's time per frame.
        lines_off: By how many lines the height of what was found is wrong, which only a band has.
    """

    clip: str
    frames: int
    defect_share: float
    precision: float
    recall: float
    f1: float
    likeness: float
    false_share: float
    milliseconds: float
    lines_off: float | None = None


@dataclass(frozen=True)
class DefectBench:
    """What is measured.

    Attributes:
        config: As given.
        clips: The clean clips.
        burn: Damages a picture, and tells where.
        find: Finds the damage.
        has_height: Whether the damage is a band, of which the height is to be measured.
    """

    config: DetectDefectsConfig
    clips: tuple[Path, ...]
    burn: Burn
    find: Find
    has_height: bool = False

    @classmethod
    def open(cls, sources: Sequence[Path], config: DetectDefectsConfig) -> "DefectBench":
        """Find the clips, and read the textures; raises :class:`InputError`."""
        clips = tuple(list_clips(sources))
        if isinstance(config, DetectDirtConfig):
            assert config.textures is not None
            burn = partial(_blotches, textures=read_textures(config.textures))
            return cls(config, clips, burn, partial(dirt_masks, sensitivity=config.sensitivity))
        if isinstance(config, DetectHeadSwitchingConfig):
            find = partial(_band_masks, sensitivity=config.sensitivity)
            return cls(config, clips, BandBurn(), find, has_height=True)
        if isinstance(config, DetectScratchesConfig):
            find = partial(scratch_masks, sensitivity=config.sensitivity)
            return cls(config, clips, ScratchBurn(frames=config.frames), find)
        burn = _streaks
        if isinstance(config, DetectDropoutsConfig) and config.overlay is not None:
            burn = partial(_noise, noise=read_noise(config.overlay, frames=config.frames))
        return cls(config, clips, burn, partial(dropout_masks, sensitivity=config.sensitivity))

    @property
    def runs(self) -> int:
        """How many searches there are to tell of: one per clip."""
        return len(self.clips)


@dataclass(frozen=True)
class DefectReport:
    """The result of ``evaluate detect`` of dropouts, dirt and the like."""

    bench: DefectBench
    scores: tuple[DefectScore, ...]

    def mean(self) -> DefectScore:
        """Return the mean over all clips."""
        rows = [asdict(score) for score in self.scores]
        names = [name for name in rows[0] if name not in ("clip", "frames", "lines_off")]
        means = {name: sum(row[name] for row in rows) / len(rows) for name in names}
        return DefectScore(
            clip="mean",
            frames=sum(score.frames for score in self.scores),
            lines_off=mean_of_known(score.lines_off for score in self.scores),
            **means,
        )

    def to_json(self) -> str:
        """Return settings and scores as JSON text."""
        return json_text(
            {
                "code": code_facts(),
                "settings": asdict(self.bench.config),
                "mean": asdict(self.mean()),
                "scores": [asdict(score) for score in self.scores],
            }
        )

    def to_csv(self) -> str:
        """Return every score as a line of comma-separated values, under a line of names."""
        return csv_text(DefectScore, self.scores)


def measure_defects(
    bench: DefectBench, *, progress: Callable[[DefectScore], None]
) -> tuple[DefectScore, ...]:
    """Measure all clips.

    Raises:
        InputError: A clip cannot be read.
    """
    scores: list[DefectScore] = []
    for number, clip in enumerate(bench.clips):
        with open_reader(clip) as reader:
            clean = [Planes.of_frame(frame) for frame in islice(reader.frames(), bench.config.frames)]
        if len(clean) < 3:
            raise InputError(f"{clip} has {len(clean)} frames; give clips of at least 3")
        scores.append(_score(bench, clip.name, clean, np.random.default_rng((bench.config.seed, number))))
        progress(scores[-1])
    return tuple(scores)


def _score(
    bench: DefectBench, name: str, clean: Sequence[Planes], generator: np.random.Generator
) -> DefectScore:
    damaged: list[Planes] = []
    damages: list[Damage] = []
    for number, picture in enumerate(clean):
        planes = [plane.copy() for plane in (picture.luma, *picture.chroma)]
        damages.append(bench.burn(number, planes, generator))
        damaged.append(Planes(planes[0], tuple(planes[1:])))
    started = time.process_time()
    found = list(bench.find(iter(damaged)))
    seconds = time.process_time() - started
    truths, touched = [damage.mask for damage in damages], [damage.touched for damage in damages]
    hits, there = _shared(found, truths), sum(int(np.count_nonzero(mask)) for mask in truths)
    # What is touched, and not to be found, is neither right nor wrong.
    taken = hits + sum(map(_count, found)) - _shared(found, touched)
    false = sum(map(_count, bench.find(iter(clean))))
    total = truths[0].size * len(truths)
    return DefectScore(
        clip=name,
        frames=len(clean),
        defect_share=there / total,
        precision=hits / taken if taken else 0.0,
        recall=hits / there if there else 0.0,
        f1=2 * hits / (taken + there) if taken + there else 0.0,
        likeness=hits / (taken + there - hits) if taken + there else 0.0,
        false_share=false / total,
        milliseconds=1000 * seconds / len(clean),
        lines_off=float(abs(_lines(found) - _lines(truths))) if bench.has_height and taken else None,
    )


def _count(mask: Mask | None) -> int:
    return 0 if mask is None else int(np.count_nonzero(mask))


def _shared(found: Sequence[Mask | None], others: Sequence[Mask]) -> int:
    pairs = zip(found, others, strict=True)
    return sum(int(np.count_nonzero(mask & other)) for mask, other in pairs if mask is not None)


def _lines(masks: Iterable[Mask | None]) -> int:
    """Return how many lines masks cover any part of."""
    covered = [mask.any(axis=1) for mask in masks if mask is not None]
    return int(np.count_nonzero(np.any(covered, axis=0)))


def _band_masks(pictures: Iterable[Planes], *, sensitivity: float) -> list[Mask]:
    """Find the band that all pictures have."""
    profile = LineProfile()
    masks: list[Mask] = []
    for picture in pictures:
        profile.add(picture)
        masks.append(np.zeros(picture.luma.shape, np.uint8))
    band = profile.band(sensitivity=sensitivity)
    for mask in masks:
        if band is not None:
            mask[band.rect(Rect(0, 0, mask.shape[1], mask.shape[0])).slices] = 255
    return masks


def _blotches(
    _number: int,
    planes: Sequence[BytePlane],
    generator: np.random.Generator,
    *,
    textures: Sequence[npt.NDArray[np.float32]],
) -> Damage:
    return burn_blotches(planes, generator, textures=textures)


def _noise(
    number: int, planes: Sequence[BytePlane], _generator: np.random.Generator, *, noise: Sequence[Planes]
) -> Damage:
    return lay_noise(planes, noise[number % len(noise)])


def _streaks(_number: int, planes: Sequence[BytePlane], generator: np.random.Generator) -> Damage:
    height, width = planes[0].shape
    rows, columns = planes[-1].shape
    streaks = draw_streaks(generator, width=width, height=height)
    subsampling = Subsampling(round(width / columns), round(height / rows))
    return burn_streaks(planes, streaks, generator, subsampling=subsampling)
