"""The watchdog is fed while all goes on, and no longer than that."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import PATIENCE

from guide.bedside import pulse as beat
from guide.bedside.pulse import EVERY, LOOKS, RESTART, Feeder, Pulse, Watched
from guide.errors import DeviceError
from guide.sinks import Tape
from guide.sound import Sound

BLOCK: Sound = np.zeros((4_800, 2), dtype=np.float32)


class Hand:
    """A clock that somebody moves."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


class Slow(Tape):
    """A sink in memory that takes some time for each block, and may be lost."""

    def __init__(self, hand: Hand) -> None:
        super().__init__()
        self.hand = hand
        self.takes = 0.1
        self.lost = False
        self.told: list[str | None] = []
        self.pulse: Pulse | None = None

    def write(self, block: Sound) -> None:
        self.hand.at += self.takes
        if self.pulse:
            self.told.append(self.pulse.stuck)
        if self.lost:
            raise DeviceError("It was lost.")
        super().write(block)


MOMENTS = st.lists(
    st.tuples(st.sampled_from(["write", "lose", "loop", "rest", "open", "close", "expect", "forget"]),
              st.floats(0, 3)), max_size=60,
)  # fmt: skip


@given(MOMENTS)
def test_it_never_says_that_it_hangs_while_all_goes_on(moments: list[tuple[str, float]]) -> None:
    hand = Hand()
    pulse = Pulse(hand)
    sink = Slow(hand)
    watched = Watched(sink, pulse)
    for what, seconds in moments:
        sink.takes, sink.lost = seconds, what == "lose"
        if what in {"write", "lose"}:
            with ExitStack() as lost:
                if what == "lose":
                    lost.enter_context(pytest.raises(DeviceError))
                watched.write(BLOCK)
        elif what == "open":
            with pulse.during("opening the loudspeaker"):
                hand.at += seconds
                assert pulse.alive
        elif what == "close":
            watched.close()
        elif what in {"expect", "forget"}:
            pulse.expect(what == "expect")
        else:
            hand.at += seconds
            pulse.rest() if what == "rest" else pulse.loop()
        # A device of which all goes on comes around, and plays on where it is to sound.
        pulse.loop()
        sink.takes, sink.lost = 0.1, False
        watched.write(BLOCK)
        assert pulse.alive
    assert pulse.frames == sum(map(len, sink.blocks))


@given(MOMENTS, st.floats(beat.PATIENCE + 0.001, 1e6), st.booleans())
def test_it_never_says_alive_while_a_write_hangs(
    moments: list[tuple[str, float]], hung: float, resting: bool
) -> None:
    hand = Hand()
    pulse = Pulse(hand)
    sink = Slow(hand)
    watched = Watched(sink, pulse)
    for what, _ in moments:
        if what == "write":
            watched.write(BLOCK)
        elif what in {"expect", "forget"}:
            pulse.expect(what == "expect")
    sink.pulse, sink.takes = pulse, hung
    # The loop itself goes on meanwhile, or waits for a press.
    pulse.rest()
    watched.write(BLOCK)
    assert sink.told != [None]
    sink.pulse = None
    pulse.rest() if resting else pulse.loop()
    assert pulse.alive, "it came back"


def test_a_loop_that_does_not_come_around_is_missed_unless_it_waits_for_somebody() -> None:
    hand = Hand()
    pulse = Pulse(hand)
    pulse.rest()
    hand.at += 1e7
    assert pulse.alive
    pulse.loop()
    assert pulse.alive
    hand.at += beat.PATIENCE + 1
    assert pulse.stuck == "its own loop"
    pulse.loop()
    assert pulse.alive


def test_a_session_whose_sound_does_not_move_is_missed_though_no_call_hangs() -> None:
    hand = Hand()
    pulse = Pulse(hand)
    pulse.rest()
    pulse.expect(True)
    hand.at += beat.PATIENCE - 1
    pulse.expect(True)
    hand.at += 2
    assert pulse.stuck == "sound that does not come"
    pulse.moved(480)
    assert pulse.alive
    hand.at += beat.PATIENCE + 1
    assert not pulse.alive
    pulse.expect(False)
    assert pulse.alive


