"""A measurement as tables, for people and for machines."""

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from rfr_video.evaluation.stills import Bench, Measurement, Score
from rfr_video.evaluation.tables import csv_text, mean_of_known
from rfr_video.jsontext import json_text
from rfr_video.pipeline.code_facts import code_facts

SHARE_EDGES_PERCENT = (0, 1, 10, 20, 30, 40, 50, 60, 100)
MEASURES = ("hole_psnr_db", "hole_ssim", "psnr_db", "ssim", "l1_percent", "feature_distance")


@dataclass(frozen=True, kw_only=True)
class Mean:
    """The mean of every measure over some holes, for one method.

    Attributes:
        group: Which holes: those of a range of shares, of a kind, or all.
        method: Name of the method.
        holes: How many.
    """

    group: str
    method: str
    holes: int
    hole_psnr_db: float
    hole_ssim: float
    psnr_db: float
    ssim: float
    l1_percent: float
    feature_distance: float | None


@dataclass(frozen=True, kw_only=True)
class Gain:
    """What a network gains on the best of the yardsticks, each measure by itself, over all holes.

    Attributes:
        method: Name of the network's weights.
        hole_psnr_db: Difference; more is better.
        hole_ssim: Likewise.
        psnr_db: Likewise.
        ssim: Likewise.
        feature_distance_percent: How much lower, in percent of the best yardstick's; ``None`` if unmeasured.
    """

    method: str
    hole_psnr_db: float
    hole_ssim: float
    psnr_db: float
    ssim: float
    feature_distance_percent: float | None


@dataclass(frozen=True)
class StillsReport:
    """The result of ``evaluate stills``."""

    bench: Bench
    measurement: Measurement

    def means(self) -> tuple[Mean, ...]:
        """Return the means by share, by kind and over all, a row per method in each group that has holes."""
        scores = self.measurement.scores
        names = [method.name for method in self.bench.methods]
        rows: list[Mean] = []
        for least, largest in itertools.pairwise(SHARE_EDGES_PERCENT):
            within = [one for one in scores if least <= 100 * one.share < largest]
            rows += _means(f"{least}-{largest} %", within, names)
        for kind in dict.fromkeys(one.kind for one in scores):
            rows += _means(kind, [one for one in scores if one.kind == kind], names)
        return (*rows, *_means("all", scores, names))

    def gains(self) -> tuple[Gain, ...]:
        """Return what each network gains on the best of the yardsticks that were measured beside it."""
        overall = {row.method: row for row in self.means() if row.group == "all"}
        networks = [method.name for method in self.bench.methods if method.name in self.bench.config.weights]
        yardsticks = [row for name, row in overall.items() if name not in networks]
        return tuple(_gain(overall[name], yardsticks) for name in networks)

    def to_json(self) -> str:
        """Return settings, hashes, means and every single score as JSON text."""
        features = self.bench.config.features
        return json_text(
            {
                "code": code_facts(),
                "settings": {**asdict(self.bench.config), "hole_share": str(self.bench.config.hole_share)},
                "pictures": [asdict(picture) for picture in self.measurement.pictures],
                "holes_sha256": self.measurement.holes_sha256,
                "features_sha256": hashlib.sha256(features.read_bytes()).hexdigest() if features else None,
                "methods": {method.name: dict(method.facts) for method in self.bench.methods},
                "gains": [asdict(gain) for gain in self.gains()],
                "means": [asdict(row) for row in self.means()],
                "scores": [asdict(score) for score in self.measurement.scores],
            }
        )

    def to_csv(self) -> str:
        """Return every single score as a line of comma-separated values, under a line of names."""
        return csv_text(Score, self.measurement.scores)


def _means(group: str, scores: Iterable[Score], names: Iterable[str]) -> Iterator[Mean]:
    for name in names:
        rows = [score for score in scores if score.method == name]
        if rows:
            values = {measure: mean_of_known([getattr(row, measure) for row in rows]) for measure in MEASURES}
            yield Mean(group=group, method=name, holes=len(rows), **values)  # pyright: ignore[reportArgumentType]


def _gain(network: Mean, yardsticks: list[Mean]) -> Gain:
    distances = [row.feature_distance for row in yardsticks if row.feature_distance is not None]
    lower = None
    if network.feature_distance is not None and min(distances) > 0:
        lower = 100 * (1 - network.feature_distance / min(distances))
    return Gain(
        method=network.method,
        hole_psnr_db=network.hole_psnr_db - max(row.hole_psnr_db for row in yardsticks),
        hole_ssim=network.hole_ssim - max(row.hole_ssim for row in yardsticks),
        psnr_db=network.psnr_db - max(row.psnr_db for row in yardsticks),
        ssim=network.ssim - max(row.ssim for row in yardsticks),
        feature_distance_percent=lower,
    )
