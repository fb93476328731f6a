"""What was measured of a board, and what each figure means there, in plain sentences. Pure."""

import math
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, TypeAlias

from guide.duration import RATE
from guide.takes import SYNC_EVERY

_KEEPS_UP = 0.9
"""The real-time factor up to which a voice keeps ahead, even of a session without a rest: a tenth is spare
for what else the board does, and a sentence is to be ready before it is due, not when."""
_DENSEST = 0.5
"""The part of a session that is speech, at most: between a sixth and a half in those that were looked at."""
_EVEN_SHARE = 0.5
"""Of one core: what remains where one other program wants the same core, and each gets its half of it."""
_AT_ONCE, _PATIENT = 1.0, 10.0
"""Seconds up to which nobody's thought is interrupted, and up to which one waits without doing something else
(R. B. Miller, 1968; J. Nielsen, 1993)."""
_PROMISED = 1.0
"""Seconds of a recording that may be lost when the power goes, as the README says."""
_BETWEEN = SYNC_EVERY / RATE
"""Seconds of sound from one sync of a recording to the next."""
_SESSION = 20
"""Minutes of a session that is spoken of."""


@dataclass(frozen=True, slots=True)
class Speech:
    """How quickly the voice speaks, nothing cached."""

    what: ClassVar[str] = "voice"
    voice: str
    one: float
    """Seconds of work for a second of speech, one sentence at a time."""
    together: float
    """The same, as many sentences at a time as a session has in hand."""
    at_once: int
    """How many those are."""

    @property
    def means(self) -> str:
        """Whether it keeps ahead of a session."""
        many = f", {self.at_once} sentences at a time ({_times(1 / self.one)} one at a time)"
        quick = f"The voice speaks {_times(1 / self.together)} as fast as it is heard{many}: "
        if self.together <= _KEEPS_UP:
            return quick + "it keeps ahead of every session, and nothing need be made ready beforehand."
        if self.together * _DENSEST <= _KEEPS_UP:
            return quick + (
                "it keeps ahead where half of a session is rest, as in most; a denser one may have to wait. "
                "`guide render` makes it ready beforehand."
            )
        return (
            f"The voice speaks {_times(self.together)} slower than it is heard: "
            "prepare sessions beforehand with `guide render`."
        )


@dataclass(frozen=True, slots=True)
class Mixing:
    """What mixing takes while a session plays: bell, bed and speech."""

    what: ClassVar[str] = "mixing"
    share: float
    """Of one core."""
    worst: float
    """Seconds in which the slowest tenth of a second was mixed."""

    @property
    def means(self) -> str:
        """Whether it is done in time."""
        took = f"Mixing takes {_share(self.share)} of one core while a session plays, "
        took += f"and {_long(self.worst)} at most for a tenth of a second: "
        if self.share <= _EVEN_SHARE:
            return took + "it is in time, even while something else wants the core."
        return took + "other programs may make it stutter. `guide render` makes a file that any player plays."


@dataclass(frozen=True, slots=True)
class FirstSound:
    """How long one waits."""

    what: ClassVar[str] = "first sound"
    seconds: float
    """From the start of `guide play` to the first block with sound in it, nothing cached."""

    @property
    def means(self) -> str:
        """Whether that is a wait."""
        comes = f"The first sound comes {_long(self.seconds)} after `guide play`"
        if self.seconds <= _AT_ONCE:
            return f"{comes}: at once."
        if self.seconds <= _PATIENT:
            return f"{comes}: time to sit down."
        return (
            f"{comes}: begin it, then make your place ready. What was spoken once comes sooner the next time."
        )


@dataclass(frozen=True, slots=True)
class Syncing:
    """How long the disk takes to have a small file for good, where recordings are kept."""

    what: ClassVar[str] = "disk"
    seconds: float
    """The median."""
    worst: float

    @property
    def means(self) -> str:
        """What may be lost when the power goes: what came since the last sync, and while two of them ran."""
        takes = f"Writing to this disk for good takes {_long(self.seconds)} ({_long(self.worst)} at most): "
        lost = _BETWEEN + 2 * self.seconds
        if lost <= _PROMISED:
            return takes + "if the power goes, a recording lacks its last second at most."
        return (
            takes
            + f"if the power goes, a recording may lack its last {_long(lost)}. Another disk is quicker."
        )


@dataclass(frozen=True, slots=True)
class Encoding:
    """How quickly a session becomes a file, once it is spoken and mixed."""

    what: ClassVar[str] = "encoding"
    times: float
    """Seconds of sound in a second."""

    @property
    def means(self) -> str:
        """How long a session takes."""
        took = _long(60 * _SESSION / self.times)
        return f"FLAC is written {_times(self.times)} as fast as it is heard: {_SESSION} minutes in {took}."


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """What could not be measured here."""

    what: str
    means: str
    """Why."""


Figure: TypeAlias = Speech | Mixing | FirstSound | Syncing | Encoding | Unmeasured


def data(figure: Figure) -> dict[str, Any]:
    """A figure for other programs: `what`, its numbers as they are (seconds, shares), and what it `means`."""
    measured = not isinstance(figure, Unmeasured)
    return {"what": figure.what, "measured": measured, **asdict(figure), "means": figure.means}


def _times(factor: float) -> str:
    return f"{_number(factor)} ×"


def _share(part: float) -> str:
    return f"{_number(100 * part)} %"


def _long(seconds: float) -> str:
    return f"{_number(seconds * 1000)} ms" if seconds < 0.95 else f"{_number(seconds)} s"


def _number(value: float) -> str:
    """Two digits that count: what is measured once is no more exact than that."""
    digits = max(0, 1 - math.floor(math.log10(value))) if value > 0 else 0
    return f"{value:.{min(digits, 3)}f}" if value < 100 else f"{float(f'{value:.2g}'):.0f}"
