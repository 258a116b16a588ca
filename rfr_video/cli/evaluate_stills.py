"""``rfr-video evaluate stills``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rfr_video.cli import console
from rfr_video.cli.evaluate_files import ReportFiles, table_options
from rfr_video.cli.options import GroupedCommand, build_config, config_options
from rfr_video.config import StillsConfig

if TYPE_CHECKING:
    from rfr_video.evaluation.report import StillsReport


@click.command(
    "stills",
    cls=GroupedCommand,
    short_help="Measure networks and classical methods on pictures.",
    epilog="Exit codes: 0 done, 1 a bug, 2 usage, 3 pictures, 4 hole folders, 5 output, 8 weights, "
    "129, 130 or 143 interrupted.",
)
@click.argument("pictures", type=click.Path(path_type=Path), metavar="IMAGES...", nargs=-1, required=True)
@table_options
@click.option(
    "--sheet",
    "sheet_file",
    type=click.Path(path_type=Path),
    help="Write a sheet of pictures here as PNG: what was there, the hole, every method.",
)
@click.option("--overwrite", is_flag=True, help="Replace these files if they exist.")
@click.option("-q", "--quiet", is_flag=True, help="Show errors only.")
def stills_command(
    pictures: tuple[Path, ...],
    csv_file: Path | None,
    json_file: Path | None,
    sheet_file: Path | None,
    overwrite: bool,  # noqa: FBT001 - click passes flags by name
    quiet: bool,  # noqa: FBT001
    **values: Any,
) -> None:
    """Measure methods on IMAGES, files or folders: holes are drawn, filled, and compared with the truth.

    All measures are means over the holes. In the hole alone: PSNR, SSIM, and with --features the distance of
    what SqueezeNet sees. Over the whole picture: PSNR, SSIM, mean L1 in percent. Equal settings and pictures
    give equal holes.
    """
    config = build_config(StillsConfig, values)
    files = ReportFiles(csv_file, json_file, sheet_file)
    files.check(overwrite=overwrite)
    from tqdm import tqdm

    from rfr_video.evaluation.report import StillsReport
    from rfr_video.evaluation.sheet import Sheet
    from rfr_video.evaluation.stills import Bench, Filled, measure

    bench = Bench.open(pictures, config)
    for picture in bench.paths:
        files.check(overwrite=overwrite, measured=("picture", picture))
    sheet = Sheet([method.name for method in bench.methods])
    with tqdm(total=len(bench.paths), unit=" pictures", desc="evaluate", disable=quiet or None) as bar:

        def watch(filled: Filled) -> None:
            bar.update()
            if sheet_file:
                sheet.add(filled)

        measurement = measure(bench, watch=watch)
    report = StillsReport(bench, measurement)
    files.write(csv=report.to_csv, json=report.to_json, sheet=sheet.encode)
    if not quiet:
        _show(report)


stills_command.params.extend(config_options(StillsConfig))


def _show(report: "StillsReport") -> None:
    names = ("holes", "method", "count", "hole PSNR", "hole SSIM", "PSNR", "SSIM", "L1 %", "features")
    shown = slice(None if report.bench.network else -1)
    rows = [
        (
            row.group,
            row.method,
            f"{row.holes}",
            f"{row.hole_psnr_db:.2f}",
            f"{row.hole_ssim:.4f}",
            f"{row.psnr_db:.2f}",
            f"{row.ssim:.4f}",
            f"{row.l1_percent:.3f}",
            "" if row.feature_distance is None else f"{row.feature_distance:.4f}",
        )[shown]
        for row in report.means()
    ]
    console.table(rows, header=names[shown])
    for gain in report.gains():
        features = ""
        if gain.feature_distance_percent is not None:
            features = f", feature distance {-gain.feature_distance_percent:+.1f} %"
        console.say(
            f"{gain.method} against the best yardstick: hole PSNR {gain.hole_psnr_db:+.2f} dB, hole SSIM "
            f"{gain.hole_ssim:+.4f}, PSNR {gain.psnr_db:+.2f} dB, SSIM {gain.ssim:+.4f}{features}"
        )
    config, pictures = report.bench.config, report.measurement.pictures
    console.say(
        f"{len(pictures)} pictures, crop {config.crop_px or 'full'}, seed {config.seed}, "
        f"holes {report.measurement.holes_sha256[:12]}"
    )
