"""The rubric of a session that is good to sit with, counted. Pure: a script, and what was measured of it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from guide.duration import seconds, words
from guide.practice.asking import reflection
from guide.practice.criteria import CRITERIA, Criterion, Severity
from guide.practice.excuses import excused
from guide.practice.findings import Figure, Finding, found
from guide.practice.heard import Heard, head, in_english
from guide.practice.pace import pace
from guide.practice.rests import rests
from guide.practice.safety import breath, safety
from guide.practice.shape import shape
from guide.practice.sounding import Loudness, bed, loudness, sound
from guide.practice.wording import every_word, figures, steps_lists
from guide.script.models import Echo, Lengths, PartFile, Script, ScriptFile
from guide.script.pages import steps_of

__all__ = [
    "CRITERIA",
    "Criterion",
    "Finding",
    "Heard",
    "Loudness",
    "Measured",
    "Severity",
    "practised",
    "worded",
]

_IDEAS = 2


@dataclass(frozen=True, slots=True)
class Measured:
    """A script that was spoken through."""

    heard: Iterable[Heard]
    """At its shortest, its usual and its longest length, each in every wording; looked at once, in order."""
    loudness: Loudness | None
    """None where nothing is said."""
    left: int = 0
    """Wordings that there are beside those."""


def practised(script: Script, measured: Measured) -> tuple[Finding, ...]:
    """What the criteria have to say, in the order of the places: at each the worst of each criterion."""
    each = chain(
        chain.from_iterable(rule(script) for rule in _OF_THE_SCRIPT),
        chain.from_iterable(rule(heard) for heard in measured.heard for rule in _OF_A_LENGTH),
        loudness(script, measured.loudness) if measured.loudness else (),
        _left(script, measured.left),
    )
    told = excused(script, _worst(_in_its_language(script, each)))
    return tuple(sorted((replace(one, session=script.name) for one in told), key=_order))


def worded(part: PartFile, path: str) -> tuple[Finding, ...]:
    """What the criteria say of a part by itself, of its words and breaths alone: the rest needs a session."""
    no_length = Lengths(shortest=1, usual=1, longest=1)
    page = ScriptFile(guide="1", title="", language=part.language, length=no_length, steps=part.steps)
    script = Script(Path(path).stem, path, page, {})
    each = _in_its_language(script, chain(every_word(script), breath(script)))
    return tuple(sorted((replace(one, session=script.name) for one in _worst(each)), key=_order))


def _length(heard: Heard) -> Iterator[Finding]:
    shortest, longest = heard.reach
    figure = Figure(seconds(min(max(heard.target, shortest), longest)), "s", *2 * (seconds(heard.target),))
    if not figure.met:
        advice = (
            "say less, let the rests be shorter, or raise `length` in the head"
            if shortest > heard.target
            else "let the rests grow"
        )
        message = (
            f"its {heard.which} length, {words(heard.target)}, cannot be had with this voice; "
            f"the nearest is {words(heard.timeline.frames)}: {advice}"
        )
        yield found("length", heard.script.page.length.place or heard.head, message, figure)


def _ideas(script: Script) -> Iterator[Finding]:
    count = Figure(len(set(script.page.ideas)), "", _IDEAS)
    if not count.met:
        yield found(
            "ideas",
            head(script),
            "it names fewer than two ideas of the course, like [S4, S12]; docs/practice.md lists them",
            count,
        )


def _echoes(script: Script) -> Iterator[Finding]:
    for step in (step for steps in steps_lists(script) for step in steps_of(steps)):
        if isinstance(step, Echo) and not step.echo.else_:
            message = "whoever has recorded nothing hears nothing here; give it an 'else', like a sentence"
            yield found("echo-else", step.place, message)


def _left(script: Script, count: int) -> Iterator[Finding]:
    if count:
        message = (
            f"its choices make {count} wordings more than are looked at; let fewer of them stand in others"
        )
        yield found("wordings", head(script), message, Figure(count, "wordings", None, 0))


_OF_THE_SCRIPT: tuple[Callable[[Script], Iterator[Finding]], ...] = (
    every_word, breath, bed, reflection, _echoes, _ideas
)  # fmt: skip
_OF_A_LENGTH: tuple[Callable[[Heard], Iterator[Finding]], ...] = (
    _length, pace, figures, rests, safety, shape, sound
)  # fmt: skip


def _in_its_language(script: Script, findings: Iterable[Finding]) -> Iterator[Finding]:
    for one in findings:
        if in_english(script):
            yield one
        elif severity := CRITERIA[one.criterion].elsewhere:
            yield replace(one, severity="hint" if one.severity == "hint" else severity)


def _worst(findings: Iterable[Finding]) -> Iterable[Finding]:
    """Of several that say the same of the same place, the one that is furthest off."""
    kept: dict[tuple[object, ...], Finding] = {}
    for one in findings:
        if one.key not in kept or one.off > kept[one.key].off:
            kept[one.key] = one
    return kept.values()


def _order(one: Finding) -> tuple[str, int, int, str, str]:
    return one.place.path, one.place.line, one.place.column, one.criterion, one.message
