"""From a script to a flat row of items for one target, one seed, one person: still with open lengths."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal, TypeAlias

from guide import sentences
from guide.duration import frames
from guide.script import models
from guide.script.models import Place, Script
from guide.script.pages import steps_of

BETWEEN_SENTENCES = frames(0.7)
AT_A_BREATH = frames(3)
"""The silence at a blank line, and between two spoken or struck steps with nothing written between."""
AFTER_A_QUESTION = frames(8)
_SHORT, _LONG = frames(3), frames(45)

Phase: TypeAlias = Literal["in", "out", "hold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """What was written as a step; where is no part of what it is."""

    place: Place | None = field(default=None, compare=False, repr=False)
    """The step that it came from."""


@dataclass(frozen=True, slots=True)
class Sentence(_Written):
    """One sentence to speak: one clip."""

    text: str


@dataclass(frozen=True, slots=True)
class Silence(_Written):
    """A silence of at least `least`, at most `most`, in proportion to `about`; all in frames."""

    about: int
    least: int
    most: int
    written: bool = True
    """Whether the author wrote it (pause, rest), or it only stands between two sentences."""


@dataclass(frozen=True, slots=True)
class Strike(_Written):
    """One strike of a bell."""

    sound: str
    settle: int
    """Frames until what comes next may begin."""


@dataclass(frozen=True, slots=True)
class Breath(_Written):
    """One phase of a paced breath."""

    phase: Phase
    frames: int
    text: str = ""
    """Words spoken at its start, if any."""
    tone: bool = False
    """Whether a soft tone marks its start."""


@dataclass(frozen=True, slots=True)
class PartOpens(_Written):
    """A named part begins."""

    title: str
    intent: str | None = None


@dataclass(frozen=True, slots=True)
class PartCloses:
    """The part that opened last ends."""


@dataclass(frozen=True, slots=True)
class BedChanges:
    """Another bed from here on; `none` for none."""

    sound: str
    level: float | None
    """dB against the voice; None keeps the level of before."""
    fade: int
    """Frames."""


@dataclass(frozen=True, slots=True)
class Echoed(_Written):
    """The listener's own words, from an earlier day."""

    name: str
    """Which of them: see `Wanted`."""
    frames: int


Item: TypeAlias = Sentence | Silence | Strike | Breath | PartOpens | PartCloses | BedChanges | Echoed


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an `echo` step asks for."""

    session: str
    """The slug of the session after which it was said."""
    aged: bool
    """Whether it is to be a week old."""

    @property
    def name(self) -> str:
        """What it is called in a timeline: nothing of what was said, and no number."""
        return f"{self.session}, a week ago" if self.aged else self.session


def _wanted(step: models.Echo, script: Script) -> Wanted:
    return Wanted(step.echo.from_ or script.name, step.echo.age == "week")


def wanted(script: Script) -> tuple[Wanted, ...]:
    """Every different take that the `echo` steps of a script and its parts ask for, in their order."""
    lists = (script.page.steps, *(part.steps for part in script.parts.values()))
    steps = (step for steps in lists for step in steps_of(steps))
    return tuple(dict.fromkeys(_wanted(step, script) for step in steps if isinstance(step, models.Echo)))


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the same script is expanded for."""

    target: int
    """Frames of the whole session."""
    seed: str
    """Decides every `choose`; usually the date of the day."""
    name: str | None = None
    """The listener's name, for `{name}`."""
    breathe_in: str = "Breathe in."
    breathe_out: str = "And out."
    turn: int | None = None
    """Which wording of each `choose` instead of the seed's: see `turns`."""
    echoes: Mapping[str, int] = field(default_factory=dict)
    """Frames of what there is to be played of the listener, by the names of what is wanted."""


def expand(script: Script, circumstances: Circumstances) -> tuple[Item, ...]:
    """The items of one session in the order of the script. Pure; the same arguments give the same row."""
    spread = _Spread(script, circumstances)
    return tuple(_spaced(list(_rested(spread.steps(script.page.steps, "")))))


