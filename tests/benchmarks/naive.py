"""The naive loop, held against its own plan: what it could know itself, not what another voice does."""

import importlib.util
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np
import soundfile
from given import speech
from measuring import run
from soundserver import SoundServer

from guide.duration import RATE
from guide.session import Prepared
from guide.sound import Sound

_HERE = Path(__file__).parent
_VOICE, _RATE = "gmw/en", 100
"""espeak's own name of the voice that pyttsx3 begins with, and words a minute that are as calm as ours."""
_QUIET = RATE // 2
"""Frames of silence that end a sentence."""
_HEARD = 0.003


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of the loop's plan, in seconds."""

    text: str
    start: float
    """From the first sentence on, if speaking takes as long as the sound, and sleeping as long as asked."""
    rest: float
    """How long it is to sleep after it."""


def missing() -> str:
    """What the loop cannot be had without, and is not here; empty if nothing."""
    lacking = [f"{name} is not installed" for name in ("aplay", "espeak-ng") if shutil.which(name) is None]
    if find_library("espeak-ng") is None:
        lacking.append("libespeak-ng1 is not installed")
    if importlib.util.find_spec("pyttsx3") is None:
        lacking.append("the module pyttsx3 is missing")
    return "; ".join(lacking)


def planned(session: Prepared, folder: Path) -> tuple[Line, ...]:
    """The sentences of a session with its rests, but as long as the loop's own voice takes for them."""
    events = speech(session)
    rests = [
        (then - event.end) / RATE
        for event, then in zip(events, [*(event.start for event in events[1:]), events[-1].end], strict=True)
    ]
    lengths = [_length(event.text, folder) for event in events]
    starts = accumulate((a + b for a, b in zip(lengths, rests, strict=True)), initial=0.0)
    return tuple(Line(event.text, *times) for event, *times in zip(events, starts, rests, strict=False))


def _length(text: str, folder: Path) -> float:
    """Seconds of the very sound that the loop will play, the pause at its end included."""
    out = folder / "length.wav"
    run(["espeak-ng", "-v", _VOICE, "-s", str(_RATE), "-w", out, text])
    return float(soundfile.info(str(out)).duration)


@contextmanager
def looping(python: str, server: SoundServer, plan: tuple[Line, ...], folder: Path) -> Iterator["Looping"]:
    """The loop at work, on a sound card of its own."""
    path = folder / "naive.json"
    settings = {"voice": _VOICE, "rate": _RATE, "plan": [(line.text, line.rest) for line in plan]}
    path.write_text(json.dumps(settings), encoding="utf-8")
    with server.child(python, _HERE / "naive_loop.py", path) as process:
        yield Looping(process, plan)


@dataclass(frozen=True, slots=True)
class Looping:
    """A loop that was started."""

    process: "subprocess.Popen[str]"
    plan: tuple[Line, ...]

    def late(self) -> tuple[float, ...]:
        """Wait for its end: seconds by which it came late with each sentence, by its own clock."""
        said, _ = self.process.communicate(timeout=self.plan[-1].start + 600)
        times = [float(line.split()[1]) for line in said.splitlines() if line.startswith("said ")]
        return lateness(times, self.plan)


def begins(heard: Sound) -> list[float]:
    """Seconds at which sound begins in mono sound after half a second of silence, from the first time on."""
    loud = np.flatnonzero(np.abs(heard) > _HEARD)
    if not loud.size:
        return []
    first = loud[np.flatnonzero(np.diff(loud, prepend=loud[0] - _QUIET - 1) > _QUIET)]
    return [float(frame) / RATE for frame in first - first[0]]


def lateness(times: list[float], plan: tuple[Line, ...]) -> tuple[float, ...]:
    """Seconds by which each came late, as far as there are any."""
    return tuple(time - line.start for time, line in zip(times, plan, strict=False))
