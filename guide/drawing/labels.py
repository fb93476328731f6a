"""How wide words are, about, and where the names of parts stand so that none touches another."""

from collections.abc import Sequence
from dataclasses import dataclass

from guide.drawing.svg import clean
from guide.legible import ELLIPSIS, columns

_NARROW, _THIN, _WIDE = frozenset(" iIjl|!.,:;'`’‘·"), frozenset('ftr()[]-"/“”'), frozenset("mwMW@%—…")
_SHORTEST = 3
"""Letters that are left of a name at least; where there is no room for them, it is not written."""


def width(text: str, size: float) -> float:
    """How wide a text of a size is at most, about: measured with the widest of the usual fonts in mind."""
    return size * sum(map(_em, text))


def _em(letter: str) -> float:
    if letter in _NARROW:
        return 0.34
    if letter in _THIN:
        return 0.42
    if letter in _WIDE:
        return 1.0
    if not letter.isascii():
        return (0.0, 0.72, 1.05)[columns(letter)]
    return 0.72 if letter.isupper() else 0.63


def cut(text: str, room: float, size: float) -> str:
    """The text, or as much of its beginning as has room, and an ellipsis; nothing where that is no help."""
    words = clean(text)
    # What takes no room, such as accents upon accents, is cut by count.
    if width(words, size) <= room and len(words) <= room:
        return words
    room -= width(ELLIPSIS, size)
    used, kept = 0.0, 0
    for letter in words[: max(0, int(room))]:
        used += width(letter, size)
        if used > room:
            break
        kept += 1
    return words[:kept].rstrip() + ELLIPSIS if kept >= _SHORTEST else ""


@dataclass(frozen=True, slots=True)
class Name:
    """What is to be written at a place of a line."""

    x: float
    text: str
    size: float
    bold: bool = False

    @property
    def width(self) -> float:
        """How wide it is, whole."""
        return width(self.text, self._measure)

    def within(self, room: float) -> str:
        """As much of it as has room."""
        return cut(self.text, room, self._measure)

    @property
    def _measure(self) -> float:
        return self.size * (1.1 if self.bold else 1.0)


@dataclass(frozen=True, slots=True)
class Written:
    """Where it is written: row 0 is the lowest; its text may be cut, or nothing."""

    name: Name
    row: int
    text: str


def packed(names: Sequence[Name], right: float, rows: int) -> list[Written]:
    """The names, in the order of their places, each in the lowest row where it touches nothing.

    From each a line leads straight down from its beginning, and no name lies on the line of another. In at
    most `rows` rows: what has room in none of them is cut. `right` is the end of all rows.
    """
    placed: list[Written] = []
    free = [right] * rows
    for name in reversed(names):
        # The higher a row, the more of it is free.
        row = next((row for row in range(rows) if name.x + name.width <= free[row]), free.index(free[-1]))
        text = name.within(free[row] - name.x)
        placed.append(Written(name, row, text))
        if text:
            # Lines come down from here through every lower row.
            free[: row + 1] = [min(edge, name.x - 0.5 * name.size) for edge in free[: row + 1]]
    return placed[::-1]


def preferred(names: Sequence[Name], right: float, rows: int) -> list[Written]:
    """The names as `packed` places them, those that are not bold left out where a bold one would be cut."""
    kept = list(names)
    while True:
        found = packed(kept, right, rows)
        cramped = [one.name for one in found if one.name.bold and one.text != clean(one.name.text)]
        cramped = [name for name in cramped if name.x + name.width <= right]
        lesser = [name for name in kept if not name.bold and cramped and name.x >= cramped[-1].x]
        if not lesser:
            return found
        kept.remove(max(lesser, key=lambda name: name.width))
