"""What looks after the listener: ways out, small steps into what is hard, and breath that nobody keeps in."""

import re
from collections.abc import Iterator

from guide.duration import frames, seconds
from guide.expand import Breath
from guide.practice import english
from guide.practice.findings import Figure, Finding, found, shortened
from guide.practice.heard import Heard, Moment, Section, in_english
from guide.practice.wording import steps_lists, written
from guide.script.models import Breathe, Script
from guide.script.pages import steps_of

_SOON = 60.0
"""Seconds from the first word, within which the ways out are offered."""
_BACK = 90
"""Seconds from the beginning of what is difficult to something steady."""
_MIDWAY = (25.0, 80.0)
"""Percent of the session, between which a reminder begins."""
_LONG = frames(600)
_CYCLE, _CYCLES = (8, 12), 8
"""Seconds of a paced breath, and how many there are."""
_BESIDE = 30.0
"""Seconds before the first paced breath, within which something else is offered."""

_OFFERS = {
    "that one can pause": re.compile(r"\bpaus(?:e|es|ed|ing)\b", re.IGNORECASE),
    "that one can skip": re.compile(r"\bskip\w*\b", re.IGNORECASE),
    "that one can stop": re.compile(r"\bstop\w*\b", re.IGNORECASE),
    "an anchor that is not the breath (feet, hands, sounds)": english.ANCHOR,
}
_EYES = "that the eyes may be open or closed"
_WAY_OUT = re.compile(r"\b(?:stop\w*|leave|paus\w+|skip\w*)\b", re.IGNORECASE)


def safety(heard: Heard) -> Iterator[Finding]:
    """All that is heard of it, at every length."""
    if heard.sentences:
        yield from _offer(heard)
        yield from _reminder(heard)
    yield from _difficult(heard)
    yield from _paced(heard)


def _offer(heard: Heard) -> Iterator[Finding]:
    first = heard.sentences[0]
    offered = any(seconds(part.start - first.start) <= _SOON for part in heard.parts("choice"))
    missing = [] if offered else ["a part with 'intent: choice'"]
    if heard.english:
        early = [one.text for one in heard.sentences if seconds(one.end - first.start) <= _SOON]
        missing += [] if any(map(english.leaves_eyes, early)) else [_EYES]
        missing += [what for what, words in _OFFERS.items() if not words.search(" ".join(early))]
    if missing:
        message = (
            f"the first minute lacks {_listed(missing)}; "
            "not everybody can close their eyes, or follow their breath, or stay"
        )
        figure = Figure(len(missing), "missing", None, 0)
        yield found("safety-offer", first.place, message, figure, heard.when(first.start))


def _reminder(heard: Heard) -> Iterator[Finding]:
    if heard.timeline.frames < _LONG:
        return
    low, high = _MIDWAY
    for part in heard.parts("choice"):
        if _names_a_way_out(heard, part) and low <= heard.share(part.start) <= high:
            return
    message = (
        "a session of ten minutes or more says the way out again midway, "
        "in a part with 'intent: choice' (`- include: reminder` will do)"
    )
    yield found("reminder", heard.head, message, Figure(0, "", 1), heard.when())


def _names_a_way_out(heard: Heard, part: Section) -> bool:
    said = [one.text for one in heard.sentences if part.start <= one.start < part.end]
    return not heard.english or any(_WAY_OUT.search(one) or english.leaves_eyes(one) for one in said)


def _listed(words: list[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _difficult(heard: Heard) -> Iterator[Finding]:
    for part in heard.parts("difficult"):
        when = heard.when(part.start)
        if heard.kind in {"quick", "sleep"}:
            message = "nothing difficult belongs in a session that is quick, or for sleep"
            yield found("difficult", part.place, message, None, when)
            continue
        if heard.english and not english.SMALL.search(heard.said(part)):
            message = "what is difficult needs a size: something small, a two or a three out of ten"
            yield found("difficult", part.place, message, None, when)
        after = [other.start for other in heard.parts("resource") if other.start > part.start]
        wait = Figure(seconds(min(after, default=heard.timeline.frames) - part.start), "s", None, _BACK)
        if not after:
            message = f"nothing steady follows; within {_BACK} s let a part with 'intent: resource' begin"
            yield found("difficult", part.place, message, None, when)
        elif not wait.met:
            message = (
                f"it takes {wait.count:.0f} s from here until something steady follows; {_BACK} s are enough"
            )
            yield found("difficult", part.place, message, wait, when)


def _paced(heard: Heard) -> Iterator[Finding]:
    """How many breaths are paced, and what is offered beside them."""
    breaths = [one for one in heard.moments if isinstance(one.item, Breath) and one.item.phase == "in"]
    count = Figure(len(breaths), "breaths", None, _CYCLES)
    if not count.met:
        message = (
            f"{len(breaths)} breaths are paced in all; after {_CYCLES} at most, let the breath go its own way"
        )
        yield found("breath-pace", breaths[_CYCLES].place, message, count, heard.when(breaths[_CYCLES].start))
    if breaths and heard.english and not _offers_else(heard, breaths[0]):
        message = (
            "breath is not kind to everybody; before it offer something else as well, like hands or sounds"
        )
        yield found("breath-choice", breaths[0].place, message, None, heard.when(breaths[0].start))


def _offers_else(heard: Heard, first: Moment) -> bool:
    before = [one.text for one in heard.sentences if 0 <= seconds(first.start - one.end) <= _BESIDE]
    said = " ".join(before)
    return bool(english.ANCHOR.search(said) and english.OPTION.search(said))


def breath(script: Script) -> Iterator[Finding]:
    """What is written of breath: none is held, each is slow, and longer on the way out."""
    for step in (step for steps in steps_lists(script) for step in steps_of(steps)):
        if isinstance(step, Breathe):
            yield from _as_written(step)
    if in_english(script):
        for text in written(script):
            for sentence in text.sentences():
                for asked in english.held(sentence):
                    message = f"{shortened(asked)} asks for a held breath; none is held here"
                    yield found("breath-hold", text.place, message, about=sentence)


def _as_written(step: Breathe) -> Iterator[Finding]:
    one = step.breathe
    into, out = seconds(one.in_), seconds(one.out)
    hold = Figure(seconds(one.hold), "s", None, 0)
    if not hold.met:
        message = f"the breath is held for {hold.count:g} s, which harms some; leave 'hold' out"
        yield found("breath-hold", step.place, message, hold)
    longer = Figure(out, "s", into)
    if not longer.met:
        message = f"the way out, {out:g} s, is shorter than the way in, {into:g} s; the longer one calms"
        yield found("breath-pace", step.place, message, longer)
    cycle = Figure(into + out + hold.count, "s", *_CYCLE)
    if not cycle.met:
        message = f"one breath takes {cycle.count:g} s; 8 to 12 s suit most people"
        yield found("breath-pace", step.place, message, cycle)
