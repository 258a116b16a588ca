"""The file that a run writes: checked before work starts, and named only when it is complete."""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path

import av

from rfr_video.errors import EncodeError, OutputError
from rfr_video.media.containers import SINGLE_FILES

_REMOVALS = 5

open_partials: set[Path] = set()
"""Files being written now, and folders for the time of a run; see :func:`remove_partials`."""


def check_target(target: Path, source: Path, *, overwrite: bool) -> None:
    """Check that a run may write ``target``.

    Raises:
        OutputError: It is the source (also through a link), exists and may not be replaced, is no regular
            file, or its folder is missing or read-only.
    """
    try:
        exists = target.exists()
        if exists and source.exists() and target.samefile(source):
            raise OutputError(
                f"output {target} is the input itself; the source is never written to: choose another name"
            )
        folder = target.resolve().parent
    except (OSError, RuntimeError) as error:  # too long a name, a loop of links
        raise OutputError(f"output {target} cannot be used: {_reason(error)}; choose another name") from error
    if target.is_dir():
        raise OutputError(f"output {target} is a directory; give the name of a file")
    if exists and not target.is_file():
        raise OutputError(f"output {target} is no regular file; choose another name")
    if exists and not overwrite:
        raise OutputError(f"output {target} exists; choose another name or pass --overwrite")
    check_folder(folder)


def check_extra(path: Path, *, name: str, used: Mapping[str, Path | None], overwrite: bool) -> None:
    """Check that a file written beside the target replaces nothing that matters.

    Args:
        path: Where it is to go.
        name: What it is called in errors.
        used: The other files of the run, by what they are called.
        overwrite: Whether it may replace a file that is not one of these.

    Raises:
        OutputError: It may not be written there.
    """
    try:
        exists, resolved = path.exists(), path.resolve()
    except (OSError, RuntimeError) as error:  # too long a name, a loop of links
        raise OutputError(f"{name} {path} cannot be used: {_reason(error)}; choose another name") from error
    for other_name, other in used.items():
        if other is not None and resolved == other.resolve():
            raise OutputError(f"{name} {path} is the {other_name} itself; choose another name")
    if exists and not path.is_file():
        raise OutputError(f"{name} {path} is no regular file; choose another name")
    if exists and not overwrite:
        raise OutputError(f"{name} {path} exists; choose another name or pass --overwrite")
    check_folder(resolved.parent)


