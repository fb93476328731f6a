"""What a thumb means: edges and time become gestures. Pure."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Gesture: TypeAlias = Literal["press", "double", "hold", "warn", "kept", "off"]
"""`press`: down and up again, and no second one within `Rule.double`. `double`: a second one came. `hold`:
still down after `Rule.hold`, told while it is down. `warn`: still down after `Rule.warn`, told before the
device is switched off. `kept`: let go after a warning: it stays on. `off`: still down after `Rule.off`."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How long is what, in seconds."""

    bounce: float = 0.025
    """An edge that is taken back within this never was."""
    double: float = 0.35
    """From the end of one press to the beginning of a second."""
    hold: float = 0.8
    warn: float = 4.0
    off: float = 8.0
    doubles: bool = True
    """Whether a second press means something: where it does not, a press is told as soon as it ends."""


@dataclass(frozen=True, slots=True)
class Thumb:
    """What was seen of one button so far."""


def step(
    thumb: Thumb, at: float, rule: Rule, *, down: bool | None = None
) -> tuple[Thumb, tuple[Gesture, ...]]:
    """What is known at the moment `at`, and the gestures that are certain now; `down` where an edge came."""
    raise NotImplementedError


def due(thumb: Thumb, rule: Rule) -> float | None:
    """The next moment at which `step` is to be called though no edge came; None where there is none."""
    raise NotImplementedError
