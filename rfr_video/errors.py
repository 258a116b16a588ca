"""The errors of rfr-video and the exit code of each.

::

    RfrVideoError            1   anything below; also the code of an unexpected error
    ├── UsageError           2   an option is malformed or contradicts another
    ├── InputError           3   the source cannot be read as a video or picture
    ├── MaskError            4   a mask, box or timeline cannot be used with this source
    ├── OutputError          5   the target cannot be written, or another process is making it
    ├── EncodeError          6   the codec, pixel format or container cannot do what is asked
    ├── WeightsError         8   a network's weights are missing, damaged or of another form
    ├── DeviceError         12   a device failed, or memory does not suffice
    └── Interrupted        130   stopped by Ctrl-C (129, 143: by SIGHUP, SIGTERM)

Exit code 0 means done; 7 means done, but parts of the source were damaged (see the report), or some of
several pictures could not be repaired; 9 means done, but nothing was found of what was to be found by itself;
10 means that ``doctor`` found something broken that the program needs (8 where it is weights alone);
11 means that a result was compared with its source, and differs.

A message is one line: what was seen, what is wanted, what to do next. Errors of other libraries
are translated where they arise and chained as ``__cause__``.
"""

EXIT_SOURCE_DAMAGED = 7
EXIT_SOME_FAILED = 7
EXIT_NOTHING_FOUND = 9
EXIT_NOT_READY = 10
EXIT_DIFFERS = 11


class RfrVideoError(Exception):
    """Base of every error that rfr-video raises on purpose."""

    exit_code = 1


class UsageError(RfrVideoError, ValueError):
    """An option is malformed or contradicts another."""

    exit_code = 2


class InputError(RfrVideoError):
    """The source cannot be read as a video or picture."""

    exit_code = 3


class MaskError(RfrVideoError):
    """A mask, box or timeline cannot be used with this source."""

    exit_code = 4


class OutputError(RfrVideoError):
    """The target cannot be written."""

    exit_code = 5


class EncodeError(RfrVideoError):
    """The codec, pixel format or container cannot do what is asked."""

    exit_code = 6


class WeightsError(RfrVideoError):
    """A network's weights are missing, damaged or of another form."""

    exit_code = 8


class DeviceError(RfrVideoError):
    """A device failed, such as a GPU that was lost, or memory does not suffice."""

    exit_code = 12


class Interrupted(RfrVideoError):  # noqa: N818 - an interruption is no error of anybody
    """A signal stopped the run; nothing was left behind but what another run can go on with."""

    exit_code = 130

    def __init__(self, signal_number: int) -> None:
        super().__init__("interrupted; nothing was written")
        self.exit_code = 128 + signal_number
