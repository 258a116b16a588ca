"""The file that a run writes: checked before work starts, and named only when it is complete."""

import errno
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import av

from rfr_video.errors import EncodeError, OutputError


def check_target(target: Path, source: Path, *, overwrite: bool) -> None:
    """Check that a run may write ``target``.

    Raises:
        OutputError: It is the source (also through a link), exists and may not be replaced, or its
            folder is missing or read-only.
    """
    if target.exists() and source.exists() and target.samefile(source):
        raise OutputError(
            f"output {target} is the input itself; the source is never written to: choose another name"
        )
    if target.is_dir():
        raise OutputError(f"output {target} is a directory; give the name of a file")
    if target.exists() and not overwrite:
        raise OutputError(f"output {target} exists; choose another name or pass --overwrite")
    folder = target.resolve().parent
    if not folder.is_dir():
        raise OutputError(f"folder {folder} does not exist; create it first")
    probe = folder / f".{target.name}.{os.getpid()}.probe"  # access() knows nothing of read-only mounts
    try:
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        raise OutputError(
            f"folder {folder} cannot be written to: {os.strerror(error.errno or errno.EIO)}"
        ) from error


def container_of(target: Path) -> str:
    """Return FFmpeg's name of the container that a file name stands for.

    Raises:
        EncodeError: No container goes by that suffix.
    """
    try:
        with av.open(
            f"name{target.suffix}", "w"
        ) as container:  # nothing is created before a header is written
            name = container.format.name
    except ValueError:
        name = ""
    if name in ("", "image2"):
        raise EncodeError(
            f"{target.name}: no video container goes by {target.suffix!r}; use .mp4, .mov or .mkv"
        )
    return name


@contextmanager
def partial_file(target: Path) -> Generator[Path]:
    """Give a path beside the target to write to; it becomes the target when the block ends well.

    Whatever ends the block early removes the partial file and leaves an existing target as it was.
    """
    final = target.resolve()
    partial = final.with_name(f".{final.stem}.{os.getpid()}.partial{final.suffix}")
    try:
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(final)
    except OSError as error:
        raise translate(error, target) from error
    finally:
        partial.unlink(missing_ok=True)


def translate(error: OSError, target: Path) -> OutputError:
    """Say what a failed write means."""
    if error.errno == errno.ENOSPC:
        return OutputError(f"the disk is full while writing {target}; free some space and run again")
    return OutputError(f"{target} cannot be written: {error.strerror or error}")
