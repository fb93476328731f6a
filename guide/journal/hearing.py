"""A recording on its way to a loudspeaker, with pauses and leaps; each edge is soft."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np

from guide.duration import RATE, frames
from guide.errors import StorageError
from guide.journal.comfort import CEILING, lift, mono
from guide.loudness import REACH, limited
from guide.sound import Sound, faded, linear, openable

Verb: TypeAlias = Literal["toggle", "back", "on", "stop"]

LEAP = frames(10)
"""Frames that `back` and `on` move by."""
_BLOCK = RATE // 10
_EDGE = frames(0.05)
_TAIL = frames(0.4)
"""Silence after the end: a card that is stopped forgets what it still holds (0.25 s, measured)."""


class Sink(Protocol):
    """Where blocks go; it sets the pace."""

    def write(self, block: Sound) -> None:
        """Take a block, float32 `(n, 2)`, and wait until there was room."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is in a recording."""

    at: int
    """The next frame that sounds."""
    frames: int
    """Of the whole."""
    paused: bool


def hear(
    source: Path | BytesIO,
    sink: Sink,
    ask: Callable[[Place], Verb | None] = lambda _: None,
    *,
    as_is: bool = True,
) -> bool:
    """Play a recording, a file or in memory, to its end; an interruption (Ctrl-C) fades it out.

    Returns whether it came to its end, with nothing left out on the way.

    Unless it is played `as_is`, a quiet voice is raised, by one gain for all of it; see `comfort`.

    Before each tenth of a second `ask` hears where it is, and says what is wanted; it is asked until that is
    nothing. Raises StorageError when the file cannot be read, and what the sink raises.
    """
    with _opened(source) as file:
        return _Hearing(file, sink, ask, gain=0.0 if as_is else lift(file)).run()


class _Hearing:
    """One recording being heard."""

    def __init__(
        self, file: Any, sink: Sink, ask: Callable[[Place], Verb | None], *, gain: float = 0.0
    ) -> None:
        """`gain` in dB, 0 or more."""
        self._file = file
        self._sink = sink
        self._ask = ask
        self._factor = np.float32(linear(gain))
        self._at = 0
        self._frames = int(file.frames)
        self._paused = self._left_out = False
        self._silent = True
        """Whether nothing sounds at the moment: what comes next is faded in, and nothing has to fade out."""

    def run(self) -> bool:
        """Whether all of it was heard."""
        stopped = True
        try:
            while not (stopped := not self._obeyed()) and self._step():
                pass
        except KeyboardInterrupt:
            stopped = True
            self._hush()
        self._sink.write(_quiet(_TAIL))
        return not stopped and not self._left_out

    def _obeyed(self) -> bool:
        """Do what is wanted; whether it goes on after that."""
        while verb := self._ask(Place(self._at, self._frames, self._paused)):
            self._hush()
            if verb == "stop":
                return False
            if verb == "toggle":
                self._paused = not self._paused
            else:
                self._left_out |= verb == "on"
                leap = LEAP if verb == "on" else -LEAP
                self._at = min(max(0, self._at + leap), self._frames)
        return True

    def _step(self) -> bool:
        """One block, or quiet in a pause; whether anything comes after it."""
        if self._paused:
            self._sink.write(_quiet(_BLOCK))
            return True
        block = self._read()
        into = _EDGE if self._silent else 0
        # It has moved on before it sounds: an interruption while it sounds does not say it twice.
        self._at += len(block)
        self._silent = False
        ends = len(block) < _BLOCK or self._at >= self._frames
        self._sink.write(_stereo(faded(block, into, _EDGE if ends else 0)))
        return not ends

    def _hush(self) -> None:
        """Fade out what sounds. The place stays: what faded is heard again from there."""
        if not self._silent:
            self._silent = True
            block = self._read()
            self._sink.write(_stereo(faded(block, 0, len(block))))

    def _read(self) -> Sound:
        """The next frames, mono, as loud as they are played."""
        if self._factor == 1:
            return self._frames_from(self._at, _BLOCK)
        # The limiter sees the same around each frame however it is cut, and does nothing without a peak.
        start = max(0, self._at - REACH)
        raised = self._frames_from(start, self._at - start + _BLOCK + REACH) * self._factor
        return limited(raised, CEILING)[self._at - start :][:_BLOCK]

    def _frames_from(self, start: int, count: int) -> Sound:
        if self._file.tell() != start:
            self._file.seek(start)
        return mono(self._file.read(count, dtype="float32", always_2d=True))


@contextmanager
def _opened(source: Path | BytesIO) -> Iterator[Any]:
    import soundfile

    name = "" if isinstance(source, BytesIO) else f" {source}"
    try:
        with soundfile.SoundFile(openable(source)) as file:
            yield file
    except (OSError, soundfile.SoundFileRuntimeError) as error:
        reason = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
        raise StorageError(f"The recording{name} cannot be read ({reason}).") from error


def _stereo(mono: Sound) -> Sound:
    return np.repeat(mono.reshape(-1, 1), 2, axis=1)


def _quiet(count: int) -> Sound:
    return np.zeros((count, 2), dtype=np.float32)
