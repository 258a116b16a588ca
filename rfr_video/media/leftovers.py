"""What runs that ended early have left in a folder: work folders, and files that are half written."""

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rfr_video.errors import OutputError
from rfr_video.media.work_folder import SUFFIX, held, is_held, is_ours, remove_work

_PARTIAL = re.compile(r"\.(?P<stem>.+)\.(?P<pid>\d+)\.partial(?P<suffix>\.\w+)?")
_QUIET_SECONDS = 3600
"""A half-written file that was touched more recently may be another machine's."""


@dataclass(frozen=True)
class Leftover:
    """Something that was left behind.

    Attributes:
        path: Of the work folder or file.
        belongs_to: The name of what it was to become; long ones are cut.
        segments: How many segments are finished; ``None`` where it is no work folder.
        size_bytes: How much room it takes.
        age_seconds: How long ago it was last written to.
        in_use: Whether a process uses it, or may.
    """

    path: Path
    belongs_to: str
    segments: int | None
    size_bytes: int
    age_seconds: float
    in_use: bool

    def remove(self) -> bool:
        """Remove it, unless it is in use by now; returns whether it is gone."""
        if self.segments is None:
            self.path.unlink(missing_ok=True)
            return True
        try:
            with held(self.path, self.path):
                remove_work(self.path)
        except OutputError:
            return False
        return not self.path.exists()


def leftovers(folder: Path) -> Iterator[Leftover]:
    """Yield what was left in a folder, by name; only what is surely the program's.

    Raises:
        OSError: The folder cannot be read.
    """
    for path in sorted(folder.iterdir()):
        partial = _PARTIAL.fullmatch(path.name)
        if path.is_symlink():
            continue
        if partial and path.is_file():
            yield _half_written(path, partial)
        elif path.name.startswith(".") and path.name.endswith(SUFFIX) and is_ours(path):
            yield _work(path)


def _work(path: Path) -> Leftover:
    files = [one.stat() for one in path.iterdir()]
    return Leftover(
        path=path,
        belongs_to=path.name.removeprefix(".").removesuffix(SUFFIX),
        segments=sum(one.suffix == ".npz" for one in path.iterdir()),
        size_bytes=sum(one.st_size for one in files),
        age_seconds=max(0.0, time.time() - max(one.st_mtime for one in files)),
        in_use=is_held(path),
    )


def _half_written(path: Path, name: re.Match[str]) -> Leftover:
    facts = path.stat()
    age = max(0.0, time.time() - facts.st_mtime)
    return Leftover(
        path=path,
        belongs_to=name["stem"] + (name["suffix"] or ""),
        segments=None,
        size_bytes=facts.st_size,
        age_seconds=age,
        in_use=age < _QUIET_SECONDS or _is_running(int(name["pid"])),
    )


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
