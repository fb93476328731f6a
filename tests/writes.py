"""What processes write, for who wants to know how much a card has to take: bytes, syncs, and to which files.

The kernel says how many bytes became dirty (`/proc/PID/io`, which also sees what is written through a
mapping, as SQLite does beside its index), and strace sees each call: which file, how many bytes, how often
the disk was asked to keep them, and what was renamed or removed.
"""

import re
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO

PATIENCE = 30.0
_WRITES = ("write", "writev", "pwrite64", "pwritev", "pwritev2", "copy_file_range", "sendfile")
_SYNCS = ("fsync", "fdatasync", "sync_file_range", "sync", "syncfs", "msync")
_CHANGES = (
    "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "link", "linkat",
    "symlink", "symlinkat", "truncate", "ftruncate", "utimensat", "chmod", "fchmod", "fchmodat",
)  # fmt: skip
_CALL = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+)")
_BEGUN = re.compile(r"(\d+) +(\w+)\((.*) <unfinished \.\.\.>$")
_GOES_ON = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)$")
_FILE = re.compile(r"\d+<(/[^>]*)>")
_NO_DISK = ("/dev/", "/proc/", "/sys/", "/memfd:")


@dataclass
class Writes:
    """What was written in a span; filled in at its end."""

    stored: int = 0
    """Bytes that the kernel counts as written to a disk: whole pages, and nothing for a disk in memory."""
    bytes: int = 0
    """Bytes that were given to files by calls."""
    syncs: int = 0
    """How often a disk was asked to keep what it had."""
    changes: int = 0
    """How often a name, a size, a time or a mode was changed."""
    files: Counter[str] = field(default_factory=Counter)
    """The bytes of each file, by its path at the time."""

    def under(self, folder: Path) -> int:
        """The bytes of all files in a folder."""
        return sum(count for path, count in self.files.items() if Path(path).is_relative_to(folder))


@cache
def can_count() -> bool:
    """Whether a process that runs already can be watched here."""
    if not shutil.which("strace") or not Path("/proc/self/io").is_file():
        return False
    asleep = subprocess.Popen(["sleep", "60"])
    try:
        with counted(asleep):
            pass
    except (RuntimeError, OSError):
        return False
    finally:
        asleep.kill()
        asleep.wait()
    return True


@contextmanager
def counted(process: "subprocess.Popen[bytes] | subprocess.Popen[str] | int") -> Iterator[Writes]:
    """Count what a process writes, with its threads, its children and theirs, also those that begin now.

    The count is there when the span is over. A process of which nobody waited for the end, or that no longer
    belongs to the tree, is counted by its calls alone. Raises RuntimeError where it cannot be watched.
    """
    number = process if isinstance(process, int) else process.pid
    told = Writes()
    with tempfile.TemporaryDirectory() as place:
        trace = Path(place) / "calls"
        watching = _watch(_tree(number), trace)
        try:
            before = _stored(number)
            yield told
            told.stored = _stored(number) - before
        finally:
            watching.send_signal(signal.SIGINT)  # it lets go of all of them, and writes down what it saw
            watching.communicate(timeout=PATIENCE)
        _add_calls(told, trace.read_text("utf-8", "replace").splitlines())


def _watch(numbers: list[int], trace: Path) -> "subprocess.Popen[str]":
    """An strace that has hold of all of these."""
    calls = ",".join(
        f"?{name}" for name in (*_WRITES, *_SYNCS, *_CHANGES)
    )  # not each machine has all of them
    words = ["strace", "-f", "-y", "-s", "0", "-e", f"trace={calls}", "-e", "signal=none", "-o", str(trace)]
    words += [word for number in numbers for word in ("-p", str(number))]
    watching = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    assert watching.stderr is not None
    left = set(numbers)
    while left:
        left -= _attached(watching.stderr)
    return watching


def _attached(told: IO[str]) -> set[int]:
    """The process that the next line tells of."""
    line = told.readline()
    if found := re.search(r"Process (\d+) attached", line):
        return {int(found[1])}
    if not line or "attach" in line:
        raise RuntimeError(f"strace cannot watch: {line.strip() or 'it has ended'}")
    return set()


def _tree(number: int) -> list[int]:
    """A process and all that came from it and is there."""
    parents: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            # After the name, which may hold anything: the state, and the parent (proc(5)).
            parent = int((place / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue  # it has just ended
        parents.setdefault(parent, []).append(int(place.name))
    found = [number]
    for one in found:
        found += parents.get(one, [])
    return found


def _stored(number: int) -> int:
    """Bytes that a tree has had written; those of a child that ended are its parent's."""
    total = 0
    for one in _tree(number):
        try:
            held = Path(f"/proc/{one}/io").read_text("ascii")
        except OSError:
            continue
        total += int(re.search(r"^write_bytes: (\d+)", held, re.MULTILINE)[1])  # type: ignore[index]
    return total


def _add_calls(told: Writes, lines: list[str]) -> None:
    begun: dict[tuple[str, str], str] = {}
    for line in lines:
        if first := _BEGUN.match(line):
            begun[first[1], first[2]] = first[3]
            continue
        if rest := _GOES_ON.match(line):
            line = f"{rest[1]} {rest[2]}({begun.pop((rest[1], rest[2]), '')}{rest[3]}"  # noqa: PLW2901
        if (call := _CALL.match(line)) and int(call[4]) >= 0:
            _add(told, call[2], call[3], int(call[4]))


def _add(told: Writes, call: str, arguments: str, answer: int) -> None:
    files = [path for path in _FILE.findall(arguments) if not path.startswith(_NO_DISK)]
    if call in _CHANGES:
        told.changes += 1
    elif call in _SYNCS:
        told.syncs += call in ("sync", "msync") or bool(files)
    elif files:
        # Of two the first is written to by `sendfile`, the second by `copy_file_range`.
        path = files[-1] if call == "copy_file_range" else files[0]
        if call != "sendfile" or _FILE.match(arguments):
            told.bytes += answer
            told.files[path] += answer
