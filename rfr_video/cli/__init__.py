"""The command line. Importing it loads no heavy library; commands do when they run."""

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: What follows the program's name; those of the process by default.

    Returns:
        The exit code, as documented in :mod:`rfr_video.errors`.
    """
    try:
        from rfr_video.cli.app import run
    except KeyboardInterrupt:
        return INTERRUPTED
    return run(arguments)
