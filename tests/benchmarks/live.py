"""Playing into a virtual sound card in real time: what it costs, and whether every word comes in time."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import naive
import numpy as np
import onsets
from given import SESSION, Ground, clips, mixed, prepared, speech
from hearing import end
from measuring import BenchmarkError
from soundserver import SoundServer

from guide.duration import RATE, frames
from guide.session import Prepared
from guide.sound import Sound

_HERE = Path(__file__).parent
_PLACE = RATE * 2
"""Frames within which the first sentence is looked for: where the session began is known only roughly."""
_BESIDE = 1e-5
"""How far a sample may be from the mix: what a float32 loses on its way, a hundredth of a 16-bit step."""


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
    """Seconds of sound that were not heard, or not sample by sample as they were mixed."""
    sentences: int
    cost: Cost
    naive: "Naive | None"
    """None where the loop cannot be had."""


@dataclass(frozen=True, slots=True)
class Naive:
    """How late the naive loop was, against its own plan, in seconds for each sentence."""

    said: tuple[float, ...]
    """By the loop's own clock, when it asked for the sentence."""
    heard: tuple[float, ...]
    """By what was heard to begin after a silence; sentences that were lost are not in it."""


def cost(ground: Ground) -> list[Cost]:
    """The first minute of a session, some times, with bell, bed and speech; no terminal face."""
    session = _Played(ground.home("given"), SESSION, frames(1200), ground.rounds(60, 15))
    with SoundServer() as server, server.capture():
        return [_play(ground, server, session) for _ in range(ground.rounds(3, 1))]


def bare(ground: Ground) -> list[Cost]:
    """The same of a stream of silence: what the output alone costs."""
    session = _Played(ground.home("given"), "", 0, ground.rounds(20, 5))
    with SoundServer() as server, server.capture():
        return [_play(ground, server, session) for _ in range(ground.rounds(3, 1))]


def timing(ground: Ground, minutes: float) -> Timing:
    """A whole session of so many minutes, all cores busy; beside it the naive loop, on a card of its own."""
    target = frames(minutes * 60)
    home, name = ground.home("live"), str(_script(ground, minutes))
    with ExitStack() as stack:
        session = stack.enter_context(prepared(home, name, target))
        plan = () if naive.missing() else naive.planned(session, ground.folder)
        ours = stack.enter_context(SoundServer())
        heard = stack.enter_context(ours.capture())
        beside = stack.enter_context(_beside(ground, plan)) if plan else None
        stack.enter_context(_busy(ground, os.cpu_count() or 1))
        spent = _play(ground, ours, _Played(home, name, target, 0, as_mixed=True))
        late = beside() if beside else None
        apart, gaps, altered = _against_plan(heard.sound[:, 0], session)
        return Timing(apart, gaps, altered, len(speech(session)), spent, late)


@contextmanager
def _beside(ground: Ground, plan: tuple[naive.Line, ...]) -> Iterator[Callable[[], Naive]]:
    """The naive loop on a card of its own; what is yielded waits for its end."""
    with (
        SoundServer() as server,
        server.capture() as heard,
        naive.looping(ground.python, server, plan, ground.folder) as loop,
    ):
        yield lambda: Naive(loop.late(), naive.lateness(naive.begins(heard.sound[:, 0]), plan))


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
    as_mixed: bool = False
    """Not at the volume it has at first, but sample by sample as it is mixed."""


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


def _against_plan(heard: Sound, session: Prepared) -> tuple[int, int, int]:
    """Frames that the sentences are apart, how often their distance changed, and seconds that are altered."""
    said = clips(session)
    sounding = np.flatnonzero(heard)
    if not sounding.size:
        raise BenchmarkError("the live run was not heard at all")
    begun = int(sounding[0])
    first = onsets.found(heard, [(begun + said[0][0], said[0][1])], _PLACE)[0]
    shifted = [(begun + first.off + start, clip) for start, clip in said]
    places = [place.off for place in onsets.found(heard, shifted)]
    gaps = sum(a != b for a, b in pairwise(places))
    return max(places) - min(places), gaps, _altered(heard[max(0, begun + first.off) :], session)


def _altered(heard: Sound, session: Prepared) -> int:
    """Seconds that differ from the mix or are missing; the first one is faded in, so it is left out."""
    whole = session.timeline.frames
    return sum(
        not _same(heard[at : at + RATE], mixed(session, at, min(RATE, whole - at))[:, 0])
        for at in range(RATE, whole, RATE)
    )


def _same(heard: Sound, wanted: Sound) -> bool:
    heard = heard[: len(wanted)]
    return len(heard) == len(wanted) and bool(np.allclose(heard, wanted, atol=_BESIDE))
