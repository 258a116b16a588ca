"""Damaged inputs by the thousand: does every one end in time, with an honest exit code and nothing half-made?

Usage: ``python benchmarks/fuzz.py [--inputs 2000] [--seed 1] [--only NAME] [--keep DIR]``

Whole files of every kind (fuzz_seeds.py) are damaged by a seeded generator (fuzz_damage.py) and given to a
command of the program that reads them. Every input is run by a fork of this process, whose modules are loaded
already; a crash ends the fork alone, and a watchdog ends one that takes too long. Counted are faults:

- crash: ended by a signal;  hang: not through after ``--patience`` seconds;
- bug: exit code 1, a traceback, or anything else than one line for what went wrong;
- memory: more than ``--most-mib`` at the peak, where whole files take about 250;
- code: an exit code that is not one for this kind of file;
- left: something under the final name though the run failed, a file beside it, or a file that cannot be read
  under the final name though the run succeeded.

The exit code is 1 if there are any. ``--keep`` stores their inputs, commands and messages.
"""

import argparse
import os
import resource
import shlex
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from random import Random

import av
from av.error import FFmpegError
from fuzz_damage import damaged
from fuzz_seeds import write_seeds

from rfr_video.cli import main as run_program

PRELOADED = (
    *("cli.app", "pipeline.restore", "pipeline.image_batch", "pipeline.detect_files", "media.stills.files"),
    *("fill.temporal.filler", "masking.detect.text.finder", "masking.detect.logo.finder", "cli.progress"),
)
BOX = ("--box", "8,8,20,12", "--fill", "classical")
MEDIA = frozenset((0, 3, 4, 6, 7, 9))
"""For damaged videos: 4 where a box or mask does not fit the size that came out, 6 where the target cannot
hold what came out."""
SIDE = frozenset((0, 4))
STILLS = frozenset((0, 3, 4))
ADDRESS_SPACE = 6 << 30


@dataclass(frozen=True)
class Trial:
    """One input and what is done with it."""

    number: int
    kind: str
    way: str
    arguments: tuple[str, ...]
    allowed: frozenset[int]
    folder: Path
    target: Path


@dataclass
class Outcome:
    """What came of a trial; no faults where all is well."""

    code: int
    seconds: float
    peak_mib: float
    faults: list[str] = field(default_factory=list[str])
    message: str = ""


@dataclass
class Running:
    """A trial under way."""

    trial: Trial
    since: float


def trials(seeds: dict[str, Path], folder: Path, *, inputs: int, seed: int) -> Iterator[Trial]:
    """Make inputs, one after the other, kind by kind in turn; the first of each kind is not damaged."""
    names = list(seeds)
    for number in range(inputs):
        kind = names[number % len(names)]
        random = Random(f"{seed}:{number}")
        place = folder / f"{number}"
        place.mkdir()
        whole = seeds[kind]
        is_text = kind.startswith(("timeline", "dropout"))
        data, way = whole.read_bytes(), "whole"
        if number >= len(names):
            data, way = damaged(data, random, is_text=is_text)
        source = place / f"source{''.join(whole.suffixes)}"
        source.write_bytes(data)
        trial = _trial(number, kind, way, source, seeds, random)
        yield replace(trial, allowed=frozenset((0, 9))) if way == "whole" else trial


def _trial(number: int, kind: str, way: str, source: Path, seeds: dict[str, Path], random: Random) -> Trial:
    place = source.parent
    if kind.startswith("still"):
        target = place / f"result{source.suffix}"
        arguments = ("image", str(source), "-o", str(target), *BOX)
        return Trial(number, kind, way, arguments, STILLS, place, target)
    target = place / f"result{source.suffix if source.suffix in ('.mp4', '.mkv', '.avi', '.ts') else '.mkv'}"
    if kind.startswith(("mask", "matte", "timeline", "dropout")):
        good = seeds["mkv (FFV1, FLAC, attachment)"]
        if kind.startswith("timeline"):
            shutil.copy(seeds["mask (PNG)"], place / "mask.png")
        option = {"timeline": "--timeline", "matte": "--matte"}.get(kind.partition(" ")[0], "--mask")
        arguments = ("restore", str(good), "-o", str(target), option, str(source))
        arguments += () if option == "--matte" else ("--fill", "classical")
        return Trial(number, kind, way, arguments, SIDE, place, target)
    common = (str(source), "-o", str(target))
    ways = {
        "classical": ("restore", *common, *BOX),
        "truncated": ("restore", *common, *BOX, "--allow-truncated"),
        "temporal": ("restore", *common, *BOX[:2], "--fill", "temporal", "--quality", "fast"),
        "copied": ("restore", *common, "--mask", str(_black(place))),
        "deinterlaced": ("restore", *common, *BOX, "--deinterlace"),
        "tape": ("restore", *common, "--tape", "--fill", "classical"),
        "as FFV1": ("restore", *common[:2], str(target.with_suffix(".mkv")), *BOX, "--codec", "ffv1"),
        "text": ("detect", "text", *common[:2], str(target.with_suffix(".toml"))),
        "probed": ("probe", str(source)),
    }
    name = random.choices(tuple(ways), weights=(8, 4, 2, 2, 1, 1, 2, 1, 1))[0]
    arguments = ways[name]
    if name in ("as FFV1", "text"):
        target = Path(arguments[arguments.index("-o") + 1])
    return Trial(number, kind, way, arguments, MEDIA, place, target)


def _black(place: Path) -> Path:
    (place / "black.pgm").write_bytes(b"P5 64 48 255\n" + bytes(64 * 48))
    return place / "black.pgm"


