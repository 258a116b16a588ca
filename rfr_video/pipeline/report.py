"""What a run did, for people and for machines."""

from dataclasses import asdict, dataclass

from rfr_video.jsontext import json_text
from rfr_video.media.reader import Damage
from rfr_video.pipeline.executor import Timing
from rfr_video.pipeline.plan import Plan
from rfr_video.pipeline.source_adaptation import SourceAdaptation


@dataclass(frozen=True)
class Report:
    """The result of a run.

    Attributes:
        plan: What was decided before the run.
        frames: Frames written, or copied as packets when nothing was re-encoded.
        frames_repaired: Frames that had a hole.
        samples_synthesised: Luma samples replaced or blended with made-up ones, over all frames.
        samples_total: Luma samples of all frames.
        damage: What was wrong with the source.
        timing: Where the time went; ``None`` when the streams were copied.
        seconds: Duration of the run.
        fill_notes: What was decided or went other than asked while holes were filled.
        adaptation: What came of adapting the network to the source, where that was asked for.
    """

    plan: Plan
    frames: int
    frames_repaired: int
    samples_synthesised: int
    samples_total: int
    damage: Damage
    timing: Timing | None
    seconds: float
    fill_notes: tuple[str, ...] = ()
    adaptation: SourceAdaptation | None = None

    @property
    def frames_per_second(self) -> float:
        """Speed of the run."""
        return self.frames / self.seconds if self.seconds else 0.0

    @property
    def hole_share(self) -> float:
        """Share of all luma samples that were replaced or blended, 0 to 1."""
        return self.samples_synthesised / self.samples_total if self.samples_total else 0.0

    def to_dict(self) -> dict[str, object]:
        """Return the report as plain JSON types."""
        return {
            "source": str(self.plan.info.path),
            "target": str(self.plan.target),
            "reencoded": self.plan.reencodes,
            "frames": self.frames,
            "frames_repaired": self.frames_repaired,
            "hole_share": round(self.hole_share, 6),
            "filled_from": {"synthesised": self.samples_synthesised},
            "fill_notes": list(self.fill_notes),
            "adaptation": asdict(self.adaptation) if self.adaptation else None,
            "damage": asdict(self.damage),
            "seconds": round(self.seconds, 3),
            "frames_per_second": round(self.frames_per_second, 2),
            "busy_seconds": {name: round(busy, 3) for name, busy in self.timing.busy_seconds.items()}
            if self.timing
            else {},
            "limited_by": self.timing.limiting_stage if self.timing else None,
            "plan": self.plan.to_dict(),
        }

    def to_json(self) -> str:
        """Return the report as JSON text."""
        return json_text(self.to_dict())
