"""What can happen to the device. Everything that runs beside it only puts one of these into its inbox."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from concurrent.futures import Future

    from guide.bedside.gestures import Gesture
    from guide.errors import GuideError

Button: TypeAlias = Literal["button", "louder", "softer", "skip"]
"""The one button, and the three that a device may have besides."""
Order: TypeAlias = Literal[
    "toggle", "skip", "back", "louder", "softer", "stop", "play", "status", "menu", "go on"
]


@dataclass(frozen=True, slots=True)
class Edge:
    """A pin went down (somebody presses) or up, at some moment of the device's clock, in seconds."""

    button: Button
    down: bool
    at: float


@dataclass(frozen=True, slots=True)
class Gestured:
    """A gesture of the one button that came from elsewhere than its pin."""

    gesture: "Gesture"


@dataclass(frozen=True, slots=True)
class Ordered:
    """A verb from the socket; `answer` gets None when it was taken, or a GuideError saying why it was not."""

    order: Order
    session: str | None = None
    """Of `play`: which one; None for what a press would begin."""
    frames: int | None = None
    """Of `play`: how long."""
    answer: "Future[None] | None" = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Changed:
    """Something beside the device is not what it was: the settings' files, the disk, the power, the clock."""

    what: Literal["setting", "condition"]


@dataclass(frozen=True, slots=True)
class Ended:
    """What was running has ended, and how."""

    finished: bool = False
    """Whether it was heard to its end."""
    ground: bool = False
    """Whether steady ground is to be offered: a session was stopped, and by a person."""
    error: "GuideError | None" = None
    """Why it could not go on, or not begin."""
    unkept: bool | None = None
    """Whether the journal could keep nothing, so that nobody was asked to speak; None where it might."""
    deaf: bool | None = None
    """Whether there was no microphone; None where none was wanted."""


@dataclass(frozen=True, slots=True)
class Loudspeaker:
    """It was looked for, or used."""

    there: bool


@dataclass(frozen=True, slots=True)
class Made:
    """What the device says was made ahead, or why it could not be."""

    error: "GuideError | None" = None


@dataclass(frozen=True, slots=True)
class Leave:
    """The process is told to end (SIGTERM, SIGINT), softly."""


Event: TypeAlias = Edge | Gestured | Ordered | Changed | Loudspeaker | Made | Ended | Leave
