"""What only shows when a script is seen as a whole: long rests, parts that never play, unknown sounds."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from guide import duration
from guide.script.models import (
    Ambience,
    Bell,
    Choose,
    Echo,
    Include,
    Part,
    PartFile,
    Place,
    Repeat,
    Rest,
    RestLength,
    Say,
    Script,
    ScriptFile,
    Step,
)
from guide.script.pages import branches, steps_of
from guide.script.problems import Problem, guess, problem, shown
from guide.sentences import is_question

LONG_REST = duration.frames(45)
"""A rest that may pass this is announced, or the last of a session for sleep."""
AFTER_A_QUESTION = duration.frames(8)
"""The least time to answer a question inwardly."""

_NOWHERE = Place("<text>", 1, 1)


def local(page: ScriptFile | PartFile) -> Iterator[Problem]:
    """What can be judged in one file alone: rests after questions, and parts that never play."""
    yield from _hurried(page.steps)
    for step in steps_of(page.steps):
        for branch in branches(step):
            yield from _hurried(branch)
        if isinstance(step, Part) and isinstance(page, ScriptFile):
            yield from _never(step, page)


def _hurried(steps: tuple[Step, ...]) -> Iterator[Problem]:
    for before, step in pairwise(steps):
        if not (isinstance(before, Say) and isinstance(step, Rest) and is_question(before.say.strip())):
            continue
        for key, length in (("least", step.rest.least), ("most", step.rest.most)):
            if length is not None and length < AFTER_A_QUESTION:
                words = f"after a question a rest is 8 s or longer; '{key}' is {duration.words(length)}"
                yield problem(step.place or _NOWHERE, words)
                break


def _never(part: Part, page: ScriptFile) -> Iterator[Problem]:
    place = part.place or _NOWHERE
    if part.from_ is not None and part.from_ > page.length.longest:
        yield problem(place, "this part never plays: its 'from' is beyond the script's longest length")
    if part.until is not None and part.until <= page.length.shortest:
        yield problem(place, "this part never plays: its 'until' is not beyond the script's shortest length")


def unannounced(page: ScriptFile, parts: Mapping[str, PartFile]) -> Iterator[Problem]:
    """Every rest that may pass 45 s without having been announced, in a script and in what it includes."""
    last = _Last(parts)
    if page.kind == "sleep":
        last.search(page.steps)
    yield from _Long(parts, last.rests).search(page.steps, announced=False)


@dataclass(slots=True)
class _Long:
    parts: Mapping[str, PartFile]
    allowed: set[int]
    seen: set[tuple[str, bool]] = field(default_factory=set)

    def search(self, steps: tuple[Step, ...], *, announced: bool) -> Iterator[Problem]:
        for step in steps:
            if isinstance(step, Rest) and not announced and id(step) not in self.allowed:
                yield from _too_long(step)
            elif isinstance(step, Include):
                yield from self._included(step.include, announced=announced)
            opens = isinstance(step, Part) and step.intent == "announce"
            for branch in branches(step):
                yield from self.search(branch, announced=announced or opens)

    def _included(self, name: str, *, announced: bool) -> Iterator[Problem]:
        if name in self.parts and (name, announced) not in self.seen:
            self.seen.add((name, announced))
            yield from self.search(self.parts[name].steps, announced=announced)


def _too_long(step: Rest) -> Iterator[Problem]:
    if most(step.rest) > LONG_REST:
        yield problem(
            step.place or _NOWHERE,
            f"this rest may last {duration.words(most(step.rest))}; past 45 s, say so before it, "
            "in a part with 'intent: announce'",
        )


def most(rest: RestLength) -> int:
    """Frames that a rest lasts at most, by itself or by the usual rule."""
    return rest.most if rest.most is not None else max(rest.about, min(3 * rest.about, LONG_REST))


@dataclass(slots=True)
class _Last:
    """Finds the rests that may be the last of a session, whatever is chosen and however long it is."""

    parts: Mapping[str, PartFile]
    rests: set[int] = field(default_factory=set)
    known: dict[str, bool] = field(default_factory=dict)

    def search(self, steps: tuple[Step, ...]) -> bool:
        """Whether the last rest of every session is surely within these steps."""
        return any(self._ends(step) for step in reversed(steps))

    def _ends(self, step: Step) -> bool:
        match step:
            case Rest():
                self.rests.add(id(step))
                return True
            case Include():
                return self._included(step.include)
            case Choose():
                return min([self.search(branch) for branch in step.choose])  # each is searched, so no all()
            case Part():
                return self.search(step.steps) and step.from_ is None and step.until is None
            case Repeat():
                once = step.repeat.times == 1
                return self.search(step.repeat.steps) if once else _holds_rest(step)
        return False

    def _included(self, name: str) -> bool:
        if name not in self.known:
            part = self.parts.get(name)
            self.known[name] = self.search(part.steps) if part else False
        return self.known[name]


def _holds_rest(step: Repeat) -> bool:
    return any(isinstance(inner, Rest) for inner in steps_of(step.repeat.steps))


def out_of_place(page: ScriptFile, parts: Mapping[str, PartFile]) -> Iterator[Problem]:
    """Whatever would play somebody their own voice in a hard moment, or ask for it then."""
    if page.kind != "quick":
        return
    message = (
        "in a hard moment nobody is played their own voice; take the echo out of a session of kind 'quick'"
    )
    for steps in (page.steps, *(part.steps for part in parts.values())):
        for step in steps_of(steps):
            if isinstance(step, Echo):
                yield problem(step.place or _NOWHERE, message)
    for question in page.reflection.questions if page.reflection else ():
        if question.echo:
            yield problem(question.place or _NOWHERE, message)


def check_echoes(script: Script, session: Callable[[str], ScriptFile | None]) -> tuple[Problem, ...]:
    """Every echo of a script and its parts for which nothing is ever recorded; in the order of the files.

    `session` finds another script by its name; None where there is none. Such an echo only takes its `else`,
    so a session that has lost another one is still played.
    """
    lists = [script.page.steps, *(part.steps for part in script.parts.values())]
    found = set[Problem]()
    for step in (step for steps in lists for step in steps_of(steps) if isinstance(step, Echo)):
        name = step.echo.from_ or script.name
        page = script.page if name == script.name else session(name)
        if page is None:
            message = f"there is no session called {shown(name)} from which something could be played"
        elif page.reflection is None or not any(one.echo for one in page.reflection.questions):
            message = (
                f"{shown(name)} records nothing that could be played; give one of its questions 'echo: offer'"
            )
        else:
            continue
        found.add(problem(step.place or _NOWHERE, message))
    return tuple(sorted(found))


def check_sounds(script: Script, bells: Collection[str], beds: Collection[str]) -> tuple[Problem, ...]:
    """Every bell and bed of a script, and of its parts, that does not exist; in the order of the files."""
    lists = [script.page.steps, *(part.steps for part in script.parts.values())]
    found = {fault for steps in lists for step in steps_of(steps) for fault in _silent(step, bells, beds)}
    opening = script.page.ambience.sound
    if opening != "none" and opening not in beds:
        found.add(problem(script.page.ambience.place or _NOWHERE, _unknown("ambience", opening, beds)))
    return tuple(sorted(found))


def _silent(step: Step, bells: Collection[str], beds: Collection[str]) -> Iterator[Problem]:
    if isinstance(step, Bell) and step.bell.sound not in bells:
        yield problem(step.place or _NOWHERE, _unknown("bell", step.bell.sound, bells))
    elif isinstance(step, Ambience) and step.ambience.sound not in (*beds, "none"):
        yield problem(step.place or _NOWHERE, _unknown("ambience", step.ambience.sound, beds))


def _unknown(kind: str, sound: str, known: Collection[str]) -> str:
    return f"there is no {kind} called '{sound}'{guess(sound, known, otherwise='there are')}"
