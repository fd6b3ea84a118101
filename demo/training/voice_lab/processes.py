"""The run's processes: at most one run a work folder, at low priority, stopped and continued as a whole."""

import ctypes
import fcntl
import os
import signal
from pathlib import Path

from . import paths

LOCK, PAUSED = paths.WORK / "run.lock", paths.WORK / "paused"


def claim() -> object:
    """Holds the work folder for this process as long as the result lives; raises SystemExit where another has it."""
    paths.WORK.mkdir(parents=True, exist_ok=True)
    lock = LOCK.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise SystemExit(f"{paths.WORK}: process {lock.read().strip()} runs already") from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def runner() -> int | None:
    """Process number of the run, None where there is none."""
    if not LOCK.exists():
        return None
    with LOCK.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(lock.read())
    return None


def family(pid: int) -> list[int]:
    """The process, then its descendants."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    out = [pid]
    for member in out:
        out += parents.get(member, [])
    return out


def commands(pid: int) -> list[list[str]]:
    """What follows `python -m` in the descendants' command lines."""
    out = []
    for member in family(pid)[1:]:
        try:
            words = Path(f"/proc/{member}/cmdline").read_text().split("\0")
        except OSError:
            continue
        if "-m" in words:
            out.append(words[words.index("-m") + 1:-1])
    return out


def send(pid: int, what: signal.Signals) -> None:
    """To the run first, so that it starts nothing more while the rest is told."""
    for member in family(pid):
        try:
            os.kill(member, what)
        except ProcessLookupError:
            continue


def low_priority(nice: int) -> None:
    """For a child before it starts: dies with its parent, and yields to everything else.

    Linux shares processor time between sessions first: a new session is a group of its own, whose niceness must be set
    besides the process's, or it takes as much as all that other sessions run.
    """
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    os.setsid()
    os.nice(nice)
    try:
        Path("/proc/self/autogroup").write_text(str(nice))
    except OSError:
        pass
