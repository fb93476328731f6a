"""How soon something answers: the first sound of a session, and the commands that only print."""

import shutil
import subprocess
import time
from itertools import pairwise
from pathlib import Path

from given import SEED, SESSION, Ground
from hearing import Capture
from measuring import BenchmarkError, Once, Taken, Thing, rounds, run
from soundserver import SoundServer

from guide.duration import RATE

_SETTLED = 4
"""Seconds that the capture has been running before the first process starts."""
_PATIENCE = 60.0
STEPS = ("python", "modules", "loudspeaker")
"""Until Python runs, until all is imported, until the loudspeaker takes sound."""
_FIRST_STEPS = """
import os, time
moments = [time.perf_counter()]
import guide.cli.evening
from guide.sinks import Speaker, portaudio
portaudio()
moments.append(time.perf_counter())
speaker = Speaker()
moments.append(time.perf_counter())
print(*moments, flush=True)
os._exit(0)
"""


def first_sound(ground: Ground) -> dict[str, Taken]:
    """From the start of the process to the first sample that is not zero at the loudspeaker, nothing cached.

    Beside it, in the same rounds, what the least program with numpy and a sound card needs to begin, and a
    program that only goes the first steps of `guide play`: `python`, `modules`, `loudspeaker`.
    `first word` is the same for a hard moment, which begins with one; `again` with what was left cached.
    """
    with SoundServer() as server, server.capture() as capture:
        capture.wait(_SETTLED * RATE)
        environment = {**server.environment, **_path(ground)}
        home = ground.home("first-sound")

        def bare() -> Once:
            return run([ground.python, "-c", "import numpy, sounddevice"], environment)

        def session() -> Once:
            shutil.rmtree(home, ignore_errors=True)
            return _until_heard(ground, server, capture, home)

        def hard() -> Once:
            shutil.rmtree(home, ignore_errors=True)
            return _until_heard(ground, server, capture, home, "hard-moment")

        def hard_again() -> Once:  # the round that is not counted leaves its words here
            return _until_heard(ground, server, capture, ground.home("first-word"), "hard-moment")

        steps: list[tuple[float, ...]] = []

        def first_steps() -> Once:
            steps.append(_steps([ground.python, "-c", _FIRST_STEPS], environment))
            return Once(sum(steps[-1]))

        things: dict[str, Thing] = {"first sound": session, "imports": bare, "steps": first_steps}
        things |= {"first word": hard, "first word again": hard_again}
        taken = rounds(things, ground.rounds(9, 3))  # always warmed up: here it is only seconds
    each = zip(*steps[1:], strict=True)
    return taken | {name: Taken(tuple(map(Once, times))) for name, times in zip(STEPS, each, strict=True)}


def _steps(words: list[str], environment: dict[str, str]) -> tuple[float, ...]:
    """Seconds between the moments that a program tells of; the clock is the system's, and so ours as well."""
    started = time.perf_counter()
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchmarkError(f"the first steps failed: {done.stderr[-600:]}")
    moments = [started, *map(float, done.stdout.split())]
    return tuple(b - a for a, b in pairwise(moments))


def _until_heard(
    ground: Ground, server: SoundServer, capture: Capture, home: Path, name: str = SESSION
) -> Once:
    words = [ground.python, "-m", "guide", "play", name, "--seed", SEED]
    words += ["--for", "20m"] if name == SESSION else []
    before, started = capture.frames, time.perf_counter()
    environment = {**_path(ground), "GUIDE_HOME": str(home)}
    with server.child(*words, "--no-reflection", "--plain", **environment) as process:
        capture.wait_for_sound(0.0, _PATIENCE, after=before)
        seconds = time.perf_counter() - started
        process.kill()
    capture.wait(RATE)
    return Once(seconds)


def commands(ground: Ground) -> dict[str, Taken]:
    """`guide --help` and `guide list`, and the least program with Click and YAML."""
    environment = ground.environment(ground.home("commands"))
    programs = {
        "help": ["-m", "guide", "--help"],
        "list": ["-m", "guide", "list"],
        "imports": ["-c", "import click, yaml"],
    }

    def thing(words: list[str]) -> Thing:
        return lambda: run([ground.python, *words], environment)

    things = {name: thing(words) for name, words in programs.items()}
    # Always warmed up: compiled modules and the index of sessions are there from the second time on.
    return rounds(things, ground.rounds(31, 7))


def _path(ground: Ground) -> dict[str, str]:
    return {"PYTHONPATH": ground.environment(ground.folder)["PYTHONPATH"]}
