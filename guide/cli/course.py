"""`guide course`: the way through the sessions. Imports nothing heavy."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import click

from guide.cli.terminal import encoding, width
from guide.course import NO_DATE, Part, Past, Stop, day
from guide.desk.way import Way
from guide.errors import GuideError
from guide.folders import Folders
from guide.legible import columns, cut, folded, legible, unicode_in, wrapped
from guide.library import Library

_WIDEST = 100
_TIMES = {1: "", 2: ", twice"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for other programs.")
def course(*, as_json: bool) -> None:
    """Show the way through: what was sat and when, and what comes next."""
    folders = Folders.find()
    library = Library.find(folders)
    way = Way.found(folders, library)
    if way is None:
        raise GuideError(library.complaint() or "There is no course here. `guide list` shows the sessions.")
    for trouble in filter(None, (library.complaint(), way.trouble)):
        click.echo(trouble, err=True)
    if as_json:
        click.echo(json.dumps(as_data(way), ensure_ascii=False, indent=2))
        return
    for line in page(way, dt.datetime.now().astimezone(), width(_WIDEST), encoding()):
        click.echo(line)


def page(way: Way, now: dt.datetime, width: int, encoding: str) -> list[str]:
    """The way through as lines of at most `width` columns, where that is 60 or more."""
    stops = _stops(way)
    numbers = {stop.session: number for number, stop in enumerate(stops, 1)}
    table = _Table.of(way, now, width, encoding)
    lines = [legible(way.course.title, encoding)]
    lines += wrapped(legible(way.course.about or "", encoding), width)
    for part in way.course.parts:
        members = [stop for stop in stops if stop.part == part.name]
        if members:
            lines += ["", *wrapped(_heading(part, encoding), width)]
            lines += [table.row(stop.session, str(numbers[stop.session])) for stop in members]
            notes = (legible(note, encoding) for note in _notes(way, members, numbers))
            lines += [" " * 6 + line for note in notes for line in wrapped(note, width - 6)]
    if apart := [one.session for one in way.course.anytime if one.session in way.headers]:
        lines += ["", "At any time", *(table.row(name, "") for name in apart)]
    if core := [name for name in way.course.core if name in way.headers]:
        lines += ["", *wrapped(f"The short way: {', then '.join(core)}.", width)]
    lines += _next(way, width, encoding)
    return lines if stops or apart else [*lines, "None of its sessions is here. `guide list` shows what is."]


def as_data(way: Way) -> dict[str, Any]:
    """The way as `--json` shows it."""
    stops = _stops(way)
    return {
        "title": way.course.title,
        "parts": [{"name": one.name, "title": one.title, "about": one.about} for one in way.course.parts],
        "sessions": [
            {
                "number": number,
                "name": stop.session,
                "title": way.headers[stop.session].title,
                "part": stop.part,
                "why": stop.why,
                "after": [name for name in stop.after if name in way.headers],
                "note": stop.note,
                "suggested": stop.suggest == "yes",
                **_sat(way, stop.session),
            }
            for number, stop in enumerate(stops, 1)
        ],
        "anytime": [
            {
                "name": one.session,
                "title": way.headers[one.session].title,
                "why": one.why,
                **_sat(way, one.session),
            }
            for one in way.course.anytime
            if one.session in way.headers
        ],
        "core": [name for name in way.course.core if name in way.headers],
        "next": way.next
        and {"name": way.next.session, "why": way.next.why, "reason": way.next.reason, "type": "guide play"},
    }


def told(sat: Past | None, now: dt.datetime) -> str:
    """When and how often, in plain words: `Tuesday, twice`; nothing for never."""
    if sat is None:
        return ""
    return (day(sat.last, now) if sat.dated else NO_DATE) + _TIMES.get(sat.times, f", {sat.times} times")


class _Table:
    """Rows of sessions, all in the same columns."""

    def __init__(
        self, rows: dict[str, tuple[str, str]], next_one: str | None, width: int, encoding: str
    ) -> None:
        """`rows` has title and days by name, both legible."""
        self._rows = rows
        self._next = next_one
        self._ellipsis = folded("…", encoding)
        self._marks = ("→", "•") if unicode_in(encoding) else (">", "*")
        self._names = max(map(len, rows), default=0)
        days = max((len(days) for _, days in rows.values()), default=0)
        room = max(8, width - self._names - days - 10)
        self._titles = min(room, max((columns(title) for title, _ in rows.values()), default=0))

    @classmethod
    def of(cls, way: Way, now: dt.datetime, width: int, encoding: str) -> "_Table":
        """Of all the sessions of a way that are there."""
        course = way.course
        names = [*(one.session for one in course.sessions), *(one.session for one in course.anytime)]
        rows = {
            name: (way.title(name, encoding), told(way.sat.get(name), now))
            for name in names
            if name in way.headers
        }
        return cls(rows, way.next.session if way.next else None, width, encoding)

    def row(self, name: str, number: str) -> str:
        """One session; a mark tells the next one, another what was sat."""
        title, days = self._rows[name]
        mark = self._marks[0] if name == self._next else self._marks[1] if days else " "
        shown = cut(title, self._titles, self._ellipsis)
        shown += " " * (self._titles - columns(shown))
        return f"{mark} {number:>2}  {name:<{self._names}}  {shown}  {days}".rstrip()


def _stops(way: Way) -> list[Stop]:
    return [stop for stop in way.course.sessions if stop.session in way.headers]


def _heading(part: Part, encoding: str) -> str:
    return legible(f"{part.title}: {part.about}" if part.about else part.title, encoding)


def _notes(way: Way, members: list[Stop], numbers: dict[str, int]) -> Iterator[str]:
    """What is to be said of a part's sessions; what they come easier after, until that was sat."""
    easier: dict[tuple[int, ...], list[int]] = {}
    for stop in members:
        before = tuple(sorted(numbers[name] for name in stop.after if name in numbers))
        if any(name in numbers and name not in way.sat for name in stop.after):
            easier.setdefault(before, []).append(numbers[stop.session])
    for before, ones in easier.items():
        yield f"{_listed(ones)} {'comes' if len(ones) == 1 else 'come'} easier after {_listed(before)}."
    for stop in members:
        if stop.note:
            yield f"{numbers[stop.session]}: {stop.note}"
        if stop.again and stop.again.after in numbers:
            yield f"{numbers[stop.session]} comes once more after {numbers[stop.again.after]}."


def _next(way: Way, width: int, encoding: str) -> list[str]:
    if way.next is None:
        return []
    title = way.title(way.next.session, encoding)
    opening = {
        "new": f"Next: {title}.",
        "again": f"Next: {title}, once more.",
        "return": f"You have been all the way through. Of all of it, {title} has rested longest.",
    }[way.next.reason]
    words = f"{opening} {legible(way.next.why, encoding)}"
    return ["", *wrapped(words, width), "", f"  guide play   begins {way.next.session}"]


def _sat(way: Way, name: str) -> dict[str, Any]:
    sat = way.sat.get(name)
    return {
        "times": sat.times if sat else 0,
        "first": sat.first.isoformat() if sat and sat.dated else None,
        "last": sat.last.isoformat() if sat and sat.dated else None,
    }


def _listed(numbers: list[int] | tuple[int, ...]) -> str:
    *most, last = map(str, numbers)
    return f"{', '.join(most)} and {last}" if most else last
