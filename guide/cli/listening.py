"""The reflection in a terminal: the question, an open microphone that can be seen, a line to write on."""

import math
import os
import re
import select
import sys
import time
from collections.abc import Callable, Sequence
from typing import Literal

import click

from guide.activity import Advice
from guide.cli.terminal import encoding, width
from guide.errors import GuideError
from guide.journal import Entry, Mark
from guide.journal.chart import chart
from guide.keys import KeyReader
from guide.legible import folded, legible
from guide.reflection import Choice, Heard, Scales

_REDRAW = 0.25
_BAR = 24
_QUIETEST = -60.0
_THINK = 1800.0
"""Seconds for one mark: people think here, and no microphone waits."""
_KEYS: dict[str, Choice] = {"enter": "yes", "w": "write", "s": "skip", "q": "end"}
_MARKS = "A mark from 0 to 10 for each, if you like."
_ANSWERS: dict[str, Literal["skip", "end"]] = {"": "skip", "s": "skip", "q": "end"}
_NUMBER = re.compile(r"0?[0-9]|10")


class Terminal:
    """A `reflection.Front`. Without a terminal it only says what happens, and nobody can answer."""

    def __init__(self, reader: KeyReader, *, plain: bool, stopped: Callable[[], bool]) -> None:
        """`stopped` tells whether a signal asked to end."""
        self._reader = reader
        self._live = sys.stdout.isatty() and not plain
        self._stopped = stopped
        self._broken = False
        self._drawn = 0.0
        self._open = False
        self._advice: Advice | None = None
        self._any = False
        """Whether any key that means nothing else is a `skip`: what sounds is to be stopped in the dark."""

    @property
    def answers(self) -> bool:
        """Whether anybody could press a key here."""
        return sys.stdin.isatty()

    def offer(self, invite: str) -> None:
        self._say("")
        self._say(legible(invite))
        self._say(click.style("enter speak · w write · s not today", dim=True))

    def ask(self, question: str, number: int, of: int) -> None:
        self._open = self._any = False
        count = click.style(f" ({number} of {of})", dim=True) if of > 1 else ""
        self._say("")
        self._say(f"{legible(question)}{count}")
        self._say(click.style("enter begin · s skip · w write instead · q end", dim=True))

    def hear(self, heard: Heard) -> None:
        if not self._open:
            self._open = True
            self._say("● the microphone is open" + click.style(" · enter keep · s bin · q end", dim=True))
        now = time.monotonic()
        if self._live and now - self._drawn >= _REDRAW:
            self._drawn = now
            advice = heard.state.advice
            words = advice.value if advice else ""
            self._write(f"\r\x1b[2K  {meter(heard.state.level.rms)}  {words}")
        elif not self._live and heard.state.advice is not self._advice:
            self._advice = heard.state.advice
            if self._advice:
                self._say(self._advice.value)

    def tell(self, sentence: str) -> None:
        self._say(legible(sentence))

    def fail(self, error: GuideError, then: str = "") -> None:
        self.tell(f"{error} {then}".rstrip())

    def play(self, sentence: str) -> None:
        self._say("")
        self._say(legible(sentence))
        self._say(click.style("any key stops it; then it stays in the journal alone", dim=True))
        self._any = True

    def agree(self, question: str) -> None:
        self._any = False
        self._say("")
        self._say(legible(question))
        self._say(click.style("enter yes · s no", dim=True))

    def choice(self, timeout: float) -> Choice | None:
        until = time.monotonic() + timeout
        while True:
            if self._broken or self._stopped():
                return "end"
            left = until - time.monotonic()
            if key := self._reader.read(min(max(left, 0.0), _REDRAW)):
                if key.lower() in _KEYS:
                    return _KEYS[key.lower()]
                if self._any:
                    return "skip"
            elif left <= 0:
                return None

    def line(self, question: str) -> str | None:  # noqa: ARG002 - it stands above already
        """One line, with the terminal's own editing; nothing where there is no terminal."""
        if not self.answers:
            return ""
        # It forgets what was typed so far, and so before the prompt: nothing typed at that is lost.
        self._reader.__exit__(None, None, None)
        try:
            self._say(click.style("one line; enter keeps it, an empty one leaves it", dim=True))
            self._write("> ")
            return self._typed(sys.stdin.fileno())
        finally:
            self._reader.__enter__()

    def marks(self, scales: Scales, before: Sequence[Entry]) -> list[Mark]:
        """A number for each, or none; over when half an hour passes with no answer, or without a terminal."""
        if not self.answers:
            return []
        self._reader.__exit__(None, None, None)
        try:
            self._say("")
            self._say(legible(scales.invite or _MARKS))
            self._say(click.style("enter leaves one out · q end", dim=True))
            asked = {one.key for one in scales.of}
            known = [entry for entry in before if asked & {one.key for one in entry.marks}]
            for line in chart(known, width(), encoding()):
                self._say(line)
            return self._marked(scales)
        finally:
            self._reader.__enter__()

    def _marked(self, scales: Scales) -> list[Mark]:
        given: list[Mark] = []
        for one in scales.of:
            mark = self._mark(legible(one.ask))
            if mark == "end":
                break
            if isinstance(mark, int):
                given.append(Mark(one.key, one.ask, mark))
        return given

    def _mark(self, ask: str) -> int | Literal["skip", "end"]:
        """A mark, asked for until it is one."""
        while True:
            self._write(f"{ask}: ")
            typed = self._typed(sys.stdin.fileno(), _THINK)
            if typed is None:
                self._say("")
            # An empty one is the end of the input, a line at least has its end.
            word = "q" if not typed else typed.strip().lower()
            if word in _ANSWERS:
                return _ANSWERS[word]
            if _NUMBER.fullmatch(word):
                return int(word)
            self._say("A whole number from 0 to 10, or Enter to leave it out.")

    def _typed(self, terminal: int, within: float = math.inf) -> str | None:
        """What was typed, at Enter; None when time is up or a signal comes first, which `input` may miss."""
        until = time.monotonic() + within
        while not (self._broken or self._stopped()) and time.monotonic() < until:
            if select.select([terminal], [], [], _REDRAW)[0]:
                try:
                    return os.read(terminal, 1 << 16).decode("utf-8", "replace")
                except OSError:
                    return None
        return None

    def _say(self, text: str) -> None:
        if self._drawn:
            text = f"\r\x1b[2K{text}"
            self._drawn = 0.0
        self._write(f"{text}\n")

    def _write(self, text: str) -> None:
        try:
            click.echo(folded(text, encoding()), nl=False)
        except OSError:
            self._broken = True  # the terminal was closed: what was said is kept, and that is the end


def meter(rms: float) -> str:
    """A bar for a level in dBFS, from −60 to 0."""
    share = min(max((rms - _QUIETEST) / -_QUIETEST, 0.0), 1.0)
    full = round(share * _BAR)
    try:
        "▮▯".encode(encoding())
    except UnicodeEncodeError:
        return "#" * full + "." * (_BAR - full)
    return "▮" * full + "▯" * (_BAR - full)
