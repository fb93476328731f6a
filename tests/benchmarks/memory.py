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
    main = everyone = 0
    while process.poll() is None:
        own = _pss(process.pid)
        main = max(main, own)
        everyone = max(everyone, own + sum(_pss(child) for child in _descendants(process.pid)))
        time.sleep(_LOOK)
    if process.returncode:
        raise BenchmarkError(f"{' '.join(map(str, words))[:200]} failed ({process.returncode})")
    return Peak(main / 1e6, everyone / 1e6)


def _pss(process: int) -> int:
    """Bytes; 0 for a process that has gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


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
