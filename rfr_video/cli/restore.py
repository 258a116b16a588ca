"""``rfr-video restore``."""

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rfr_video.cli import console
from rfr_video.cli.options import GroupedCommand, build_config, config_options
from rfr_video.config import RestoreConfig
from rfr_video.errors import EXIT_DIFFERS, EXIT_NOTHING_FOUND, EXIT_SOURCE_DAMAGED, UsageError
from rfr_video.jsontext import json_text

if TYPE_CHECKING:
    from rfr_video.pipeline.plan import Plan
    from rfr_video.pipeline.report import Report

FILL = (
    "fields",
    "deinterlacing",
    "fill",
    "weights",
    "device",
    "fill quality",
    "look-ahead",
    "motion",
    "de-blending",
)
"""Names of the choices about the filling, which the summary shows."""


@click.command(
    "restore",
    cls=GroupedCommand,
    short_help="Fill holes in a video; everything else stays as it is.",
    epilog="Exit codes: 0 done, 1 a bug, 2 usage, 3 source, 4 mask, 5 output, 6 encoder or container, "
    "7 done but the source was damaged, 8 weights, 9 done but --detect found nothing, 11 --verify found that "
    "the result differs, 12 a device failed or memory does not suffice, 129, 130 or 143 interrupted.",
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
    """Repair INPUT: fill what --mask, --mask-at, --box, --timeline or --detect say; the rest stays as it is.

    Audio, subtitles, chapters and timestamps are kept; samples outside the hole reach the encoder
    bit for bit.
    """
    console.set_up_logging(quiet=quiet, verbose=verbose)
    if dry_run and report_file:
        raise UsageError("--dry-run makes no report; use --json to get the plan as JSON")
    config = build_config(RestoreConfig, values)
    from rfr_video.cli.progress import ProgressDisplay
    from rfr_video.media.target import check_extra, unverified_name, write_pieces
    from rfr_video.pipeline.plan import make_plan
    from rfr_video.pipeline.restore import run_plan

    plan = make_plan(source, target, config)
    if dry_run:
        if as_json:
            console.say(json_text(plan.to_dict()))
        elif not quiet:
            _show_plan(plan)
        return 0
    if report_file:
        used = {"input": source, "output": target, **config.mask.files}
        used |= {output.name: output.path for output in plan.side_outputs}
        if config.self_check.verify:
            used["unverified result"] = unverified_name(target)
        check_extra(report_file, name="report", used=used, overwrite=config.overwrite)
    with ProgressDisplay(quiet=quiet or as_json) as display:
        report = run_plan(plan, progress=display.show)
    if report_file:
        text = chain(report.json_pieces(), ("\n",))
        write_pieces(report_file, (piece.encode(errors="backslashreplace") for piece in text))
    if as_json:
        console.say(report.to_json())
    elif not quiet:
        _show_report(report)
    else:
        _complain(report)
    if report.verification is not None and not report.verification.matches:
        return EXIT_DIFFERS
    if report.damage.found:
        return EXIT_SOURCE_DAMAGED
    return EXIT_NOTHING_FOUND if report.nothing_found else 0


restore_command.params.extend(config_options(RestoreConfig))


def _show_plan(plan: "Plan") -> None:
    video = plan.info.video
    rate = f"{float(video.rate):g} frames/s"
    console.say(f"{plan.info.path}: {video.codec}, {video.width}×{video.height}, {video.pix_fmt}, {rate}")
    console.say(f"{plan.target}: {plan.container}")
    rows = [(choice.name, choice.value, choice.reason) for choice in plan.choices]
    rows += [(str(one), one.fate.value, one.reason or "as it is") for one in plan.passengers]
    console.table(rows)


def _complain(report: "Report") -> None:
    """Say only why the exit code is not 0."""
    plan = report.plan
    if report.verification is not None and not report.verification.matches:
        console.complain("; ".join(report.verification.lines()))
    elif report.damage.found:
        console.complain(
            f"{plan.info.path} is damaged: {report.damage}; {plan.target} has what could be read"
        )
    elif report.nothing_found:
        console.complain(f"nothing was found in {plan.info.path}; {plan.target} is a copy")


def _show_report(report: "Report") -> None:
    plan = report.plan
    lines = [f"{plan.info.path} → {plan.target}"]
    if plan.settings is None:
        why = "nothing was found" if report.nothing_found else "the mask is empty throughout"
        lines.append(f"{why}: all streams copied, {report.frames} frames untouched")
        lines += _found(report)
    else:
        lines += _summary(report)
    for passenger in plan.passengers:
        reason = f": {passenger.reason}" if passenger.reason else ""
        lines.append(f"{passenger}: {passenger.fate.value}{reason}")
    lines += [f"{output.name}: {output.path}" for output in plan.side_outputs]
    lines += [f"{one.name}: {one.value} ({one.reason})" for one in plan.choices if one.value == "lost"]
    if report.damage.found:
        lines.append(f"the source is damaged: {report.damage}")
    lines += report.verification.lines() if report.verification else ()
    console.say("\n".join(lines))


def _summary(report: "Report") -> list[str]:
    share = f"{100 * report.hole_share:.2f} % of all samples replaced{_origins(report)}"
    limit = report.timing.limiting_stage if report.timing else "copying"
    lines = [
        f"{report.frames} frames, {report.frames_repaired} repaired ({share})",
        f"{report.seconds:.1f} s, {report.frames_per_second:.1f} frames/s, limited by {limit}",
    ]
    lines += [f"{one.name}: {one.value} ({one.reason})" for one in report.plan.choices if one.name in FILL]
    lines += _found(report)
    lines += report.carried.lines() if report.carried else ()
    lines += _adaptation(report)
    lines += [f"fill: {note}" for note in report.fill_notes]
    if not report.frames_repaired:
        lines.append("nothing was repaired: no mask fell on any frame; check the times and the masks")
    return lines


def _found(report: "Report") -> list[str]:
    """Say what was found by itself."""
    return [line for one in report.found for line in one.lines()]


def _origins(report: "Report") -> str:
    """Say where the replaced samples came from, as far as any did."""
    words = [f"{_percent(share)} {origin.word}" for origin, share in report.origin_shares.items()]
    return f": {', '.join(words)}" if words else ""


def _percent(share: float) -> str:
    """Write a share that is not 0 in whole percent; what is neither nothing nor all does not look so."""
    if share < 0.005:
        return "under 1 %"
    return "over 99 %" if 0.995 <= share < 1 else f"{100 * share:.0f} %"


def _adaptation(report: "Report") -> list[str]:
    """Say what came of adapting the network, if that was asked for."""
    if report.adaptation is None:
        return []
    result = report.adaptation.result
    if result is None or result.psnr_before_db is None or result.psnr_after_db is None:
        return ["adaptation: there was nothing beside a hole to learn from"]
    when = "in an earlier run" if result.from_cache else f"in {result.seconds:.0f} s"
    seen = "" if report.adaptation.saw_all else f" from the first {report.adaptation.frames_seen} frames"
    gain = f"{result.psnr_before_db:.2f} → {result.psnr_after_db:.2f} dB on known pixels"
    kept = "kept" if result.kept else "no better, so not kept"
    return [f"adaptation: {result.steps} steps{seen} {when}, {gain}; {kept}"]
