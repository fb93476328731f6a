"""What the author wrote: the script language, version 1, as checked and frozen values.

Lengths of time are whole frames at RATE. The JSON Schema for editors is generated from these models.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from guide import duration
from guide.fields import Bounds, Fault, Model, Size
from guide.script.excuses import Excuses
from guide.script.steps import (
    LONGEST_ECHO,
    STEPS,
    Ambience,
    AmbienceChange,
    Bell,
    BellSound,
    Breath,
    Breathe,
    Choose,
    Echo,
    EchoOf,
    Include,
    Part,
    Pause,
    Repeat,
    Repeating,
    Rest,
    RestLength,
    Say,
    Step,
    StepModel,
    Steps,
)
from guide.script.values import (
    PLACE,
    Idea,
    Intent,
    Kind,
    Language,
    Length,
    Line,
    Place,
    Placed,
    Slug,
    Text,
)

__all__ = [
    "PLACE",
    "STEPS",
    "Ambience",
    "AmbienceChange",
    "Bed",
    "Bell",
    "BellSound",
    "Breath",
    "Breathe",
    "Choose",
    "Echo",
    "EchoOf",
    "Excuses",
    "Idea",
    "Include",
    "Intent",
    "Kind",
    "Language",
    "Length",
    "Lengths",
    "Line",
    "Mark",
    "Marks",
    "Part",
    "PartFile",
    "Pause",
    "Place",
    "Placed",
    "Question",
    "Reflection",
    "Repeat",
    "Repeating",
    "Rest",
    "RestLength",
    "Say",
    "Script",
    "ScriptFile",
    "Slug",
    "Step",
    "StepModel",
    "Steps",
    "Text",
    "VoiceWish",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths(Placed):
    """How short, how long and how usually the session is sat."""

    shortest: Length
    """The shortest length that may be asked for."""
    usual: Length
    """The length when none is asked for; the rests are written for it."""
    longest: Length
    """The longest length that may be asked for, 3h at most."""

    def faults(self) -> list[Fault]:
        faults: list[Fault] = []
        if not self.shortest:
            faults.append(("'shortest' must be more than nothing", "shortest"))
        if self.usual < self.shortest:
            faults.append(("'usual' is less than 'shortest'", "usual"))
        if self.longest < self.usual:
            faults.append(("'longest' is less than 'usual'", "longest"))
        if self.longest > duration.frames(3 * 3600):
            faults.append(("'longest' is more than 3 hours", "longest"))
        return faults


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceWish(Model):
    """How the voice speaks this script."""

    pace: Annotated[float, Bounds(0.6, 1.6)] = 1.0
    """How quickly: 1.0 is 115 words a minute."""
    pitch: Annotated[float, Bounds(-12, 12)] = 0.0
    """How much higher, or lower below zero, in semitones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bed(Placed):
    """The sound under the voice."""

    sound: Slug = "none"
    """The bed's name, or none."""
    level: Annotated[float, Bounds(-60, -20)] = -24.0
    """How loud against the voice, in dB: -24."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Placed):
    """One question of the reflection, and how long to listen before a quiet tone."""

    ask: Line
    """The question, as it is spoken."""
    listen: Length = duration.frames(180)
    """How long until a quiet tone; the recording goes on after it."""
    echo: Literal["offer"] | None = None
    """`offer`: the answer, 20 s at most, may be played by `echo` if the person heard it and agrees."""

    def faults(self) -> list[Fault]:
        if self.echo and self.listen > LONGEST_ECHO:
            return [("an answer for an echo ends at 20 s; write 'listen: 20s' beside it, or less", "echo")]
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark(Model):
    """Something that a mark from 0 to 10 may be given to."""

    key: Slug
    """What the marks are kept and found again by; it stays when the words change: respect."""
    ask: Annotated[Line, Size(most=60)]
    """What the mark is for, in a few words: Respect for yourself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks(Model):
    """Marks that may be given after the questions, on one screen; each can be left out."""

    invite: Line | None = None
    """How they are asked for; it is shown, not spoken."""
    of: Annotated[tuple[Mark, ...], Size(1, 9)]
    """What they are for, one after the other."""

    def faults(self) -> list[Fault]:
        keys = [one.key for one in self.of]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        return [(f"two marks have the key '{key}'", "of") for key in twice]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflection(Placed):
    """What is asked after the session, or the morning after it."""

    when: Literal["after", "morning"] = "after"
    """Right after the session, or the next morning."""
    invite: Line | None = None
    """How the reflection is offered."""
    questions: Annotated[tuple[Question, ...], Size(1, 12)]
    """What is asked, one after the other."""
    marks: Marks | None = None
    """Marks from 0 to 10 that may be given after the questions."""
    close: Line | None = None
    """The last words."""

    def faults(self) -> list[Fault]:
        if self.when != "morning":
            return []
        faults: list[Fault] = []
        if self.marks:
            faults.append(
                ("marks are given right after a session; with 'when: morning' there are none", "marks")
            )
        if any(one.echo for one in self.questions):
            message = "an echo is offered right after a session; with 'when: morning' there is none"
            faults.append((message, "questions"))
        return faults


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFile(Model):
    """A file under `parts/`: steps that several scripts share."""

    guide: Literal["1"]
    """The version of the language: 1."""
    about: Line | None = None
    """What this part is for."""
    language: Language = "en"
    """The language of its words: en, de, pt-BR."""
    steps: Annotated[Steps, Size(1)]
    """What happens, from first to last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptFile(Model):
    """A whole script, as it stands in its file."""

    guide: Literal["1"]
    """The version of the language: 1."""
    title: Line
    """The session's name, as it is shown."""
    about: Line | None = None
    """A sentence or two for someone who is choosing."""
    note: Line | None = None
    """What is good to know first; shown before it is played, never spoken."""
    kind: Kind = "inquiry"
    """What kind of practice it is."""
    theme: Slug | None = None
    """What it is about, in one hyphenated word: opening-the-heart."""
    ideas: tuple[Idea, ...] = ()
    """Which ideas of the course it embodies: [S2, S15]."""
    language: Language = "en"
    """The language of its words: en, de, pt-BR."""
    length: Lengths
    """The lengths it can have: {shortest: 8m, usual: 15m, longest: 25m}."""
    voice: VoiceWish = VoiceWish()
    """How the voice speaks it: {pace: 0.95, pitch: 0}."""
    ambience: Bed = Bed()
    """The sound under the voice: {sound: rain, level: -24}."""
    excuse: Excuses | None = None
    """What `guide check --practice` need not ask of it, and why: {long-quiet: The end is for sleeping.}"""
    steps: Annotated[Steps, Size(1)]
    """What happens, from first to last."""
    reflection: Reflection | None = None
    """What is asked at the end; the answers are kept for the listener alone."""


@dataclass(frozen=True, slots=True)
class Script:
    """A script and the parts that it includes, all checked."""

    name: str
    """The slug, from the file's name."""
    path: str
    """Where it was read from, for people; may be `<text>`."""
    page: ScriptFile
    parts: dict[str, PartFile]
    """Every part reached by an include, by the words of that include."""
