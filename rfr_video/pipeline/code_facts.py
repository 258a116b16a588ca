"""Which code is running: reports of measurements name it, and unfinished work is keyed by it."""

import hashlib
from pathlib import Path

import rfr_video


def code_facts() -> dict[str, str]:
    """Return the program's version, and a hash of its own source files, names included."""
    folder = Path(rfr_video.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(f"{path.relative_to(folder).as_posix()}\n".encode() + path.read_bytes())
    return {"version": str(rfr_video.__version__), "sha256": digest.hexdigest()}
