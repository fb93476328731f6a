"""Waking: a bed that rises over minutes, then a bell, and the bed goes on until somebody presses."""

import threading
from typing import TYPE_CHECKING

import numpy as np

from guide import bells
from guide.beds import BED_LUFS, Bed
from guide.bedside.events import Ended
from guide.bedside.running import Room, Seen, to_its_end
from guide.bedside.state import Doing
from guide.duration import frames
from guide.library import Library
from guide.player import LOUDEST, Player, Verb
from guide.reflection import Choice
from guide.render import VOICE_LUFS, Layer, Mix, Placed, Sample, ease
from guide.sound import linear
from guide.timeline import Event, Timeline

if TYPE_CHECKING:
    from guide.bedside.setting import Waking

_SHORTEST = frames(20)
"""A rise is never quicker, however late it begins: nobody is to be startled."""
_BED_UNDER, _BELL_UNDER = -4.0, -4.0
"""dB under the loudness of speech: of a bed that is heard for itself, and of a bell, as in a session."""
_FADE_OUT = frames(20)


def rising(waking: "Waking", library: Library, late: int = 0) -> tuple[Mix, Timeline]:
    """What a waking sounds like, begun `late` frames after its moment to begin; the bell stays where it was.

    Raises NotFoundError for a sound that there is not.
    """
    rise = max(waking.rise - late, _SHORTEST)
    end = rise + waking.stays
    bed = Bed.load(library.bed_path(waking.bed))
    bell = Sample.of(bells.load(library.bell_path(waking.bell)))
    layer = Layer(
        bed, 0, end, rise, min(_FADE_OUT, waking.stays), VOICE_LUFS - BED_LUFS + _BED_UNDER, 0.0, steep_in=2
    )
    placed = Placed(rise, bell, np.float32(linear(_BELL_UNDER)))
    timeline = Timeline(end, end, (Event("bell", rise, bell.frames, sound=waking.bell),))
    return Mix(end, (placed,), (rise,), bell.frames, (layer,), ease((), end)), timeline


class Rising:
    """A `Running`."""

    def __init__(self, room: Room, waking: "Waking", late: int = 0) -> None:
        self._room = room
        self._waking = waking
        self._late = late
        self._lock = threading.Lock()
        self._stopped = False
        self._player: Player | None = None
        self._thread = threading.Thread(
            target=to_its_end, args=(room, self._rise), name="waking", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def do(self, verb: Verb) -> None:
        with self._lock:
            if verb in ("skip", "back"):
                return
            if verb == "toggle":
                verb = "stop"  # nobody pauses what is to wake them
            self._stopped = self._stopped or verb == "stop"
            if self._player is not None:
                self._player.do(verb)

    def choose(self, choice: Choice) -> None:
        """Nothing is asked."""

    def limit(self, ceiling: int) -> None:
        """It has a volume of its own: whoever sets a clock wants to hear it."""

    def seen(self) -> Seen:
        with self._lock:
            if self._player is None:
                return Seen("waking")
            status = self._player.status()
        # While the loudspeaker is lost nothing moves, and nobody is to miss it: see `guide.bedside.pulse`.
        doing: Doing = "waking"
        if status.state in ("landing", "lost"):
            doing = "landing" if status.state == "landing" else "lost"
        return Seen(doing, at=status.at, frames=status.timeline.frames, volume=status.volume)

    def _rise(self) -> Ended:
        mix, timeline = rising(self._waking, self._room.desk.library, self._late)
        for layer in mix.layers:
            layer.bed.soon_whole()
        sink = self._room.mouth.lend()
        player = Player(
            sink, mix, timeline, volume=self._waking.volume, ceiling=LOUDEST, reopen=self._room.find
        )
        with self._lock:
            self._player = player
            if self._stopped:
                player.do("stop")
        try:
            player.run()
        finally:
            self._room.mouth.back(player.sink)
        return Ended(player.status().finished)
