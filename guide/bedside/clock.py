"""Two clocks of the device: the one on the wall, and one that nobody can set. And a fake one for both."""

import datetime as dt
import threading
import time
from queue import Empty, SimpleQueue
from typing import Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """What time it is, and waiting."""

    def now(self) -> dt.datetime:
        """The time on the wall, with its zone; it may be wrong, and may jump."""

    def elapsed(self) -> float:
        """Seconds since some moment, steadily; those of a suspended machine too."""

    def wait(self, inbox: "SimpleQueue[T]", until: float | None) -> T | None:
        """The next of the inbox; None once `elapsed` has come to `until` and nothing came."""


class WallClock:
    """The real one."""

    def now(self) -> dt.datetime:
        return dt.datetime.now().astimezone()

    def elapsed(self) -> float:
        boot = getattr(time, "CLOCK_BOOTTIME", None)
        return time.monotonic() if boot is None else time.clock_gettime(boot)

    def wait(self, inbox: "SimpleQueue[T]", until: float | None) -> T | None:
        try:
            return inbox.get(timeout=None if until is None else max(0.0, until - self.elapsed()))
        except Empty:
            return None


class FakeClock:
    """One that goes as fast as it is driven: by what is played, and where nothing plays, by who waits.

    `advance` is called by a sink for each block that it takes, while it is `held`; time then passes with the
    sound, and who waits is woken when their moment has come. While nobody holds it, a wait ends at once, at
    its moment.
    """

    def __init__(self, begin: dt.datetime) -> None:
        self._begin = begin
        self._seconds = 0.0
        self._holders = 0
        self._jumped = dt.timedelta()
        self._passed = threading.Condition()

    def now(self) -> dt.datetime:
        with self._passed:
            return self._begin + dt.timedelta(seconds=self._seconds) + self._jumped

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
            self._seconds += seconds
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
        while True:
            try:
                return inbox.get_nowait()
            except Empty:
                pass
            with self._passed:
                if until is not None and self._seconds >= until:
                    return None
                if self._holders or until is None:
                    # Whoever puts something in does not notify: it is looked at again in a moment.
                    self._passed.wait(0.005)
                else:
                    self._seconds = until
                    return None
