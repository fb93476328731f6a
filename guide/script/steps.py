"""The steps of a script: one model each, named by the word that makes it one."""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from guide import duration
from guide.fields import Bounds, ByWord, Fault, Key, Model, Size
from guide.script.values import Intent, Length, Line, Placed, Slug, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class StepModel(Placed):
    """A step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Say(StepModel):
    """Words to speak; a blank line in them is a longer breath."""

    say: Text
    """What is spoken. Use '|' and a line for each sentence; a blank line is a longer breath."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(StepModel):
    """An exact silence, never stretched."""

    pause: Length
    """How long, exactly: 2s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestLength(Model):
    """Open silence: `about` at the usual length, stretched or eased between `least` and `most`."""

    short = "about"

    about: Length
    """How long at the session's usual length."""
    least: Length | None = None
    """Never shorter than this. Without it: 0.4 of `about`, but 3 s at least."""
    most: Length | None = None
    """Never longer than this. Without it: three times `about`, but 45 s at most."""

    def faults(self) -> list[Fault]:
        faults: list[Fault] = []
        if not self.about:
            faults.append(("a rest of no length; leave it out", "about"))
        if self.least is not None and self.least > self.about:
            faults.append(("'least' is longer than 'about'", "least"))
        if self.most is not None and self.most < self.about:
            faults.append(("'most' is shorter than 'about'", "most"))
        return faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest(StepModel):
    """Open silence that shares what the asked length leaves over."""

    rest: RestLength
    """How long about: 20s. Or a mapping of about, least and most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breath(Model):
    """Paced breathing: whole rounds of in and out."""

    in_: Annotated[Length, Key("in")]
    """How long to breathe in, 1s or more."""
    out: Length
    """How long to breathe out, 1s or more."""
    hold: Length = 0
    """How long to hold the breath between in and out. Most people are better without."""
    rounds: Annotated[int, Bounds(1, 100)]
    """How many breaths at the session's usual length."""
    cue: Literal["words", "tone", "none"] = "words"
    """What marks each breath: spoken words, a soft tone, or nothing."""

    def faults(self) -> list[Fault]:
        second = duration.frames(1)
        faults = [
            (f"'{key}' is too quick for a breath; give it 1s or more", key)
            for key, length in (("in", self.in_), ("out", self.out))
            if length < second
        ]
        if self.in_ + self.hold + self.out > 30 * second:
            faults.append(("one breath takes more than 30 s; make it shorter", "out"))
        return faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Breathe(StepModel):
    """Breathing in a rhythm."""

    breathe: Breath
    """How long in and out, and how many rounds: {in: 4s, out: 6s, rounds: 6}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BellSound(Model):
    """Which bell, and how long until the next step begins."""

    sound: Slug = "bowl"
    """The bell's name."""
    settle: Length = duration.frames(8)
    """How long until the next step begins; the tail may ring on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bell(StepModel):
    """One strike of a bell; its tail may ring on under what follows."""

    bell: BellSound = BellSound()
    """Which bell: {sound: bowl, settle: 8s}. `- bell` alone is that one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Include(StepModel):
    """The steps of `parts/NAME.yaml`, beside this script or among the shipped parts."""

    include: Annotated[str, Size(1, 200)]
    """The part's name: arrive for parts/arrive.yaml."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AmbienceChange(Model):
    """Another bed from here on (`none` for none), crossfaded."""

    sound: Slug
    """The bed's name, or none."""
    fade: Length = duration.frames(8)
    """How long the change takes."""
    level: Annotated[float, Bounds(-60, -20)] | None = None
    """How loud against the voice, in dB: -24. Without it, as loud as before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambience(StepModel):
    """A change of the bed under the voice."""

    ambience: AmbienceChange
    """The bed from here on: {sound: rain, fade: 8s}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeating(Model):
    """Steps to do several times."""

    times: Annotated[int, Bounds(1, 100)]
    """How many times."""
    steps: Annotated["Steps", Size(1)]
    """What is done each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat(StepModel):
    """The same steps again and again."""

    repeat: Repeating
    """How many times, and what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose(StepModel):
    """One branch of several, by the seed of the day."""

    choose: Annotated[tuple["Steps", ...], Size(2, 50)]
    """Two or more lists of steps; each day one of them is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(StepModel):
    """A named part of the session, maybe only in longer (`from`) or shorter (`until`) ones."""

    part: Line
    """The part's name, shown while it plays."""
    intent: Intent | None = None
    """What the part is for. `announce` allows rests longer than 45 s."""
    from_: Annotated[Length | None, Key("from")] = None
    """Only in sessions of this length and longer."""
    until: Length | None = None
    """Only in sessions shorter than this."""
    steps: Annotated["Steps", Size(1)]
    """What happens in this part."""

    def faults(self) -> list[Fault]:
        if self.from_ is not None and self.until is not None and self.until <= self.from_:
            return [("this part never plays: 'until' must be longer than 'from'", "until")]
        return []


LONGEST_ECHO = duration.frames(20)
"""How long a take may be that is played in a session. The journal knows the same number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoOf(Model):
    """Whose words are played, and what stands there where there are none."""

    from_: Annotated[Slug | None, Key("from")] = None
    """The session after which they were said: self-love. Without it, this one."""
    age: Literal["latest", "week"] = "latest"
    """`latest`, or `week` for the latest that is a week old or older."""
    else_: Annotated["Steps", Key("else")] = ()
    """What happens where there is nothing to be played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo(StepModel):
    """A kind sentence that the listener recorded for this, after an earlier session, and agreed to hear."""

    echo: EchoOf
    """Whose words, and what stands there without them: {from: self-love, else: [{say: You are here.}]}."""


STEPS: dict[str, type[StepModel]] = {
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
    "echo": Echo,
}
"""Every kind of step by the word that makes it one."""


Step: TypeAlias = Annotated[
    Say | Pause | Rest | Breathe | Bell | Include | Ambience | Repeat | Choose | Part | Echo, ByWord(STEPS)
]
Steps: TypeAlias = Annotated[tuple[Step, ...], Size(most=5_000)]
