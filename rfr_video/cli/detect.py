"""``rfr-video detect``: finding what is to be repaired, and writing it as masks."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rfr_video.cli import console
from rfr_video.cli.options import GroupedCommand, build_config, config_options
from rfr_video.config import CHANGING_KINDS, KINDS, DetectKind, DetectRunConfig
from rfr_video.errors import EXIT_NOTHING_FOUND, EXIT_SOURCE_DAMAGED
from rfr_video.jsontext import json_text

if TYPE_CHECKING:
    from rfr_video.pipeline.detect_files import DetectRun

EXIT_CODES = (
    "Exit codes: 0 done, 1 a bug, 2 usage, 3 source, 4 region, 5 output, 6 container, 7 done but the source "
    "was damaged, 9 nothing found and nothing written, 12 memory does not suffice, 129, 130 or 143 "
    "interrupted."
)
_FRAME_BY_FRAME = (
    "Where the masks go: a folder for numbered PNGs, one per frame, or FILE.mkv for a lossless video."
)
_ALL_IN_ONE = (
    "FILE.png is one mask of all that is found; FILE.toml is a timeline of all that comes and goes, with its "
    "masks in a folder beside it."
)


@click.group("detect", short_help="Find damage, and write it as masks.")
def detect_group() -> None:
    """Find what is to be repaired, and write it as masks for inspection and editing.

    What is written can be given to `restore` as --mask or --timeline; `restore --detect KIND` does both at
    once.
    """


def _command(kind: DetectKind, text: str) -> click.Command:
    """Make the command of a kind."""

    def command(
        source: Path, target: Path, *, as_json: bool, quiet: bool, verbose: bool, **values: Any
    ) -> int:
        console.set_up_logging(quiet=quiet, verbose=verbose)
        config = build_config(DetectRunConfig, values)
        from rfr_video.cli.progress import ProgressDisplay
        from rfr_video.pipeline.detect_files import detect_into

        with ProgressDisplay(quiet=quiet or as_json) as display:
            run = detect_into(source, target, kind, config, progress=display.show)
        if as_json:
            console.say(json_text({"source": str(source), **run.found.to_dict()}))
        elif not quiet:
            _show(run, target, config)
        elif run.damage.found:
            console.complain(f"{source} is damaged: {run.damage}; {target} is of what could be read")
        elif run.found.is_empty:
            console.complain(f"nothing was found in {source}; {target} is not written")
        if run.damage.found:
            return EXIT_SOURCE_DAMAGED
        return EXIT_NOTHING_FOUND if run.found.is_empty else 0

    return GroupedCommand(
        kind,
        callback=command,
        params=[*_parameters(kind), *config_options(DetectRunConfig)],
        help=f"Find {text} in INPUT, and write masks of them.",
        short_help=f"Find {text}.",
        epilog=EXIT_CODES,
    )


def _parameters(kind: DetectKind) -> list[click.Parameter]:
    path = click.Path(path_type=Path)
    changes = kind in CHANGING_KINDS
    return [
        click.Argument(["source"], type=path, metavar="INPUT"),
        click.Option(
            ["-o", "--output", "target"],
            type=path,
            required=True,
            metavar="DIR|FILE.mkv" if changes else "FILE.png|FILE.toml|DIR|FILE.mkv",
            help=_FRAME_BY_FRAME if changes else f"{_FRAME_BY_FRAME} {_ALL_IN_ONE}",
        ),
        click.Option(["--json", "as_json"], is_flag=True, help="Print what was found as JSON."),
        click.Option(["-q", "--quiet"], is_flag=True, help="Show errors only."),
        click.Option(["-v", "--verbose"], is_flag=True, help="Show every warning."),
    ]


def _show(run: "DetectRun", target: Path, config: DetectRunConfig) -> None:
    outcome = f"nothing found, {target} is not written" if run.found.is_empty else str(target)
    lines = [f"{run.info.path} → {outcome}", *run.found.lines()]
    lines += [f"{one.name}: {one.value} ({one.reason})" for one in run.choices]
    if config.overlay and not run.found.is_empty:
        lines.append(f"overlay: {config.overlay}")
    if run.damage.found:
        lines.append(f"the source is damaged: {run.damage}")
    console.say("\n".join(lines))


for _kind, _text in KINDS.items():
    detect_group.add_command(_command(_kind, _text))
