"""One live run of a prepared session: the player, its place kept as it plays, and the clock it ends by."""

import datetime as dt
from collections.abc import Callable

from guide import duration
from guide.arrange import COMMITTED
from guide.duration import RATE, frames
from guide.player import Player, Status, Verb
from guide.render import SLEEP_LUFS, VOICE_LUFS
from guide.saved import Saved
from guide.session import Prepared
from guide.sinks import Sink

_LATE = frames(0.25)
"""By how much an end may be off before the rests are arranged anew."""


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
        now: Callable[[], dt.datetime] = dt.datetime.now,
    ) -> None:
        """`until` is the moment of the clock at which it is to end; pauses are then taken from its rests."""
        self._prepared = prepared
        self._saved = saved
        self._until = until
        self._now = now
        self._volume = saved.volume()
        self._note = ""
        offset = (SLEEP_LUFS if prepared.plan.sleep else VOICE_LUFS) - VOICE_LUFS
        self._player = Player(
            sink,
            prepared.mix,
            prepared.timeline,
            at=prepared.plan.at,
            volume=self._volume,
            grounding=prepared.line(prepared.lines.stop),
            grounding_gain=prepared.sounds.voice_gain + offset,
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
                self._saved.begin(self._prepared.plan)
                self._saved.keep_place(self._sentence_at(status.at))
            late = changed.timeline.frames - total
        moved = self._until + dt.timedelta(seconds=duration.seconds(late))
        self._note = f"ends at {moved:%H:%M}" if abs(late) > RATE else ""

    def _sentence_at(self, at: int) -> int:
        """The start of the sentence that sounds at a frame, or the frame itself."""
        speech = self._prepared.timeline.speech()
        return next((event.start for event in speech if event.start <= at < event.end), at)
