"""A measurement of the search for captions as tables, for people and for machines."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import get_args

from rfr_video.evaluation.detect.captions import Decoration
from rfr_video.evaluation.detect.text_bench import TextBench, TextSearch
from rfr_video.evaluation.detect.text_score import CaptionScore
from rfr_video.evaluation.tables import csv_text, mean_of_known
from rfr_video.jsontext import json_text
from rfr_video.pipeline.code_facts import code_facts

NEAR_FRAMES = 3


@dataclass(frozen=True, kw_only=True)
class CaptionGroup:
    """Captions of one kind.

    Attributes:
        what: Their decoration, or ``all``.
        captions: How many.
        found_share: Share of those that were found.
        near_share: Share of the ends of those found that are right to three frames.
        span_error: Mean distance of these ends from the true ones, in frames.
        likeness: Mean intersection over union of the masks of those found.
        covered: Mean share of what is drawn that the masks cover, of those found.
    """

    what: str
    captions: int
    found_share: float
    near_share: float | None
    span_error: float | None
    likeness: float | None
    covered: float | None


@dataclass(frozen=True)
class TextReport:
    """The result of ``evaluate detect text``."""

    bench: TextBench
    searches: tuple[TextSearch, ...]

    @property
    def captions(self) -> tuple[CaptionScore, ...]:
        """All captions."""
        return tuple(caption for search in self.searches for caption in search.captions)

    def groups(self) -> tuple[CaptionGroup, ...]:
        """Return all kinds that have captions, and all together."""
        return tuple(self._groups())

    def false_clips(self) -> tuple[str, ...]:
        """Return the names of the clean clips in which something was found."""
        return tuple(one.clip for one in self.searches if one.style is None and one.other)

    def clear_share(self, *, clean: bool) -> float | None:
        """Return the share of the searches, of clean clips or of others, in which nothing false was found."""
        return mean_of_known(float(not one.other) for one in self.searches if (one.style is None) == clean)

    def frames_per_second(self) -> float:
        """Return how many frames are searched per second of processor time."""
        return sum(one.frames for one in self.searches) / max(sum(one.seconds for one in self.searches), 1e-9)

    def to_json(self) -> str:
        """Return settings, groups and every single score as JSON text."""
        return json_text(
            {
                "code": code_facts(),
                "settings": asdict(self.bench.config),
                "clips": [path.name for path in self.bench.clips],
                "false_clips": list(self.false_clips()),
                "groups": [asdict(group) for group in self.groups()],
                "searches": [asdict(search) for search in self.searches],
            }
        )

    def to_csv(self) -> str:
        """Return every caption as a line of comma-separated values, under a line of names."""
        return csv_text(CaptionScore, self.captions)

    def _groups(self) -> Iterator[CaptionGroup]:
        captions = self.captions
        for decoration in get_args(Decoration):
            if rows := [one for one in captions if one.decoration == decoration]:
                yield _group(decoration, rows)
        if captions:
            yield _group("all", captions)


def _group(what: str, rows: Sequence[CaptionScore]) -> CaptionGroup:
    errors = [abs(one) for row in rows for one in (row.start_error, row.stop_error) if one is not None]
    return CaptionGroup(
        what=what,
        captions=len(rows),
        found_share=sum(one.found for one in rows) / len(rows),
        near_share=mean_of_known(float(one <= NEAR_FRAMES) for one in errors),
        span_error=mean_of_known(float(one) for one in errors),
        likeness=mean_of_known(one.likeness for one in rows),
        covered=mean_of_known(one.covered for one in rows),
    )
