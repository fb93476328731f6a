"""Playing into a virtual sound card in real time: what it costs, and whether every word comes in time."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import onsets
from given import SESSION, Ground, prepared
from hearing import end
from measuring import BenchmarkError
from soundserver import SoundServer

from guide.duration import RATE, frames
from guide.render import Mix, block
from guide.session import Prepared
from guide.sound import Sound
from guide.timeline import Event

_HERE = Path(__file__).parent
_PLACE = RATE * 2
"""Frames within which the first sentence is looked for: where the session began is known only roughly."""
_SAID_AGAIN = RATE // 2
"""Frames of silence that end a sentence of the naive loop."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What playing takes of this machine."""

    cpu: float
    """Seconds of CPU time."""
    wall: float
    """Seconds by the clock."""
    worst: float
    """Seconds in which the slowest block of 100 ms was made."""
    median: float
    heard: float
    """Seconds of the session."""
    blocks: int


@dataclass(frozen=True, slots=True)
class Timing:
    """How exactly a live run kept its plan."""

    apart: int
    """Frames between the sentence that came earliest and the one that came latest, each against its place."""
    gaps: int
    """Places where the distance changed from one sentence to the next: sound was missing or put in."""
    altered: int
    """Seconds of sound that were not heard sample by sample as they were mixed."""
    sentences: int
    cost: Cost
    naive: tuple[float, ...]
    """Seconds by which each sentence of the naive loop was late, of those that were heard to begin."""
    naive_said: tuple[float, ...]
    """The same by the loop's own clock, when it asked for the sentence."""


def cost(ground: Ground) -> Cost:
    """The first minute of a session, with bell, bed and speech; no terminal face."""
    with SoundServer() as server, server.capture():
        session = _Played(ground.home("given"), SESSION, frames(1200), ground.rounds(60, 15))
        return _play(ground, server, session)


def timing(ground: Ground, minutes: float) -> Timing:
    """A whole session of so many minutes, all cores busy; beside it the naive loop, on a card of its own."""
    target = frames(minutes * 60)
    home, name = ground.home("live"), str(_script(ground, minutes))
    with ExitStack() as stack:
        session = stack.enter_context(prepared(home, name, target))
        ours, theirs = stack.enter_context(SoundServer()), stack.enter_context(SoundServer())
        heard = stack.enter_context(ours.capture())
        heard_of_naive = stack.enter_context(theirs.capture())
        stack.enter_context(_busy(ground, os.cpu_count() or 1))
        naive = stack.enter_context(_naive(ground, theirs, session))
        spent = _play(ground, ours, _Played(home, name, target, 0))
        said, _ = naive.communicate(timeout=300)
        apart, gaps, altered = _against_plan(heard.sound[:, 0], session)
        speech = session.timeline.speech()
        return Timing(
            apart,
            gaps,
            altered,
            len(speech),
            spent,
            _late(heard_of_naive.sound[:, 0], speech),
            _lateness([float(line.split()[1]) for line in said.splitlines() if line[:5] == "said "], speech),
        )


def _script(ground: Ground, minutes: float) -> Path:
    """The made script, allowed to be shorter for a first try."""
    path = ground.folder / "live.yaml"
    text = ground.made_script.read_text("utf-8")
    if minutes < 10:
        kept = text.split("  - part: Quarter 2")[0]
        text = kept[: kept.index("      - say", len(kept) * int(minutes * 6) // 60)]
        text = text.replace("shortest: 10m", "shortest: 1m")
    path.write_text(text, encoding="utf-8")
    return path


@dataclass(frozen=True, slots=True)
class _Played:
    """Whose session is played, and how long it is watched."""

    home: Path
    name: str
    target: int
    """Frames."""
    seconds: float
    """0: to its end."""


def _play(ground: Ground, server: SoundServer, session: _Played) -> Cost:
    settings = json.dumps(asdict(session), default=str)
    done = server.run(
        ground.python,
        _HERE / "playing.py",
        settings,
        seconds=session.seconds + session.target / RATE + 120,
        PYTHONPATH=ground.environment(ground.folder)["PYTHONPATH"],
    )
    if done.returncode:
        raise BenchmarkError(f"the live run failed: {done.stderr[-800:]}")
    return Cost(**json.loads(done.stdout))


@contextmanager
def _busy(ground: Ground, cores: int) -> Iterator[None]:
    """Something else to do for every core."""
    spinning = [subprocess.Popen([ground.python, "-c", "while True: pass"]) for _ in range(cores)]
    try:
        yield
    finally:
        for process in spinning:
            end(process)


@contextmanager
def _naive(ground: Ground, server: SoundServer, session: Prepared) -> Iterator["subprocess.Popen[str]"]:
    """The loop of say and sleep over the same sentences, with the rests between them."""
    speech = session.timeline.speech()
    ends = [*(event.start for event in speech[1:]), speech[-1].end]
    plan = [(event.text, (then - event.end) / RATE) for event, then in zip(speech, ends, strict=True)]
    path = ground.folder / "naive.json"
    path.write_text(json.dumps(plan), encoding="utf-8")
    with server.child(ground.python, _HERE / "naive_loop.py", path) as process:
        yield process


def _against_plan(heard: Sound, session: Prepared) -> tuple[int, int, int]:
    """Frames that the sentences are apart, how often their distance changed, and seconds that are altered."""
    clips = [
        (one.start, one.sample.read(0, one.sample.frames))
        for one in session.mix.placed
        if one.start in {event.start for event in session.timeline.speech()}
    ]
    sounding = np.flatnonzero(heard)
    if not sounding.size:
        raise BenchmarkError("the live run was not heard at all")
    begun = int(sounding[0])
    first = onsets.found(heard, [(begun + clips[0][0], clips[0][1])], _PLACE)[0]
    shifted = [(begun + first.off + start, clip) for start, clip in clips]
    places = [place.off for place in onsets.found(heard, shifted)]
    gaps = sum(a != b for a, b in pairwise(places))
    return max(places) - min(places), gaps, _altered(heard[max(0, begun + first.off) :], session.mix)


def _altered(heard: Sound, mix: Mix) -> int:
    """Seconds that differ from the mix; the first one is faded in, so it is left out."""
    seconds = range(RATE, min(mix.frames, len(heard)) - RATE + 1, RATE)
    return sum(
        not np.allclose(heard[at : at + RATE], block(mix, at, RATE)[:, 0], atol=1e-5) for at in seconds
    )


def _late(heard: Sound, speech: tuple[Event, ...]) -> tuple[float, ...]:
    """Where sound begins after half a second of silence, against the plan, from the first sentence on."""
    loud = np.flatnonzero(np.abs(heard) > 0.003)
    if not loud.size:
        return ()
    begins = loud[np.flatnonzero(np.diff(loud, prepend=-_SAID_AGAIN - 1) > _SAID_AGAIN)]
    return _lateness([float(frame) / RATE for frame in begins - begins[0]], speech)


def _lateness(times: list[float], speech: tuple[Event, ...]) -> tuple[float, ...]:
    """Seconds by which each came late. Nothing is matched: if some were never heard, the rest is far off."""
    planned = [(event.start - speech[0].start) / RATE for event in speech]
    return tuple(time - plan for time, plan in zip(times, planned, strict=False))