def start(trial: Trial) -> int:
    """Run a trial in a fork; returns its process id."""
    before = frozenset(trial.folder.iterdir())
    if pid := os.fork():
        return pid
    with (trial.folder / "says").open("wb") as says:
        os.dup2(says.fileno(), 1)
        os.dup2(says.fileno(), 2)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    os.environ["TMPDIR"] = str(trial.folder)
    tempfile.tempdir = None
    code = run_program(list(trial.arguments))
    left = {path.name for path in trial.folder.iterdir() if path not in before} - {"says"}
    sys.stdout.flush()
    sys.stderr.flush()
    (trial.folder / "left").write_text("\n".join(sorted(left)))
    os._exit(code)


def judge(trial: Trial, status: int, *, hung: bool, seconds: float, peak_mib: float) -> Outcome:
    """Say what was wrong with a run."""
    code = os.waitstatus_to_exitcode(status)
    says = (trial.folder / "says").read_text(errors="replace") if (trial.folder / "says").exists() else ""
    outcome = Outcome(code, seconds, peak_mib, message=says)
    if hung or code < 0:
        outcome.faults.append("hang" if hung else "crash")
        return outcome
    if code not in trial.allowed | {1}:
        outcome.faults.append("code")
    lines = [line for line in says.splitlines() if line.startswith("rfr-video: ")]
    if code == 1 or "Traceback" in says or (code not in (0, 7, 9) and len(lines) != 1):
        outcome.faults.append("bug")
    left = set((trial.folder / "left").read_text().split("\n")) - {""}
    copied = code == 9 and trial.arguments[0] == "restore"
    done = (code in (0, 7) and "-o" in trial.arguments) or copied
    masks = {f"{trial.target.stem}-masks"} if trial.target.suffix == ".toml" else set[str]()
    if left - masks != ({trial.target.name} if done else set()) or (done and not _is_whole(trial, says)):
        outcome.faults.append("left")
    return outcome


def _is_whole(trial: Trial, says: str) -> bool:
    """Whether the result can be decoded; as long as the source was not damaged, that is promised."""
    if trial.target.suffix == ".toml":
        return trial.target.stat().st_size > 0
    try:
        with av.open(str(trial.target)) as container:
            return any(True for _ in container.decode(video=0))
    except (FFmpegError, ValueError, IndexError):
        return "all streams copied" in says  # as damaged as they were


def run(pending: Iterator[Trial], *, workers: int, patience: float) -> Iterator[tuple[Trial, Outcome]]:
    """Run trials side by side, with a watchdog; yields them as they end."""
    running: dict[int, Running] = {}
    while True:
        while len(running) < workers and (trial := next(pending, None)) is not None:
            running[start(trial)] = Running(trial, time.monotonic())
        if not running:
            return
        for pid, one in list(running.items()):
            ended, status, usage = os.wait4(pid, os.WNOHANG)
            seconds = time.monotonic() - one.since
            hung = not ended and seconds > patience
            if hung:
                os.kill(pid, signal.SIGKILL)
                _, status, usage = os.wait4(pid, 0)
            if ended or hung:
                del running[pid]
                peak_mib = usage.ru_maxrss / 1024
                yield one.trial, judge(one.trial, status, hung=hung, seconds=seconds, peak_mib=peak_mib)
        time.sleep(0.002)


def keep(trial: Trial, outcome: Outcome, folder: Path) -> None:
    """Store what a fault takes to be seen again."""
    place = folder / f"{trial.number}-{'-'.join(outcome.faults)}"
    shutil.copytree(trial.folder, place, dirs_exist_ok=True)
    text = f"{trial.kind}: {trial.way}\ncode {outcome.code}, {outcome.seconds:.1f} s\n"
    (place / "trial").write_text(f"{text}{shlex.join(trial.arguments)}\n{outcome.message}")


def show(outcomes: dict[str, list[Outcome]]) -> None:
    """Print the table: a row per kind."""
    faults = ("crash", "hang", "memory", "bug", "code", "left")
    heads = ("inputs", "repaired", "damaged", "refused", *faults, "slowest s", "peak MiB")
    print(f"{'kind':30}" + "".join(f"{head:>10}" for head in heads))
    total = [one for rows in outcomes.values() for one in rows]
    for kind, rows in (*outcomes.items(), ("all", total)):
        found = Counter(fault for one in rows for fault in one.faults)
        done = [sum(one.code == code for one in rows) for code in (0, 7)]
        counts = (len(rows), *done, len(rows) - sum(done), *(found[fault] for fault in faults))
        most = (max(one.seconds for one in rows), max(one.peak_mib for one in rows))
        print(
            f"{kind:30}" + "".join(f"{count:>10}" for count in counts) + f"{most[0]:>10.1f}{most[1]:>10.0f}"
        )


def main() -> int:
    """Damage, run, judge, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--patience", type=float, default=60.0)
    parser.add_argument("--most-mib", type=float, default=1024.0)
    parser.add_argument("--only", default="", help="kinds whose name holds this")
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    for name in PRELOADED:
        import_module(f"rfr_video.{name}")
    outcomes: defaultdict[str, list[Outcome]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "whole").mkdir()
        (Path(folder) / "inputs").mkdir()
        seeds = write_seeds(Path(folder) / "whole")
        pending = trials(seeds, Path(folder) / "inputs", inputs=options.inputs, seed=options.seed)
        chosen = (trial for trial in pending if options.only in trial.kind)
        for trial, outcome in run(chosen, workers=options.workers, patience=options.patience):
            if outcome.peak_mib > options.most_mib:
                outcome.faults.append("memory")
            outcomes[trial.kind].append(outcome)
            if outcome.faults and options.keep:
                keep(trial, outcome, options.keep)
            shutil.rmtree(trial.folder)
    show(outcomes)
    return 1 if any(one.faults for rows in outcomes.values() for one in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
