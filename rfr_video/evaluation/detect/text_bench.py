"""The burned-in test: captions in clean clips, encoded as one finds them, looked for, and compared."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rfr_video.config import DetectConfig, DetectTextConfig
from rfr_video.evaluation.clips.material import list_clips
from rfr_video.evaluation.detect.captions import Caption, CaptionStyle, draw_captions
from rfr_video.evaluation.detect.clip_pictures import ClipPictures
from rfr_video.evaluation.detect.text_score import CaptionScore, match_caption
from rfr_video.evaluation.metrics import Picture
from rfr_video.masking.detect.overlay import Overlay
from rfr_video.media.probe import probe
from rfr_video.pipeline.detection import OVERLAYS
from rfr_video.timecode import Span


@dataclass(frozen=True)
class TextSearch:
    """One search of a clip.

    Attributes:
        clip: Its name.
        style: Its number, from 0 in every clip; ``None`` for the clean clip.
        captions: What came of each caption.
        other: How many things were found that are no caption.
        frames: How many frames were searched.
        seconds: Of processor time.
    """

    clip: str
    style: int | None
    captions: tuple[CaptionScore, ...]
    other: int
    frames: int
    seconds: float


Progress = Callable[[TextSearch], None]


@dataclass(frozen=True)
class TextBench:
    """Everything that is measured, found and checked.

    Attributes:
        config: As given.
        clips: The clean clips.
    """

    config: DetectTextConfig
    clips: tuple[Path, ...]

    @classmethod
    def open(cls, sources: Sequence[Path], config: DetectTextConfig) -> "TextBench":
        """Find clips; raises :class:`InputError` where there are none."""
        return cls(config, tuple(list_clips(sources)))

    @property
    def runs(self) -> int:
        """How many searches there are: one per clip without captions, and those with."""
        return self.config.count + len(self.clips)

    def styles(self, place: int) -> int:
        """Return how many styles are tried on a clip."""
        return self.config.count // len(self.clips) + (place < self.config.count % len(self.clips))


def measure_text(bench: TextBench, *, progress: Progress) -> tuple[TextSearch, ...]:
    """Measure all clips.

    Args:
        bench: What to measure.
        progress: Told of every search.

    Raises:
        RfrVideoError: A clip cannot be read, or there is no room on disk.
    """
    searches: list[TextSearch] = []
    for place, clip in enumerate(bench.clips):
        with tempfile.TemporaryDirectory() as folder:
            config = bench.config
            pictures = ClipPictures(clip, Path(folder), frames=config.frames, crf=config.crf)
            for search in _searches(pictures, seed=config.seed, styles=bench.styles(place)):
                searches.append(search)
                progress(search)
    return tuple(searches)


def captions_for(pictures: ClipPictures, *, seed: int, style: int) -> tuple[CaptionStyle, list[Caption]]:
    """Draw the captions of a search.

    Args:
        pictures: Of the clip; its name counts too.
        seed: Equal seeds draw equal captions.
        style: The number of the search in its clip.
    """
    height, width = pictures.shape
    random = np.random.default_rng([seed, style, *pictures.name.encode()])
    return draw_captions(
        height=height, width=width, frames=len(pictures), rate=float(pictures.rate), random=random
    )


def burned(pictures: ClipPictures, captions: Sequence[Caption]) -> Path:
    """Encode a clip with captions."""

    def burn(number: int, picture_hw3: Picture) -> Picture:
        for caption in captions:
            picture_hw3 = caption.burn(number, picture_hw3)
        return picture_hw3

    return pictures.encode(burn if captions else None)


def _searches(pictures: ClipPictures, *, seed: int, styles: int) -> Iterator[TextSearch]:
    found, seconds = _search(burned(pictures, ()))
    yield TextSearch(pictures.name, None, (), len(found), len(pictures), seconds)
    for number in range(styles):
        style, captions = captions_for(pictures, seed=seed, style=number)
        found, seconds = _search(burned(pictures, captions))
        height, width = pictures.shape
        matches = [match_caption(caption, found, height=height, width=width) for caption in captions]
        taken = {overlay for one in matches if one for overlay in one.overlays}
        scores = tuple(
            CaptionScore(
                clip=pictures.name,
                style=number,
                decoration=style.decoration,
                size_px=style.size_px,
                place=style.place,
                fade_frames=caption.fade_frames,
                start=caption.start,
                stop=caption.stop,
                found=one is not None,
                start_error=one.start - caption.start if one else None,
                stop_error=one.stop - caption.stop if one else None,
                likeness=round(one.likeness, 4) if one else None,
                covered=round(one.covered, 4) if one else None,
                confidence=round(one.confidence, 4) if one else None,
            )
            for caption, one in zip(captions, matches, strict=True)
        )
        yield TextSearch(pictures.name, number, scores, len(found) - len(taken), len(pictures), seconds)


def _search(encoded: Path) -> tuple[Sequence[Overlay], float]:
    """Look for captions; return what was found, and the processor's seconds."""
    started = time.process_time()
    scan = OVERLAYS["text"](probe(encoded), DetectConfig(), span=Span(), report=_silent)
    return scan.overlays, round(time.process_time() - started, 3)


def _silent(done: int, expected: int | None) -> None:
    """Report to nobody."""
