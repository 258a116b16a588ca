"""``rfr-video evaluate``: measuring, against what was there."""

import click

from rfr_video.cli.evaluate_clips import clips_command
from rfr_video.cli.evaluate_detect import detect_group
from rfr_video.cli.evaluate_stills import stills_command


@click.group("evaluate", short_help="Measure how good fills are, against what was there.")
def evaluate_group() -> None:
    """Measure how good fills are: holes are made where the truth is known, filled, and compared with it."""


evaluate_group.add_command(stills_command)
evaluate_group.add_command(clips_command)
evaluate_group.add_command(detect_group)
