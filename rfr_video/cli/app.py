"""The program ``rfr-video``: its commands, and the one place where errors become exit codes."""

import logging

import click
from click.exceptions import NoArgsIsHelpError

from rfr_video.cli import console
from rfr_video.cli.clean import clean_command
from rfr_video.cli.detect import detect_group
from rfr_video.cli.doctor import doctor_command
from rfr_video.cli.evaluate import evaluate_group
from rfr_video.cli.image import image_command
from rfr_video.cli.interrupt import end_now, interruptible
from rfr_video.cli.masks import masks_group
from rfr_video.cli.probe import probe_command
from rfr_video.cli.restore import restore_command
from rfr_video.cli.train import finetune_command, train_command
from rfr_video.cli.verify import verify_command
from rfr_video.cli.weights import weights_group
from rfr_video.errors import DeviceError, Interrupted, RfrVideoError, UsageError

_NO_MEMORY = "this machine has too little memory for that"
_LESS_MEMORY = "end other programs, or give a smaller --look-ahead or --fill classical"

logger = logging.getLogger(__name__)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="rfr-video", message="%(package)s %(version)s")
def program() -> None:
    """Repair video and stills: remove logos, watermarks and subtitles, and change nothing else."""


program.add_command(restore_command)
program.add_command(image_command)
program.add_command(detect_group)
program.add_command(masks_group)
program.add_command(verify_command)
program.add_command(probe_command)
program.add_command(evaluate_group)
program.add_command(train_command)
program.add_command(finetune_command)
program.add_command(weights_group)
program.add_command(clean_command)
program.add_command(doctor_command)


def run(arguments: list[str] | None) -> int:
    """Run the command line and return its exit code; see :func:`rfr_video.cli.main`."""
    console.prepare()
    try:
        with interruptible():
            return int(program(arguments, prog_name="rfr-video", standalone_mode=False) or 0)
    except NoArgsIsHelpError as error:
        console.say(error.format_message())
        return UsageError.exit_code
    except click.ClickException as error:
        command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "rfr-video"
        console.complain(f"{error.format_message()} (see {command} --help)")
        return UsageError.exit_code
    except Interrupted as error:
        end_now(error.exit_code)
    except RfrVideoError as error:
        logger.debug("the error in full", exc_info=True)
        console.complain("; ".join([str(error), *getattr(error, "__notes__", ())]))
        return error.exit_code
    except MemoryError as error:
        console.complain(f"{_NO_MEMORY}{f' ({error})' if str(error) else ''}; {_LESS_MEMORY}")
        return DeviceError.exit_code
    except Exception as error:
        logger.debug("the error in full", exc_info=True)
        console.complain(f"unexpected {type(error).__name__}: {error}; this is a bug, please report it")
        return RfrVideoError.exit_code
