"""The words: short, plain, inviting; nobody ordered, nothing claimed, nothing copied."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from guide import sentences
from guide.practice import english
from guide.practice.criteria import Severity
from guide.practice.findings import Figure, Finding, found, shortened
from guide.practice.heard import Heard, head, in_english
from guide.practice.original import RUN, copied
from guide.script.models import Part, Place, Reflection, Say, Script, Steps
from guide.script.pages import steps_of

_MEAN, _MOST, _LONGEST = 9, 18, 25
"""Words of a sentence: on average (to a tenth, as it is told), of 19 in 20, of every one."""
_GRADE, _TOO_HARD = 5, 6.5
"""The school year whose children could follow, and the one above which it is no band but a mistake."""
_INVITED, _AIM = 18, 25
"""Percent of the sentences."""


@dataclass(frozen=True, slots=True)
class Written:
    """A text of a script, wherever it stands."""

    text: str
    place: Place
    said: bool = False
    """Whether it is spoken during the session."""

    def sentences(self) -> list[str]:
        """Its sentences, in order."""
        return [one for block in sentences.paragraphs(self.text) for one in block]


def written(script: Script) -> Iterator[Written]:
    """Every text of a script and of its parts, in every branch and for every length, in order."""
    page, top = script.page, head(script)
    yield from (Written(text, top) for text in (page.title, page.about, page.note) if text)
    for steps in steps_lists(script):
        for step in steps_of(steps):
            if isinstance(step, Say):
                yield Written(step.say, step.place or top, said=True)
            elif isinstance(step, Part):
                yield Written(step.part, step.place or top)
    if reflection := page.reflection:
        place = reflection.place or top
        if reflection.invite:
            yield Written(reflection.invite, place)
        yield from (Written(one.ask, one.place or place) for one in reflection.questions)
        yield from (Written(text, place) for text in _marked(reflection))
        if reflection.close:
            yield Written(reflection.close, place)


def _marked(reflection: Reflection) -> Iterator[str]:
    if marks := reflection.marks:
        yield from (text for text in (marks.invite, *(one.ask for one in marks.of)) if text)


def steps_lists(script: Script) -> tuple[Steps, ...]:
    """The steps of a script and of each part that it includes."""
    return script.page.steps, *(part.steps for part in script.parts.values())


def every_word(script: Script) -> Iterator[Finding]:
    """What holds for every text, whether it is said today or not: commands, claims, originality, length."""
    texts = list(written(script))
    yield from _copied(texts)
    if in_english(script):
        for text in texts:
            yield from _commands(text)
            yield from _claims(text)
            yield from _too_long(text)


def _commands(text: Written) -> Iterator[Finding]:
    for sentence in text.sentences():
        for order in english.commands(sentence):
            message = (
                f"{shortened(order)} is a command; offer it instead, "
                "as with 'you might', 'you could' or 'if you like'"
            )
            yield found("commands", text.place, message, about=sentence)


def _claims(text: Written) -> Iterator[Finding]:
    for sentence in text.sentences():
        for claim in english.claims(sentence):
            message = (
                f"{shortened(claim)} claims or judges more than a voice can know; "
                "say what may be noticed instead"
            )
            yield found("claims", text.place, message, about=sentence)


def _too_long(text: Written) -> Iterator[Finding]:
    for sentence in text.sentences() if text.said else ():
        count = Figure(english.words(sentence), "words", None, _LONGEST)
        if not count.met:
            message = (
                f"{shortened(sentence)} has {count.count:.0f} words; "
                "a listener cannot look back: make two sentences of it"
            )
            yield found("sentence-length", text.place, message, count, about=sentence)


def _copied(texts: list[Written]) -> Iterator[Finding]:
    for place, run in copied([(text.text, text.place) for text in texts]):
        message = f"{shortened(run, 80)} is a run of {RUN} words that another wrote; use words of your own"
        yield found("originality", place, message, about=run)


def figures(heard: Heard) -> Iterator[Finding]:
    """What is counted over all sentences, at the usual length."""
    texts = [one.text for one in heard.sentences]
    if heard.which != "usual" or not texts or not heard.english:
        return
    yield from _lengths(heard, texts)
    grade = Figure(round(english.grade(texts), 1), "", None, _GRADE)
    if not grade.met:
        message = (
            f"this reads like school year {grade.count:g}; shorter words and sentences bring it to {_GRADE}"
        )
        severity: Severity | None = "error" if grade.count > _TOO_HARD else None
        yield found("reading-grade", heard.head, message, grade, heard.when(), severity=severity)
    yield from _invitations(heard, texts)


def _invitations(heard: Heard, texts: list[str]) -> Iterator[Finding]:
    share = 100 * sum(bool(english.OPTION.search(text)) for text in texts) / len(texts)
    figure, aim = Figure(share, "%", _INVITED), Figure(share, "%", _AIM)
    leaves = f"{share:.1f} % of the sentences leave a choice ('you might', 'if you like', 'perhaps')"
    if not figure.met:
        message = f"{leaves}; let it be {_INVITED} % at least, better {_AIM} %"
        yield found("invitations", heard.head, message, figure, heard.when())
    elif not aim.met:
        message = f"{leaves}; {_AIM} % is a good aim"
        yield found("invitations", heard.head, message, aim, heard.when(), severity="hint")


def _lengths(heard: Heard, texts: list[str]) -> Iterator[Finding]:
    counts = sorted(map(english.words, texts))
    mean = Figure(round(statistics.mean(counts), 1), "words", None, _MEAN)
    if not mean.met:
        message = f"a sentence has {mean.count:.1f} words on average; {_MEAN} are easily followed by ear"
        yield found("sentence-length", heard.head, message, mean, heard.when())
    most = Figure(counts[int(0.95 * len(counts))], "words", None, _MOST)
    if not most.met:
        message = (
            f"one sentence in twenty has {most.count:.0f} words or more; {_MOST} are enough for the long ones"
        )
        yield found("sentence-length", heard.head, message, most, heard.when())
