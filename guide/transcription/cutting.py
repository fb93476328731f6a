"""Where a recording is cut into pieces that a model can take: at pauses, and else at the quietest place.

Pure, and in windows of 32 ms: one after the other goes in, and a piece comes out when it is clear where it
ends. Nothing voiced is ever outside of all pieces, and no two pieces share a window.
"""

from dataclasses import dataclass

WINDOW = 512
"""Samples at 16 kHz: what the finder of pauses looks at in one go."""
SECOND = 16_000 / WINDOW
"""Windows."""
LONGEST = int(30 * SECOND)
"""Windows of a piece, at most: the model was made for no more."""
BEFORE, AFTER = int(0.4 * SECOND), int(0.3 * SECOND)
"""Windows of room around what is voiced: a soft beginning or end is not always taken for voice."""
_PATIENCE = tuple(
    (int(most * SECOND), int(pause * SECOND)) for most, pause in ((10, 1.0), (20, 0.6), (30, 0.35))
)
"""How long a piece is up to now, and how long a pause ends it then: the longer it is, the shorter a pause.

Measured on spoken pages: a model that hears several sentences at once takes fewer words for others.
"""
_SMOOTH = 3
"""Windows over which the quietest place is looked for."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the recording."""

    start: int
    """Windows since the beginning."""
    end: int
    """Windows; not part of it, as of all ends here."""
    voiced: tuple[int, int]
    """From where to where someone speaks in it; the rest is room around."""


class Cutter:
    """Takes windows, gives spans."""

    def __init__(self) -> None:
        self._at = 0
        """Windows that came."""
        self._levels: list[float] = []
        """Of the windows from `needed` on."""
        self._start: int | None = None
        """Of the open span, if one is."""
        self._first = self._voiced = 0
        """The first voiced window of the open span, and the one after the last."""
        self._taken = 0
        """The end of the last span."""

    @property
    def needed(self) -> int:
        """The earliest window that a coming span may begin with."""
        return max(self._taken, self._at - BEFORE) if self._start is None else self._start

    def push(self, level: float, *, voiced: bool) -> Span | None:
        """One window, how loud it is (in any rising measure) and whether it is voiced."""
        if voiced:
            if self._start is None:
                self._start, self._first = self.needed, self._at
            self._voiced = self._at + 1
        self._levels.append(level)
        self._at += 1
        span = None if self._start is None else self._span(self._start)
        del self._levels[: len(self._levels) - (self._at - self.needed)]
        return span

    def end(self) -> Span | None:
        """There is nothing more."""
        if self._start is None:
            return None
        return Span(self._start, min(self._voiced + AFTER, self._at), (self._first, self._voiced))

    def _span(self, start: int) -> Span | None:
        length = self._at - start
        if self._at - self._voiced >= _patience(length):
            end = self._voiced + AFTER
        elif length == LONGEST:
            end = start + quietest(self._levels)
        else:
            return None
        span = Span(start, end, (self._first, min(self._voiced, end)))
        self._taken = self._first = end
        self._start = end if self._voiced > end else None  # or someone goes on speaking
        return span


def quietest(levels: list[float]) -> int:
    """Where to cut: the quietest place of the last half, never the very end."""
    first, last = max(1, len(levels) // 2), len(levels) - _SMOOTH
    places = range(first, max(first + 1, last))
    return min(places, key=lambda at: sum(levels[at - 1 : at - 1 + _SMOOTH]))


def _patience(length: int) -> int:
    """Windows of pause that end a piece of that length."""
    return next(pause for most, pause in _PATIENCE if length <= most)
