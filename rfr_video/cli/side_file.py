"""Files that a command writes beside its result: reports, tables, sheets of pictures."""

from collections.abc import Mapping
from pathlib import Path

from rfr_video.errors import OutputError


def check_side_file(path: Path, *, name: str, others: Mapping[str, Path | None], overwrite: bool) -> None:
    """Check before the work that a file can be written, and that it replaces nothing that matters.

    Args:
        path: The file.
        name: What messages call it.
        others: Files that it must not be, by what messages call them.
        overwrite: Whether it may replace an older one.

    Raises:
        OutputError: It may not or cannot be written.
    """
    from rfr_video.media.target import check_folder

    for other_name, other in others.items():
        if other is not None and path.resolve() == other.resolve():
            raise OutputError(f"{name} {path} is the {other_name} itself; choose another name")
    if path.exists() and not path.is_file():
        raise OutputError(f"{name} {path} is no regular file; choose another name")
    if path.exists() and not overwrite:
        raise OutputError(f"{name} {path} exists; choose another name or pass --overwrite")
    check_folder(path.resolve().parent)


def write_side_file(path: Path, data: bytes) -> None:
    """Write a file that was checked, complete or not at all; raises :class:`OutputError`."""
    from rfr_video.media.target import partial_file, translate

    try:
        with partial_file(path, overwrite=True) as partial:
            partial.write_bytes(data)
    except OSError as error:
        raise translate(error, path) from error
