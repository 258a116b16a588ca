"""What was found, for people and for machines."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rfr_video.config import DetectKind
from rfr_video.masking.detect.overlay import Overlay


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found of one kind.

    Attributes:
        kind: What was looked for.
        overlays: What a scan found, in the order of the scan; empty for defects.
        frames: How many frames have defects; 0 for overlays, which say themselves when they are there.
        samples: How many samples of all frames are defects; 0 for overlays.
        notes: What a user should know or do.
    """

    kind: DetectKind
    overlays: tuple[Overlay, ...] = ()
    frames: int = 0
    samples: int = 0
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not self.overlays and not self.frames

    def to_dict(self) -> dict[str, object]:
        """Return it as plain data."""
        return {
            "kind": self.kind,
            "overlays": [one.to_dict() for one in self.overlays],
            "frames": self.frames,
            "samples": self.samples,
            "notes": list(self.notes),
        }

    def lines(self) -> Iterator[str]:
        """Yield what a user should read."""
        for one in self.overlays[:_MOST_LINES]:
            yield f"found: {one}"
        if len(self.overlays) > _MOST_LINES:
            yield f"found: {len(self.overlays) - _MOST_LINES} more of the kind {self.kind}"
        if self.frames:
            yield f"found: {self.kind} in {self.frames} frames, {self.samples} samples"
        for note in self.notes:
            yield f"{self.kind}: {note}"


_MOST_LINES = 20


@dataclass
class FoundCount:
    """Counts the defects of one kind, frame by frame."""

    kind: DetectKind
    frames: int = field(default=0, init=False)
    samples: int = field(default=0, init=False)

    def add(self, samples: int) -> None:
        """Count a frame with so many samples that are defects."""
        self.frames += samples > 0
        self.samples += samples

    def found(self, notes: tuple[str, ...]) -> Found:
        """Sum up."""
        return Found(kind=self.kind, frames=self.frames, samples=self.samples, notes=notes)
