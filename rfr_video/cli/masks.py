"""``rfr-video masks``: making masks out of a few that were drawn by hand."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rfr_video.cli import console
from rfr_video.cli.options import GroupedCommand, build_config, config_options
from rfr_video.config import PropagateConfig
from rfr_video.errors import EXIT_SOURCE_DAMAGED
from rfr_video.jsontext import json_text

if TYPE_CHECKING:
    from rfr_video.pipeline.propagate import Propagated


@click.group("masks", short_help="Carry hand-made masks along what moves.")
def masks_group() -> None:
    """Make masks for all frames out of a few that were drawn by hand."""


@masks_group.command(
    "propagate",
    cls=GroupedCommand,
    short_help="Carry a few masks to all frames of a video, and write them.",
    epilog="Exit codes: 0 done, 1 a bug, 2 usage, 3 source, 4 mask, 5 output, 6 container, "
    "7 done but the source was damaged, 12 memory does not suffice, 129, 130 or 143 interrupted.",
)
@click.argument("source", type=click.Path(path_type=Path), metavar="INPUT")
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR|FILE.mkv",
    help="Where the masks go: a folder for numbered PNGs, or FILE.mkv for a lossless video.",
)
@click.option("--json", "as_json", is_flag=True, help="Print confidence and warnings as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Show errors only.")
@click.option("-v", "--verbose", is_flag=True, help="Show every warning.")
def propagate_command(
    source: Path,
    target: Path,
    as_json: bool,  # noqa: FBT001 - click passes flags by name
    quiet: bool,  # noqa: FBT001
    verbose: bool,  # noqa: FBT001
    **values: Any,
) -> int:
    """Carry masks of a few frames of INPUT to all others, along what moves, for inspection and editing.

    Masks are carried forward and backward and never across a cut. What is written can be given to `restore`
    as --mask. Where one more hand-made mask would help is said with its time.
    """
    console.set_up_logging(quiet=quiet, verbose=verbose)
    config = build_config(PropagateConfig, values)
    from rfr_video.cli.progress import ProgressDisplay
    from rfr_video.pipeline.propagate import propagate

    with ProgressDisplay(quiet=quiet or as_json) as display:
        result = propagate(source, target, config, progress=display.show)
    if as_json:
        console.say(json_text({"frames": result.frames, **result.summary.to_dict()}))
    elif not quiet:
        _show(result, source, target, config)
    return EXIT_SOURCE_DAMAGED if result.damage.found else 0


propagate_command.params.extend(config_options(PropagateConfig))


def _show(result: "Propagated", source: Path, target: Path, config: PropagateConfig) -> None:
    lines = [f"{source} → {target}", *result.summary.lines()]
    if config.overlay:
        lines.append(f"overlay: {config.overlay}")
    if result.damage.found:
        lines.append(f"the source is damaged: {result.damage}")
    console.say("\n".join(lines))
