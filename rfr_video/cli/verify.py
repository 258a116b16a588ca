"""``rfr-video verify``."""

from pathlib import Path
from typing import Any

import click

from rfr_video.cli import console
from rfr_video.cli.options import GroupedCommand, build_config, config_options
from rfr_video.config import VerifyConfig
from rfr_video.errors import EXIT_DIFFERS, EXIT_SOURCE_DAMAGED
from rfr_video.jsontext import json_text


@click.command(
    "verify",
    cls=GroupedCommand,
    short_help="Compare a repaired video with its source.",
    epilog="Exit codes: 0 matches, 1 a bug, 2 usage, 3 a file cannot be read, 4 mask, 5 output, 7 matches, "
    "but the source was damaged, 11 differs, 129, 130 or 143 interrupted.",
)
@click.argument("source", type=click.Path(path_type=Path), metavar="SOURCE")
@click.argument("result", type=click.Path(path_type=Path), metavar="RESULT")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Show errors only.")
@click.option("-v", "--verbose", is_flag=True, help="Show every check and warning.")
def verify_command(
    source: Path,
    result: Path,
    as_json: bool,  # noqa: FBT001 - click passes flags by name
    quiet: bool,  # noqa: FBT001
    verbose: bool,  # noqa: FBT001
    **values: Any,
) -> int:
    """Compare RESULT with SOURCE outside what --mask, --mask-at, --box, --timeline or --matte say.

    Both are decoded side by side: samples, times of frames, packets of all other streams, colour tags and
    other labels. Without a mask the whole picture is compared, and it is said where it differs. Give the
    same options that `restore` was given; what --detect found is known to `restore --verify` only.
    """
    console.set_up_logging(quiet=quiet, verbose=verbose)
    config = build_config(VerifyConfig, values)
    from rfr_video.cli.progress import ProgressDisplay
    from rfr_video.media.verification.check import Outcome
    from rfr_video.pipeline.verification.verify import verify

    with ProgressDisplay(quiet=quiet or as_json) as display:
        verdict = verify(source, result, config, progress=display.show)
    if as_json:
        console.say(json_text({"source": str(source), "result": str(result), **verdict.to_dict()}))
    elif not quiet:
        if verbose:
            console.table((one.outcome.value, one.name, one.detail) for one in verdict.checks)
        console.say("\n".join([f"{source} ↔ {result}", *verdict.lines()]))
    if not verdict.matches:
        return EXIT_DIFFERS
    is_damaged = any(one.name == "source" and one.outcome is not Outcome.SAME for one in verdict.checks)
    return EXIT_SOURCE_DAMAGED if is_damaged else 0


verify_command.params.extend(config_options(VerifyConfig))
