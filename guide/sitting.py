"""One live run of a prepared session: the player, its place kept as it plays, and the clock it ends by."""

import datetime as dt
import time
from collections.abc import Callable
from itertools import islice

from guide import duration
from guide.arrange import COMMITTED
from guide.duration import RATE, frames, words
from guide.errors import GuideError
from guide.live import Live
from guide.player import LOUDEST, Player, Status, Verb
from guide.render import Sample
from guide.saved import Saved
from guide.session import Prepared
from guide.sinks import Sink

_LATE = frames(0.25)
"""By how much an end may be off before the rests are arranged anew."""
_SOON = 4
"""Sentences that are brought into memory before they are heard."""


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
        session: Prepared | Live,
        sink: Sink,
        saved: Saved,
        *,
        until: dt.datetime | None = None,
        reopen: Callable[[], Sink] | None = None,
        now: Callable[[], dt.datetime] | None = None,
        remark: Callable[[], str] | None = None,
        ceiling: int = LOUDEST,
    ) -> None:
        """`until` is the moment of the clock at which it is to end; pauses are then taken from its rests.

        A live session is spoken while it plays, from its first block on. `remark` gives a few words that come
        before the sitting's own, while there are any. `ceiling`, in dB, is as `Player` has it.
        """
        self._live = session if isinstance(session, Live) else None
        self._prepared = prepared = session.prepared if isinstance(session, Live) else session
        self._saved = saved
        self._until = until
        self._now = now or steady_clock()
        self._volume = saved.volume()
        self._note = ""
        self._remark = remark or str
        self._begun = False
        self._unwritten = False
        self._failure: GuideError | None = None
        self._player = Player(
            sink,
            prepared.mix,
            prepared.timeline,
            at=prepared.plan.at,
            volume=self._volume,
            ceiling=ceiling,
            grounding=self._live.grounding if self._live else self._grounding,
            reopen=reopen,
            moved=self._moved,
            ahead=self._ahead,
            held=self._waiting,
        )
        self._tell_end(prepared)

    def do(self, verb: Verb) -> None:
        """As `Player.do`."""
        self._player.do(verb)

    def limit(self, ceiling: int) -> None:
        """As `Player.limit`."""
        self._player.limit(ceiling)

    def status(self) -> Status:
        """As `Player.status`."""
        return self._player.status()

    @property
    def prepared(self) -> Prepared:
        """The session as it stands."""
        return self._prepared

    @property
    def note(self) -> str:
        """A few words for whoever looks: that the end has moved; empty if there is nothing to say."""
        return self._remark() or self._note

    @property
    def sink(self) -> Sink:
        """The loudspeaker, still open after `run`."""
        return self._player.sink

    def keep_place(self) -> None:
        """Remember the place now; for when `run` will not come to its end."""
        self._saved.keep_place(self._sentence_at(self.status().at))

    def run(self) -> Status:
        """Play to the end or to a stop. The place is kept as it plays, and forgotten at the end.

        Raises what kept the voice from speaking, once the session has come to rest for it.
        """
        try:
            return self._run()
        finally:
            if self._live:
                self._live.close()
                for wait in self._live.waits(self._player.status().at):
                    self._saved.note(wait)

    def _run(self) -> Status:
        self._saved.begin(self._prepared.plan)
        if self._until is not None:
            self._meet_the_clock(self._player.status())
        if self._waiting() and self._live:
            self._live.start()  # the loudspeaker wakes up meanwhile
        status = self._player.run()
        if status.finished:
            self._saved.finished()
            self._note_end(status)
        else:
            self._write_down(status.at)
            self._saved.keep_place(self._sentence_at(status.at))
        if self._failure:
            raise self._failure
        return status

    def _note_end(self, status: Status) -> None:
        late = status.timeline.frames - status.timeline.target
        if late:
            how = "later" if late > 0 else "earlier"
            self._saved.note(f"ended {words(abs(late))} {how} than asked")

    def _grounding(self) -> tuple[Sample, float] | None:
        try:
            return self._prepared.grounding()
        except GuideError:
            return None  # quiet lands softly too

    def _ahead(self, at: int, jumped: bool) -> None:  # noqa: FBT001 - as the player calls it
        """Take what has been spoken meanwhile into the session, before the block at a frame is made."""
        if self._live is None:
            return
        problem = self._live.failed(at) if self._failure is None else None
        if problem and self._player.status().state == "playing":  # a pause is not broken for it
            self._failure = problem
            self._player.do("stop")
        if changed := self._live.jumped(at) if jumped else self._live.advanced(at):
            self._adopt(changed, at)

    def _adopt(self, changed: Prepared, at: int) -> None:
        self._prepared = changed
        self._player.rearranged(changed.mix, changed.timeline)
        self._unwritten = True
        if not changed.plan.silences:
            self._write_down(at)  # it is final; while sentences come, each that begins is often enough
        self._tell_end(changed)

    def _tell_end(self, session: Prepared) -> None:
        """Note an end that is off by a second or more; a moment of the clock is seen to apart."""
        if self._until is not None:
            return
        late = session.timeline.frames - session.timeline.target
        how = "later" if late > 0 else "earlier"
        self._note = f"ends {words(abs(late) // RATE * RATE)} {how}" if abs(late) >= RATE else ""

    def _waiting(self) -> bool:
        return self._live is not None and self._live.held

    def _write_down(self, at: int) -> None:
        """Write down the arrangement, if it is another, with the place `at` in it."""
        if self._unwritten:
            self._saved.begin(self._prepared.plan, self._sentence_at(at))
            self._unwritten = False

    def _begin(self) -> None:
        """After the first block, which nothing has kept waiting that it does not need."""
        if self._live:
            self._live.start()
        for bed in self._prepared.sounds.beds.values():
            bed.soon_whole()

    def _moved(self, status: Status) -> None:
        if not self._begun:
            self._begun = True
            self._begin()
        if status.wished != self._volume:
            self._volume = status.wished
            self._saved.keep_volume(status.wished)
        if status.state != "ended":
            self._write_down(status.at)
            self._saved.keep_place(self._sentence_at(status.at))
        to_come = (event.text for event in status.timeline.speech() if event.end > status.at)
        self._prepared.clips.warm(islice(to_come, _SOON))
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
            if changed := self._ending(total, status.at):
                self._adopt(changed, status.at)
            late = self._prepared.timeline.frames - total
        moved = self._until + dt.timedelta(seconds=duration.seconds(late))
        self._note = f"ends at {moved:%H:%M}" if abs(late) > RATE else ""

    def _ending(self, total: int, at: int) -> Prepared | None:
        """The session as near to `total` frames as it can still be, if that is another than it is."""
        if self._live:
            return self._live.ending(total, at)
        changed = self._prepared.ending(total, at + COMMITTED * RATE)
        return None if changed is self._prepared else changed

    def _sentence_at(self, at: int) -> int:
        """The start of the sentence that sounds at a frame, or the frame itself."""
        speech = self._prepared.timeline.voiced()
        return next((event.start for event in speech if event.start <= at < event.end), at)
