"""Bells, first word, bed and voice: what is heard beside the words."""

from collections.abc import Iterator
from dataclasses import dataclass

from guide.duration import seconds
from guide.practice.findings import Figure, Finding, found
from guide.practice.heard import Heard, Moment, head
from guide.practice.wording import steps_lists
from guide.script.models import Ambience, Script
from guide.script.pages import steps_of

_SETTLED, _AT_ONCE = 8, 2
"""Seconds from the bell to the first word; from the beginning of a quick session to it."""
_BED = -20
_LUFS, _SLEEP_LUFS, _NEAR = -18, -20, 1
_PEAK, _SLEEP_PEAK = -1, -3


@dataclass(frozen=True, slots=True)
class Loudness:
    """The voice as it is mixed: every clip of a session with the session's gain, without bed and bells."""

    lufs: float
    """Gated, of all the sentences one after the other."""
    peak: float
    """dBTP, of the loudest of them."""


def sound(heard: Heard) -> Iterator[Finding]:
    """Bells at the ends, and when the first word comes; at every length."""
    if heard.sentences:
        yield from _bells(heard)
        yield from _first_word(heard)


def _bells(heard: Heard) -> Iterator[Finding]:
    first, last = heard.sentences[0], heard.sentences[-1]
    before, between, after = _parted(heard)
    wrong = [(bell, "one bell is enough here") for bell in (*before[1:], *after[1:])]
    wrong += [(bell, "a bell between the words sounds like the end; leave it out") for bell in between]
    if heard.kind == "quick":
        wrong += [(bell, "a quick session begins with words, not with a bell") for bell in before[:1]]
    if heard.kind == "sleep":
        wrong += [(bell, "a bell wakes somebody who sleeps; leave it out") for bell in after[:1]]
    for bell, message in wrong:
        yield found("bells", bell.place, message, None, heard.when(bell.start))
    if not before and heard.kind not in {"quick", "sleep"}:
        message = "one soft bell marks the beginning; write '- bell' before the first words"
        yield found("bells", first.place, message, None, heard.when(first.start))
    if not after and heard.kind != "sleep":
        message = "one soft bell marks the end; write '- bell' after the last words"
        yield found("bells", last.place, message, None, heard.when(last.start))


def _parted(heard: Heard) -> tuple[list[Moment], list[Moment], list[Moment]]:
    """Every bell of a session: before the first word, between the words, and after the last."""
    begin, end = heard.sentences[0].start, heard.sentences[-1].end
    before = [bell for bell in heard.bells if bell.end <= begin]
    after = [bell for bell in heard.bells if bell.start >= end]
    return before, [bell for bell in heard.bells if begin < bell.end and bell.start < end], after


def _first_word(heard: Heard) -> Iterator[Finding]:
    first = heard.sentences[0]
    bell = next(reversed(_parted(heard)[0]), None)
    if heard.kind == "quick":
        wait = Figure(seconds(first.start), "s", None, _AT_ONCE)
        message = f"the first word comes after {wait.count:.1f} s; in a hard moment {_AT_ONCE} s are long"
        if not wait.met:
            yield found("first-word", first.place, message, wait, heard.when(first.start))
    elif bell:
        wait = Figure(seconds(first.start - bell.start), "s", _SETTLED)
        message = (
            f"the first word comes {wait.count:.1f} s after this bell; let it ring (settle: {_SETTLED}s)"
        )
        if not wait.met:
            yield found("first-word", bell.place, message, wait, heard.when(first.start))


def bed(script: Script) -> Iterator[Finding]:
    """How loud the bed is written."""
    levels = [(script.page.ambience.level, script.page.ambience.place)]
    changes = (
        step for steps in steps_lists(script) for step in steps_of(steps) if isinstance(step, Ambience)
    )
    levels += [(one.ambience.level, one.place) for one in changes if one.ambience.level is not None]
    for level, place in levels:
        figure = Figure(level, "dB", None, _BED)
        if not figure.met:
            message = f"this sound is {-level:g} dB below the voice; 20 dB or more leave the words clear"
            yield found("bed", place or head(script), message, figure)


def loudness(script: Script, measured: Loudness) -> Iterator[Finding]:
    """How loud the voice is, as it was measured."""
    sleep, top = script.page.kind == "sleep", head(script)
    wanted, most = (_SLEEP_LUFS, _SLEEP_PEAK) if sleep else (_LUFS, _PEAK)
    level = Figure(measured.lufs, "LUFS", wanted - _NEAR, wanted + _NEAR)
    if not level.met:
        message = (
            f"the voice is at {level.count:.1f} LUFS in this session, not near {wanted}; another may suit it"
        )
        yield found("loudness", top, message, level)
    peak = Figure(measured.peak, "dBTP", None, most)
    if not peak.met:
        message = f"the voice peaks at {peak.count:.1f} dBTP in this session; {most} is the most"
        yield found("peak", top, message, peak)
