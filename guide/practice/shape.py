"""The shape of a session: a way in, a core, a way back; and for sleep, no way back."""

import re
from collections.abc import Iterator

from guide.duration import seconds
from guide.practice import english
from guide.practice.findings import Figure, Finding, found
from guide.practice.heard import Heard
from guide.sentences import is_question

_OPENING, _RETURN, _CORE = (8, 18), (6, 13), 50
"""Percent of the session. A share is told to a tenth, and compared as it is told."""
_SENSES = 2
_WORDLESS = 120
"""Seconds at the end of a session for sleep."""
_OPEN_EYES = re.compile(
    r"\bopen (?:up )?(?:your|the) eyes\b|\beyes (?:can |may |might |could )?(?:now )?open\b", re.IGNORECASE
)


def shape(heard: Heard) -> Iterator[Finding]:
    """All of it: the way back at every length, the shares at the usual one."""
    if heard.kind == "quick":
        return
    yield from _asleep(heard) if heard.kind == "sleep" else _back(heard)
    if heard.which == "usual":
        yield from _share(heard, "opening", "arrive", _OPENING)
        yield from _core(heard)
        if heard.kind != "sleep" and heard.parts("return"):
            yield from _share(heard, "return-length", "return", _RETURN)


def _share(heard: Heard, criterion: str, intent: str, band: tuple[int, int]) -> Iterator[Finding]:
    parts = heard.parts(intent)
    share = Figure(round(heard.share(sum(part.end - part.start for part in parts)), 1), "%", *band)
    if not share.met:
        place, at = (parts[0].place, parts[0].start) if parts else (heard.head, None)
        message = (
            f"what lies in parts with 'intent: {intent}' takes {share.count:.1f} % of the session; "
            f"{share.target} are good"
        )
        yield found(criterion, place, message, share, heard.when(at))


def _core(heard: Heard) -> Iterator[Finding]:
    core = sum(one.frames for one in heard.moments if one.inside and not one.intents & {"arrive", "return"})
    share = Figure(round(heard.share(core), 1), "%", _CORE)
    if not share.met:
        message = (
            f"what lies in parts that neither arrive nor return takes {share.count:.1f} % of the session; "
            "let it be half or more"
        )
        yield found("core", heard.head, message, share, heard.when())


def _back(heard: Heard) -> Iterator[Finding]:
    back = heard.parts("return")
    if not back:
        message = (
            "nothing leads back at this length; "
            "end with a part with 'intent: return' (`- include: return` will do)"
        )
        yield found("return", heard.head, message, Figure(0, "", 1), heard.when())
    elif heard.english:
        called = [sense for sense, words in english.SENSES.items() if words.search(heard.said(*back))]
        count = Figure(len(called), "senses", _SENSES)
        if not count.met:
            message = (
                f"the return calls {called[0] if called else 'no sense'} outward; "
                "two of sight, sound and touch, or all, bring somebody back"
            )
            yield found("senses", back[0].place, message, count, heard.when(back[0].start))


def _asleep(heard: Heard) -> Iterator[Finding]:
    for part in heard.parts("return"):
        message = "a session for sleep leads nowhere back; leave this part out"
        yield found("return", part.place, message, None, heard.when(part.start))
    for one in (one for one in heard.sentences if one.start >= heard.timeline.frames // 2):
        when = heard.when(one.start)
        if is_question(one.text):
            message = "this asks somebody who is nearly asleep; ask in the first half, or say it"
            yield found("sleep-questions", one.place, message, None, when, about=one.text)
        if heard.english and _OPEN_EYES.search(one.text):
            message = "this wakes somebody who is nearly asleep; leave the eyes as they are"
            yield found("sleep-end", one.place, message, None, when, about=one.text)
    if heard.sentences:
        last = heard.sentences[-1]
        left = Figure(seconds(heard.timeline.frames - last.end), "s", _WORDLESS)
        if not left.met:
            message = (
                f"{left.count:.0f} s after the last word it ends; "
                "let two minutes or more go by without words before that"
            )
            yield found("sleep-end", last.place, message, left, heard.when(last.end))
