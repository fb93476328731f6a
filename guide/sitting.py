"""One live run of a prepared session: the player, its place kept as it plays, and the clock it ends by."""

import datetime as dt
import time
from collections.abc import Callable

from guide import duration
from guide.arrange import COMMITTED
from guide.duration import RATE, frames
from guide.player import Player, Status, Verb
from guide.saved import Saved
from guide.session import Prepared
from guide.sinks import Sink

_LATE = frames(0.25)
"""By how much an end may be off before the rests are arranged anew."""


def steady_clock() -> Callable[[], dt.datetime]:
    """The time of the clock as it goes on from now, whatever somebody sets it to meanwhile.

    A small board learns the right time minutes after its start; a session must not jump with it.
    """
    begun, at = dt.datetime.now().astimezone(), _elapsed()
    return lambda: begun + dt.timedelta(seconds=_elapsed() - at)


def _elapsed() -> float:
    """Seconds from some moment on, suspended ones too where the system counts them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Sitting:
    """Made for one run. `run` belongs to one thread; everything else may be called from any."""

    def __init__(
        self,
        prepared: Prepared,
        sink: Sink,
        saved: Saved,
        *,
        until: dt.datetime | None = None,
        reopen: Callable[[], Sink] | None = None,
        now: Callable[[], dt.datetime] | None = None,
    ) -> None:
        """`until` is the moment of the clock at which it is to end; pauses are then taken from its rests."""
        self._prepared = prepared
        self._saved = saved
        self._until = until
        self._now = now or steady_clock()
        self._volume = saved.volume()
        self._note = ""
        grounding, grounding_gain = prepared.grounding()
        self._player = Player(
            sink,
            prepared.mix,
            prepared.timeline,
            at=prepared.plan.at,
            volume=self._volume,
            grounding=grounding,
            grounding_gain=grounding_gain,
            reopen=reopen,
            moved=self._moved,
        )

    def do(self, verb: Verb) -> None:
        """As `Player.do`."""
        self._player.do(verb)

    def status(self) -> Status:
        """As `Player.status`."""
        return self._player.status()

    @property
    def note(self) -> str:
        """A few words for whoever looks: that the end has moved; empty if there is nothing to say."""
        return self._note

    @property
    def sink(self) -> Sink:
        """The loudspeaker, still open after `run`."""
        return self._player.sink

    def keep_place(self) -> None:
        """Remember the place now; for when `run` will not come to its end."""
        self._saved.keep_place(self._sentence_at(self.status().at))

    def run(self) -> Status:
        """Play to the end or to a stop. The place is kept as it plays, and forgotten at the end."""
        self._saved.begin(self._prepared.plan)
        if self._until is not None:
            self._meet_the_clock(self._player.status())
        status = self._player.run()
        if status.finished:
            self._saved.finished()
        else:
            self._saved.keep_place(self._sentence_at(status.at))
        return status

    def _moved(self, status: Status) -> None:
        if status.volume != self._volume:
            self._volume = status.volume
            self._saved.keep_volume(status.volume)
        if status.state != "ended":
            self._saved.keep_place(self._sentence_at(status.at))
        if self._until is not None and status.state == "playing":
            self._meet_the_clock(status)

    def _meet_the_clock(self, status: Status) -> None:
        """Give to the rests still to come, or take from them, what brings the end back to its moment."""
        if self._until is None:
            return
        left = frames((self._until - self._now()).total_seconds())
        total = status.at + left
        late = status.timeline.frames - total
        if abs(late) > _LATE:
            changed = self._prepared.ending(total, status.at + COMMITTED * RATE)
            if changed is not self._prepared:
                self._prepared = changed
                self._player.rearranged(changed.mix, changed.timeline)
                self._saved.begin(self._prepared.plan, durable=False)
                self._saved.keep_place(self._sentence_at(status.at))
            late = changed.timeline.frames - total
        moved = self._until + dt.timedelta(seconds=duration.seconds(late))
        self._note = f"ends at {moved:%H:%M}" if abs(late) > RATE else ""

    def _sentence_at(self, at: int) -> int:
        """The start of the sentence that sounds at a frame, or the frame itself."""
        speech = self._prepared.timeline.speech()
        return next((event.start for event in speech if event.start <= at < event.end), at)
