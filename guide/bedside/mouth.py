"""The loudspeaker between sessions: a few sentences now and then, and lent to whoever plays a session.

It is opened when there is something to say, and let go a while after: a thread of its own does that, since a
sound system may take its time, or never answer.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TypeAlias

from guide.aside import Aside
from guide.bedside.clock import Clock
from guide.errors import DeviceError
from guide.render import Sample
from guide.sinks import Sink

_STAYS = 6.0
"""Seconds for which the loudspeaker stays open after the last word: the next is often near."""
_LOOK = 0.5
_PAUSE = 24_000
"""Frames of quiet between two sentences: half a second."""

Said: TypeAlias = tuple[Sample, float]
"""A sound, and its gain in dB."""


@dataclass(frozen=True, slots=True)
class _Say:
    sounds: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class _Lend:
    answer: "SimpleQueue[Sink | BaseException]"


@dataclass(frozen=True, slots=True)
class _Back:
    sink: Sink


@dataclass(frozen=True, slots=True)
class _Tell:
    what: str  # "hush", "volume", "look" or "close"


_Job: TypeAlias = _Say | _Lend | _Back | _Tell


class Mouth:
    """Speaks what it is given. Everything but `lend` returns at once, from any thread."""

    def __init__(
        self,
        find: Callable[[], Sink],
        volume: Callable[[], int],
        clock: Clock,
        told: Callable[[DeviceError | None], None] = lambda _: None,
    ) -> None:
        """`find` opens the loudspeaker, or raises DeviceError; `volume` is in dB, asked for at each opening.

        `told` hears, on the mouth's thread, that there is no loudspeaker (or that it was lost), and None when
        there is one.
        """
        self._find = find
        self._volume = volume
        self._clock = clock
        self._told = told
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._waiting = 0
        self._lock = threading.Lock()
        self._aside: Aside | None = None
        self._sink: Sink | None = None
        self._lent = False
        self._quiet_since: float | None = None
        self._thread = threading.Thread(target=self._work, name="mouth", daemon=True)
        self._thread.start()

    def say(self, sounds: Sequence[Said]) -> None:
        """Say this after what is being said. While the loudspeaker is lent it is not said at all."""
        with self._lock:
            self._waiting += 1
        self._jobs.put(_Say(tuple(sounds)))

    def hush(self) -> None:
        """Let what is being said fade, and say nothing of what was waiting."""
        self._jobs.put(_Tell("hush"))

    def turned(self) -> None:
        """The volume is another: from the next sentence on it is heard."""
        self._jobs.put(_Tell("volume"))

    def look(self) -> None:
        """Find out whether there is a loudspeaker now; `told` hears of it."""
        self._jobs.put(_Tell("look"))

    @property
    def speaking(self) -> bool:
        """Whether something is being said, or is about to be."""
        with self._lock:
            aside = self._aside
            return bool(self._waiting) or (aside is not None and aside.sounding)

    def lend(self) -> Sink:
        """The open loudspeaker, quiet now, until it comes `back`. Raises DeviceError."""
        answer: SimpleQueue[Sink | BaseException] = SimpleQueue()
        self._jobs.put(_Lend(answer))
        lent = self._clock.wait(answer, None)
        if isinstance(lent, BaseException) or lent is None:
            raise lent or DeviceError("There is no loudspeaker here.")
        return lent

    def back(self, sink: Sink) -> None:
        """The loudspeaker that was lent, or the one that was found in its place."""
        self._jobs.put(_Back(sink))

    def close(self, patience: float = 5.0) -> None:
        """Let the loudspeaker go, after what is being said; a sound system that hangs is not waited for."""
        self._jobs.put(_Tell("close"))
        self._thread.join(patience)

    # ── its own thread ───────────────────────────────────────────────────────────────────────────────────

    def _work(self) -> None:
        while True:
            job = self._clock.wait(self._jobs, self._moment())
            try:
                if isinstance(job, _Say):
                    self._say(job.sounds)
                elif isinstance(job, _Lend):
                    self._lend(job.answer)
                elif isinstance(job, _Back):
                    self._sink, self._lent = job.sink, False
                    self._feed()
                elif job is not None and not self._obey(job.what):
                    return
                self._rest()
            except DeviceError as error:
                self._told(error)
            except Exception as error:  # noqa: BLE001 - whoever borrows it next would wait for ever
                self._told(DeviceError(f"The loudspeaker failed ({type(error).__name__})."))

    def _moment(self) -> float | None:
        return None if self._aside is None else self._clock.elapsed() + _LOOK

    def _say(self, sounds: Sequence[Said]) -> None:
        try:
            if not self._lent:
                self._open()
                for place, (sample, gain) in enumerate(sounds):
                    if self._aside:
                        if place:
                            self._aside.say(_silence(_PAUSE))
                        self._aside.say(sample, gain)
        finally:
            with self._lock:
                self._waiting -= 1

    def _lend(self, answer: "SimpleQueue[Sink | BaseException]") -> None:
        try:
            self._open()
        except DeviceError as error:
            answer.put(error)
            self._told(error)
            return
        except BaseException as error:
            answer.put(error)
            raise
        self._release()
        sink, self._sink, self._lent = self._sink, None, True
        answer.put(sink or DeviceError("There is no loudspeaker here."))

    def _obey(self, what: str) -> bool:
        """Whether it goes on."""
        if what == "hush" and self._aside:
            self._aside.hush()
        elif what == "volume":
            if self._aside:
                self._release()
                self._feed()
        elif what == "look":
            if not self._lent:
                self._open()
        elif what == "close":
            if self._aside and not self._lent:
                self._aside.wait(10.0)
            self._let_go()
            return False
        return True

    def _open(self) -> None:
        if self._aside is not None and self._aside.over:
            self._let_go()
        if self._sink is None:
            self._sink = self._find()
            self._told(None)
        self._feed()

    def _feed(self) -> None:
        if self._aside is None and self._sink is not None:
            with self._lock:
                self._aside = Aside(self._sink, self._volume())
            self._quiet_since = None

    def _release(self) -> None:
        aside = self._aside
        if aside is not None:
            aside.hush()
            aside.release()
            with self._lock:
                self._aside = None

    def _rest(self) -> None:
        """Let the loudspeaker go when nothing was said for a while, or when it was lost."""
        aside = self._aside
        if aside is None:
            return
        if aside.over:
            self._let_go()
            self._told(DeviceError("The loudspeaker was lost."))
        elif aside.sounding:
            self._quiet_since = None
        else:
            now = self._clock.elapsed()
            self._quiet_since = self._quiet_since if self._quiet_since is not None else now
            if now - self._quiet_since >= _STAYS:
                self._let_go()

    def _let_go(self) -> None:
        self._release()
        sink, self._sink = self._sink, None
        if sink is not None:
            sink.close()


def _silence(frames: int) -> Sample:
    import numpy as np

    return Sample.of(np.zeros(frames, dtype=np.float32))
