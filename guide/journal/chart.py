"""Marks as a small chart of letters: a row for each thing, a column for each day, nothing added up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from guide.journal.entries import MOST, Entry
from guide.legible import columns, cut, folded, legible, unicode_in

_BLOCKS = "▁▂▃▄▅▆▇█"
_COLUMN = 10
"""Columns of the terminal that a day takes."""
_LABEL = 30
_MARGIN = 2


@dataclass(frozen=True, slots=True)
class Row:
    """What was marked, over time."""

    key: str
    ask: str
    """In the words of the last time."""
    marks: tuple[int | None, ...]
    """One for each entry, oldest first; None where it was left out."""


def rows(entries: Sequence[Entry]) -> list[Row]:
    """What these entries mark, in the order of the last of them."""
    asks: dict[str, str] = {}
    for entry in reversed(entries):
        for one in entry.marks:
            asks.setdefault(one.key, one.ask)
    given = [{one.key: one.mark for one in entry.marks} for entry in entries]
    return [Row(key, ask, tuple(marks.get(key) for marks in given)) for key, ask in asks.items()]


def chart(entries: Sequence[Entry], width: int, encoding: str = "utf-8") -> list[str]:
    """The entries as lines of at most `width` columns, 44 or more: as many of the last as fit.

    Every mark stands there as a number, and where the letters allow as a block of its height, too.
    """
    found = rows(entries)
    if not found:
        return []
    ellipsis = folded("…", encoding)
    labels = [cut(legible(row.ask, encoding), _LABEL, ellipsis) for row in found]
    wide = max(map(columns, labels))
    fit = max(1, (width - _MARGIN - wide) // _COLUMN)
    known = [entry.created.date() for entry in entries if entry.dated]
    days = [day(one.created.date(), known[-1]) if one.dated else "no date" for one in entries[-fit:]]
    lines = [" " * (_MARGIN + wide) + "".join(f"{one:>{_COLUMN}}" for one in days)]
    for row, label in zip(found, labels, strict=True):
        cells = "".join(f"{_cell(mark, encoding):>{_COLUMN}}" for mark in row.marks[-fit:])
        lines.append(" " * _MARGIN + label + " " * (wide - columns(label)) + cells)
    return lines


def day(one: date, latest: date) -> str:
    """A day above a column, `3 Oct`; with its year where that is not the latest day's, `Oct 2025`."""
    return f"{one.day} {one:%b}" if one.year == latest.year else f"{one:%b %Y}"


def _cell(mark: int | None, encoding: str) -> str:
    if mark is None:
        return folded("–", encoding)
    if not unicode_in(encoding):
        return str(mark)
    return f"{_BLOCKS[mark * (len(_BLOCKS) - 1) // MOST]} {mark:>2}"
