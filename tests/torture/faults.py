"""The faults: each is one round in a process of its own, which ends with a verdict."""

import contextlib
import os
import random
import resource
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judging import Verdict, judged, lines
from life import Life, teller

from guide.folders import Folders

_NOBODY = 65_534
_LIFE = 8.0
"""Seconds after which a life that was not refused often enough is killed."""
_PATIENCE = 60.0
"""Seconds for what takes one, on a very busy machine."""


@dataclass(frozen=True)
class Ground:
    """Where a round is."""

    folder: Path
    parcel: Path
    seed: str
    secret: str = ""
    """The key of a sealed journal."""

    @property
    def home(self) -> Folders:
        home = self.folder / "home"
        return Folders(home / "config", home / "data", home / "cache", home / "state")


class Child:
    """A life in a process of its own, and all that it says."""

    def __init__(self, work: Callable[[Callable[[dict[str, Any]], None]], None]) -> None:
        self.pipe, theirs = os.pipe()
        self.said = bytearray()
        self.pid = os.fork()
        if not self.pid:
            code = 1
            with contextlib.suppress(BaseException):
                work(teller(theirs))
                code = 0
            os._exit(code)
        os.close(theirs)

    def hear(self, seconds: float, *, until: bytes = b"\0") -> bool:
        """Listen for some seconds, or until it has said that; False when it has ended."""
        end = time.monotonic() + seconds
        while until not in self.said and (left := end - time.monotonic()) > 0:
            if select.select([self.pipe], [], [], left)[0]:
                if not (data := os.read(self.pipe, 1 << 16)):
                    return False
                self.said += data
        return True

    def kill(self) -> int:
        """Kill it where it stands, and read what it said to the last; how it ended."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        while self.hear(_PATIENCE):
            pass
        os.close(self.pipe)
        return os.waitpid(self.pid, 0)[1]


def _begun(ground: Ground, name: str = "", **more: Any) -> Child:
    child = Child(lambda tell: Life(ground.home, ground.parcel, ground.seed + name, tell, **more).live())
    if not child.hear(_PATIENCE, until=b"ready"):
        raise RuntimeError("a life ended before it began")
    return child


def kill(ground: Ground) -> Verdict:
    """kill -9 at a random moment"""
    return _killed(ground)


def clock(ground: Ground) -> Verdict:
    """a clock that jumps back a year, and kill -9"""
    return _killed(ground, jumpy=True)


def sealed(ground: Ground) -> Verdict:
    """a sealed journal, what was there before sealed too, and kill -9"""
    return _killed(ground, secret=ground.secret)


def _killed(ground: Ground, **more: Any) -> Verdict:
    chance = random.Random(ground.seed)
    ledgers = []
    for number in range(2):  # and once more, while what the first kill left is being mended
        child = _begun(ground, f"-{number}", **more) if not number else _unready(ground, f"-{number}", **more)
        child.hear(chance.uniform(0.0, 2.5))
        child.kill()
        ledgers.append(lines(bytes(child.said)))
    return judged(ground.home, ledgers, more.get("secret", ""))


def _unready(ground: Ground, name: str, **more: Any) -> Child:
    return Child(lambda tell: Life(ground.home, ground.parcel, ground.seed + name, tell, **more).live())


def together(ground: Ground) -> Verdict:
    """two processes at once, each killed"""
    chance = random.Random(ground.seed)
    children = [_unready(ground, f"-{name}") for name in "ab"]
    for child in children:
        if not child.hear(_PATIENCE, until=b"ready"):
            raise RuntimeError("a life ended before it began")
    for child in children:
        child.hear(chance.uniform(0.0, 2.0))
        child.kill()
    return judged(ground.home, [lines(bytes(child.said)) for child in children])


def too_long(ground: Ground) -> Verdict:
    """a full disk: files may grow no further"""
    size = random.Random(ground.seed).randrange(30_000, 100_000)

    def work(tell: Callable[[dict[str, Any]], None]) -> None:
        def limited(line: dict[str, Any]) -> None:
            tell(line)
            if "ready" in line:
                hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
                resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))

        Life(ground.home, ground.parcel, ground.seed, limited, patience=6).live()

    return _refused(ground, Child(work))


def full(ground: Ground) -> Verdict:
    """a full disk: a small file system"""
    with _small_disk(ground.folder / "home") as room:
        child = _begun(ground, patience=6)
        left = random.Random(ground.seed).randrange(30_000, 400_000)
        filler = ground.folder / "home" / "filler"
        free = shutil.disk_usage(filler.parent).free
        with filler.open("wb") as file, contextlib.suppress(OSError):
            file.write(bytes(max(0, free - left)))
        child.hear(_LIFE)
        child.kill()
        room()
        return judged(ground.home, [lines(bytes(child.said))])


@contextmanager
def _small_disk(place: Path) -> Iterator[Callable[[], None]]:
    """A file system of three megabytes, seen by this process alone, and a way to make it large."""
    place.mkdir()
    _mount("-t", "tmpfs", "-o", "size=3m", "none", place)
    try:
        yield lambda: _mount("-o", "remount,size=300m", place)
    finally:
        subprocess.run(["umount", "-l", place], check=False)


def _mount(*words: str | Path) -> None:
    subprocess.run(["mount", *words], check=True)


def read_only(ground: Ground) -> Verdict:
    """a folder that becomes read-only"""
    root = os.geteuid() == 0
    home = ground.home.data.parent
    home.mkdir()
    if root:
        os.chown(home, _NOBODY, _NOBODY)

    def work(tell: Callable[[dict[str, Any]], None]) -> None:
        if root:
            os.setresuid(_NOBODY, _NOBODY, _NOBODY)
        Life(ground.home, ground.parcel, ground.seed, tell, patience=6).live()

    child = Child(work)
    child.hear(_PATIENCE, until=b"ready")
    child.hear(random.Random(ground.seed).uniform(0.0, 1.5))
    # From the top: nothing new can come into a folder that was looked through already.
    closed = []
    for folder, folders, files in os.walk(home):
        for path in (Path(folder), *(Path(folder) / name for name in (*folders, *files))):
            with contextlib.suppress(FileNotFoundError):
                closed.append((path, path.stat().st_mode))
                path.chmod(0o500 if path.is_dir() else 0o400)
    child.hear(_LIFE)
    child.kill()
    for path, mode in closed:
        with contextlib.suppress(FileNotFoundError):
            path.chmod(mode & 0o777)
    return judged(ground.home, [lines(bytes(child.said))])


def _refused(ground: Ground, child: Child) -> Verdict:
    """A life that goes on until it has been refused often enough."""
    child.hear(_LIFE)
    child.kill()
    return judged(ground.home, [lines(bytes(child.said))])


def can_mount() -> bool:
    """Whether this user may have a file system of their own, for a moment."""
    if sys.platform != "linux":
        return False
    words = ["unshare", "-m", "sh", "-c", "mount -t tmpfs -o size=1m none /mnt"]
    try:
        return not subprocess.run(words, capture_output=True, check=False).returncode
    except FileNotFoundError:
        return False


FAULTS: dict[str, Callable[[Ground], Verdict]] = {
    "kill": kill, "clock": clock, "together": together, "full": full, "too-long": too_long,
    "read-only": read_only, "sealed": sealed,
}  # fmt: skip
ONCE_MORE = {"kill": 2, "clock": 2, "together": 2, "sealed": 2}
"""How many processes are killed in one round."""
