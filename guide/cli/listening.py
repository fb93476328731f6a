"""The reflection in a terminal: the question, an open microphone that can be seen, a line to write on."""

import sys
import time
from collections.abc import Callable

import click

from guide.activity import Advice
from guide.keys import KeyReader, keys
from guide.legible import legible
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
        self._drawn = 0.0
        self._open = False
        self._advice: Advice | None = None

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
            sys.stdout.write(f"\r\x1b[2K  {meter(heard.state.level.rms)}  {words}")
            sys.stdout.flush()
        elif not self._live and heard.state.advice is not self._advice:
            self._advice = heard.state.advice
            if self._advice:
                self._say(self._advice.value)

    def tell(self, sentence: str) -> None:
        self._say(legible(sentence))

    def choice(self, timeout: float) -> Choice | None:
        until = time.monotonic() + timeout
        while True:
            if self._stopped():
                return "end"
            left = until - time.monotonic()
            if key := self._reader.read(min(max(left, 0.0), _REDRAW)):
                if key in _KEYS:
                    return _KEYS[key]
            elif left <= 0:
                return None

    def line(self, question: str) -> str:  # noqa: ARG002 - it stands above already
        """One line, with the terminal's own editing; nothing where there is no terminal."""
        if not sys.stdin.isatty():
            return ""
        self._say(click.style("one line; enter keeps it, an empty one leaves it", dim=True))
        self._reader.__exit__(None, None, None)
        try:
            return input("> ")
        except (EOFError, KeyboardInterrupt):
            return ""
        finally:
            self._reader.__enter__()

    def _say(self, text: str) -> None:
        if self._drawn:
            sys.stdout.write("\r\x1b[2K")
            self._drawn = 0.0
        click.echo(text)
        sys.stdout.flush()


def meter(rms: float) -> str:
    """A bar for a level in dBFS, from −60 to 0."""
    share = min(max((rms - _QUIETEST) / -_QUIETEST, 0.0), 1.0)
    full = round(share * _BAR)
    try:
        "▮▯".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return "#" * full + "." * (_BAR - full)
    return "▮" * full + "▯" * (_BAR - full)


__all__ = ["Terminal", "keys", "meter"]
