"""``rfr-video restore``."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rfr_video.cli.options import GroupedCommand, build_config, config_options
from rfr_video.config import RestoreConfig
from rfr_video.errors import EXIT_SOURCE_DAMAGED, OutputError, UsageError
from rfr_video.jsontext import json_text

if TYPE_CHECKING:
    from rfr_video.pipeline.plan import Plan
    from rfr_video.pipeline.report import Report


@click.command(
    "restore",
    cls=GroupedCommand,
    short_help="Fill holes in a video; everything else stays as it is.",
    epilog="Exit codes: 0 done, 2 usage, 3 source, 4 mask, 5 output, 6 encoder or container, "
    "7 done but the source was damaged, 130 interrupted.",
)
@click.argument("source", type=click.Path(path_type=Path), metavar="INPUT")
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(path_type=Path),
    required=True,
    help="The repaired video; its suffix names the container.",
)
@click.option(
    "--report", "report_file", type=click.Path(path_type=Path), help="Write the report here as JSON."
)
@click.option("--dry-run", is_flag=True, help="Show what would be done and why, and stop.")
@click.option("--json", "as_json", is_flag=True, help="Print the report (or the plan) as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Show errors only.")
@click.option("-v", "--verbose", is_flag=True, help="Show every choice and warning.")
def restore_command(
    source: Path,
    target: Path,
    report_file: Path | None,
    dry_run: bool,  # noqa: FBT001 - click passes flags by name
    as_json: bool,  # noqa: FBT001
    quiet: bool,  # noqa: FBT001
    verbose: bool,  # noqa: FBT001
    **values: Any,
) -> int:
    """Repair INPUT: fill what --mask, --box or --timeline cover; everything else stays as it is.

    Audio, subtitles, chapters and timestamps are kept; samples outside the hole reach the encoder
    bit for bit.
    """
    if quiet and verbose:
        raise UsageError("--quiet and --verbose exclude each other; give one of them")
    if report_file and not report_file.resolve().parent.is_dir():
        raise OutputError(
            f"folder {report_file.resolve().parent} for the report does not exist; create it first"
        )
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.ERROR if quiet else logging.WARNING,
        format="%(name)s: %(message)s",
    )
    config = build_config(RestoreConfig, values)
    from rfr_video.cli.progress import ProgressDisplay
    from rfr_video.pipeline.plan import make_plan
    from rfr_video.pipeline.restore import run_plan

    plan = make_plan(source, target, config)
    if dry_run:
        print(json_text(plan.to_dict())) if as_json else _show_plan(plan)
        return 0
    with ProgressDisplay(quiet=quiet or as_json) as display:
        report = run_plan(plan, progress=display.show)
    if report_file:
        report_file.write_text(report.to_json() + "\n")
    if as_json:
        print(report.to_json())
    elif not quiet:
        _show_report(report)
    return EXIT_SOURCE_DAMAGED if report.damage.found else 0


restore_command.params.extend(config_options(RestoreConfig))


def _show_plan(plan: "Plan") -> None:
    from rich.console import Console
    from rich.table import Table

    video = plan.info.video
    rate = f"{float(video.rate):g} frames/s"
    print(f"{plan.info.path}: {video.codec}, {video.width}×{video.height}, {video.pix_fmt}, {rate}")
    print(f"{plan.target}: {plan.container}")
    table = Table("choice", "value", "why", box=None, pad_edge=False)
    for choice in plan.choices:
        table.add_row(choice.name, choice.value, choice.reason)
    for passenger in plan.passengers:
        table.add_row(str(passenger), passenger.fate.value, passenger.reason or "as it is")
    Console(highlight=False).print(table)


def _show_report(report: "Report") -> None:
    plan = report.plan
    print(f"{plan.info.path} → {plan.target}")
    if plan.settings is None:
        print(f"the mask is empty throughout: all streams were copied, {report.frames} frames untouched")
    else:
        print(
            f"{report.frames} frames, {report.frames_repaired} repaired "
            f"({100 * report.hole_share:.2f} % of all samples synthesised)"
        )
        print(
            f"{report.seconds:.1f} s, {report.frames_per_second:.1f} frames/s, "
            f"limited by {report.timing.limiting_stage if report.timing else 'copying'}"
        )
    for passenger in plan.passengers:
        print(f"{passenger}: {passenger.fate.value}" + (f": {passenger.reason}" if passenger.reason else ""))
    if report.damage.found:
        print(f"the source is damaged: {report.damage}")
