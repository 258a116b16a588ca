"""The folder beside a target in which a run keeps what is finished, so that another run can go on.

It belongs to one process at a time, by a lock that goes with the process however it ends. It holds what the
work is keyed by, and segments: files of packets, and for each segment an archive of arrays, which is written
last, to another name first, and lists the files with their checksums. A segment counts only with all of that.
"""

import fcntl
import io
import json
import os
import re
import zipfile
import zlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rfr_video.errors import OutputError
from rfr_video.media.packet_file import Checksum
from rfr_video.media.target import bring_to_disk, open_partials, translate
from rfr_video.timecode import clock

SUFFIX = ".rfr-work"
Arrays = Mapping[str, npt.NDArray[Any]]

_KEY, _LOCK, _FACTS = "key.json", "lock", "facts"
_LONGEST_BYTES = 200  # of a name to which more is added
ADAPTED = "adapted"
"""What a network that has learnt from the source is called."""

_OURS = re.compile(rf"lock|key\.json|{ADAPTED}\.(json|safetensors)|\d{{6}}\.[a-z]+|.+\.partial(\.\w+)?")

_latest: list["WorkFolder"] = []
"""The one that this process held last."""


@dataclass(frozen=True)
class Segment:
    """A segment that is complete.

    Attributes:
        files: What is in files of its own, by their suffixes.
        arrays: What else belongs to it.
        seconds: The time of its last frame.
    """

    files: Mapping[str, Checksum]
    arrays: Arrays
    seconds: Fraction


class WorkFolder:
    """A work folder that this process holds; :func:`work_folder` opens it.

    Args:
        path: Of the folder.
        target: What the work is for.

    Attributes:
        path: Of the folder.
        count: How many segments are known to be complete.
        seconds: The time of the last frame of these; ``None`` where there are none.
        was_begun: Whether an earlier run began work in it.
    """

    def __init__(self, path: Path, target: Path) -> None:
        self.path = path
        self.count = 0
        self.seconds: Fraction | None = None
        self.was_begun = (path / _KEY).exists()
        self._target = target
        self._is_mine = not self.was_begun
        self._note()

    @property
    def key(self) -> dict[str, Any] | None:
        """What the work of the earlier run is keyed by; ``None`` where that cannot be read."""
        try:
            return json.loads((self.path / _KEY).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    @property
    def hint(self) -> str | None:
        """How to go on; ``None`` where there is nothing to go on from."""
        if self.seconds is None:
            return None
        return f"the same command with --resume goes on from {clock(self.seconds)}"

    def begin(self, key: Mapping[str, Any]) -> None:
        """Throw away what is there, and begin work that is keyed so; raises :class:`OutputError`."""
        self._clear(behind=None)
        self._take()
        self._write(_KEY, json.dumps(key).encode())

    def go_on(self) -> Iterator[Segment]:
        """Yield the segments that are complete; throw away what lies behind them."""
        self._take()
        while (segment := self._read(self.count)) is not None:
            self._count_up(segment)
            yield segment
        self._clear(behind=self.count)

    def add(self, segment: Segment) -> None:
        """Add the next segment, whose files are on the disk; raises :class:`OutputError`."""
        facts = {
            "files": {name: (one.size, one.crc32) for name, one in segment.files.items()},
            "seconds": str(segment.seconds),
        }
        packed = np.frombuffer(json.dumps(facts).encode(), np.uint8)
        archive = io.BytesIO()
        np.savez(archive, allow_pickle=False, **{_FACTS: packed, **segment.arrays})
        self._write(f"{self.count:06}.npz", archive.getvalue())
        self._count_up(segment)

    def close(self, *, is_done: bool) -> None:
        """Let go of the folder: remove it, unless there is something to keep or it is another run's."""
        if is_done or (self._is_mine and not self.count):
            remove_work(self.path)
        open_partials.discard(self.path)

    def _count_up(self, segment: Segment) -> None:
        self.count += 1
        self.seconds = segment.seconds
        self._note()

    def _take(self) -> None:
        self._is_mine = True
        self._note()

    def _note(self) -> None:
        """Let the folder go, even where the process ends at once, while nothing in it is worth keeping."""
        if self._is_mine and not self.count:
            open_partials.add(self.path)
        else:
            open_partials.discard(self.path)

    def _clear(self, *, behind: int | None) -> None:
        """Remove segments behind the first ones, or everything; what is being written now stays."""
        for path in self.path.iterdir():
            is_old = behind is None or (path.stem.isdigit() and int(path.stem) >= behind) or _is_partial(path)
            if is_old and path.name != _LOCK and path not in open_partials:
                path.unlink()

    def _read(self, number: int) -> Segment | None:
        """Read a segment; ``None`` where it is not complete."""
        try:
            with np.load(self.path / f"{number:06}.npz", allow_pickle=False) as archive:
                arrays: dict[str, npt.NDArray[Any]] = dict(archive)
            facts = json.loads(arrays.pop(_FACTS).tobytes())
            files = {name: Checksum(*numbers) for name, numbers in facts["files"].items()}
            segment = Segment(files, arrays, Fraction(facts["seconds"]))
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error):
            return None
        here = {name: Checksum.of(self.path / f"{number:06}.{name}") for name in files}
        return segment if here == files else None

    def _write(self, name: str, data: bytes) -> None:
        """Write a file, complete or not at all, and bring it to the disk."""
        partial = self.path / f"{name}.partial"
        try:
            with partial.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self.path / name)
            bring_to_disk(self.path)
        except OSError as error:
            raise translate(error, self._target) from error


