"""``rfr-video evaluate detect dropouts`` and ``dirt``: damage of tape and film, sample by sample."""

from typing import TYPE_CHECKING

from rfr_video.cli import console
from rfr_video.cli.evaluate_detector import Measurement, detector_command
from rfr_video.config import DetectDirtConfig, DetectDropoutsConfig

if TYPE_CHECKING:
    from rfr_video.evaluation.detect.defect_bench import DefectReport

_INPUTS = "clips or textures"


def _defects() -> Measurement:
    from rfr_video.evaluation.detect.defect_bench import DefectBench, DefectReport, measure_defects

    return Measurement(DefectBench, measure_defects, DefectReport)


def _show(report: "DefectReport") -> None:
    header = ("clip", "damaged", "precision", "recall", "F1", "false in clean", "CPU ms")
    rows = [
        (
            one.clip,
            f"{one.defect_share:.3%}",
            f"{one.precision:.3f}",
            f"{one.recall:.3f}",
            f"{one.f1:.3f}",
            f"{one.false_share:.4%}",
            f"{one.milliseconds:.1f}",
        )
        for one in (*report.scores, report.mean())
    ]
    console.table(rows, header=header, texts=1)


dropouts_command = detector_command(
    "dropouts",
    DetectDropoutsConfig,
    what="dropouts are",
    inputs=_INPUTS,
    text="""Draw dropouts into CLIPS, clean videos or folders of them, and look for them.

    The table says how much of what was found was drawn, how much of what was drawn was found, and how much
    of the clean clip was taken for a dropout; all by samples.
    """,
    load=_defects,
    show=_show,
)
dirt_command = detector_command(
    "dirt",
    DetectDirtConfig,
    what="dirt is",
    inputs=_INPUTS,
    text="""Draw dirt into CLIPS, clean videos or folders of them, and look for it.

    The table says how much of what was found was drawn, how much of what was drawn was found, and how much
    of the clean clip was taken for dirt; all by samples.
    """,
    load=_defects,
    show=_show,
)
