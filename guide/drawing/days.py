"""A calendar as a drawing: a circle for each day on which something was sat, a dot for a day of rest."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from guide.days import Days, counted, span, told
from guide.drawing.labels import cut, width
from guide.drawing.legend import TEXT
from guide.drawing.marks import SMALL
from guide.drawing.sheet import WIDE, document
from guide.drawing.svg import element, escaped

_LEFT, _RIGHT, _TITLE = 14.0, 14.0, 20.0
_FULL = 60
"""Minutes of the widest circle; a longer day has the same."""
_SMALLEST = 0.35
"""The radius of the shortest sitting, as a share of the widest."""
_REST = 1.8
_KNOWN = (10, 20, 40)
"""Minutes of the circles of the legend."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where the days stand."""

    left: float
    across: float
    """Units from a day to the next."""
    down: float
    """Units from a row to the next."""
    largest: float
    """The radius of the widest circle."""

    def x(self, column: int) -> float:
        return self.left + (column + 0.5) * self.across

    def radius(self, minutes: int) -> float:
        """The area grows with the minutes."""
        return self.largest * max(_SMALLEST, math.sqrt(min(minutes, _FULL) / _FULL))


_WEEKS = _Grid(left=84.0, across=54.0, down=27.0, largest=11.5)
_MONTHS = _Grid(left=72.0, across=13.6, down=21.0, largest=6.3)


def calendar(days: Days) -> str:
    """A span of days as an SVG document, by weeks or, where it is long, by months.

    It holds dates and minutes, no names of sessions. Pure, and the same for the same days to the last byte.
    """
    grid = _MONTHS if days.long else _WEEKS
    rows = list(days.months() if days.long else days.weeks())
    y = 74.0
    pieces = [*_head(days), *_columns(days, grid, y)]
    for row in rows:
        y += grid.down
        pieces += _row(days, row, grid, y, rows)
    return document(f"Looking back, {span(days)}", _told(days), [*pieces, *_legend(grid, y + 34)], y + 50)


def _head(days: Days) -> Iterator[str]:
    total, right = f"{days.minutes:,} min", WIDE - _LEFT
    yield _text(total, right, 29.0, _TITLE - 3, class_="title", text_anchor="end")
    room = right - _LEFT - width(total, _TITLE - 3) - 16
    yield _text(cut(span(days), room, _TITLE), _LEFT, 29.0, _TITLE, class_="title")
    sat = f"{counted(len(days.sat), 'sitting')} on {counted(len(days.by_day), 'day')}"
    yield _text(sat, _LEFT, 48.0, TEXT, class_="q")


def _columns(days: Days, grid: _Grid, y: float) -> Iterator[str]:
    """What stands above the days: their names, or their numbers in the month."""
    named = list(enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")))
    if days.long:
        named = [(day - 1, str(day)) for day in (1, 5, 10, 15, 20, 25, 30)]
    for column, name in named:
        yield _text(name, grid.x(column), y + 4, SMALL, class_="q", text_anchor="middle")
    yield _text("min", WIDE - _RIGHT, y + 4, SMALL, class_="q", text_anchor="end")


def _row(
    days: Days, row: Sequence[date | None], grid: _Grid, y: float, rows: Sequence[Sequence[date | None]]
) -> Iterator[str]:
    beginning = next(day for day in row if day)
    name = f"{beginning.day} {beginning:%b}"
    if days.long:
        turns = row is rows[0] or beginning.month == 1
        name = f"{beginning:%b}" + (f" {beginning.year}" if turns else "")
    yield _text(name, _LEFT, y + 4, TEXT, class_="q")
    by_day = days.by_day
    for column, day in enumerate(row):
        if day is not None:
            sat = by_day.get(day, 0)
            size = grid.radius(sat) if sat else _REST
            said = f"{day.day} {day:%B}: {counted(sat, 'minute') if sat else 'a day of rest'}"
            title = element("title", escaped(said))
            yield element("circle", title, class_="tone" if sat else "inner", cx=grid.x(column), cy=y, r=size)
    if total := sum(by_day.get(day, 0) for day in row if day):
        yield _text(f"{total:,}", WIDE - _RIGHT, y + 4, TEXT, text_anchor="end")


def _legend(grid: _Grid, y: float) -> Iterator[str]:
    x = _LEFT
    for size, name, kind in (
        (_REST, "a day of rest", "inner"),
        *((grid.radius(minutes), f"{minutes} min", "tone") for minutes in _KNOWN),
        (grid.largest, "an hour and more", "tone"),
    ):
        yield element("circle", class_=kind, cx=x + grid.largest, cy=y, r=size)
        yield _text(name, x + 2 * grid.largest + 5, y + 4, TEXT, class_="q")
        x += 2 * grid.largest + 5 + width(name, TEXT) + 14


def _text(text: str, x: float, y: float, size: float, **attributes: str) -> str:
    return element("text", escaped(text), x=x, y=y, font_size=size, **attributes)


def _told(days: Days) -> str:
    """The picture in words, for those who cannot see it."""
    if not days.sat:
        return "Days of rest."
    listed = ", ".join(
        f"{day.day} {day:%B}{f' {day.year}' if days.first.year != days.last.year else ''} {sat}"
        for day, sat in days.by_day.items()
    )
    return f"{told(days)}. The minutes of each: {listed}. The other days were days of rest."