def work_path(target: Path) -> Path:
    """Return the work folder of a target."""
    final = target.resolve()
    name = final.name
    if len(name.encode(errors="surrogateescape")) > _LONGEST_BYTES:
        short = name.encode(errors="surrogateescape")[: _LONGEST_BYTES // 2].decode(errors="ignore")
        name = f"{short}-{zlib.crc32(name.encode(errors='surrogateescape')):08x}"
    return final.with_name(f".{name}{SUFFIX}")


@contextmanager
def work_folder(target: Path) -> Generator[WorkFolder]:
    """Hold the work folder of a target for this process alone.

    It goes when the block ends well, and where nothing is worth keeping. Otherwise a note on the error says
    how to go on.

    Raises:
        OutputError: Another process holds it, it cannot be made, or it holds files that are not ours.
    """
    path = work_path(target)
    with held(path, target):
        if others := sorted(one.name for one in path.iterdir() if not _OURS.fullmatch(one.name)):
            raise OutputError(
                f"work folder {path} holds other files, such as {others[0]}; move them away, or choose "
                "another name for the output"
            )
        work = WorkFolder(path, target)
        _latest[:] = [work]
        try:
            yield work
        except BaseException as error:
            if work.hint:
                error.add_note(work.hint)
            work.close(is_done=False)
            raise
        work.close(is_done=True)


@contextmanager
def held(path: Path, target: Path) -> Generator[None]:
    """Hold the lock of a work folder, which is made if it is not there.

    Raises:
        OutputError: Another process holds it, or it cannot be made.
    """
    while True:
        try:
            if path.is_symlink():
                raise OutputError(f"work folder {path} is a link; remove it, or choose another name")
            path.mkdir(exist_ok=True)
            lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        except FileNotFoundError:
            continue  # another process has just removed it
        except OSError as error:
            raise translate(error, path) from error
        if not _lock(lock):
            os.close(lock)
            raise OutputError(
                f"output {target} is being made by another process; wait for it, or choose another name"
            )
        with suppress(FileNotFoundError):
            if (path / _LOCK).stat().st_ino == os.fstat(lock).st_ino:
                break
        os.close(lock)  # of a folder that has been removed meanwhile
    try:
        yield
    finally:
        os.close(lock)


def is_ours(path: Path) -> bool:
    """Whether a folder was made by the program, and nothing else is in it."""
    if path.is_symlink() or not path.is_dir():
        return False
    names = [one.name for one in path.iterdir()]
    return _LOCK in names and all(_OURS.fullmatch(name) for name in names)


def is_held(path: Path) -> bool:
    """Whether a process holds a work folder."""
    try:
        lock = os.open(path / _LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _lock(lock)
    finally:
        os.close(lock)


def kept_work() -> str | None:
    """Return how to go on with the work that this process held last; ``None`` where nothing was kept."""
    return _latest[0].hint if _latest else None


def remove_work(path: Path) -> None:
    """Remove what is ours from a work folder, and the folder unless there is more in it."""
    with suppress(OSError):
        for one in sorted(path.iterdir(), key=lambda one: one.name == _LOCK):
            if _OURS.fullmatch(one.name):
                one.unlink()
        path.rmdir()


def _lock(lock: int) -> bool:
    """Lock a file; ``False`` where another process has it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def _is_partial(path: Path) -> bool:
    return ".partial" in path.suffixes
