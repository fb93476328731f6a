"""A storm of gestures on the whole device: whatever is pressed, and whenever, it ends quiet and whole.

`GUIDE_STORM=10000` makes it a long one, of many minutes; `GUIDE_STORM_SEED` gives another.
"""

import os
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from bedside_life import Life

from guide.bedside.condition import Condition
from guide.bedside.cut import Marker
from guide.bedside.events import Gestured, Order, Ordered
from guide.bedside.setting import Deed, Invitation, Night, Setting, Waking
from guide.config import Config
from guide.duration import frames
from guide.errors import GuideError
from guide.journal import Journal
from guide.journal.verify import verify
from guide.microphone import Microphone
from guide.saved import Lock
from guide.voices.hum import Hum

GESTURES = int(os.environ.get("GUIDE_STORM", "0"))
SEED = int(os.environ.get("GUIDE_STORM_SEED", "6"))

ASKED = """
guide: 1
title: A Short One
length: {shortest: 5s, usual: 20s, longest: 60s}
steps:
  - part: One
    steps:
      - say: Here it is.
      - rest: {about: 5s, least: 0.1s, most: 25s}
  - part: Two
    steps:
      - say: And here.
      - rest: {about: 5s, least: 0.1s, most: 25s}
reflection:
  questions:
    - ask: What did you notice?
      listen: 20s
"""
UNASKED = ASKED.replace("A Short One", "Another").partition("reflection:")[0]
BY_NIGHT = ASKED.replace("questions:", "when: morning\n  questions:").replace("A Short One", "Asleep")
SETTING = Setting(
    press=Deed(play="short"),
    double=Deed(play="other"),
    menu=("other", "short", "asleep"),
    night=Night(begins=23 * 60),
)
PLAYS = ("short", "other", "asleep", "short", "gone", "hard-moment", "menu", "status", "nothing")
QUIET = 4 * 3600.0
"""Seconds in which whatever was begun last has ended: a long session, and a reflection that only listens."""


@dataclass
class Stormy(Life):
    """A life whose microphones are counted."""

    microphones: list[Microphone] = field(default_factory=list)
    opened: int = 0

    def _microphone(self) -> Microphone:
        found = super()._microphone()
        opens, closes = found.open, found.close
        held = [False]

        def open_() -> None:
            opens()
            held[0] = True
            self.opened += 1

        def close() -> None:
            closes()
            self.opened -= held[0]
            held[0] = False

        found.open, found.close = open_, close  # type: ignore[method-assign]
        return found


