"""Two clocks of the device: the one on the wall, and one that nobody can set. And a fake one for both."""

import datetime as dt
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeVar

from guide.bedside.zone import here

T = TypeVar("T")


class Clock(Protocol):
    """What time it is, and waiting."""

    def now(self) -> dt.datetime:
        """The time on the wall, with its zone; it may be wrong, and may jump."""

    def elapsed(self) -> float:
        """Seconds since some moment, steadily; those of a suspended machine too."""

    def wait(self, inbox: "SimpleQueue[T]", until: float | None) -> T | None:
        """The next of the inbox; None once `elapsed` has come to `until` and nothing came."""

    def attended(self) -> AbstractContextManager[None]:
        """While the context lasts, this thread takes part: a clock that can wait waits for it."""


class WallClock:
    """The real one."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(here())

    def elapsed(self) -> float:
        boot = getattr(time, "CLOCK_BOOTTIME", None)
        return time.monotonic() if boot is None else time.clock_gettime(boot)

    def wait(self, inbox: "SimpleQueue[T]", until: float | None) -> T | None:
        try:
            return inbox.get(timeout=None if until is None else max(0.0, until - self.elapsed()))
        except Empty:
            return None

    def attended(self) -> AbstractContextManager[None]:
        return nullcontext()


_A_MOMENT = 0.002
"""Seconds, real ones, between two looks of somebody who waits on a fake clock."""
_PATIENCE = 0.5
"""Seconds, real ones, for which a sound waits at most until everybody has seen what time it is."""


class FakeClock:
    """One that goes as fast as it is driven: by what is played, and where nothing plays, by who waits.

    `advance` is called by a sink for each block that it takes, between `hold` and `release`; time then passes
    with the sound, and never past somebody's moment before they have seen it. While nobody holds it, a wait
    ends at once, at its moment.
    """

    def __init__(self, begin: dt.datetime) -> None:
        self._begin = begin
        self._seconds = 0.0
        self._holders = 0
        self._jumped = dt.timedelta()
        self._passed = threading.Condition()
        self._moments: dict[int, float | None] = {}
        """Until when each thread waits, by its number; None for one that is busy, and is waited for."""
        self._inboxes: dict[int, SimpleQueue[Any]] = {}
        """What each of them waits for besides."""
        self._attending: set[int] = set()

    def now(self) -> dt.datetime:
        with self._passed:
            passed = dt.timedelta(seconds=self._seconds) + self._jumped
            # Within a zone Python adds to what the clock shows, and would not see summer begin.
            return (self._begin.astimezone(dt.UTC) + passed).astimezone(self._begin.tzinfo)

    def elapsed(self) -> float:
        with self._passed:
            return self._seconds

    def jump(self, by: dt.timedelta) -> None:
        """Let somebody set the clock on the wall."""
        with self._passed:
            self._jumped += by

    def advance(self, seconds: float) -> None:
        """Let time pass, as a sink does whose sound takes so long."""
        with self._passed:
            me, goal = threading.get_ident(), self._seconds + seconds
            if me in self._attending:
                self._moments[me] = float("inf")
            while self._seconds < goal:
                moments = [moment for moment in self._moments.values() if moment is not None]
                self._seconds = max(self._seconds, min([goal, *moments]))
                self._passed.notify_all()
                if not self._passed.wait_for(self._seen, _PATIENCE):
                    self._seconds = max(self._seconds, goal)  # another sound may have come further
            if me in self._attending:
                self._moments[me] = None

    def _seen(self) -> bool:
        """Whether nobody is busy with the time that it is, or has yet to wake up for it."""
        return self._is_first(self._seconds) and self._seconds not in self._moments.values()

    def _is_first(self, until: float) -> bool:
        """Whether nobody has an earlier moment, and nobody is busy, or has something in the inbox."""
        free = all(moment is not None and until <= moment for moment in self._moments.values())
        return free and all(inbox.empty() for inbox in self._inboxes.values())

    @contextmanager
    def attended(self) -> Iterator[None]:
        """While the context lasts, no time passes while this thread does anything but wait."""
        me = threading.get_ident()
        with self._passed:
            self._attending.add(me)
            self._moments[me] = None
        try:
            yield
        finally:
            with self._passed:
                self._attending.discard(me)
                self._moments.pop(me, None)
                self._passed.notify_all()

    def hold(self) -> None:
        """From now on only `advance` moves it."""
        with self._passed:
            self._holders += 1

    def release(self) -> None:
        """The end of one `hold`."""
        with self._passed:
            self._holders -= 1
            self._passed.notify_all()

    def wait(self, inbox: "SimpleQueue[T]", until: float | None) -> T | None:
        me = threading.get_ident()
        try:
            while True:
                try:
                    return inbox.get_nowait()
                except Empty:
                    pass
                with self._passed:
                    if until is not None and self._seconds >= until:
                        return None
                    self._moments[me] = float("inf") if until is None else until
                    self._inboxes[me] = inbox
                    self._passed.notify_all()
                    if not self._holders and until is not None and self._is_first(until):
                        self._seconds = until
                        self._passed.notify_all()
                        return None
                    # Whoever puts something in does not notify: it is looked at again in a moment.
                    self._passed.wait(_A_MOMENT)
        finally:
            with self._passed:
                if me in self._attending:
                    self._moments[me] = None
                else:
                    self._moments.pop(me, None)
                self._inboxes.pop(me, None)
                self._passed.notify_all()
