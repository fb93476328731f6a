"""The questions afterwards: few, short, open, and never why."""

import re
from collections.abc import Iterator

from guide.practice import english
from guide.practice.findings import Figure, Finding, found
from guide.practice.heard import head, in_english
from guide.script.models import Question, Script

_MOST = 18
_YES_OR_NO = re.compile(
    r"^(?:and |so |now,? )?"
    r"(?:do|does|did|is|are|was|were|can|could|would|will|have|has|had|should|may|might)\b",
    re.IGNORECASE,
)
_WHY = re.compile(r"\b(?:why|how come)\b", re.IGNORECASE)
_FELT = re.compile(
    r"\b(?:was|were|did|felt|feels?|like|notic\w+|land\w*|found|showed|came|heard|saw|where|moved)\b",
    re.IGNORECASE,
)
_STEP = re.compile(
    r"\b(?:one|small|step|next|today|tomorrow|tonight|week|could|might|would|help\w*|steady|near|with you|"
    r"kind\w*|compan\w+|who|want|like)\b",
    re.IGNORECASE,
)


def reflection(script: Script) -> Iterator[Finding]:
    """All of it; the words of the questions only in English."""
    asked, top = script.page.reflection, head(script)
    few = script.page.kind in {"quick", "sleep"}
    count = Figure(len(asked.questions) if asked else 0, "", *((1, 1) if few else (2, 4)))
    place = asked.place if asked else None
    if not count.met:
        some = f"{count.count:.0f} question{'s' if count.count > 1 else ''}" if count.count else "no question"
        message = f"{some} after this session; " + ("one is enough" if few else "two to four are good")
        yield found("reflection", place or top, message, count)
    if asked is None:
        return
    if script.page.kind == "sleep" and asked.when != "morning":
        message = "nobody is to be asked at bedtime; write 'when: morning'"
        yield found("reflection-morning", place or top, message)
    for question in asked.questions:
        yield from _one(script, question)
    if in_english(script) and not few:
        yield from _order(script, asked.questions)


def _one(script: Script, question: Question) -> Iterator[Finding]:
    ask, place = question.ask, question.place or head(script)
    count = Figure(english.words(ask), "words", None, _MOST)
    if not count.met:
        message = f"this question has {count.count:.0f} words; {_MOST} can be kept in mind while one speaks"
        yield found("reflection-length", place, message, count, about=ask)
    if in_english(script) and _WHY.search(ask):
        message = "this question asks why; what, how and where lead to what was felt, why to a defence"
        yield found("reflection-why", place, message, about=ask)
    if in_english(script) and _YES_OR_NO.search(ask) and ask.rstrip().endswith("?"):
        message = "yes or no would answer this question; begin it with what, how, where or which"
        yield found("reflection-open", place, message, about=ask)


def _order(script: Script, questions: tuple[Question, ...]) -> Iterator[Finding]:
    first, last, top = questions[0], questions[-1], head(script)
    if not _FELT.search(first.ask):
        message = "the first question is best about what was just felt or noticed"
        yield found("reflection-order", first.place or top, message, about=first.ask)
    if not _STEP.search(last.ask):
        message = "the last question is best about something that helps, or a small next step"
        yield found("reflection-order", last.place or top, message, about=last.ask)
