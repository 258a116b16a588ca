"""A measurement of the search for logos as tables, for people and for machines."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import get_args

from rfr_video.evaluation.detect.logo_bench import LogoBench
from rfr_video.evaluation.detect.logo_score import LogoScore, Motion
from rfr_video.evaluation.tables import csv_text, mean_of_known
from rfr_video.jsontext import json_text
from rfr_video.pipeline.code_facts import code_facts


@dataclass(frozen=True, kw_only=True)
class LogoGroup:
    """Searches of one kind.

    Attributes:
        motion: Where the clips move; ``nowhere``: they are counted apart.
        what: ``opaque``, ``translucent``, or ``clean``: no logo at all.
        searches: How many.
        found_share: Share of the logos that were found; ``None`` for clean clips.
        likeness: Mean intersection over union of those that were found.
        clear_share: Share of the searches without a false detection.
    """

    motion: Motion
    what: str
    searches: int
    found_share: float | None
    likeness: float | None
    clear_share: float


@dataclass(frozen=True)
class LogoReport:
    """The result of ``evaluate detect logo``."""

    bench: LogoBench
    scores: tuple[LogoScore, ...]

    def groups(self) -> tuple[LogoGroup, ...]:
        """Return all groups that have searches."""
        return tuple(self._groups())

    def still_clips(self) -> tuple[str, ...]:
        """Return the names of the clips in which nothing moves at all."""
        return tuple(dict.fromkeys(score.clip for score in self.scores if score.motion == "nowhere"))

    def false_clips(self) -> tuple[str, ...]:
        """Return the names of the clean clips in which something was found."""
        return tuple(score.clip for score in self.scores if score.logo is None and score.other)

    def to_json(self) -> str:
        """Return settings, groups and every single score as JSON text."""
        return json_text(
            {
                "code": code_facts(),
                "settings": asdict(self.bench.config),
                "clips": [path.name for path in self.bench.clips],
                "without_motion": list(self.still_clips()),
                "groups": [asdict(group) for group in self.groups()],
                "scores": [asdict(score) for score in self.scores],
            }
        )

    def to_csv(self) -> str:
        """Return every single score as a line of comma-separated values, under a line of names."""
        return csv_text(LogoScore, self.scores)

    def _groups(self) -> Iterator[LogoGroup]:
        for motion in get_args(Motion):
            for what in ("opaque", "translucent", "clean"):
                rows = [one for one in self.scores if one.motion == motion and _what(one) == what]
                if not rows:
                    continue
                found = [one for one in rows if one.found]
                yield LogoGroup(
                    motion=motion,
                    what=what,
                    searches=len(rows),
                    found_share=None if what == "clean" else len(found) / len(rows),
                    likeness=mean_of_known(one.likeness for one in found),
                    clear_share=sum(not one.other for one in rows) / len(rows),
                )


def _what(score: LogoScore) -> str:
    if score.logo is None:
        return "clean"
    return "opaque" if score.opacity == 1 else "translucent"
