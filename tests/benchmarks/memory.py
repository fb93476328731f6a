"""How much memory a process and its children really use: PSS, in which what is shared is counted once."""

import contextlib
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from measuring import BenchmarkError

_LOOK = 0.02
"""Seconds between two looks."""


@dataclass(frozen=True, slots=True)
class Peak:
    """The most at any moment that was looked at, in MB (10⁶ bytes)."""

    main: float
    """Of the process that was started."""
    all: float
    """Of it and all its descendants together."""
    resident: float
    """The most that was resident of the process that was started: nothing is divided, whoever shares it."""


def peak(words: Sequence[str | Path], environment: Mapping[str, str]) -> Peak:
    """Run a program to its end, looking 50 times a second. Raises BenchmarkError if it fails.

    Looking slows it down: its time is taken in another run.
    """
    process = subprocess.Popen(
        [str(word) for word in words],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    main = everyone = resident = 0
    while process.poll() is None:
        own, held = _sizes(process.pid)
        main, resident = max(main, own), max(resident, held)
        everyone = max(everyone, own + sum(_sizes(child)[0] for child in _descendants(process.pid)))
        time.sleep(_LOOK)
    if process.returncode:
        raise BenchmarkError(f"{' '.join(map(str, words))[:200]} failed ({process.returncode})")
    return Peak(main / 1e6, everyone / 1e6, resident / 1e6)


def _sizes(process: int) -> tuple[int, int]:
    """PSS and resident size in bytes; zeros for a process that has gone."""
    found = {"Pss": 0, "Rss": 0}
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines()[1:]:
            name, _, size = line.partition(":")
            if name in found:
                found[name] = int(size.split()[0]) * 1024
    return found["Pss"], found["Rss"]


def _descendants(process: int) -> list[int]:
    parents: dict[int, int] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                words = Path(entry.path, "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
                parents[int(entry.name)] = int(words[1])
    family = [process]
    for member in family:  # grows as it is walked: children, then theirs
        family += [child for child, parent in parents.items() if parent == member]
    return family[1:]
