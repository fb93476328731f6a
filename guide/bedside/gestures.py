"""What a thumb means: edges and time become gestures. Pure."""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Gesture: TypeAlias = Literal["press", "double", "hold", "warn", "kept", "off"]
"""`press`: down and up again, and no second one within `Rule.double`. `double`: a second one came; told as
soon as it is down. `hold`: still down after `Rule.hold`, told while it is down. `warn`: still down after
`Rule.warn`, told before the device is switched off. `kept`: let go after a warning: it stays on. `off`: still
down after `Rule.off`.

One press is one thing: what was told as a `hold` is no `press`, and the second of a `double` is no `hold`;
but a thumb that stays down is warned and switches off whatever it began as. Presses that follow a `double`
as quickly as its second followed its first are part of it."""

_Phase: TypeAlias = Literal["idle", "once", "after", "fresh", "held", "second", "warned", "off"]
"""Up: nothing is going on; one press was seen; a double was. Down: nothing was told; `hold` was; it belongs
to a double; `warn` was told; `off` was."""
_UP: tuple[_Phase, ...] = ("idle", "once", "after")
_Then: TypeAlias = tuple[_Phase, tuple[Gesture, ...]]
_TURN: dict[_Phase, _Then] = {
    "idle": ("fresh", ()),
    "once": ("second", ("double",)),
    "after": ("second", ()),
    "fresh": ("once", ()),
    "held": ("idle", ()),
    "second": ("after", ()),
    "warned": ("idle", ("kept",)),
    "off": ("idle", ()),
}
"""What becomes of each when an edge is believed."""
_LATE: dict[_Phase, _Then] = {
    "once": ("idle", ("press",)),
    "after": ("idle", ()),
    "fresh": ("held", ("hold",)),
    "held": ("warned", ("warn",)),
    "second": ("warned", ("warn",)),
    "warned": ("off", ("off",)),
}
"""What becomes of each when none came in time."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How long is what, in seconds."""

    bounce: float = 0.025
    """An edge that is taken back within this never was; so each is believed when it is as old."""
    double: float = 0.35
    """From the end of one press to the beginning of a second."""
    hold: float = 0.8
    warn: float = 4.0
    off: float = 8.0
    doubles: bool = True
    """Whether a second press means something: where it does not, a press is told as soon as it ends."""


@dataclass(frozen=True, slots=True)
class Thumb:
    """What was seen of one button so far. A fresh one is up, and nothing is going on."""

    phase: _Phase = "idle"
    since: float = 0.0
    """When the phases began that are up, or those that are down."""
    turned: float | None = None
    """When an edge came that is not yet old enough to be believed."""
    seen: float | None = None
    """The last moment; None where nothing is going on."""

    @property
    def down(self) -> bool:
        """Whether it is believed to be down."""
        return self.phase not in _UP


def step(
    thumb: Thumb, at: float, rule: Rule, *, down: bool | None = None
) -> tuple[Thumb, tuple[Gesture, ...]]:
    """What is known at the moment `at`, and the gestures that are certain now; `down` where an edge came.

    Whatever was due before `at` comes first, in its order, however late. An edge that says what is known
    already comes where another was lost: an up means nothing then, a down ends the press before it.
    Where `at` lies before what was seen last, no time has passed.
    """
    thumb = _never_back(thumb, at)
    thumb, told = _passed(thumb, at, rule)
    if down is not None:
        thumb, lost = _edge(thumb, at, rule, down=down)
        thumb, more = _passed(thumb, at, rule)
        told += lost + more
    idle = thumb.phase == "idle" and thumb.turned is None
    return (Thumb() if idle else replace(thumb, seen=at)), told


def due(thumb: Thumb, rule: Rule) -> float | None:
    """The next moment at which `step` is to be called though no edge came; None where there is none."""
    if thumb.turned is not None:  # what it will turn out to be decides about everything else
        return thumb.turned + rule.bounce
    match thumb.phase:
        case "once" | "after":
            return thumb.since + rule.double if rule.doubles else thumb.since
        case "fresh":
            return thumb.since + rule.hold
        case "held" | "second":
            return thumb.since + rule.warn
        case "warned":
            return thumb.since + rule.off
        case _:
            return None


def _never_back(thumb: Thumb, at: float) -> Thumb:
    if thumb.seen is None or at >= thumb.seen:
        return thumb
    back = thumb.seen - at
    turned = None if thumb.turned is None else thumb.turned - back
    return Thumb(thumb.phase, thumb.since - back, turned, at)


def _passed(thumb: Thumb, at: float, rule: Rule) -> tuple[Thumb, tuple[Gesture, ...]]:
    """All that was due until `at`."""
    told: tuple[Gesture, ...] = ()
    while (moment := due(thumb, rule)) is not None and moment <= at:
        thumb, more = _late(thumb) if thumb.turned is None else _turn(thumb, rule, thumb.turned)
        told += more
    return thumb, told


def _edge(thumb: Thumb, at: float, rule: Rule, *, down: bool) -> tuple[Thumb, tuple[Gesture, ...]]:
    if thumb.down == down and thumb.turned is not None:  # taken back
        return replace(thumb, turned=None), ()
    if thumb.down and down:
        thumb, told = _turn(thumb, rule, at)
        return replace(thumb, turned=at), told
    if thumb.down != down and thumb.turned is None:
        return replace(thumb, turned=at), ()
    return thumb, ()


def _late(thumb: Thumb) -> tuple[Thumb, tuple[Gesture, ...]]:
    """Nothing came until it was due."""
    phase, told = _LATE[thumb.phase]
    return replace(thumb, phase=phase), told


def _turn(thumb: Thumb, rule: Rule, at: float) -> tuple[Thumb, tuple[Gesture, ...]]:
    """An edge that was at `at` is believed."""
    before: tuple[Gesture, ...] = ()
    if not thumb.down and thumb.phase != "idle" and not rule.doubles:  # there were some until just now
        thumb, before = _late(thumb)
    phase, told = _TURN[thumb.phase]
    return Thumb(phase, at), before + told
