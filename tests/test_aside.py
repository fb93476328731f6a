"""Short sounds on an open loudspeaker: in order, hushed at once, and silent where it is lost."""

import threading

import numpy as np
import pytest

from guide.aside import Aside
from guide.duration import RATE, frames
from guide.errors import DeviceError
from guide.render import Sample
from guide.sinks import Tape
from guide.sound import Sound, linear

PATIENCE = 20.0
ONE, TWO, THREE = (np.full(RATE // 2, level, dtype=np.float32) for level in (0.1, 0.2, 0.4))


class Gate(Tape):
    """A loudspeaker that takes a block only when it is let: so a test stands still within a sound."""

    def __init__(self, *, latency: int = 0, lost: bool = False) -> None:
        super().__init__()
        self.latency = latency
        self._lost = lost
        self._let = threading.Semaphore(0)
        self._taken = threading.Semaphore(0)

    def write(self, block: Sound) -> None:
        assert self._let.acquire(timeout=PATIENCE)
        if self._lost:
            raise DeviceError("The loudspeaker was lost.")
        super().write(block)
        self._taken.release()

    def take(self, blocks: int = 1) -> None:
        """Take so many blocks; returns when they are taken."""
        for _ in range(blocks):
            self._let.release()
            assert self._taken.acquire(timeout=PATIENCE)

    def let_all(self) -> None:
        """Take whatever comes from now on, or be lost at the next block."""
        self._let.release(10_000)


def levels(sound: Sound) -> list[float]:
    """The different levels that were heard, in order, without silence."""
    heard = np.round(sound[:, 0], 3)
    heard = heard[heard > 0]
    return [float(level) for level in heard[np.flatnonzero(np.diff(heard, prepend=-1.0))]]


def test_what_is_said_sounds_in_order_and_whole() -> None:
    tape = Tape()
    with Aside(tape, 0) as aside:
        for sound in (ONE, TWO, THREE):
            aside.say(Sample.of(sound))
        assert aside.wait(PATIENCE)
        assert not aside.sounding
    heard = tape.sound()
    assert heard.shape[1] == 2
    assert levels(heard) == pytest.approx([0.1, 0.2, 0.4])
    assert np.count_nonzero(heard[:, 0]) == np.count_nonzero(heard[:, 1]) == 3 * len(ONE)
    assert tape.closed


def test_volume_and_gain_are_both_heard() -> None:
    tape = Tape()
    with Aside(tape, -6) as aside:
        aside.say(Sample.of(ONE), -4.0)
        assert aside.wait(PATIENCE)
    assert np.max(tape.sound()) == pytest.approx(0.1 * linear(-10), rel=1e-5)


def test_a_loudspeaker_is_fed_with_quiet_while_nothing_is_said() -> None:
    gate = Gate()
    aside = Aside(gate, 0)
    gate.take(5)
    assert not aside.sounding
    assert len(gate.sound()) > 0
    assert not np.any(gate.sound())
    gate.let_all()
    aside.close()


def test_it_sounds_until_the_card_has_played_it_too() -> None:
    gate = Gate(latency=frames(0.2))
    aside = Aside(gate, 0)
    gate.take()
    aside.say(Sample.of(ONE))
    gate.take(11)  # the quiet it waited with, and half a second in blocks of a twentieth
    assert aside.sounding
    gate.take()  # the 0.2 s that the card still holds
    gate.let_all()
    assert aside.wait(PATIENCE)
    aside.close()


def test_a_hush_fades_what_sounds_and_forgets_what_waits() -> None:
    gate = Gate()
    aside = Aside(gate, 0)
    gate.take()
    aside.say(Sample.of(ONE))
    aside.say(Sample.of(TWO))
    gate.take(4)
    aside.hush()
    gate.let_all()
    assert aside.wait(PATIENCE)
    aside.close()
    heard = gate.sound()[:, 0]
    assert np.max(heard) == pytest.approx(0.1)
    assert np.count_nonzero(heard) < len(ONE) // 2
    begun = heard[np.argmax(heard > 0) :]
    assert np.max(np.abs(np.diff(begun))) < 0.001  # a fade, not a cut


def test_what_is_said_right_after_a_hush_is_heard_and_nothing_of_before() -> None:
    gate = Gate()
    aside = Aside(gate, 0)
    gate.take()
    aside.say(Sample.of(ONE))
    aside.say(Sample.of(TWO))
    gate.take(4)
    aside.hush()
    aside.say(Sample.of(THREE))  # before the card has taken its next block
    gate.let_all()
    assert aside.wait(PATIENCE)
    aside.close()
    heard = gate.sound()[:, 0]
    assert np.count_nonzero(heard == np.float32(0.4)) == len(THREE)
    assert np.count_nonzero((heard > 0) & (heard <= 0.1)) < len(ONE) // 2
    assert not np.any(heard == np.float32(0.2))


def test_a_lost_loudspeaker_makes_it_silent_and_keeps_nobody_waiting() -> None:
    gate = Gate(lost=True)
    aside = Aside(gate, 0)
    aside.say(Sample.of(ONE))
    gate.let_all()
    assert aside.wait(PATIENCE)
    aside.say(Sample.of(TWO))
    assert not aside.sounding
    aside.close()
    assert gate.closed


def test_without_a_loudspeaker_nothing_takes_time() -> None:
    with Aside(None, 0) as aside:
        aside.say(Sample.of(ONE))
        assert not aside.sounding
        assert aside.wait(0.0)
        aside.hush()


def test_released_it_leaves_the_loudspeaker_open_for_another() -> None:
    tape = Tape()
    aside = Aside(tape, 0)
    aside.release()
    before = len(tape.blocks)
    assert not tape.closed
    aside.say(Sample.of(ONE))
    assert not aside.sounding
    assert len(tape.blocks) == before
