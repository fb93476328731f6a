"""A session as it is heard at one length: every moment with its frames, and the step that it came from."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, pairwise

from guide.arrange import Material
from guide.duration import frames, seconds
from guide.expand import BedChanges, Breath, Item, PartCloses, PartOpens, Sentence, Silence, Strike
from guide.picture import Figures, figures
from guide.practice.findings import When
from guide.script.models import Place, Script
from guide.timeline import Timeline

_RUNG = frames(8)
"""A bell is heard for so long; what rings on after it is quiet."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One item at its time."""

    item: Item
    start: int
    """Frames."""
    frames: int
    intents: frozenset[str]
    """Of all the parts that it is in."""
    inside: bool
    """Whether it is in a part at all."""

    @property
    def end(self) -> int:
        """The first frame after it; a bell may ring on."""
        return self.start + self.frames

    @property
    def place(self) -> Place | None:
        """The step that it came from; None for the silence between two sentences."""
        return None if isinstance(self.item, PartCloses | BedChanges) else self.item.place

    @property
    def text(self) -> str:
        """What is said in it."""
        return self.item.text if isinstance(self.item, Sentence | Breath) else ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part, from its first frame to its last."""

    intent: str
    start: int
    end: int
    place: Place | None


@dataclass(frozen=True, slots=True)
class Quiet:
    """From the end of one sound to the beginning of the next, in frames."""

    before: Moment | None
    """What sounded before it; None at the beginning."""
    after: Moment | None
    """What sounds after it; None at the end."""
    start: int
    end: int
    silences: tuple[Moment, ...]
    """The rests and pauses of which it is made."""

    @property
    def seconds(self) -> float:
        return seconds(self.end - self.start)

    @property
    def announced(self) -> bool:
        """Whether any of it is in a part with the intent `announce`."""
        return any("announce" in one.intents for one in self.silences)

    @property
    def place(self) -> Place | None:
        """The first rest or pause that was written, else what sounded before."""
        written = (one.place for one in self.silences if one.place)
        return next(written, self.before.place if self.before else None)


@dataclass(frozen=True)
class Heard:
    """A script at one length, in one wording."""

    script: Script
    which: str
    """shortest, usual or longest."""
    target: int
    """Frames that it was to last."""
    reach: tuple[int, int]
    """Frames that it can last, with the items that it has at the target."""
    timeline: Timeline
    moments: tuple[Moment, ...]
    """In order; what takes no time too."""
    sections: tuple[Section, ...]
    """The parts, in the order of their beginnings."""

    @classmethod
    def of(cls, script: Script, which: str, target: int, material: Material) -> "Heard":
        """Arranged to the target, or as near to it as the rests allow."""
        reach = material.reach()
        nearest = min(max(target, reach[0]), reach[1])
        silences = material.silences(nearest)
        given = iter(silences)
        lengths = [
            next(given) if isinstance(item, Silence) else length
            for item, length in zip(material.items, material.lengths(), strict=True)
        ]
        moments, sections = _placed(material.items, [0, *accumulate(lengths)])
        return cls(script, which, target, reach, material.placed(silences, nearest), moments, sections)

    @property
    def kind(self) -> str:
        """What kind of practice it is."""
        return self.script.page.kind

    @property
    def head(self) -> Place:
        """The beginning of the script's file, for what is about the whole."""
        return head(self.script)

    @property
    def english(self) -> bool:
        """Whether its words can be counted."""
        return in_english(self.script)

    @cached_property
    def figures(self) -> Figures:
        """As `guide show` counts them."""
        return figures(self.timeline)

    @cached_property
    def sentences(self) -> tuple[Moment, ...]:
        """Everything that is said, but for the words that pace a breath."""
        return tuple(one for one in self.moments if isinstance(one.item, Sentence))

    @cached_property
    def _begins(self) -> list[int]:
        return [one.start for one in self.sentences]

    @cached_property
    def bells(self) -> tuple[Moment, ...]:
        return tuple(one for one in self.moments if isinstance(one.item, Strike))

    @cached_property
    def sounding(self) -> tuple[Moment, ...]:
        """All that is heard or done: sentences, breaths, bells."""
        return tuple(one for one in self.moments if isinstance(one.item, Sentence | Breath | Strike))

    @cached_property
    def quiets(self) -> tuple[Quiet, ...]:
        """Every quiet, the ends of the session included."""
        return tuple(self._quiets())

    def when(self, at: int | None = None) -> When:
        """A frame of this session, or the whole of it."""
        return When(self.timeline.frames, at)

    def share(self, count: int) -> float:
        """Frames in percent of the session."""
        return 100 * count / self.timeline.frames if self.timeline.frames else 0.0

    def parts(self, *intents: str) -> tuple[Section, ...]:
        """The parts with one of some intents."""
        return tuple(part for part in self.sections if part.intent in intents)

    def said(self, *sections: Section) -> str:
        """What is said in some parts."""
        spans = (
            self.sentences[bisect_left(self._begins, part.start) : bisect_left(self._begins, part.end)]
            for part in sections
        )
        return " ".join(one.text for span in spans for one in span)

    def _quiets(self) -> Iterator[Quiet]:
        before: Moment | None = None
        silences: list[Moment] = []
        for one in self.moments:
            if isinstance(one.item, Silence):
                silences.append(one)
            elif isinstance(one.item, Sentence | Breath | Strike):
                if (start := _heard_until(before)) < one.start:
                    yield Quiet(before, one, start, one.start, tuple(silences))
                before, silences = one, []
        if (start := _heard_until(before)) < self.timeline.frames:
            yield Quiet(before, None, start, self.timeline.frames, tuple(silences))


def head(script: Script) -> Place:
    """The beginning of a script's file."""
    return Place(script.path, 1, 1)


def in_english(script: Script) -> bool:
    """Whether words can be counted as this room knows them."""
    return script.page.language.partition("-")[0] == "en"


def _heard_until(moment: Moment | None) -> int:
    if moment is None:
        return 0
    if isinstance(moment.item, Strike):
        return moment.start + min(moment.frames, _RUNG)
    return moment.end


def _placed(items: tuple[Item, ...], edges: list[int]) -> tuple[tuple[Moment, ...], tuple[Section, ...]]:
    moments: list[Moment] = []
    sections: list[Section] = []
    opened: list[int] = []
    for item, (start, end) in zip(items, pairwise(edges), strict=True):
        if isinstance(item, PartOpens):
            opened.append(len(sections))
            sections.append(Section(item.intent or "", start, start, item.place))
        elif isinstance(item, PartCloses):
            place = opened.pop()
            sections[place] = replace(sections[place], end=end)
        else:
            intents = frozenset(sections[place].intent for place in opened) - {""}
            moments.append(Moment(item, start, end - start, intents, bool(opened)))
    return tuple(moments), tuple(sections)
