"""Taking the time of things, several times and side by side, on a machine that is never quite still."""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias


class BenchmarkError(Exception):
    """Something that was to be measured did not run; the text says what and why."""


@dataclass(frozen=True, slots=True)
class Once:
    """What one run took."""

    seconds: float
    """By the clock on the wall."""
    cpu: float = 0.0
    """Seconds of all cores together, its child processes' too; 0 where it was not asked."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What all runs of one thing took, in the order of the rounds."""

    runs: tuple[Once, ...]

    @property
    def seconds(self) -> tuple[float, ...]:
        """By the clock on the wall."""
        return tuple(run.seconds for run in self.runs)

    @property
    def median(self) -> float:
        """Seconds."""
        return statistics.median(self.seconds)

    @property
    def cpu(self) -> float:
        """The median of the seconds of all cores."""
        return statistics.median(run.cpu for run in self.runs)

    def __add__(self, other: "Taken") -> "Taken":
        """One after the other, round by round."""
        pairs = zip(self.runs, other.runs, strict=False)
        return Taken(tuple(Once(a.seconds + b.seconds, a.cpu + b.cpu) for a, b in pairs))


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as much: compared within each round, where both met the same machine."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Of the rounds."""
        return statistics.median(self.rounds)


Thing: TypeAlias = Callable[[], Once]


def rounds(things: Mapping[str, Thing], count: int, *, warm: bool = True) -> dict[str, Taken]:
    """Each thing once in every round, so that what disturbs one disturbs its neighbours as well.

    Every other round goes backwards, so that nothing always comes after the same neighbour. A round before
    the first is not counted (`warm`): then files are in memory, and Python's modules compiled, for everyone.
    """
    taken: dict[str, list[Once]] = {name: [] for name in things}
    for number in range(-1 if warm else 0, count):
        for name in reversed(taken) if number % 2 else taken:
            once = things[name]()
            if number >= 0:
                taken[name].append(once)
    return {name: Taken(tuple(runs)) for name, runs in taken.items()}


def ratio(one: Taken, other: Taken) -> Ratio:
    """How many times as long `one` took as `other`."""
    return Ratio(tuple(a / b for a, b in zip(one.seconds, other.seconds, strict=False)))


def run(words: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Once:
    """Run a program to its end and take its time. Raises BenchmarkError with its last words if it fails."""
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in words],
            env=dict(os.environ if environment is None else environment),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            last = said.read().decode(errors="replace")[-600:]
            raise BenchmarkError(f"{' '.join(map(str, words))[:200]} failed ({process.returncode}): {last}")
    return Once(seconds, usage.ru_utime + usage.ru_stime)
