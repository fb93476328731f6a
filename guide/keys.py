"""Single keys from a terminal, as words, one at a time; the terminal is given back as it was found."""

import codecs
import os
import re
import select
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any, Protocol, Self, TextIO

LONE_ESCAPE = 0.1
"""Seconds after which an escape with nothing behind it was the key itself, not the start of an arrow."""

_ESCAPE = "\x1b"
_SEQUENCE = re.compile(r"\x1b\[(?:\[[@-~]|[0-?]{0,30}[ -/]{0,4}[@-Z\\-~])|\x1bO[ -~]")
"""A whole control sequence: an arrow, a function key (the Linux console writes those with two brackets)."""
_BEGUN = re.compile(r"\x1b(?:\[\[?|\[[0-?]{0,30}[ -/]{0,4}|O)?")
_ARROWS = {"A": "up", "B": "down", "C": "right", "D": "left"}
_NAMED = {" ": "space", "\r": "enter", "\n": "enter", "\t": "tab", "\x7f": "backspace", "\b": "backspace"}


class KeyReader(Protocol):
    """What reads keys, on a terminal or without one."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *problem: object) -> None: ...

    def read(self, timeout: float) -> str | None:
        """The next key as a word, or None when `timeout` seconds have passed without one."""


class Decoder:
    """Bytes, in pieces of any size, to the words of keys."""

    def __init__(self) -> None:
        self._letters = codecs.getincrementaldecoder("utf-8")("ignore")
        self._text = ""

    @property
    def waiting(self) -> bool:
        """Whether a key has begun whose end is not there yet."""
        return bool(self._text)

    def feed(self, data: bytes) -> list[str]:
        """The keys that these bytes complete."""
        self._text += self._letters.decode(data)
        return self._take()

    def flush(self) -> list[str]:
        """The keys in what is there, when nothing more will come: an escape alone is the key `escape`."""
        unfinished, self._text = self._text, ""
        return ["escape"] if unfinished == _ESCAPE else []

    def _take(self) -> list[str]:
        words: list[str] = []
        while self._text:
            if not self._text.startswith(_ESCAPE):
                letter, self._text = self._text[0], self._text[1:]
                words += _named(letter)
            elif whole := _SEQUENCE.match(self._text):
                self._text = self._text[whole.end() :]
                words += _arrow(whole.group())
            elif _BEGUN.fullmatch(self._text):
                break
            else:
                # No sequence after all. What follows counts: somebody in a hurry pressed escape, then q.
                words.append("escape")
                self._text = self._text[1:]
        return words


def _named(letter: str) -> list[str]:
    if letter in _NAMED:
        return [_NAMED[letter]]
    return [letter] if letter.isprintable() else []


def _arrow(sequence: str) -> list[str]:
    if sequence == "\x1bOM":
        return ["enter"]  # the one on the number pad
    if sequence.startswith("\x1b[["):
        return []
    return [_ARROWS[sequence[-1]]] if sequence[-1] in _ARROWS else []


class Keys:
    """The keys of a terminal, while the context lasts: each at once, not shown, no line to end.

    Ctrl-Z gives the terminal back, and takes it again when the program goes on. After the end of the
    input `read` only waits.
    """

    def __init__(
        self,
        stdin: TextIO,
        *,
        suspended: Callable[[], None] = lambda: None,
        resumed: Callable[[], None] = lambda: None,
    ) -> None:
        """`suspended` is called before the program stops at Ctrl-Z, `resumed` when it goes on."""
        self._fd = stdin.fileno()
        self._suspended = suspended
        self._resumed = resumed
        self._decoder = Decoder()
        self._ready: deque[str] = deque()
        self._open = True
        self._away = False
        self._before: list[Any] | None = None
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> Self:
        import termios

        self._before = termios.tcgetattr(self._fd)
        try:
            self._listen()
            self._catch()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the terminal back as it was; more than once is harmless."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers = {}
        self._forget()
        self._restore()
        self._before = None

    def read(self, timeout: float) -> str | None:
        """The next key as a word, or None when `timeout` seconds have passed without one."""
        until = time.monotonic() + timeout
        while not self._ready:
            left = until - time.monotonic()
            if left <= 0 and timeout > 0:
                return None
            if not self._open:
                time.sleep(max(0.0, left))
                return None
            self._wait(max(0.0, left))
            if timeout <= 0:
                break
        return self._ready.popleft() if self._ready else None

    def _wait(self, timeout: float) -> None:
        waiting = self._decoder.waiting
        patience = LONE_ESCAPE if waiting else timeout
        readable, _, _ = select.select([self._fd], [], [], patience)
        if readable:
            data = self._bytes()
            self._open = bool(data)
            self._ready += self._decoder.feed(data) if data else self._decoder.flush()
        elif waiting:
            self._ready += self._decoder.flush()

    def _bytes(self) -> bytes:
        try:
            return os.read(self._fd, 1024)
        except OSError:
            return b""  # the terminal has gone

    # ── the terminal ─────────────────────────────────────────────────────────────────────────────────────

    def _listen(self) -> None:
        import termios
        import tty

        # At once, and nothing lost: a `q` that was typed too early still stops.
        tty.setcbreak(self._fd, termios.TCSANOW)

    def _restore(self) -> None:
        import termios

        if self._before is None:
            return
        with suppress(termios.error):  # there may be no terminal any more
            termios.tcsetattr(self._fd, termios.TCSANOW, self._before)

    def _forget(self) -> None:
        """Keys pressed for the session are no commands for the shell after it."""
        import termios

        if self._before is not None:
            with suppress(termios.error):
                termios.tcflush(self._fd, termios.TCIFLUSH)

    def _catch(self) -> None:
        """Hear of Ctrl-Z and of going on; only the main thread may ask for that."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number, handler in ((signal.SIGTSTP, self._stop), (signal.SIGCONT, self._go_on)):
            before = signal.getsignal(number)
            if before not in (None, signal.SIG_IGN):
                self._handlers[number] = signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._suspended()
        self._restore()
        self._away = True
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)  # the program stops here, and goes on from here
        if self._away:
            self._go_on(number, frame)

    def _go_on(self, _: int, __: FrameType | None) -> None:
        self._away = False
        if signal.SIGTSTP in self._handlers:
            signal.signal(signal.SIGTSTP, self._stop)
        self._listen()
        self._resumed()


class NoKeys:
    """No keys at all: where the input is no terminal. `read` only waits."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        pass

    def read(self, timeout: float) -> str | None:
        """None, after `timeout` seconds."""
        time.sleep(max(0.0, timeout))
        return None


def keys(
    stdin: TextIO | None,
    *,
    suspended: Callable[[], None] = lambda: None,
    resumed: Callable[[], None] = lambda: None,
) -> KeyReader:
    """The keys of this input: real ones on a terminal, none otherwise. Use it as a context."""
    try:
        import termios  # noqa: F401 - missing on Windows

        terminal = stdin is not None and stdin.isatty()
    except (ImportError, ValueError):
        terminal = False
    if not terminal or stdin is None:
        return NoKeys()
    return Keys(stdin, suspended=suspended, resumed=resumed)
