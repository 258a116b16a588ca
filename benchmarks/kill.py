"""Ends ``restore`` at random moments, lets ``--resume`` go on, and compares with a run that was left alone.

Usage: ``python benchmarks/kill.py FILE... [--moments 50] [--segment-frames 20] [--options ...]``

A run ends at a moment drawn from the time that it would take: by SIGKILL, by SIGTERM, or by a power cut:
that is SIGKILL, and all that was not brought to the disk cut short at a random place. The next one goes on,
and is ended again, until one is quicker than its end. Then the file must be what the uninterrupted run
made: every sample and time of every frame, bytes and times of every packet of every stream; so must be
whatever lies under the target's name after an end. Every run is a fork of this process, which has
everything loaded.
"""

import argparse
import hashlib
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import av

from rfr_video.cli import main as rfr_video
from rfr_video.media.work_folder import work_path
from rfr_video.pipeline import restore, segments

KINDS = ("SIGKILL", "SIGTERM", "power cut")
BOX: tuple[str, ...] = (
    "--box",
    "-120,20,100,40",
    "--fill",
    "temporal",
    "--look-ahead",
    "0.5",
    "--preset",
    "veryfast",
)
assert restore.SIDE_STAGE  # loaded here, so that forks need not


def start(source: Path, target: Path, options: list[str], *, resume: bool) -> int:
    """Start a run and return its process."""
    pid = os.fork()
    if pid:
        return pid
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    command = ["restore", str(source), "-o", str(target), "--quiet", *options]
    os._exit(rfr_video([*command, "--resume"] if resume else command))


def ends_within(pid: int, seconds: float) -> bool:
    """Wait for a process; whether it ended well in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            if code := os.waitstatus_to_exitcode(status):
                raise SystemExit(f"a run failed by itself: exit code {code}")
            return True
        time.sleep(0.002)
    return False


def end(pid: int, kind: str, work: Path, draw: random.Random) -> None:
    """End a process in one of the ways."""
    os.kill(pid, signal.SIGTERM if kind == "SIGTERM" else signal.SIGKILL)
    os.waitpid(pid, 0)
    if kind != "power cut" or not work.is_dir():
        return
    finished = sum(path.suffix == ".npz" for path in work.iterdir())
    for path in work.iterdir():
        number = int(path.stem) if path.stem.isdigit() else finished
        if number >= finished and path.name not in ("lock", "key.json"):
            os.truncate(path, draw.randint(0, path.stat().st_size))


def facts(path: Path) -> str:
    """Hash all that must be the same."""
    digest = hashlib.sha256()
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.video[0]):
            digest.update(f"{frame.pts} {frame.duration} ".encode())
            for plane in frame.planes:
                digest.update(plane)
    packets: dict[int, list[bytes]] = {}
    with av.open(str(path)) as container:
        for packet in container.demux():
            head = f"{packet.pts} {packet.dts} {packet.duration} {packet.is_keyframe} ".encode()
            packets.setdefault(packet.stream_index, []).append(head + bytes(packet))
    for index in sorted(packets):
        digest.update(b"".join(packets[index]))
    return digest.hexdigest()


def measure(
    source: Path, folder: Path, options: list[str], *, moments: int, draw: random.Random
) -> Counter[str]:
    """End runs on a source at so many moments, and count what came of it."""
    counts: Counter[str] = Counter()
    whole, target = (folder / f"{name}{source.suffix}" for name in ("whole", "result"))
    started = time.monotonic()
    assert ends_within(start(source, whole, options, resume=False), 86400)
    duration, wanted = time.monotonic() - started, facts(whole)
    work = work_path(target)
    while counts["ends"] < moments:
        while counts["ends"] < moments:
            pid = start(source, target, options, resume=True)
            if ends_within(pid, draw.uniform(0, duration)):
                break
            kind = KINDS[counts["ends"] % len(KINDS)]
            end(pid, kind, work, draw)
            counts["ends"] += 1
            counts[kind] += 1
            if target.exists():  # ended when all was done, before the work folder was gone
                counts["after naming"] += 1
                break
            counts["went on"] += (work / "000000.npz").exists()
        else:
            assert ends_within(start(source, target, options, resume=True), 86400)
        counts["files"] += 1
        counts["equal"] += facts(target) == wanted
        target.unlink()
    return counts


def main() -> None:
    """Measure every file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--moments", type=int, default=50)
    parser.add_argument("--segment-frames", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--options", nargs=argparse.REMAINDER, default=[])
    given = parser.parse_args()
    segments.SEGMENT_FRAMES = given.segment_frames
    names = ("ends", *KINDS, "went on", "after naming", "files", "equal")
    print("  ".join((f"{'file':<24}", *names)), flush=True)
    for source in given.files:
        with tempfile.TemporaryDirectory() as folder:
            draw = random.Random(given.seed)
            options: list[str] = given.options or list(BOX)
            counts = measure(source, Path(folder), options, moments=given.moments, draw=draw)
        row = (f"{counts[name]:>{len(name)}}" for name in names)
        print("  ".join((f"{source.name:<24}", *row)), flush=True)
        if counts["equal"] < counts["files"]:
            sys.exit("something was lost")


if __name__ == "__main__":
    main()
