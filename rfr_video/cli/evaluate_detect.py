"""``rfr-video evaluate detect``: how much of what is there is found, and how much of what is not."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rfr_video.cli import console
from rfr_video.cli.evaluate_defects import dirt_command, dropouts_command
from rfr_video.cli.evaluate_files import ReportFiles, table_options
from rfr_video.cli.options import GroupedCommand, build_config, config_options
from rfr_video.config import DetectLogoConfig, DetectTextConfig

if TYPE_CHECKING:
    from rfr_video.evaluation.detect.logo_report import LogoReport
    from rfr_video.evaluation.detect.logo_score import LogoScore
    from rfr_video.evaluation.detect.text_bench import TextSearch
    from rfr_video.evaluation.detect.text_report import TextReport


@click.group("detect", short_help="Measure what is found, and what is found that is not there.")
def detect_group() -> None:
    """Measure detectors: damage is made in clean clips, looked for, and compared with what was made."""


@detect_group.command(
    "logo",
    cls=GroupedCommand,
    short_help="Measure how logos are found.",
    epilog="Exit codes: 0 done, 1 a bug, 2 usage, 3 clips and logos, 5 output, 129, 130 or 143 interrupted.",
)
@click.argument("clips", type=click.Path(path_type=Path), metavar="CLIPS...", nargs=-1, required=True)
@table_options
@click.option("--overwrite", is_flag=True, help="Replace these files if they exist.")
@click.option("-q", "--quiet", is_flag=True, help="Show errors only.")
def logo_command(
    clips: tuple[Path, ...],
    csv_file: Path | None,
    json_file: Path | None,
    overwrite: bool,  # noqa: FBT001 - click passes flags by name
    quiet: bool,  # noqa: FBT001
    **values: Any,
) -> None:
    """Burn logos into CLIPS, clean videos or folders of them, encode that with x264, and look for them.

    The table says how many were found, the mean intersection over union of the masks of those with the
    logos, and in how many searches nothing else was found. Clips whose camera stands still are counted apart.
    """
    config = build_config(DetectLogoConfig, values)
    files = ReportFiles(csv_file, json_file, None)
    files.check(overwrite=overwrite)
    from tqdm import tqdm

    from rfr_video.evaluation.detect.logo_bench import LogoBench, measure_logos
    from rfr_video.evaluation.detect.logo_report import LogoReport

    bench = LogoBench.open(clips, config)
    for clip in bench.clips:
        files.check(overwrite=overwrite, measured=("clip", clip))
    with tqdm(total=bench.runs, unit=" searches", desc="evaluate", disable=quiet or None) as bar:

        def progress(score: "LogoScore") -> None:
            bar.set_postfix_str(score.clip, refresh=False)
            bar.update()

        report = LogoReport(bench, measure_logos(bench, progress=progress))
    files.write(csv=report.to_csv, json=report.to_json, sheet=bytes)
    if not quiet:
        _show(report)


logo_command.params.extend(config_options(DetectLogoConfig))


def _show(report: "LogoReport") -> None:
    header = ("camera", "logo", "searches", "found", "IoU of found", "nothing false")
    rows = [
        (
            one.camera,
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
        ("the camera stands still", report.still_clips()),
        ("something was found though there is nothing", report.false_clips()),
    ):
        if names:
            console.say(f"{what} in {', '.join(names)}")


@detect_group.command(
    "text",
    cls=GroupedCommand,
    short_help="Measure how captions are found.",
    epilog="Exit codes: 0 done, 1 a bug, 2 usage, 3 clips, 5 output, 129, 130 or 143 interrupted.",
)
@click.argument("clips", type=click.Path(path_type=Path), metavar="CLIPS...", nargs=-1, required=True)
@table_options
@click.option("--overwrite", is_flag=True, help="Replace these files if they exist.")
@click.option("-q", "--quiet", is_flag=True, help="Show errors only.")
def text_command(
    clips: tuple[Path, ...],
    csv_file: Path | None,
    json_file: Path | None,
    overwrite: bool,  # noqa: FBT001 - click passes flags by name
    quiet: bool,  # noqa: FBT001
    **values: Any,
) -> None:
    """Burn captions into CLIPS, clean videos or folders of them, encode that with x264, and look for them.

    The table says how many were found; for those that were, how far off their times are, and how well masks
    fit; and in how many searches nothing else was taken for a caption, with and without captions in the clip.
    """
    config = build_config(DetectTextConfig, values)
    files = ReportFiles(csv_file, json_file, None)
    files.check(overwrite=overwrite)
    from tqdm import tqdm

    from rfr_video.evaluation.detect.text_bench import TextBench, measure_text
    from rfr_video.evaluation.detect.text_report import TextReport

    bench = TextBench.open(clips, config)
    for clip in bench.clips:
        files.check(overwrite=overwrite, measured=("clip", clip))
    with tqdm(total=bench.runs, unit=" searches", desc="evaluate", disable=quiet or None) as bar:

        def progress(search: "TextSearch") -> None:
            bar.set_postfix_str(search.clip, refresh=False)
            bar.update()

        report = TextReport(bench, measure_text(bench, progress=progress))
    files.write(csv=report.to_csv, json=report.to_json, sheet=bytes)
    if not quiet:
        _show_text(report)


text_command.params.extend(config_options(DetectTextConfig))


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


detect_group.add_command(dropouts_command)
detect_group.add_command(dirt_command)
