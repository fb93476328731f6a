"""Whether the device lives: its loop comes around, and no call into the sound system hangs.

PortAudio can wait for ever in a card that was pulled out, and nothing in this process can call it back. So
whoever feeds the system's watchdog asks here first.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it brings numpy, and whoever asks for help needs none
    from guide.sinks import Sink
    from guide.sound import Sound

PATIENCE = 10.0
"""Seconds after which a call hangs: a block lasts 0.1 s, a slow card opens in two or three."""
EVERY = 5.0
"""Seconds between two looks, where nobody watches."""
LOOKS = 3
"""How many in a row have to find it hanging before a process that nobody watches ends itself: after 20 s."""
RESTART = 75
"""What the process ends with then: a supervisor starts it anew (EX_TEMPFAIL of sysexits.h)."""

_LOOP = "its own loop"
_SOUND = "sound that does not come"


class Pulse:
    """What was begun and has not come back. Safe to use from every thread; each call takes microseconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, patience: float = PATIENCE) -> None:
        """`clock` in seconds. It has to stand still while the machine sleeps: a sleep is no hanging."""
        self._clock = clock
        self._patience = patience
        self._lock = threading.Lock()
        self._calls: dict[object, tuple[str, float]] = {}
        self._busy: float | None = clock()
        self._moved: float | None = None
        self.frames = 0
        """Written so far."""

    def loop(self) -> None:
        """The device's loop has come around, and works."""
        with self._lock:
            self._busy = self._clock()

    def rest(self) -> None:
        """The device's loop waits for its inbox, for as long as nothing comes: no hanging, until `loop`."""
        with self._lock:
            self._busy = None

    @contextmanager
    def during(self, what: str) -> Iterator[None]:
        """A call into the sound system; `what` it does, for the log ("opening the loudspeaker")."""
        call = object()
        with self._lock:
            self._calls[call] = (what, self._clock())
        try:
            yield
        finally:
            with self._lock:
                del self._calls[call]

    def moved(self, frames: int) -> None:
        """So much was taken by the loudspeaker."""
        with self._lock:
            self.frames += frames
            if self._moved is not None:
                self._moved = self._clock()

    def expect(self, sound: bool) -> None:  # noqa: FBT001 - a thing that is so or not
        """From now on a session sounds: then frames have to be taken. Or it does not, and none are missed."""
        with self._lock:
            if sound != (self._moved is not None):
                self._moved = self._clock() if sound else None

    @property
    def alive(self) -> bool:
        """Whether nothing hangs."""
        return self.stuck is None

    @property
    def stuck(self) -> str | None:
        """What it hangs in, and what has hung the longest; None where nothing does."""
        with self._lock:
            begun = [(since, what) for what, since in self._calls.values()]
            if self._busy is not None:
                begun.append((self._busy, _LOOP))
            if self._moved is not None:
                begun.append((self._moved, _SOUND))
            since, what = min(begun, default=(None, ""))
            return what if since is not None and self._clock() - since > self._patience else None


class Watched:
    """A sink whose every call is felt."""

    def __init__(self, sink: "Sink", pulse: Pulse) -> None:
        self._sink = sink
        self._pulse = pulse

    @property
    def latency(self) -> int:
        return self._sink.latency

    @property
    def drowsy(self) -> bool:
        return self._sink.drowsy

    def write(self, block: "Sound") -> None:
        with self._pulse.during("writing to the loudspeaker"):
            self._sink.write(block)
        self._pulse.moved(len(block))

    def close(self) -> None:
        with self._pulse.during("closing the loudspeaker"):
            self._sink.close()


class Feeder:
    """A thread of its own that feeds the watchdog as long as the pulse is felt, and only then."""

    def __init__(
        self,
        pulse: Pulse,
        feed: Callable[[], None],
        held: Callable[[str], None],
        *,
        watchdog: float | None,
        away: Callable[[str], None],
        every: float = EVERY,
    ) -> None:
        """`feed` is called three times within `watchdog` seconds; `held` each time instead, with what hangs.

        Where `watchdog` is None nobody watches: then it looks `every` so many seconds, and `away` is called,
        with the same words, when it has hung for LOOKS of them.
        """
        self._pulse = pulse
        self._feed = feed
        self._held = held
        self._watched = watchdog is not None
        self._every = every if watchdog is None else watchdog / 3
        self._away = away
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Feed no more."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        looks = 0
        while not self._over.wait(self._every):
            what = self._pulse.stuck
            if what is None:
                looks = 0
                self._feed()
                continue
            # Looks are counted, not seconds: a process that was itself stopped for a while did not hang.
            looks += 1
            self._held(what)
            if looks >= LOOKS and not self._watched:
                self._away(what)


def leave(what: str) -> None:
    """End the process at once, closing nothing: whatever would be closed may hang as well."""
    with suppress(OSError):
        os.write(2, f"The device hangs in {what}, and ends to be started anew.\n".encode())
    os._exit(RESTART)
