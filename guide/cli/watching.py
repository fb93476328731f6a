"""The terminal beside a playing session: the face, the keys, the signals, and a way out in any case."""

import sys
import threading
import time
from collections.abc import Callable

from guide.cli.signals import stopping
from guide.errors import GuideError
from guide.player import Status
from guide.sinks import quiet
from guide.sitting import Sitting

_LOOK = 0.25
"""Seconds between two looks at the keys and two pictures."""
_STUCK = 2.0
"""Seconds after a second stop in which nothing happens: then the sound system has frozen."""
_JOIN = 10.0


class StuckError(GuideError):
    """The sound system takes nothing and answers nothing; only leaving the process ends that."""


class Watch:
    """One session being played on a thread of its own, looked after from here."""

    def __init__(self, sitting: Sitting) -> None:
        self._sitting = sitting
        self._stops: list[float] = []
        self._failures: list[BaseException] = []
        # A daemon: where the sound system never comes back, neither would the end of the program.
        self._thread = threading.Thread(target=self._run, name="player", daemon=True)

    def to_its_end(self, title: str, *, plain: bool, meanwhile: Callable[[], None] = lambda: None) -> Status:
        """Play it to its end, or to a stop. Raises what ended it, and StuckError.

        `meanwhile` is called when it has begun, before anything is shown.
        """
        with stopping(self._stop):
            self._thread.start()
            try:
                meanwhile()
                # Quiet: what PortAudio says of a late block or a lost card is not for here.
                with quiet():
                    self._look_after(title, plain=plain)
            except BaseException:
                # Nobody can see it any more, and so nobody could end it.
                self._stop()
                self._thread.join(_JOIN)
                raise
        if self._failures:
            raise self._failures[0]
        return self._sitting.status()

    def _look_after(self, title: str, *, plain: bool) -> None:
        # While it sounds already there is time to find what shows it.
        from guide.awake import awake
        from guide.face import face
        from guide.keys import keys

        shown = face(title, plain=plain)
        with (
            awake("a meditation is playing"),
            keys(sys.stdin, suspended=shown.suspended, resumed=shown.resumed) as reader,
            shown,
        ):
            while self._thread.is_alive():
                shown.show(self._sitting.status(), self._sitting.note)
                self._obey(reader.read(_LOOK))
            shown.show(self._sitting.status(), self._sitting.note)

    def _run(self) -> None:
        try:
            self._sitting.run()
        except BaseException as error:  # noqa: BLE001 - it is raised again on the main thread
            self._failures.append(error)

    def _stop(self) -> None:
        self._stops.append(time.monotonic())
        self._sitting.do("stop")

    def _obey(self, key: str | None) -> None:
        from guide.face import verb

        wanted = verb(key) if key else None
        if wanted == "stop":
            self._stop()
        elif wanted:
            self._sitting.do(wanted)
        if len(self._stops) > 1 and time.monotonic() - self._stops[1] > _STUCK and self._thread.is_alive():
            self._sitting.keep_place()
            raise StuckError(
                "The sound system of this machine does not answer any more, so the session ends here. "
                "`guide play --resume` goes on when it is back; `guide doctor` looks at it."
            )
