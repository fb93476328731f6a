"""The reflection in a terminal: the question, an open microphone that can be seen, a line to write on."""

import os
import select
import sys
import time
from collections.abc import Callable

import click

from guide.activity import Advice
from guide.keys import KeyReader
from guide.legible import folded, legible
from guide.reflection import Choice, Heard

_REDRAW = 0.25
_BAR = 24
_QUIETEST = -60.0
_KEYS: dict[str, Choice] = {"enter": "yes", "w": "write", "s": "skip", "q": "end"}


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

    @property
    def answers(self) -> bool:
        """Whether anybody could press a key here."""
        return sys.stdin.isatty()

    def offer(self, invite: str) -> None:
        self._say("")
        self._say(legible(invite))
        self._say(click.style("enter speak · w write · s not today", dim=True))

    def ask(self, question: str, number: int, of: int) -> None:
        self._open = False
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

    def choice(self, timeout: float) -> Choice | None:
        until = time.monotonic() + timeout
        while True:
            if self._broken or self._stopped():
                return "end"
            left = until - time.monotonic()
            if key := self._reader.read(min(max(left, 0.0), _REDRAW)):
                if key.lower() in _KEYS:
                    return _KEYS[key.lower()]
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

    def _typed(self, terminal: int) -> str | None:
        """What was typed, at Enter; None when a signal comes first, which `input` may not notice."""
        while not (self._broken or self._stopped()):
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
            click.echo(folded(text, sys.stdout.encoding or "ascii"), nl=False)
        except OSError:
            self._broken = True  # the terminal was closed: what was said is kept, and that is the end


def meter(rms: float) -> str:
    """A bar for a level in dBFS, from −60 to 0."""
    share = min(max((rms - _QUIETEST) / -_QUIETEST, 0.0), 1.0)
    full = round(share * _BAR)
    try:
        "▮▯".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return "#" * full + "." * (_BAR - full)
    return "▮" * full + "▯" * (_BAR - full)
