"""The journal as it is opened: a page of its newest entries."""

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from guide.cli import terminal
from guide.course import NO_DATE, day
from guide.duration import clock
from guide.journal import Entry
from guide.legible import columns, cut, folded, legible

_WIDEST = 80
_MOST, _FEWEST, _USUAL = 20, 3, 10
LETTERS = 32
"""Of a waveform; with the indent it stands in 40 columns."""
_SHORTEST = 12
"""Columns of a title at least, where the screen is narrow."""


def page(
    entries: Sequence[Entry],
    now: datetime,
    width: int,
    encoding: str = "utf-8",
    *,
    most: int = _USUAL,
    drawn: Callable[[Entry], str | None] = lambda _: "",
) -> list[str]:
    """The newest of some entries (oldest first) as lines, at most `width` columns where that is 40 or more.

    `drawn` gives the waveform of a spoken one: nothing where it cannot be read, None where it is gone.
    """
    shown = entries[: -most - 1 : -1]
    digits = max(len(str(entry.id)) for entry in shown)
    shapes = {entry.id: drawn(entry) for entry in shown if entry.kind == "spoken"}
    lines = []
    for entry in shown:
        within = _within(entry, shapes.get(entry.id), encoding)
        first, *rest = _entry(entry, within, now, width - digits - 2, encoding)
        lines += [f"{entry.id:>{digits}}  {first}", *(" " * (digits + 2) + line for line in rest)]
    return [
        *lines,
        "",
        *(cut(line, width, folded("…", encoding)) for line in _suggestions(shown, shapes, len(entries))),
    ]


def when(entry: Entry) -> str:
    """When an entry was begun, short and in digits: `2026-11-23 07:01`."""
    return f"{entry.created:%Y-%m-%d %H:%M}" if entry.dated else NO_DATE


def fitting() -> int:
    """How many entries a page has in this terminal."""
    if not sys.stdout.isatty():
        return _USUAL
    return min(max(_FEWEST, (shutil.get_terminal_size().lines - 4) // 2), _MOST)


def width() -> int:
    """How wide a page is in this terminal."""
    return terminal.width(_WIDEST)


def _entry(entry: Entry, within: str, now: datetime, room: int, encoding: str) -> list[str]:
    """An entry in two lines, or three where there is little room for its title."""
    between, ellipsis = folded(" · ", encoding), folded("…", encoding)
    when = f"{day(entry.created, now)}, {entry.created:%H:%M}" if entry.dated else NO_DATE
    title = legible(entry.title or entry.session or "", encoding) or "Reflection"
    left = room - columns(f"{when}{between}{between}{_what(entry)}")
    if left >= min(_SHORTEST, columns(title)):
        lines = [between.join((when, cut(title, left, ellipsis), _what(entry)))]
    else:
        lines = [f"{when}{between}{_what(entry)}", title]
    lines += [within] if within else []
    return [cut(line, room, ellipsis) for line in lines]


def _suggestions(shown: Sequence[Entry], shapes: Mapping[int, str | None], count: int) -> list[str]:
    """What to type, one line each."""
    heard = next((number for number, shape in shapes.items() if shape), None)
    rows = [
        (f"guide journal show {shown[0].id}", "read it whole"),
        (f"guide journal play {heard}", "hear it"),
        ("guide journal list", f"all {count}" if count > 1 else "in one line"),
    ]
    said = [row for row in rows if heard or "play" not in row[0]]
    wide = max(len(words) for words, _ in said)
    return [f"  {words:<{wide}}   {meaning}" for words, meaning in said]


def _what(entry: Entry) -> str:
    if entry.kind == "spoken":
        return f"spoken, {clock(entry.frames)}"
    return "written" if entry.kind == "written" else "marks"


def _within(entry: Entry, shape: str | None, encoding: str) -> str:
    """What is in an entry, in one line; `shape` as `drawn` gave it."""
    if entry.words is not None:
        return legible(entry.words, encoding)
    if entry.sealed is not None and entry.kind != "spoken":
        return "sealed"
    if heard := legible(entry.transcript or "", encoding):
        return heard
    if entry.marks:
        return legible(", ".join(f"{one.ask} {one.mark}" for one in entry.marks), encoding)
    if shape is None and entry.kind == "spoken":
        return f"its recording {legible(entry.recording or '', encoding)} is gone"
    return shape or ""
