"""``rfr-video evaluate detect dropouts`` and ``dirt``: damage of tape and film, sample by sample."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rfr_video.cli import console
from rfr_video.cli.evaluate_files import ReportFiles, table_options
from rfr_video.cli.options import GroupedCommand, build_config, config_options
from rfr_video.config import DetectDirtConfig, DetectDropoutsConfig

if TYPE_CHECKING:
    from rfr_video.evaluation.detect.defect_bench import DefectReport, DefectScore

EPILOG = "Exit codes: 0 done, 1 a bug, 2 usage, 3 clips or textures, 5 output, 129, 130 or 143 interrupted."


def _command(kind: str, config_class: type[DetectDropoutsConfig], *, text: str) -> Callable[..., None]:
    def command(
        clips: tuple[Path, ...],
        csv_file: Path | None,
        json_file: Path | None,
        overwrite: bool,  # noqa: FBT001 - click passes flags by name
        quiet: bool,  # noqa: FBT001
        **values: Any,
    ) -> None:
        config = build_config(config_class, values)
        files = ReportFiles(csv_file, json_file, None)
        files.check(overwrite=overwrite)
        from tqdm import tqdm

        from rfr_video.evaluation.detect.defect_bench import DefectBench, DefectReport, measure_defects

        bench = DefectBench.open(clips, config)
        for clip in bench.clips:
            files.check(overwrite=overwrite, measured=("clip", clip))
        with tqdm(total=len(bench.clips), unit=" clips", desc="evaluate", disable=quiet or None) as bar:

            def progress(score: "DefectScore") -> None:
                bar.set_postfix_str(score.clip, refresh=False)
                bar.update()

            report = DefectReport(bench, measure_defects(bench, progress=progress))
        files.write(csv=report.to_csv, json=report.to_json, sheet=bytes)
        if not quiet:
            _show(report)

    command.__doc__ = text
    command.__name__ = kind
    return command


def defect_command(kind: str, config_class: type[DetectDropoutsConfig], *, text: str) -> click.Command:
    """Make the command of a kind of defect."""
    options = (
        click.argument("clips", type=click.Path(path_type=Path), metavar="CLIPS...", nargs=-1, required=True),
        table_options,
        click.option("--overwrite", is_flag=True, help="Replace these files if they exist."),
        click.option("-q", "--quiet", is_flag=True, help="Show errors only."),
    )
    callback = _command(kind, config_class, text=text)
    for add in reversed(options):
        callback = add(callback)
    make = click.command(kind, cls=GroupedCommand, short_help=f"Measure how {kind} are found.", epilog=EPILOG)
    command = make(callback)
    command.params.extend(config_options(config_class))
    return command


dropouts_command = defect_command(
    "dropouts",
    DetectDropoutsConfig,
    text="""Draw dropouts into CLIPS, clean videos or folders of them, and look for them.

    The table says how much of what was found was drawn, how much of what was drawn was found, and how much
    of the clean clip was taken for a dropout; all by samples.
    """,
)
dirt_command = defect_command(
    "dirt",
    DetectDirtConfig,
    text="""Draw dirt into CLIPS, clean videos or folders of them, and look for it.

    The table says how much of what was found was drawn, how much of what was drawn was found, and how much
    of the clean clip was taken for dirt; all by samples.
    """,
)


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
