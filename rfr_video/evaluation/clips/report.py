"""A measurement on clips as tables, for people and for machines."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from rfr_video.evaluation.clips.bench import ClipsBench
from rfr_video.evaluation.clips.clip_score import ZERO, ClipScore
from rfr_video.evaluation.clips.measure import ClipsMeasurement
from rfr_video.evaluation.tables import csv_text, mean_of_known
from rfr_video.jsontext import json_text
from rfr_video.pipeline.code_facts import code_facts

MEASURES = (
    "hole_psnr_db",
    "gain_db",
    "hole_ssim",
    "flicker",
    "share_deblended",
    "share_borrowed",
    "frames_per_second",
    "psnr_db",
    "ssim_65",
)


@dataclass(frozen=True, kw_only=True)
class ClipsMean:
    """The mean of every measure over the clips, for one overlay and one method.

    Attributes:
        overlay: Name of the overlay.
        method: Name of the method.
        clips: How many have figures; a mean is over those that have this figure.
        least_gain_db: The smallest gain of any clip.
    """

    overlay: str
    method: str
    clips: int
    hole_psnr_db: float | None
    gain_db: float | None
    least_gain_db: float | None
    hole_ssim: float | None
    flicker: float | None
    share_deblended: float | None
    share_borrowed: float | None
    frames_per_second: float | None
    psnr_db: float | None
    ssim_65: float | None


@dataclass(frozen=True)
class ClipsReport:
    """The result of ``evaluate clips``."""

    bench: ClipsBench
    measurement: ClipsMeasurement

    def means(self) -> tuple[ClipsMean, ...]:
        """Return the means over the clips, a row per overlay and method that has figures."""
        return tuple(self._means())

    def notes(self) -> tuple[str, ...]:
        """Return why figures are missing, each reason once."""
        return tuple(dict.fromkeys(one.note for one in self.measurement.scores if one.note))

    def to_json(self) -> str:
        """Return settings, hashes, means and every single score as JSON text."""
        means = [asdict(row) for row in self.means()]
        return json_text(
            {
                "code": code_facts(),
                "settings": asdict(self.bench.config),
                "clips": [asdict(clip) for clip in self.measurement.clips],
                "methods": self.measurement.facts,
                "gains": [
                    {key: row[key] for key in ("overlay", "method", "gain_db", "least_gain_db")}
                    for row in means
                    if row["method"] not in ZERO and row["gain_db"] is not None
                ],
                "means": means,
                "scores": [asdict(one) for one in self.measurement.scores],
            }
        )

    def to_csv(self) -> str:
        """Return every single score as a line of comma-separated values, under a line of names."""
        return csv_text(ClipScore, self.measurement.scores)

    def _means(self) -> Iterator[ClipsMean]:
        scores = [one for one in self.measurement.scores if one.hole_psnr_db is not None]
        for overlay in self.bench.overlays:
            for method in self.bench.methods:
                rows = [one for one in scores if (one.overlay, one.method) == (overlay.name, method.name)]
                if not rows:
                    continue
                gains = [one.gain_db for one in rows if one.gain_db is not None]
                yield ClipsMean(
                    overlay=overlay.name,
                    method=method.name,
                    clips=len(rows),
                    least_gain_db=min(gains, default=None),
                    **{name: mean_of_known(getattr(one, name) for one in rows) for name in MEASURES},
                )