def write_extra(path: Path, data: bytes) -> None:
    """Write a file that was checked, complete or not at all; raises :class:`OutputError`."""
    write_pieces(path, (data,))


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file that was checked, piece by piece, complete or not at all; raises :class:`OutputError`."""
    try:
        with partial_file(path, overwrite=True) as partial, partial.open("wb") as file:
            file.writelines(pieces)
    except OSError as error:
        raise translate(error, path) from error


def check_folder(folder: Path) -> None:
    """Check that files can be made in a folder; access() knows nothing of read-only mounts."""
    if not folder.is_dir():
        raise OutputError(f"folder {folder} does not exist; create it first")
    try:
        with tempfile.TemporaryFile(dir=folder):
            return
    except OSError as error:
        raise OutputError(f"folder {folder} cannot be written to: {_reason(error)}") from error


def container_of(target: Path) -> str:
    """Return FFmpeg's name of the container that a file name stands for.

    Raises:
        EncodeError: No container goes by that suffix.
    """
    try:
        with av.open(f"name{target.suffix}", "w") as container:  # nothing is made before a header is written
            name = container.format.name
    except ValueError:
        name = ""
    if name not in SINGLE_FILES:
        raise EncodeError(
            f"{target.name}: no video container goes by {target.suffix!r}; use .mp4, .mov or .mkv"
        )
    return name


@contextmanager
def partial_file(target: Path, *, overwrite: bool, folder: Path | None = None) -> Generator[Path]:
    """Give a path beside the target to write to; it becomes the target when the block ends well.

    Whatever ends the block early removes the partial file and leaves an existing target as it was.

    Args:
        target: The final name.
        overwrite: Whether an existing target may be replaced, also one that appears meanwhile.
        folder: Where to write instead, if that is on the same file system.

    Raises:
        OutputError: The target cannot be completed.
    """
    final = target.resolve()
    stem = final.stem.encode()[:80].decode(errors="ignore")  # leaves room for what is added to it
    partial = final.with_name(f".{stem}.{os.getpid()}.partial{final.suffix}")
    if folder is not None and folder.stat().st_dev == final.parent.stat().st_dev:
        partial = folder / partial.name
    while partial in open_partials:  # of another long name that begins alike
        partial = partial.with_name(f".{partial.name}")
    open_partials.add(partial)
    try:
        yield partial
        if partial in open_partials:  # not set aside
            _complete(partial, final, overwrite=overwrite)
    finally:
        partial.unlink(missing_ok=True)
        open_partials.discard(partial)


def unverified_name(target: Path) -> Path:
    """Return the name of a result that does not match its source: ``ad-clean.unverified.mp4``."""
    return target.with_name(f"{target.stem}.unverified{target.suffix}")


def set_aside(partial: Path, aside: Path, *, overwrite: bool) -> None:
    """Give a partial file another name than its own, which it does not get then.

    Raises:
        OutputError: It cannot be completed.
    """
    _complete(partial, aside.resolve(), overwrite=overwrite)
    partial.unlink(missing_ok=True)
    open_partials.discard(partial)


def check_folder_target(folder: Path, *, overwrite: bool, is_ours: Callable[[str], bool]) -> None:
    """Check that a run may make a folder of files.

    Args:
        folder: Its final name.
        overwrite: Whether one from an earlier run may be replaced.
        is_ours: Whether a file of that name may come from an earlier run.

    Raises:
        OutputError: It exists and holds other files, or holds files and may not be replaced, or the folder
            around it is missing or read-only.
    """
    if folder.exists():
        if not folder.is_dir():
            raise OutputError(f"output {folder} is no folder; choose another name")
        names = sorted(path.name for path in folder.iterdir())
        others = [name for name in names if not is_ours(name)]
        if others:
            raise OutputError(f"output {folder} holds other files, such as {others[0]}; choose another name")
        if names and not overwrite:
            raise OutputError(f"output {folder} exists; choose another name or pass --overwrite")
    check_folder(folder.resolve().parent)


@contextmanager
def partial_folder(target: Path) -> Generator[Path]:
    """Give a folder beside the target to write into; it becomes the target when the block ends well.

    Whatever ends the block early removes it, and leaves an existing target as it was.

    Args:
        target: The final name; :func:`check_folder_target` has looked at it.

    Raises:
        OutputError: The target cannot be completed.
    """
    final = target.resolve()
    partial, old = (
        final.with_name(f".{final.name[:80]}.{os.getpid()}.{part}") for part in ("partial", "old")
    )
    open_partials.add(partial)
    try:
        partial.mkdir()
        yield partial
        if final.exists():
            final.rename(old)
        try:
            partial.rename(final)
        except OSError:
            if old.exists():
                old.rename(final)
            raise
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise translate(error, target) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        open_partials.discard(partial)


@contextmanager
def temporary_folder() -> Generator[Path]:
    """Make an empty folder where the system keeps temporary files; it goes when the block ends.

    Raises:
        OutputError: It cannot be made.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="rfr-video-"))
    except OSError as error:
        raise OutputError(f"no temporary folder can be made: {_reason(error)}; set TMPDIR to one") from error
    open_partials.add(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        open_partials.discard(folder)


def remove_partials() -> None:
    """Remove what is half written and what was temporary, for whoever has to end the process at once."""
    for partial in tuple(open_partials):
        if not partial.is_dir():
            partial.unlink(missing_ok=True)
            continue
        for _ in range(_REMOVALS):  # other threads may still be writing into it
            shutil.rmtree(partial, ignore_errors=True)
            if not partial.exists():
                break


def _complete(partial: Path, final: Path, *, overwrite: bool) -> None:
    try:
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        _name(partial, final, overwrite=overwrite)
        bring_to_disk(final.parent)
    except OSError as error:
        raise translate(error, final) from error


def _name(partial: Path, final: Path, *, overwrite: bool) -> None:
    if overwrite:
        partial.replace(final)
        return
    try:
        os.link(partial, final)  # unlike a rename, it never replaces
    except FileExistsError:
        raise OutputError(
            f"output {final} appeared while it was being made; run again with another name"
        ) from None
    except OSError:  # a file system without links
        partial.rename(final)


def bring_to_disk(folder: Path) -> None:
    """See to it that the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:  # a file system that brings no folders to the disk
        return
    finally:
        os.close(descriptor)


def translate(error: OSError, target: Path) -> OutputError:
    """Say what a failed write means."""
    if error.errno == errno.ENOSPC:
        return OutputError(f"the disk is full while writing {target}; free some space and run again")
    return OutputError(f"{target} cannot be written: {_reason(error)}")


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
