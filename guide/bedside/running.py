"""Whatever plays on a thread of its own while the device goes on listening to its button."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from guide.bedside.clock import Clock
from guide.bedside.mouth import Mouth, Said
from guide.bedside.state import Doing
from guide.errors import GuideError
from guide.player import Verb
from guide.reflection import Choice

if TYPE_CHECKING:
    from guide.bedside.events import Ended
    from guide.bedside.phrases import Lines
    from guide.desk import Desk
    from guide.journal.entries import Uptime
    from guide.microphone import Microphone
    from guide.sinks import Sink


@dataclass(frozen=True, slots=True)
class Room:
    """What stands around a session: all that it needs of the device."""

    desk: "Desk"
    clock: Clock
    mouth: Mouth
    find: Callable[[], "Sink"]
    """Opens the loudspeaker again after it was lost. Raises DeviceError."""
    microphone: Callable[[], "Microphone"]
    ceiling: Callable[[], int]
    """What the volume never passes now, in dB."""
    said: Callable[[str], tuple[Said, ...]]
    """A line of the device by its name, as sounds; empty where it has not been made."""
    words: "Lines"
    """The same lines as texts."""
    reflects: Callable[[], str]
    """`ask`, `always` or `never`, now."""
    ended: Callable[["Ended"], None]
    """Told once, when it is over."""
    night: Callable[[], bool] = lambda: False
    uptime: "Callable[[], Uptime | None]" = lambda: None
    """How long the machine has been on, while nobody knows what time it is; None where that is known."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What goes on in there, for the light and whoever asks."""

    doing: Doing
    session: str | None = None
    title: str | None = None
    at: int = 0
    frames: int | None = None
    volume: int | None = None
    breath: float | None = None


def to_its_end(room: Room, work: Callable[[], "Ended"]) -> None:
    """Do all of it on this thread, and tell the room how it ended, whatever came.

    Only the kind of what nobody expected is told: there may be a sentence of a script in its words.
    """
    from guide.bedside.events import Ended

    over = Ended()
    with room.clock.attended():
        try:
            over = work()
        except GuideError as error:
            over = Ended(error=error)
        except Exception as error:  # noqa: BLE001 - the device goes on, whatever it was
            over = Ended(error=GuideError(f"It ended unexpectedly ({type(error).__name__})."))
        finally:
            room.ended(over)


class Running(Protocol):
    """Something that sounds for a while. Every method returns at once, from any thread."""

    def start(self) -> None:
        """Begin."""

    def do(self, verb: Verb) -> None:
        """As `Player.do`; what comes before it sounds is not lost."""

    def choose(self, choice: Choice) -> None:
        """An answer to what a reflection asks."""

    def limit(self, ceiling: int) -> None:
        """As `Player.limit`."""

    def seen(self) -> Seen:
        """What goes on at this moment."""
