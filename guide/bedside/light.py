"""How bright the light is, at any moment, for what the device does. Pure.

What each looks like:

| the device | its light |
|---|---|
| waits | a low glow that stands still; by night so faint that it only shows where the button is |
| waits, and something is wrong | the glow, and two soft blinks every eight seconds; by night faint and rare |
| starts, or makes a session ready | swells and sinks, every three seconds |
| speaks about itself, or reads out its menu | stands still, brighter than the glow |
| invites, or asks whether to go on | swells and sinks slowly, every six seconds |
| plays | breathes with the breath that is guided; else a low glow that stands still |
| is paused | stands still, a little brighter |
| has lost its loudspeaker | two soft blinks every four seconds |
| comes to rest after a stop | a low glow that stands still |
| offers a reflection, or asks its question | two swells close together, then a rest, every four seconds |
| listens (an open microphone) | full, by far the brightest, with a soft dip every two and a half seconds |
| wakes | swells and sinks very slowly, every eight seconds |
| will switch off, unless somebody presses | sinks to dark again and again, every three seconds |
| is off | dark |

Nothing flashes: no pattern has more than two rises within a second (WCAG 2.3.1 allows three flashes), and
none changes faster than `FASTEST`. Brightness is the share of time in which the light has power; the eye
makes more of the dim part, so a breath is squared (a display's 2.2, roughly).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from guide.bedside.state import Doing, State

FASTEST = 2.0
"""The most that any pattern changes within a second, as long as the state stays."""
FADE = 0.3
"""Seconds in which most of the way is gone from what the light showed to what it is to show."""
MICROPHONE = 0.15
"""How bright an open microphone is shown at least, whatever the limit."""
REST = 0.4
"""How bright anything else is at most, as a share of the limit."""
_GLOW, _NIGHT_GLOW = 0.06, 0.02


def brightness(state: State, at: float) -> float:
    """0 to 1, at the moment `at` of some steady clock, in seconds.

    An open microphone looks like nothing else; trouble is seen only where it disturbs no session. All of it
    keeps to `State.light`, but for an open microphone, which at its brightest is never under MICROPHONE.
    """
    look = _look(state)
    limit = _within(state.light)
    top = max(limit, MICROPHONE) if state.doing == "listening" else limit * REST
    low = min(_NIGHT_GLOW if state.night else _GLOW, top) if look.low is None else look.low * top
    high = max(look.high * top, low)
    if state.doing == "playing" and state.breath is not None:
        share = _within(state.breath) ** 2
    else:
        share = look.shape(at if look.every is None else at % look.every)
    return low + (high - low) * share


def moving(state: State) -> bool:
    """Whether the brightness changes with time: then it has to be set again and again."""
    return _look(state).every is not None


def still_until(state: State, at: float) -> float | None:
    """Until when the brightness stays as it is at `at`; `at` itself where it moves; None for ever."""
    look = _look(state)
    if look.every is None:
        return None
    into = at % look.every
    return at if look.moves is None or into < look.moves else at - into + look.every


def followed(shown: float, wanted: float, seconds: float) -> float:
    """What is shown `seconds` after `shown`, on its way to `wanted`: softly, without a jump.

    It never moves faster than 1 / FADE in a second, and has arrived once it is nearer than can be seen.
    """
    seconds = max(0.0, seconds)
    most = seconds / FADE
    way = (wanted - shown) * (1 - math.exp(-3 * seconds / FADE))
    then = shown + min(max(way, -most), most)
    return wanted if abs(wanted - then) < 0.001 else then


# ── shapes: 0 to 1 over the seconds of one period ─────────────────────────────────────────────────────────


def _hump(at: float, length: float) -> float:
    """A soft rise and fall that lasts `length`; 0 before and after."""
    return (1 - math.cos(2 * math.pi * at / length)) / 2 if 0 < at < length else 0.0


def _full(_at: float) -> float:
    return 1.0


def _swell(length: float) -> Callable[[float], float]:
    return lambda at: _hump(at, length)


def _twice(length: float, apart: float) -> Callable[[float], float]:
    return lambda at: _hump(at, length) + _hump(at - apart, length)


def _sinking(at: float) -> float:
    """A soft rise, then a long fall: 3 s."""
    return _hump(at, 1.2) if at < 0.6 else _hump(at + 1.8, 4.8)


def _dipping(at: float) -> float:
    """Full, but for a soft dip at the beginning: 1 s."""
    return 1 - _hump(at, 1.0)


@dataclass(frozen=True, slots=True)
class _Look:
    """What one thing that the device does looks like."""

    high: float = 0.0
    """The brightest, as a share of what it may be; the glow where that is brighter."""
    low: float | None = None
    """The dimmest, as a share of the same; None for the glow."""
    every: float | None = None
    """Seconds after which it comes again; None where it stands still, at its brightest."""
    shape: Callable[[float], float] = _full
    moves: float | None = None
    """Seconds at the beginning of each period after which it stands still; None for none."""


def _blinks(every: float) -> _Look:
    return _Look(0.6, every=every, shape=_twice(0.5, 0.8), moves=1.3)


_GLOWS = _Look()
_READY = _Look(0.5, every=3, shape=_swell(3))
_OFFERED = _Look(0.75, every=6, shape=_swell(6))
_ASKED = _Look(1.0, every=4, shape=_twice(1.0, 1.0), moves=2)
_SPEAKS = _Look(0.6)
_LOOKS: dict[Doing, _Look] = {
    "starting": _READY,
    "waiting": _GLOWS,
    "speaking": _SPEAKS,
    "choosing": _SPEAKS,
    "inviting": _OFFERED,
    "returning": _OFFERED,
    "preparing": _READY,
    "playing": _Look(1.0),
    "paused": _Look(0.3),
    "lost": _blinks(4),
    "landing": _GLOWS,
    "offering": _ASKED,
    "asking": _ASKED,
    "listening": _Look(1.0, low=0.4, every=2.5, shape=_dipping, moves=1),
    "waking": _Look(1.0, every=8, shape=_swell(8)),
    "leaving": _Look(1.0, low=0, every=3, shape=_sinking),
    "off": _Look(low=0),
}


def _look(state: State) -> _Look:
    if state.doing == "waiting" and state.troubles:
        return _blinks(24 if state.night else 8)
    if state.doing == "playing" and state.breath is None:
        return _GLOWS
    return _LOOKS[state.doing]


def _within(share: float) -> float:
    return min(max(share, 0.0), 1.0)