@dataclass(frozen=True, slots=True)
class _Spread:
    script: Script
    given: Circumstances

    def steps(self, steps: tuple[models.Step, ...], path: str) -> Iterator[Item]:
        for number, step in enumerate(steps):
            yield from self._step(step, f"{path}/{number}")

    def _step(self, step: models.Step, path: str) -> Iterator[Item]:  # noqa: C901 - one line a kind
        match step:
            case models.Say():
                yield from self._say(step)
            case models.Pause():
                yield Silence(step.pause, step.pause, step.pause, place=step.place)
            case models.Rest():
                yield _rest(step)
            case models.Breathe():
                yield from self._breaths(step)
            case models.Bell():
                yield Strike(step.bell.sound, step.bell.settle, place=step.place)
            case models.Ambience():
                yield BedChanges(step.ambience.sound, step.ambience.level, step.ambience.fade)
            case models.Include():
                yield from self.steps(self.script.parts[step.include].steps, f"{path}:{step.include}")
            case models.Repeat():
                for turn in range(step.repeat.times):
                    yield from self.steps(step.repeat.steps, f"{path}.{turn}")
            case models.Choose():
                yield from self._choose(step, path)
            case models.Part():
                yield from self._part(step, path)
            case models.Echo():
                yield from self._echo(step, path)

    def _say(self, step: models.Say) -> Iterator[Item]:
        blocks = sentences.paragraphs(sentences.named(step.say, self.given.name))
        for place, block in enumerate(blocks):
            if place:
                yield _between(AT_A_BREATH)
            for position, sentence in enumerate(block):
                if position:
                    yield _between(BETWEEN_SENTENCES)
                yield Sentence(sentence, place=step.place)

    def _breaths(self, step: models.Breathe) -> Iterator[Item]:
        breath, place = step.breathe, step.place
        words, tone = breath.cue == "words", breath.cue == "tone"
        usual = self.script.page.length.usual
        for _ in range(rounds(breath.rounds, self.given.target, usual)):
            yield Breath("in", breath.in_, self.given.breathe_in if words else "", tone, place=place)
            if breath.hold:
                yield Breath("hold", breath.hold, place=place)
            yield Breath("out", breath.out, self.given.breathe_out if words else "", tone, place=place)

    def _choose(self, step: models.Choose, path: str) -> Iterator[Item]:
        if self.given.turn is not None:
            left, branch = divmod(self.given.turn, len(step.choose))
            within = replace(self, given=replace(self.given, turn=left))
            yield from within.steps(step.choose[branch], f"{path}={branch}")
            return
        digest = hashlib.sha256(f"{self.given.seed}\n{self.script.name}\n{path}".encode()).digest()
        branch = int.from_bytes(digest[:8], "big") % len(step.choose)
        yield from self.steps(step.choose[branch], f"{path}={branch}")

    def _echo(self, step: models.Echo, path: str) -> Iterator[Item]:
        name = _wanted(step, self.script).name
        if frames_ := self.given.echoes.get(name):
            yield Echoed(name, frames_, place=step.place)
        else:
            yield from self.steps(step.echo.else_, f"{path}!")

    def _part(self, step: models.Part, path: str) -> Iterator[Item]:
        if step.from_ is not None and self.given.target < step.from_:
            return
        if step.until is not None and self.given.target >= step.until:
            return
        yield PartOpens(step.part, step.intent, place=step.place)
        yield from self.steps(step.steps, path)
        yield PartCloses()


def turns(script: Script) -> int:
    """How many turns it takes until each branch of every `choose` has been taken."""
    needed: dict[str, int] = {}

    def of(steps: tuple[models.Step, ...]) -> int:
        return max(map(of_one, steps), default=1)

    def of_one(step: models.Step) -> int:
        match step:
            case models.Include():
                if step.include not in needed:
                    needed[step.include] = of(script.parts[step.include].steps)
                return needed[step.include]
            case models.Repeat():
                return of(step.repeat.steps)
            case models.Choose():
                return len(step.choose) * max(map(of, step.choose))
            case models.Part():
                return of(step.steps)
            case models.Echo():
                return of(step.echo.else_)
        return 1

    return of(script.page.steps)


def rounds(written: int, target: int, usual: int) -> int:
    """Whole rounds of breathing for a target: in proportion to the usual length, 2 to 8 (or as written)."""
    return min(max(round(written * target / usual), 2), max(8, written))


def _rest(step: models.Rest) -> Silence:
    rest = step.rest
    least = rest.least if rest.least is not None else min(rest.about, max(_SHORT, round(rest.about * 0.4)))
    most = rest.most if rest.most is not None else max(rest.about, min(3 * rest.about, _LONG))
    return Silence(rest.about, least, most, place=step.place)


def _between(length: int) -> Silence:
    return Silence(length, length, length, written=False)


def _rested(items: Iterator[Item]) -> Iterator[Item]:
    """Give every rest that follows a question the time to answer inwardly."""
    asked = False
    for item in items:
        if isinstance(item, Sentence):
            asked = sentences.is_question(item.text)
        elif isinstance(item, Strike | Breath | Echoed):
            asked = False
        elif asked and isinstance(item, Silence) and item.written and item.least < item.most:
            most = max(item.most, AFTER_A_QUESTION)
            about = min(max(item.about, AFTER_A_QUESTION), most)
            yield replace(item, about=about, least=max(item.least, AFTER_A_QUESTION), most=most)
            continue
        yield item


def _spaced(items: list[Item]) -> Iterator[Item]:
    """Put a breath between two sounding steps with no silence written between them."""
    kinds = Sentence | Silence | Strike | Breath | Echoed
    sounding = [place for place, item in enumerate(items) if isinstance(item, kinds)]
    after = {a: space for a, b in pairwise(sounding) if (space := _space(items[a], items[b])) is not None}
    for place, item in enumerate(items):
        yield item
        if place in after:
            yield _between(after[place])


def _space(one: Item, other: Item) -> int | None:
    if isinstance(one, Sentence | Echoed) and not isinstance(other, Silence):
        return AT_A_BREATH
    if isinstance(one, Breath) and isinstance(other, Echoed):
        return AT_A_BREATH
    if isinstance(one, Breath) and isinstance(other, Sentence):
        return BETWEEN_SENTENCES
    return None
