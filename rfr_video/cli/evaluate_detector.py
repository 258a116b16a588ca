"""What every ``rfr-video evaluate detect KIND`` has in common: clips in, a search in each, a table."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from rfr_video.cli.evaluate_files import ReportFiles, table_options
from rfr_video.cli.options import GroupedCommand, build_config, config_options


class Measurement(NamedTuple):
    """How a kind is measured.

    Attributes:
        bench: A class; its ``open`` takes clips and config, its ``clips`` and ``runs`` are what is measured.
        measure: Measures a bench; tells ``progress`` of every result, which has the name of its ``clip``.
        report: A class; of bench and results, with ``to_csv`` and ``to_json``.
    """

    bench: Any
    measure: Callable[..., Any]
    report: Callable[[Any, Any], Any]


def detector_command(
    kind: str,
    config_class: type[Any],
    *,
    what: str,
    inputs: str,
    text: str,
    load: Callable[[], Measurement],
    show: Callable[[Any], None],
) -> click.Command:
    """Make the command that measures how a kind of damage is found.

    Args:
        kind: Its name.
        config_class: Its settings, a dataclass of options.
        what: Completes "Measure how … found".
        inputs: What is wrong where the exit code is 3.
        text: Its help.
        load: Gives what measures it; called when the command runs, for it takes its time.
        show: Prints a report.
    """
    short_help = f"Measure how {what} found."
    epilog = f"Exit codes: 0 done, 1 a bug, 2 usage, 3 {inputs}, 5 output, 129, 130 or 143 interrupted."

    @click.command(kind, cls=GroupedCommand, short_help=short_help, help=text, epilog=epilog)
    @click.argument("clips", type=click.Path(path_type=Path), metavar="CLIPS...", nargs=-1, required=True)
    @table_options
    @click.option("--overwrite", is_flag=True, help="Replace these files if they exist.")
    @click.option("-q", "--quiet", is_flag=True, help="Show errors only.")
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

        measurement = load()
        bench = measurement.bench.open(clips, config)
        for clip in bench.clips:
            files.check(overwrite=overwrite, measured=("clip", clip))
        with tqdm(total=bench.runs, unit=" searches", desc="evaluate", disable=quiet or None) as bar:

            def progress(result: Any) -> None:
                bar.set_postfix_str(result.clip, refresh=False)
                bar.update()

            report = measurement.report(bench, measurement.measure(bench, progress=progress))
        files.write(csv=report.to_csv, json=report.to_json, sheet=bytes)
        if not quiet:
            show(report)

    command.params.extend(config_options(config_class))
    return command
