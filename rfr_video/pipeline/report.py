"""What a run did, for people and for machines."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice

from rfr_video.fill.filler import Origin
from rfr_video.jsontext import json_text
from rfr_video.masking.carry.summary import CarrySummary
from rfr_video.masking.detect.summary import Found
from rfr_video.media.reader import Damage
from rfr_video.pipeline.executor import Timing
from rfr_video.pipeline.filled_frames import COLUMNS, FilledFrames
from rfr_video.pipeline.plan import Plan
from rfr_video.pipeline.source_adaptation import SourceAdaptation
from rfr_video.pipeline.verification.verdict import Verification

ROWS_PER_PIECE = 1000


@dataclass(frozen=True)
class Report:
    """The result of a run.

    Attributes:
        plan: What was decided before the run.
        frames: Frames written, or copied as packets when nothing was re-encoded.
        filled: Where the samples of every frame that had a hole came from.
        samples_total: Luma samples of all frames.
        damage: What was wrong with the source.
        timing: Where the time went; ``None`` when the streams were copied.
        seconds: Duration of the run.
        fill_notes: What was decided or went other than asked while holes were filled.
        adaptation: What came of adapting the network to the source, where that was asked for.
        carried: What came of carrying hand-made masks, where there were any.
        found: What was found by itself, one per kind that was looked for.
        verification: What came of comparing the result with the source, where that was asked for.
        resumption: What became of unfinished work of an earlier run; ``None`` where there was none, and
            nobody asked for it.
    """

    plan: Plan
    frames: int
    filled: FilledFrames
    samples_total: int
    damage: Damage
    timing: Timing | None
    seconds: float
    fill_notes: tuple[str, ...] = ()
    adaptation: SourceAdaptation | None = None
    carried: CarrySummary | None = None
    found: tuple[Found, ...] = ()
    verification: Verification | None = None
    resumption: str | None = None

    @property
    def nothing_found(self) -> bool:
        """Whether something was looked for, nothing was found, and nothing else said what to repair."""
        return self.plan.needs_findings and all(one.is_empty for one in self.found)

    @property
    def frames_per_second(self) -> float:
        """Speed of the run."""
        return self.frames / self.seconds if self.seconds else 0.0

    @property
    def frames_repaired(self) -> int:
        """Frames that had a hole."""
        return len(self.filled)

    @property
    def hole_share(self) -> float:
        """Share of all luma samples that were replaced or blended, 0 to 1."""
        return self.filled.sample_count / self.samples_total if self.samples_total else 0.0

    @property
    def origin_shares(self) -> dict[Origin, float]:
        """Share of the replaced samples by origin, 0 to 1, in the order of :class:`Origin`; those above 0."""
        count = self.filled.sample_count
        return {origin: samples / count for origin, samples in self.filled.samples.items() if samples}

    def to_dict(self) -> dict[str, object]:
        """Return the report as plain data, without the rows of the frames (see :attr:`filled`)."""
        confidence = self.filled.confidence
        return {
            "source": str(self.plan.info.path),
            "target": str(self.plan.target),
            "reencoded": self.plan.reencodes,
            "frames": self.frames,
            "frames_repaired": self.frames_repaired,
            "hole_share": round(self.hole_share, 6),
            "filled_from": {origin.word: samples for origin, samples in self.filled.samples.items()},
            "confidence": None if confidence is None else round(confidence, 4),
            "fill_notes": list(self.fill_notes),
            "adaptation": asdict(self.adaptation) if self.adaptation else None,
            "carried_masks": self.carried.to_dict() if self.carried else None,
            "found": [one.to_dict() for one in self.found],
            "damage": asdict(self.damage),
            "verification": self.verification.to_dict() if self.verification else None,
            "resumption": self.resumption,
            "seconds": round(self.seconds, 3),
            "frames_per_second": round(self.frames_per_second, 2),
            "busy_seconds": {name: round(busy, 3) for name, busy in self.timing.busy_seconds.items()}
            if self.timing
            else {},
            "limited_by": self.timing.limiting_stage if self.timing else None,
            "plan": self.plan.to_dict(),
        }

    def to_json(self) -> str:
        """Return the report as JSON text, with the rows of the frames."""
        return "".join(self.json_pieces())

    def json_pieces(self) -> Iterator[str]:
        """Yield the JSON text piece by piece: ten hours of frames never lie in memory as text."""
        yield json_text(self.to_dict()).removesuffix("\n}")
        yield f',\n  "filled_frames": {{\n    "columns": {json.dumps(COLUMNS)},\n    "rows": ['
        lines = (f"\n      {json.dumps(row)}" for row in self.filled.rows())
        comma = ""
        while piece := ",".join(islice(lines, ROWS_PER_PIECE)):
            yield comma + piece
            comma = ","
        yield "\n    ]\n  }\n}" if comma else "]\n  }\n}"
