"""What the author wrote: the script language, version 1, as checked and frozen values.

Lengths of time are whole frames at RATE. The JSON Schema for editors is generated from these models.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic.json_schema import SkipJsonSchema, WithJsonSchema
from pydantic_core import PydanticCustomError

from guide import duration

Intent: TypeAlias = Literal[
    "arrive", "choice", "anchor", "core", "difficult", "resource", "rest", "announce", "wish", "return"
]
"""What a part is for: the rubric reads it, and `announce` allows a rest past 45 s."""

Kind: TypeAlias = Literal["body", "inquiry", "resting", "quick", "sleep"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file; lines and columns count from 1."""

    path: str
    line: int
    column: int


PLACE = "\0place"
"""The key under which the reader puts a Place; no YAML text can contain it."""


def _length(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return duration.frames(duration.parse(value))
    except ValueError as error:
        raise PydanticCustomError("duration", "{problem}", {"problem": str(error)}) from error


_LENGTH_SCHEMA = {
    "anyOf": [
        {
            "type": "string",
            "pattern": r"^\s*(\d+(\.\d+)?\s*h)?\s*(\d+(\.\d+)?\s*m(in)?)?\s*(\d+(\.\d+)?\s*s)?\s*$|^[\d:.]+$",
        },
        {"type": "number", "minimum": 0},
    ],
    "description": "A length of time: 20s, 1m30s, 1:30; a plain number is seconds.",
}

Length: TypeAlias = Annotated[
    int, BeforeValidator(_length), Field(ge=0, strict=True), WithJsonSchema(_LENGTH_SCHEMA)
]
"""A length of time: written like 20s, 1m30s, 1:30 or 90, kept as whole frames."""

Slug: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Line: TypeAlias = Annotated[str, Field(min_length=1, max_length=4_000)]
Text: TypeAlias = Annotated[str, Field(min_length=1, max_length=20_000)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class _Step(_Model):
    place: SkipJsonSchema[Place | None] = Field(default=None, alias=PLACE, repr=False)


class Say(_Step):
    """Words to speak; a blank line in them is a longer breath."""

    say: Text


class Pause(_Step):
    """An exact silence, never stretched."""

    pause: Length


class RestLength(_Model):
    """Open silence: `about` at the usual length, stretched or eased between `least` and `most`."""

    about: Length
    least: Length | None = None
    most: Length | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"about": value} if isinstance(value, str | int) else value


class Rest(_Step):
    """Open silence that shares what the asked length leaves over."""

    rest: RestLength


class Breath(_Model):
    """Paced breathing: whole rounds of in and out; `hold` exists, and the rubric warns of it."""

    in_: Length = Field(alias="in")
    out: Length
    hold: Length = 0
    rounds: Annotated[int, Field(ge=1, le=100)]
    cue: Literal["words", "tone", "none"] = "words"


class Breathe(_Step):
    """Breathing in a rhythm."""

    breathe: Breath


class BellSound(_Model):
    """Which bell, and how long until the next step begins."""

    sound: Slug = "bowl"
    settle: Length = duration.frames(8)


class Bell(_Step):
    """One strike of a bell; its tail may ring on under what follows."""

    bell: BellSound = BellSound()


class Include(_Step):
    """The steps of `parts/NAME.yaml`, beside this script or among the shipped parts."""

    include: Annotated[str, Field(min_length=1, max_length=200)]


class AmbienceChange(_Model):
    """Another bed from here on (`none` for none), crossfaded."""

    sound: Slug
    fade: Length = duration.frames(8)
    level: Annotated[float, Field(ge=-60, le=-20)] | None = None


class Ambience(_Step):
    """A change of the bed under the voice."""

    ambience: AmbienceChange


class Repeating(_Model):
    """Steps to do several times."""

    times: Annotated[int, Field(ge=1, le=100)]
    steps: "Steps"


class Repeat(_Step):
    """The same steps again and again."""

    repeat: Repeating


class Choose(_Step):
    """One branch of several, by the seed of the day."""

    choose: Annotated[tuple["Steps", ...], Field(min_length=2, max_length=50)]


class Part(_Step):
    """A named part of the session, maybe only in longer (`from`) or shorter (`until`) ones."""

    part: Line
    intent: Intent | None = None
    from_: Length | None = Field(default=None, alias="from")
    until: Length | None = None
    steps: "Steps"


STEPS: dict[str, type[_Step]] = {
    "say": Say,
    "pause": Pause,
    "rest": Rest,
    "breathe": Breathe,
    "bell": Bell,
    "include": Include,
    "ambience": Ambience,
    "repeat": Repeat,
    "choose": Choose,
    "part": Part,
}
"""Every kind of step by the word that makes it one."""


def step_word(value: Any) -> str | None:
    """Which step a mapping is: the first of its keys that is a step's word."""
    if isinstance(value, dict):
        return next((key for key in value if key in STEPS), None)
    if isinstance(value, _Step):
        return next((word for word, model in STEPS.items() if isinstance(value, model)), None)
    return None


Step: TypeAlias = Annotated[
    Annotated[Say, Tag("say")]
    | Annotated[Pause, Tag("pause")]
    | Annotated[Rest, Tag("rest")]
    | Annotated[Breathe, Tag("breathe")]
    | Annotated[Bell, Tag("bell")]
    | Annotated[Include, Tag("include")]
    | Annotated[Ambience, Tag("ambience")]
    | Annotated[Repeat, Tag("repeat")]
    | Annotated[Choose, Tag("choose")]
    | Annotated[Part, Tag("part")],
    Discriminator(step_word),
]
Steps: TypeAlias = Annotated[tuple[Step, ...], Field(max_length=5_000)]


class Lengths(_Model):
    """How short, how long and how usually the session is sat."""

    shortest: Length
    usual: Length
    longest: Length


class VoiceWish(_Model):
    """Pace in parts of the voice's natural rate (1.0 is 115 words a minute), pitch in semitones."""

    pace: Annotated[float, Field(ge=0.6, le=1.6)] = 1.0
    pitch: Annotated[float, Field(ge=-12, le=12)] = 0.0


class Bed(_Model):
    """The sound under the voice, `none` for none; its level in dB against the voice."""

    sound: Slug = "none"
    level: Annotated[float, Field(ge=-60, le=-20)] = -24.0


class Question(_Model):
    """One question of the reflection, and how long to listen before a quiet tone."""

    ask: Line
    listen: Length = duration.frames(180)


class Reflection(_Model):
    """What is asked after the session, or the morning after it."""

    when: Literal["after", "morning"] = "after"
    invite: Line | None = None
    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=12)]
    close: Line | None = None


class PartFile(_Model):
    """A file under `parts/`: steps that several scripts share."""

    guide: Literal["1"]
    about: Line | None = None
    language: str = "en"
    steps: Steps


class ScriptFile(_Model):
    """A whole script, as it stands in its file."""

    guide: Literal["1"]
    title: Line
    about: Line | None = None
    kind: Kind = "inquiry"
    theme: Slug | None = None
    ideas: tuple[Annotated[str, Field(pattern=r"^S\d{1,2}$")], ...] = ()
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = "en"
    length: Lengths
    voice: VoiceWish = VoiceWish()
    ambience: Bed = Bed()
    steps: Annotated[Steps, Field(min_length=1)]
    reflection: Reflection | None = None


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


_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def placeholders(text: str) -> list[str]:
    """What stands between braces in a text, in order: `name`, `name|friend`."""
    return _PLACEHOLDER.findall(text)
