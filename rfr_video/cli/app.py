"""The program ``rfr-video``: its commands, and the one place where errors become exit codes."""

import click


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="rfr-video")
def program() -> None:
    """Repair video: remove logos, watermarks and subtitles, and change nothing else."""


def main() -> int:
    """Run the command line and return its exit code."""
    return int(program(standalone_mode=False) or 0)
