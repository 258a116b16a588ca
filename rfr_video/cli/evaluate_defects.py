"""``rfr-video evaluate detect`` of dropouts, dirt and the like: damage of tape and film, sample by sample."""

from typing import TYPE_CHECKING

from rfr_video.cli import console
from rfr_video.cli.evaluate_detector import Measurement, detector_command
from rfr_video.config import (
    DetectDirtConfig,
    DetectDropoutsConfig,
    DetectHeadSwitchingConfig,
    DetectScratchesConfig,
)

if TYPE_CHECKING:
    from rfr_video.evaluation.detect.defect_bench import DefectReport

_INPUTS = "clips or textures"


def _defects() -> Measurement:
    from rfr_video.evaluation.detect.defect_bench import DefectBench, DefectReport, measure_defects

    return Measurement(DefectBench, measure_defects, DefectReport)


def _show(report: "DefectReport") -> None:
    header = ("clip", "damaged", "precision", "recall", "F1", "IoU", "false in clean", "CPU ms", "lines off")
    columns = len(header) - (report.mean().lines_off is None)
    rows = [
        (
            one.clip,
            f"{one.defect_share:.3%}",
            f"{one.precision:.3f}",
            f"{one.recall:.3f}",
            f"{one.f1:.3f}",
            f"{one.likeness:.3f}",
            f"{one.false_share:.4%}",
            f"{one.milliseconds:.1f}",
            "" if one.lines_off is None else f"{one.lines_off:.1f}",
        )[:columns]
        for one in (*report.scores, report.mean())
    ]
    console.table(rows, header=header[:columns], texts=1)


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
head_switching_command = detector_command(
    "head-switching",
    DetectHeadSwitchingConfig,
    what="head switching is",
    inputs="clips",
    text="""Draw head switching into CLIPS, clean videos or folders of them, and look for it.

    The table says how much of what was found was drawn, how much of what was drawn was found, how much of
    the clean clip was taken for it, all by samples, and by how many lines the height is wrong.
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
scratches_command = detector_command(
    "scratches",
    DetectScratchesConfig,
    what="scratches are",
    inputs="clips",
    text="""Draw scratches into CLIPS, clean videos or folders of them, and look for them.

    The table says how much of what was found was drawn, how much of what was drawn was found, and how much
    of the clean clip was taken for a scratch; all by samples.
    """,
    load=_defects,
    show=_show,
)
