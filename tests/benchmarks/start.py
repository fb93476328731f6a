"""How soon something answers: the first sound of a session, and the commands that only print."""

import shutil
import time
from pathlib import Path

from given import SEED, SESSION, Ground
from hearing import Capture
from measuring import Once, Taken, Thing, rounds, run
from soundserver import SoundServer

from guide.duration import RATE

_SETTLED = 4
"""Seconds that the capture has been running before the first process starts."""
_PATIENCE = 60.0


def first_sound(ground: Ground) -> dict[str, Taken]:
    """From the start of the process to the first sample that is not zero at the loudspeaker, nothing cached.

    Beside it, in the same rounds, what the least program with numpy and a sound card needs to begin.
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

        bare()
        return rounds({"first sound": session, "imports": bare}, ground.rounds(9, 3))


def _until_heard(ground: Ground, server: SoundServer, capture: Capture, home: Path) -> Once:
    words = [ground.python, "-m", "guide", "play", SESSION, "--for", "20m", "--seed", SEED]
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
    rounds(things, 1)  # compiled modules and the index of sessions are there from the second time on
    return rounds(things, ground.rounds(31, 7))


def _path(ground: Ground) -> dict[str, str]:
    return {"PYTHONPATH": ground.environment(ground.folder)["PYTHONPATH"]}
