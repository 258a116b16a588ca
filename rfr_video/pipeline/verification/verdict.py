"""The verdict on a result."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from rfr_video.media.verification.check import Check, Outcome
from rfr_video.pipeline.verification.tally import PictureSummary


@dataclass(frozen=True)
class Verification:
    """What came of comparing a result with its source.

    Attributes:
        checks: One for everything that was compared.
        pictures: How the pictures differ; ``None`` where their packets were compared instead, or they could
            not be compared.
        seconds: How long it took.
        kept_as: Where a result lies that does not match, and so did not get its name.
    """

    checks: tuple[Check, ...]
    pictures: PictureSummary | None
    seconds: float
    kept_as: Path | None = None

    @property
    def matches(self) -> bool:
        """Whether nothing differs but what is explained, or what a lossy codec leaves."""
        return not any(self.differing)

    @property
    def differing(self) -> tuple[Check, ...]:
        """What differs."""
        return tuple(one for one in self.checks if one.outcome is Outcome.DIFFERS)

    @property
    def is_exact(self) -> bool:
        """Whether every sample outside the hole is the same."""
        return self.pictures is None or not self.pictures.differing_samples

    def lines(self) -> Iterator[str]:
        """Say it in a few lines: all that differs or has to be explained, and how near the pictures are."""
        for one in self.checks:
            if one.outcome is not Outcome.SAME:
                yield f"{one.name}: {one.outcome.value}: {one.detail}"
        if self.matches:
            how = "as a lossy codec leaves it"
            if self.is_exact:
                how = "every sample outside the hole is the source's"
            yield f"verified in {self.seconds:.1f} s, {len(self.checks)} checks: {how}"
        elif self.kept_as is None:
            yield "NOT VERIFIED: the result differs from its source"
        else:
            yield f"NOT VERIFIED: the result differs from its source; it is kept as {self.kept_as}"

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return {
            "matches": self.matches,
            "is_exact": self.is_exact,
            "kept_as": self.kept_as and str(self.kept_as),
            "seconds": round(self.seconds, 3),
            "checks": [asdict(one) for one in self.checks],
            "pictures": asdict(self.pictures) if self.pictures else None,
        }