def test_what_has_hung_the_longest_is_named() -> None:
    hand = Hand()
    pulse = Pulse(hand)
    pulse.rest()
    with pulse.during("opening the microphone"):
        hand.at += 1
        with pulse.during("closing the loudspeaker"):
            hand.at += beat.PATIENCE + 1
            assert pulse.stuck == "opening the microphone"
        assert pulse.stuck == "opening the microphone"
    assert pulse.alive


def test_a_watched_sink_is_the_sink() -> None:
    tape = Tape()
    watched = Watched(tape, Pulse())
    assert (watched.latency, watched.drowsy) == (tape.latency, tape.drowsy)
    watched.write(BLOCK)
    watched.close()
    assert tape.closed
    assert np.array_equal(tape.sound(), BLOCK)


def test_it_is_fed_three_times_in_the_time_there_is_and_then_no_more() -> None:
    fed = threading.Semaphore(0)
    held: list[str] = []
    feeder = Feeder(Pulse(), fed.release, held.append, watchdog=0.03, away=held.append)
    for _ in range(3):
        assert fed.acquire(timeout=PATIENCE)
    feeder.close()
    while fed.acquire(blocking=False):
        pass
    assert not any(thread.name == "watchdog" for thread in threading.enumerate())
    assert held == []


def test_where_nobody_watches_it_goes_away_by_itself_and_not_before() -> None:
    hand = Hand()
    pulse = Pulse(hand)
    held: list[str] = []
    gone = threading.Event()
    seen: list[int] = []

    def away(what: str) -> None:
        seen.append(len(held))
        gone.set()

    pulse.rest()
    with pulse.during("writing to the loudspeaker"):
        hand.at += beat.PATIENCE + 1
        feeder = Feeder(pulse, lambda: None, held.append, watchdog=None, away=away, every=0.01)
        assert gone.wait(PATIENCE)
        feeder.close()
    assert seen[0] == LOOKS
    assert held[0] == "writing to the loudspeaker"
    assert beat.PATIENCE + (LOOKS - 1) * EVERY >= 20


HUNG = b"STATUS=writing to the loudspeaker"
HANGS = """
import os, sys
import numpy as np
from guide.bedside.notify import Notify
from guide.bedside.pulse import Feeder, Pulse, Watched, leave
from guide.sinks import Tape

class Pipe(Tape):
    "A loudspeaker behind a pipe, which takes what somebody reads."
    def write(self, block):
        os.write(1, block.tobytes())

pulse, told = Pulse(patience=0.2), Notify.found()
sink = Watched(Pipe(), pulse)
pulse.rest()
feeder = Feeder(pulse, told.feed, told.status, watchdog=told.watchdog, away=leave, every=0.05)
told.ready()
while True:
    sink.write(np.zeros((4_800, 2), dtype=np.float32))
"""


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(PATIENCE)
        yield heard


def test_a_process_whose_loudspeaker_hangs_is_no_longer_fed_until_it_moves(
    manager: socket.socket, tmp_path: Path
) -> None:
    environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "150000"}
    with subprocess.Popen(
        [sys.executable, "-c", HANGS], env=environment, stdout=subprocess.PIPE, bufsize=0
    ) as process:
        try:
            assert manager.recv(100) == b"READY=1"
            # The pipe takes a moment to fill.
            heard = (manager.recv(100) for _ in range(1_000))
            assert next(one for one in heard if one != b"WATCHDOG=1") == HUNG
            assert {manager.recv(100) for _ in range(8)} == {HUNG}
            # Somebody reads again, and each write comes back.
            pipe = process.stdout
            assert pipe
            reading = threading.Thread(target=lambda: [*iter(lambda: pipe.read(1 << 16), b"")])
            reading.start()
            assert next(one for one in heard if one != HUNG) == b"WATCHDOG=1"
        finally:
            process.kill()
        reading.join()


def test_a_process_that_nobody_watches_ends_to_be_started_anew() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"}
    with subprocess.Popen(
        [sys.executable, "-c", HANGS], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            assert process.wait(PATIENCE) == RESTART
            assert process.stderr
            assert process.stderr.read().endswith(
                b"The device hangs in writing to the loudspeaker, and ends to be started anew.\n"
            )
        finally:
            process.kill()