class Storm:
    """What comes over a device, one thing at a time, and always the same for a seed."""

    def __init__(self, life: Life, seed: int) -> None:
        self._life = life
        self._random = random.Random(seed)
        self.answers: list[Future[None]] = []
        self.done: list[str] = []
        self._kinds: dict[Callable[[], None], int] = {
            self.press: 34, self.double: 12, self.hold: 16, self.flutter: 5, self.warned: 3, self.kept_on: 4,
            self.turn: 8, self.order: 12, self.gesture: 4, self.settings: 5, self.loudspeaker: 5,
            self.microphone: 3, self.condition: 3, self.rest: 6,
        }  # fmt: skip

    def one(self) -> None:
        """The next thing that happens, and a while after it."""
        (kind,) = self._random.choices(list(self._kinds), list(self._kinds.values()))
        self.done.append(kind.__name__)
        kind()
        self._life.wait(self._random.choice((0.0, 0.05, 0.4, 1.0, 2.0, 5.0)))

    def press(self) -> None:
        self._life.press(self._random.uniform(0.03, 0.5))

    def double(self) -> None:
        self._life.double()

    def hold(self) -> None:
        self._life.hold(self._random.uniform(0.9, 3.5))

    def flutter(self) -> None:
        """A contact that bounces, and edges that were lost."""
        for _ in range(self._random.randint(1, 9)):
            self._life.edge(down=self._random.random() < 0.5)
            self._life.wait(self._random.choice((0.001, 0.01, 0.03, 0.2)))
        self._life.edge(down=False)

    def warned(self) -> None:
        self._life.hold(self._random.uniform(4.2, 7.5))

    def kept_on(self) -> None:
        """So long that it will switch off; and then somebody wants it to stay."""
        self._life.hold(self._random.uniform(8.2, 11.0))
        for _ in range(40):
            # An open microphone is shown before all else: what is shown does not tell.
            if self._life.device._leaving is None:
                return
            self._life.press()
        raise AssertionError("it does not stay")

    def turn(self) -> None:
        for _ in range(self._random.randint(1, 4)):
            self._life.press(0.05, button=self._random.choice(("louder", "softer", "skip")))

    def order(self) -> None:
        answer: Future[None] = Future()
        self.answers.append(answer)
        order = self._random.choice(get_args(Order))
        session = self._random.choice((None, *PLAYS)) if order == "play" else None
        length = self._random.choice((None, frames(1), frames(30), frames(9e4))) if order == "play" else None
        self._life.put(Ordered(order, session, length, answer))

    def gesture(self) -> None:
        self._life.put(Gestured(self._random.choice(("press", "double", "hold"))))

    def settings(self) -> None:
        any_of, life = self._random.choice, self._life
        minute = (life.clock.now().hour * 60 + life.clock.now().minute + 1) % (24 * 60)
        soon = any_of(((), (Invitation(at=minute, play=any_of(("other", "gone")), stands=frames(60)),)))
        wakes = any_of(((), (), (Waking(at=minute, rise=frames(30), stays=frames(60)),)))
        life.config = Config(
            voice="hum", language=any_of(("en", "de")), reflect=any_of(("ask", "always", "never"))
        )
        life.coming = any_of(((), (), ("bedside.yaml:3:1: there is no setting 'pres'.",)))
        life.set(
            press=Deed(play=any_of(PLAYS)), hold=Deed(play=any_of(("menu", "status", "other"))),
            menu=any_of(((), ("other", "short"), ("gone",))), volume=any_of((-4, -30, 0)),
            switch_off=any_of(("yes", "yes", "no")), after_a_cut=any_of(("offer", "go on")),
            invitations=soon, wake=wakes,
        )  # fmt: skip

    def loudspeaker(self) -> None:
        """It is lost while it plays, or it is not there at all, and mostly comes back."""
        if not self._life.loudspeaker or self._random.random() < 0.6:
            self._life.loudspeaker = self._life.loses = True
        else:
            self._life.loudspeaker = False

    def microphone(self) -> None:
        self._life.microphone = self._random.random() < 0.7

    def condition(self) -> None:
        self._life.condition = self._random.choice(
            (Condition(), Condition(), Condition(clock_set=False), Condition(full=True), Condition(hot=True))
        )

    def rest(self) -> None:
        """Nobody is there for a while."""
        self._life.wait(self._random.choice((20.0, 75.0, 200.0)))

    def over(self) -> None:
        """All is well again, and nobody comes."""
        life = self._life
        life.loudspeaker, life.loses, life.microphone, life.coming = True, False, True, ()
        life.condition = Condition()
        life.set(invitations=(), wake=())


@contextmanager
def no_thread_dies() -> Iterator[list[BaseException | None]]:
    """What ended a thread, while the context lasts."""
    died: list[BaseException | None] = []
    before, threading.excepthook = threading.excepthook, lambda told: died.append(told.exc_value)
    try:
        yield died
    finally:
        threading.excepthook = before


@pytest.mark.skipif(not GESTURES, reason="a storm takes minutes: GUIDE_STORM=10000 lets it come")
def test_no_storm_of_gestures_leaves_it_stuck(tmp_path: Path) -> None:
    scripts = tmp_path / "data" / "scripts"
    scripts.mkdir(parents=True)
    for name, script in (("short", ASKED), ("other", UNASKED), ("asleep", BY_NIGHT)):
        (scripts / f"{name}.yaml").write_text(script)
    said = np.tile(Hum().speak("There is something here.", 1.0, 0.0), 2)
    life = Stormy(tmp_path, SETTING, said=said, keeps=False)
    storm = Storm(life, SEED)
    with no_thread_dies() as died:
        with life.on():
            for _ in range(GESTURES):
                storm.one()
                assert not died, storm.done[-20:]
                assert life._thread.is_alive() and life.state.doing != "off", storm.done[-20:]  # noqa: PT018
            storm.over()
            life.wait(QUIET)
            state = life.state
            assert (state.doing, state.troubles) == ("waiting", ()), storm.done[-20:]
            assert life.opened == 0, "no microphone is open"
            assert life.clock._holders == 0, "the loudspeaker is let go"
            assert all(answer.done() for answer in storm.answers)
            assert all(
                answer.exception(0) is None or isinstance(answer.exception(0), GuideError)
                for answer in storm.answers
            )
            assert Marker(life.folders.state).found() is None, "nothing was cut off"
            life.put(Ordered("play", "other"))
            life.until("playing")
        life.until("off", within=0)
    assert died == []
    assert life.switched_off == 0
    Lock(life.folders.state).release()
    journal = Journal.open(life.folders)
    assert len(journal.sittings()) > 0
    assert verify(journal).problems == []
