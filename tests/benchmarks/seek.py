"""How soon the first block of sound is there, after a jump to any frame and after a resume."""

import random
import statistics
import time
from dataclasses import replace

from given import MINUTES, SESSION, Ground, prepared

from guide import voices
from guide.duration import frames
from guide.folders import Folders
from guide.library import Library
from guide.player import Player, Status
from guide.session import Prepared, resume
from guide.sound import Sound


class _Stopwatch:
    """A sink that notes when its first block came, and takes the rest at once."""

    latency = 0
    drowsy = True

    def __init__(self) -> None:
        self.at = 0.0

    def write(self, block: Sound) -> None:  # noqa: ARG002 - the sink's own name for it
        self.at = self.at or time.perf_counter()

    def close(self) -> None:
        """Nothing is held."""


def _first_block(session: Prepared, at: int) -> float:
    """When the first block was there, by the clock of `perf_counter`."""
    sink = _Stopwatch()
    players: list[Player] = []

    def moved(_status: Status) -> None:
        for player in players:
            player.do("stop")
            player.do("stop")

    players.append(Player(sink, session.mix, session.timeline, at=at, moved=moved))
    players[0].run()
    return sink.at


def seek(ground: Ground) -> list[float]:
    """Seconds from a jump to a random frame until its first block, for many frames.

    Each is tried three times and its median taken: what is asked is how soon this frame can be there, and not
    what else the machine did just then.
    """
    chance, took = random.Random(1), []
    with prepared(ground.home("given"), SESSION, frames(MINUTES * 60)) as session:
        for _ in range(ground.rounds(500, 100)):
            at = chance.randrange(session.mix.frames)
            took.append(statistics.median(_waited(session, at) for _ in range(3)))
    return took


def _waited(session: Prepared, at: int) -> float:
    started = time.perf_counter()
    return _first_block(session, at) - started


def resumed(ground: Ground) -> list[float]:
    """The same after a resume in a running program: clips, bells and beds are read again from their files."""
    home = ground.home("given")
    with prepared(home, SESSION, frames(MINUTES * 60)) as session:
        left = session.plan
    folders = Folders(home / "config", home / "data", home / "cache", home / "state")
    library, chance, took = Library.find(folders), random.Random(2), []
    for _ in range(ground.rounds(9, 3)):
        plan = replace(left, at=chance.randrange(left.timeline.frames))
        started = time.perf_counter()
        voice = voices.find("", folders.cache)
        again = resume(plan, voice, library)
        took.append(_first_block(again, plan.at) - started)
        voice.close()
    return took
