"""What happens at which frame."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from guide.duration import RATE

Kind: TypeAlias = Literal["speech", "bell", "breath", "silence", "part", "echo"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens; its first frame is `start`, and it lasts `frames`."""

    kind: Kind
    start: int
    """Frames at RATE from the beginning of the session."""
    frames: int
    text: str = ""
    """The sentence of a speech, the title of a part."""
    sound: str = ""
    """The bell of a bell; `in`, `out` or `hold` of a breath; of an echo the session that it is from."""
    cue: str = ""
    """The tone that a breath begins with, if any; the intent of a part; `exact` for a fixed silence."""

    @property
    def end(self) -> int:
        """The first frame after it."""
        return self.start + self.frames


@dataclass(frozen=True, slots=True)
class BedChange:
    """From `start` on another bed sounds, faded over `fade` frames."""

    start: int
    sound: str
    level: float | None
    fade: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """A whole session: every event at its frame, in the order of their starts."""

    frames: int
    """How long it is."""
    target: int
    """How long it was asked to be; the same, unless a live session had to wait."""
    events: tuple[Event, ...]
    beds: tuple[BedChange, ...] = ()

    def speech(self) -> tuple[Event, ...]:
        """Every sentence, in order."""
        return tuple(event for event in self.events if event.kind == "speech")

    def voiced(self) -> tuple[Event, ...]:
        """Every sentence and every echo, in order: where somebody is heard to speak."""
        return tuple(event for event in self.events if event.kind in ("speech", "echo"))

    def parts(self) -> tuple[Event, ...]:
        """Every named part, in order."""
        return tuple(event for event in self.events if event.kind == "part")

    def cues(self) -> dict[str, Any]:
        """The truth that the audio can be held against, as `--cues` writes it."""
        events = [
            {key: value for key, value in asdict(event).items() if value != "" or key in ("start", "frames")}
            for event in self.events
        ]
        return {
            "rate": RATE,
            "frames": self.frames,
            "target": self.target,
            "events": events,
            "beds": [asdict(change) for change in self.beds],
        }

    @classmethod
    def from_cues(cls, cues: dict[str, Any]) -> "Timeline":
        """The timeline that `cues` came from. Raises ValueError if it is not one."""
        try:
            events = tuple(Event(**event) for event in cues["events"])
            beds = tuple(BedChange(**change) for change in cues.get("beds", ()))
            timeline = cls(int(cues["frames"]), int(cues["target"]), events, beds)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError("not a timeline") from error
        if any(not isinstance(event.start, int) or not isinstance(event.frames, int) for event in events):
            raise ValueError("not a timeline")
        return timeline
