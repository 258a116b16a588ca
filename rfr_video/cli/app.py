"""The program ``rfr-video``: its commands, and the one place where errors become exit codes."""

import logging
import signal
import sys
from types import FrameType
from typing import NoReturn

import click
from click.exceptions import NoArgsIsHelpError

from rfr_video.cli.probe import probe_command
from rfr_video.cli.restore import restore_command
from rfr_video.errors import Interrupted, RfrVideoError, UsageError

logger = logging.getLogger(__name__)

EXIT_TERMINATED = 143


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="rfr-video", message="%(package)s %(version)s")
def program() -> None:
    """Repair video: remove logos, watermarks and subtitles, and change nothing else."""


program.add_command(restore_command)
program.add_command(probe_command)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: What follows the program's name; those of the process by default.

    Returns:
        The exit code, as documented in :mod:`rfr_video.errors`.
    """
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return int(program(arguments, prog_name="rfr-video", standalone_mode=False) or 0)
    except NoArgsIsHelpError as error:
        print(error.format_message())
        return UsageError.exit_code
    except click.ClickException as error:
        command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "rfr-video"
        return _complain(f"{error.format_message()} (see {command} --help)", UsageError.exit_code)
    except (KeyboardInterrupt, click.Abort):
        return _complain("interrupted; nothing was written", Interrupted.exit_code)
    except RfrVideoError as error:
        logger.debug("the error in full", exc_info=True)
        return _complain(str(error), error.exit_code)
    except Exception as error:
        logger.debug("the error in full", exc_info=True)
        kind = type(error).__name__
        return _complain(
            f"unexpected {kind}: {error}; this is a bug: please report it with the output of --verbose",
            RfrVideoError.exit_code,
        )


def _complain(message: str, exit_code: int) -> int:
    print(f"rfr-video: {' '.join(message.split())}", file=sys.stderr)
    return exit_code


def _terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    """End like an interrupt does: threads joined, partial file removed."""
    sys.exit(EXIT_TERMINATED)
