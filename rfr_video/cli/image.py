"""``rfr-video image``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rfr_video.cli import console
from rfr_video.cli.options import GroupedCommand, build_config, config_options
from rfr_video.config import ImageConfig
from rfr_video.errors import EXIT_SOME_FAILED, UsageError
from rfr_video.jsontext import json_text

if TYPE_CHECKING:
    from rfr_video.pipeline.image import ImageReport
    from rfr_video.pipeline.image_batch import ImageFailure


@click.command(
    "image",
    cls=GroupedCommand,
    short_help="Fill holes in still pictures; everything else stays as it is.",
    epilog="Exit codes: 0 done, 1 a bug, 2 usage, 3 source, 4 mask, 5 output, 6 kind of file, 7 done but "
    "some of several pictures could not be repaired, 8 weights, 12 a device failed or memory does not "
    "suffice, 129, 130 or 143 interrupted.",
)
@click.argument("inputs", type=click.Path(path_type=Path), metavar="INPUT...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="The repaired picture, of the input's kind; for several inputs or a folder, a folder.",
)
@click.option(
    "--steps-picture",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Draw the hole before and after every recurrence of RFR-Net, side by side; for a single picture.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Show errors only.")
@click.option("-v", "--verbose", is_flag=True, help="Show every choice and warning.")
def image_command(
    inputs: tuple[Path, ...],
    output: Path,
    steps_picture: Path | None,
    as_json: bool,  # noqa: FBT001 - click passes flags by name
    quiet: bool,  # noqa: FBT001
    verbose: bool,  # noqa: FBT001
    **values: Any,
) -> int:
    """Repair pictures, and folders of them: fill what --mask or --box cover; all else stays as it is.

    PNG, JPEG, WebP and TIFF of 8 or 16 bits, gray or RGB; alpha, profile, EXIF and whatever else is in the
    file are kept. A picture that cannot be repaired is reported, and the others are.
    """
    console.set_up_logging(quiet=quiet, verbose=verbose)
    config = build_config(ImageConfig, values)
    from rfr_video.pipeline.image import ImageReport
    from rfr_video.pipeline.image_batch import plan_images, restore_images

    jobs = plan_images(inputs, output, overwrite=config.overwrite)
    if steps_picture and len(jobs) > 1:
        raise UsageError(f"--steps-picture shows a single picture, and there are {len(jobs)}; give one")
    reports: list[ImageReport] = []
    failures: list[ImageFailure] = []
    for outcome in restore_images(jobs, config, steps_picture=steps_picture):
        if isinstance(outcome, ImageReport):
            reports.append(outcome)
            if not quiet and not as_json:
                console.say(_line(outcome))
            continue
        if len(jobs) == 1:
            raise outcome.error
        failures.append(outcome)
        console.complain(str(outcome.error))
    if as_json:
        console.say(json_text(_summary(reports, failures)))
    elif not quiet:
        _show_rest(reports, failures)
    if not failures:
        return 0
    return EXIT_SOME_FAILED if reports else failures[0].error.exit_code


image_command.params.extend(config_options(ImageConfig))


def _line(report: "ImageReport") -> str:
    filled = f"{100 * report.hole_share:.2f} % of all samples synthesised"
    done = filled if report.samples_synthesised else "the mask is empty: copied"
    parts = [f"{report.kind}, {report.width}×{report.height}", done, *report.notes]
    return f"{report.source} → {report.target}: {'; '.join(parts)}"


def _show_rest(reports: "list[ImageReport]", failures: "list[ImageFailure]") -> None:
    """Show what is to be said once for all pictures."""
    filled = [report for report in reports if report.samples_synthesised]
    lines: list[str] = []
    if filled:
        lines += [f"{one.name}: {one.value} ({one.reason})" for one in filled[-1].choices]
        lines += [f"fill: {note}" for note in filled[-1].fill_notes]
    if failures:
        count = len(reports) + len(failures)
        lines.append(f"{len(reports)} of {count} pictures done, {len(failures)} could not be repaired")
    if lines:
        console.say("\n".join(lines))


def _summary(reports: "list[ImageReport]", failures: "list[ImageFailure]") -> dict[str, object]:
    return {
        "images": [report.to_dict() for report in reports],
        "failed": [{"source": str(one.source), "error": str(one.error)} for one in failures],
    }
