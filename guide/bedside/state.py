"""What the device is doing, as one frozen value: for its light, for the socket, for whoever asks."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Doing: TypeAlias = Literal[
    "starting",  # not ready yet
    "waiting",  # nobody has asked for anything
    "speaking",  # a word about itself: a state, a trouble
    "choosing",  # the spoken menu
    "inviting",  # an evening's invitation stands
    "returning",  # it asks whether to go on with what was cut off
    "preparing",  # a session is being made ready
    "playing",
    "paused",
    "lost",  # the loudspeaker went away in the middle of a session
    "landing",  # a session that was stopped comes to rest
    "offering",  # a reflection is offered
    "asking",  # a question is asked, or was, and its ten seconds of quiet run
    "listening",  # the microphone is open
    "waking",  # a bed rises, then a bell
    "leaving",  # it will switch off, unless somebody presses
    "off",  # it has ended, or is about to
]
"""What goes on. `listening`, and only that, is an open microphone."""

Trouble: TypeAlias = Literal[
    "no loudspeaker",
    "no microphone",
    "muted",
    "disk nearly full",
    "disk full",
    "clock not set",
    "under-voltage",
    "battery low",
    "hot",
    "setting broken",
    "no voice",
    "no journal",
]
"""What is wrong at the moment; each has its sentence in `guide.bedside.sayings`."""


@dataclass(frozen=True, slots=True)
class State:
    """Everything that may be known of the device from outside; never a word that somebody said."""

    doing: Doing = "starting"
    session: str | None = None
    """The session that plays, or that a press would begin: its name."""
    title: str | None = None
    """Its title."""
    at: int = 0
    """Frames of the session that were heard."""
    frames: int | None = None
    """How long it is, where that is known."""
    volume: int = -8
    """dB."""
    ceiling: int = 0
    """dB that the volume may not pass now."""
    night: bool = False
    light: float = 1.0
    """The most that the light may be, 0 to 1; an open microphone is shown all the same."""
    breath: float | None = None
    """How full the breath is that a session guides, 0 to 1; None where it guides none."""
    troubles: tuple[Trouble, ...] = ()
    next: str | None = None
    """When the clock does something next, as ISO 8601 with its offset; None for never, or no clock."""
    left_off: bool = False
    """Whether there is a session to go on with."""
