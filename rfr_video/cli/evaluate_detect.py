"""``rfr-video evaluate detect``: how much of what is there is found, and how much of what is not."""

from typing import TYPE_CHECKING

import click

from rfr_video.cli import console
from rfr_video.cli.evaluate_defects import (
    dirt_command,
    dropouts_command,
    head_switching_command,
    scratches_command,
)
from rfr_video.cli.evaluate_detector import Measurement, detector_command
from rfr_video.config import DetectLogoConfig, DetectTextConfig

if TYPE_CHECKING:
    from rfr_video.evaluation.detect.logo_report import LogoReport
    from rfr_video.evaluation.detect.text_report import TextReport


@click.group("detect", short_help="Measure what is found, and what is found that is not there.")
def detect_group() -> None:
    """Measure detectors: damage is made in clean clips, looked for, and compared with what was made."""


def _logos() -> Measurement:
    from rfr_video.evaluation.detect.logo_bench import LogoBench, measure_logos
    from rfr_video.evaluation.detect.logo_report import LogoReport

    return Measurement(LogoBench, measure_logos, LogoReport)


def _text() -> Measurement:
    from rfr_video.evaluation.detect.text_bench import TextBench, measure_text
    from rfr_video.evaluation.detect.text_report import TextReport

    return Measurement(TextBench, measure_text, TextReport)


def _show_logos(report: "LogoReport") -> None:
    header = ("motion", "logo", "searches", "found", "IoU of found", "nothing false")
    rows = [
        (
            one.motion,
            one.what,
            str(one.searches),
            "" if one.found_share is None else f"{one.found_share:.1%}",
            "" if one.likeness is None else f"{one.likeness:.3f}",
            f"{one.clear_share:.1%}",
        )
        for one in report.groups()
    ]
    console.table(rows, header=header, texts=2)
    for what, names in (
        ("nothing moves at all", report.still_clips()),
        ("something was found though there is nothing", report.false_clips()),
    ):
        if names:
            console.say(f"{what} in {', '.join(names)}")


def _show_text(report: "TextReport") -> None:
    header = ("letters", "captions", "found", "times to 3 frames", "off by frames", "IoU", "covered")
    rows = [
        (
            one.what,
            str(one.captions),
            f"{one.found_share:.1%}",
            *(
                "" if share is None else text.format(share)
                for text, share in (
                    ("{:.1%}", one.near_share),
                    ("{:.2f}", one.span_error),
                    ("{:.3f}", one.likeness),
                    ("{:.1%}", one.covered),
                )
            ),
        )
        for one in report.groups()
    ]
    console.table(rows, header=header, texts=1)
    for what, clean in (("clean clips", True), ("clips with captions", False)):
        share = report.clear_share(clean=clean)
        if share is not None:
            console.say(f"nothing false in {share:.1%} of the {what}")
    if names := report.false_clips():
        console.say(f"something was found though there is nothing in {', '.join(names)}")
    console.say(f"{report.frames_per_second():.1f} frames per second of processor time were searched")


detect_group.add_command(
    detector_command(
        "logo",
        DetectLogoConfig,
        what="logos are",
        inputs="clips and logos",
        text="""Burn logos into CLIPS, clean videos or folders of them, encode that, and look for them.

        The table says how many were found, the mean intersection over union of the masks of those with the
        logos, and in how many searches nothing else was found: by where the clean clip moves, which is where
        the logo is, only elsewhere, or nowhere at all.
        """,
        load=_logos,
        show=_show_logos,
    )
)
detect_group.add_command(
    detector_command(
        "text",
        DetectTextConfig,
        what="captions are",
        inputs="clips",
        text="""Burn captions into CLIPS, clean videos or folders of them, encode that, and look for them.

        The table says how many were found; for those that were, how far off their times are, and how well
        masks fit; and in how many searches nothing else was taken for a caption, with and without captions
        in the clip.
        """,
        load=_text,
        show=_show_text,
    )
)
detect_group.add_command(dropouts_command)
detect_group.add_command(head_switching_command)
detect_group.add_command(dirt_command)
detect_group.add_command(scratches_command)
