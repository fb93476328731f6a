"""The room between the words: after questions, between segments, and how long a quiet may be."""

import statistics
from collections.abc import Iterator

from guide.duration import seconds
from guide.expand import Breath, Sentence
from guide.practice.findings import Figure, Finding, found, shortened
from guide.practice.heard import Heard, Moment, Quiet
from guide.sentences import is_question

_ANSWER, _QUICK_ANSWER = 10, 6
"""Seconds to answer inwardly."""
_MEDIAN, _QUICK_MEDIAN = 12, 6
_WITHIN = 1.0
"""Seconds below which a gap is part of speaking."""
_GAP = 3
_BREATHLESS = 30
_QUIET, _ANNOUNCED = 45, 90


def rests(heard: Heard) -> Iterator[Finding]:
    """All of it, at every length."""
    yield from _questions(heard)
    yield from _gaps(heard)
    yield from _run_on(heard)
    yield from _long(heard)


def _questions(heard: Heard) -> Iterator[Finding]:
    quick = heard.kind == "quick"
    least, usual = (_QUICK_ANSWER, 8) if quick else (_ANSWER, 15)
    waits: list[float] = []
    for quiet, asked in _asked(heard):
        if quiet.seconds < _WITHIN:
            message = (
                f"{shortened(asked.text)} is followed by words at once; "
                "if it is meant to be answered, give it a rest of its own"
            )
            when = heard.when(asked.start)
            yield found("question-rest", asked.place, message, None, when, about=asked.text, severity="hint")
            continue
        waits.append(quiet.seconds)
        wait = Figure(quiet.seconds, "s", least)
        if not wait.met:
            message = (
                f"the rest after this question is {wait.count:.1f} s; "
                f"people need about {usual} s to answer inwardly, and {least} s at least"
            )
            yield found(
                "question-rest", asked.place, message, wait, heard.when(quiet.start), about=asked.text
            )
    median = Figure(statistics.median(waits or [60]), "s", _QUICK_MEDIAN if quick else _MEDIAN)
    if not median.met:
        message = (
            f"half of the questions have {median.count:.1f} s or less after them; {median.target} is kinder"
        )
        yield found("question-median", heard.head, message, median, heard.when())


def _asked(heard: Heard) -> Iterator[tuple[Quiet, Moment]]:
    """Every quiet after a question, with the question."""
    for quiet in heard.quiets:
        before = quiet.before
        if before and isinstance(before.item, Sentence) and is_question(before.text):
            yield quiet, before


def _gaps(heard: Heard) -> Iterator[Finding]:
    for quiet in heard.quiets:
        gap = Figure(quiet.seconds, "s", _GAP)
        if gap.count < _WITHIN or gap.met or not _between_sentences(quiet):
            continue
        if quiet.before and is_question(quiet.before.text):
            continue  # that is said of it as a question
        message = (
            f"the gap here is {gap.count:.1f} s, too long within speech and too short to rest in; "
            "give it 3 s or more"
        )
        yield found("gap", quiet.place, message, gap, heard.when(quiet.start))


def _between_sentences(quiet: Quiet) -> bool:
    return all(one is not None and isinstance(one.item, Sentence) for one in (quiet.before, quiet.after))


def _run_on(heard: Heard) -> Iterator[Finding]:
    for run in _runs(heard):
        told = Figure(seconds(run[-1].end - run[0].start), "s", None, _BREATHLESS)
        if not told.met:
            message = (
                f"from here on somebody speaks for {told.count:.0f} s without a rest; "
                f"after {_BREATHLESS} s at most let there be {_GAP} s of quiet (a blank line will do)"
            )
            yield found("run-on", run[0].place, message, told, heard.when(run[0].start))


def _runs(heard: Heard) -> Iterator[list[Moment]]:
    """The sentences that follow each other with gaps of less than 3 s."""
    run: list[Moment] = []
    for one in heard.sounding:
        if run and (isinstance(one.item, Breath) or Figure(seconds(one.start - run[-1].end), "s", _GAP).met):
            yield run
            run = []
        if isinstance(one.item, Sentence):
            run.append(one)
    if run:
        yield run


def _long(heard: Heard) -> Iterator[Finding]:
    for quiet in heard.quiets:
        if quiet.after is None and heard.kind == "sleep":
            continue
        length = Figure(quiet.seconds, "s", None, _ANNOUNCED if quiet.announced else _QUIET)
        if length.met:
            continue
        advice = (
            "even announced, 90 s are enough: somebody may think that it has ended"
            if quiet.announced
            else "past 45 s, say so before it, in a part with 'intent: announce'"
        )
        message = f"the quiet from here is {length.count:.0f} s; {advice}"
        yield found("long-quiet", quiet.place, message, length, heard.when(quiet.start))
