"""``rfr-video evaluate clips``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rfr_video.cli import console
from rfr_video.cli.evaluate_files import ReportFiles, table_options
from rfr_video.cli.options import GroupedCommand, build_config, config_options
from rfr_video.config import ClipsConfig

if TYPE_CHECKING:
    from rfr_video.evaluation.clips.clip_score import ClipScore
    from rfr_video.evaluation.clips.report import ClipsMean, ClipsReport

NOT_MEASURED = "n/a"


@click.command(
    "clips",
    cls=GroupedCommand,
    short_help="Measure modes of restore and yardsticks on clean clips.",
    epilog="Exit codes: 0 done, 1 a bug, 2 usage, 3 clips, logos and noise, 4 masks, 5 output, 8 weights, "
    "129, 130 or 143 interrupted.",
)
@click.argument("clips", type=click.Path(path_type=Path), metavar="CLIPS...", nargs=-1, required=True)
@table_options
@click.option(
    "--sheet",
    "sheet_file",
    type=click.Path(path_type=Path),
    help="Write a sheet of pictures here as PNG: the overlay, what was there, every method.",
)
@click.option("--overwrite", is_flag=True, help="Replace these files if they exist.")
@click.option("-q", "--quiet", is_flag=True, help="Show errors only.")
def clips_command(
    clips: tuple[Path, ...],
    csv_file: Path | None,
    json_file: Path | None,
    sheet_file: Path | None,
    overwrite: bool,  # noqa: FBT001 - click passes flags by name
    quiet: bool,  # noqa: FBT001
    **values: Any,
) -> None:
    """Measure on CLIPS, clean videos or folders of them: burn something in, take it out, compare.

    In the hole alone: PSNR, the gain on the better of Telea and Navier-Stokes, SSIM, and flicker: the
    change from frame to frame along the motion ÷ that of the clean clip. Also the share of the hole that
    was borrowed from other frames, and the speed: of a whole run, from file to file, for modes of restore,
    and of the filling alone for yardsticks.
    """
    config = build_config(ClipsConfig, values)
    files = ReportFiles(csv_file, json_file, sheet_file)
    files.check(overwrite=overwrite)
    from tqdm import tqdm

    from rfr_video.evaluation.clips.bench import ClipsBench
    from rfr_video.evaluation.clips.clips_sheet import ClipsSheet
    from rfr_video.evaluation.clips.measure import MeasuredCase, measure_clips
    from rfr_video.evaluation.clips.report import ClipsReport

    bench = ClipsBench.open(clips, config)
    for scene in bench.scenes:
        files.check(overwrite=overwrite, measured=("clip", scene.info.path))
    sheet = ClipsSheet()

    def watch(case: MeasuredCase) -> None:
        if sheet_file:
            sheet.add(case)

    total = len(bench.scenes) * len(bench.overlays) * len(bench.methods)
    with tqdm(total=total, unit=" runs", desc="evaluate", disable=quiet or None) as bar:

        def progress(score: "ClipScore") -> None:
            bar.set_postfix_str(f"{score.clip.name}, {score.overlay}, {score.method}", refresh=False)
            bar.update()

        measurement = measure_clips(bench, progress=progress, watch=watch)
    report = ClipsReport(bench, measurement)
    files.write(csv=report.to_csv, json=report.to_json, sheet=sheet.encode)
    if not quiet:
        _show(report)


clips_command.params.extend(config_options(ClipsConfig))


def _show(report: "ClipsReport") -> None:
    names = (
        "clip",
        "overlay",
        "method",
        "hole PSNR",
        "gain",
        "hole SSIM",
        "flicker",
        "deblended",
        "borrowed",
        "frames/s",
    )
    protocol = report.bench.config.protocol
    rows = [(one.clip.name, *_cells(one, protocol=protocol)) for one in report.measurement.scores]
    if len(report.bench.scenes) > 1:
        rows += [(f"mean of {row.clips}", *_cells(row, protocol=protocol)) for row in report.means()]
    header = (*names, "PSNR", "SSIM 65") if protocol else names
    console.table(rows, header=header, texts=3)
    for note in report.notes():
        console.say(f"{NOT_MEASURED}: {note}")
    size = ", shrunk to 432×240" if protocol else ""
    crf = report.bench.config.crf
    size += "" if crf is None else f", compressed by x264 at CRF {crf}"
    count = len(report.bench.scenes)
    clips = "1 clip" if count == 1 else f"{count} clips"
    console.say(f"{clips}, the first {report.bench.config.frames} frames{size}")


def _cells(row: "ClipScore | ClipsMean", *, protocol: bool) -> tuple[str, ...]:
    cells = (
        row.overlay,
        row.method,
        _text(row.hole_psnr_db, ".2f"),
        _text(row.gain_db, "+.2f"),
        _text(row.hole_ssim, ".4f"),
        _text(row.flicker, ".2f"),
        _text(row.share_deblended, ".0%"),
        _text(row.share_borrowed, ".0%"),
        _text(row.frames_per_second, ".1f"),
    )
    if not protocol:
        return cells
    return (*cells, _text(row.psnr_db, ".2f"), _text(row.ssim_65, ".4f"))


def _text(value: float | None, form: str) -> str:
    return NOT_MEASURED if value is None else format(value, form)
