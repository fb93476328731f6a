"""`guide journal stats`: a calendar of what was sat. Imports nothing heavy unless it draws."""

import datetime as dt
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from guide.cli import terminal
from guide.days import LEVELS, Days, counted, level, span, told
from guide.folders import Folders
from guide.legible import columns, cut, folded, legible, unicode_in, wrapped

_WIDEST = 80
_MARKS, _PLAIN = "·▂▄▆█", ".-+*#"
"""From a day of rest to much, in letters and in plain ones."""
_TIMES = {1: "once", 2: "twice"}
_PARTS = {"morning": "in the morning", "afternoon": "in the afternoon", "evening": "in the evening"}
_PARTS["night"] = "at night"


class _Date(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest Click
    """A day or a month, as people write them to a computer."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        if isinstance(value, dt.date):
            return value
        text = str(value)
        try:
            return dt.date.fromisoformat(f"{text}-01" if len(text) == len("2026-09") else text)
        except ValueError:
            self.fail(f"'{value}' is no date; write it like 2026-09-01, or 2026-09 for a month.", param, ctx)


@click.command()
@click.option("--since", type=_Date(), metavar="DATE", help="From this day on, like 2026-09-01.")
@click.option("--year", type=click.IntRange(2020, 9998), metavar="YYYY", help="A whole year.")
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON, and it stays as it is.")
@click.option(
    "--svg", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), metavar="FILE",
    help="Draw it as an SVG file instead, readable by you alone; - is the standard output.",
)  # fmt: skip
def stats(since: dt.date | None, year: int | None, svg: Path | None, *, as_json: bool) -> None:
    """Look back: a calendar of the last weeks, or since a day, or of a year."""
    from guide.desk.way import sittings

    today = dt.date.today()
    _checked(since, year, svg, today, as_json=as_json)
    folders = Folders.find()
    everything = sittings(folders)
    days = Days.back(everything, today, since=since, year=year)
    if svg:
        _draw(svg, days)
    elif as_json:
        click.echo(json.dumps(as_data(days, _titles(folders)), ensure_ascii=False, indent=2))
    else:
        width, encoding = terminal.width(_WIDEST), terminal.encoding()
        for line in page(days, _titles(folders), width, encoding, begun=bool(everything)):
            click.echo(line)


def page(
    days: Days, titles: Mapping[str, str], width: int, encoding: str, *, begun: bool = True
) -> list[str]:
    """A calendar as lines of at most `width` columns, where that is 40 or more.

    `titles` are those of the sessions that are known; `begun` tells whether anything was sat at all.
    """
    left_out = " ".join(filter(None, (_astray(days), _undated(days))))
    lost = wrapped(folded(left_out, encoding), width)
    if not days.sat:
        nothing = _nothing(days, begun=begun or bool(left_out))
        return [*wrapped(folded(nothing, encoding), width), *lost]
    marks = _MARKS if unicode_in(encoding) else _PLAIN
    lines = [span(days), ""]
    lines += _months(days, marks) if days.long else _weeks(days, marks)
    lines += ["", *wrapped(_legend(marks), width), "", *wrapped(f"{told(days)}, {_begun(days)}.", width)]
    lines += _sessions(days, titles, width, encoding)
    return [*lines, *([""] if lost else []), *lost]


def as_data(days: Days, titles: Mapping[str, str]) -> dict[str, Any]:
    """A calendar as `--json` shows it. Minutes are whole; a day on which nothing was sat is not in it."""
    on: dict[dt.date, list[str]] = {}
    for one in days.sat:
        on.setdefault(one.started.date(), []).append(one.session)
    return {
        "from": days.first.isoformat(),
        "to": days.last.isoformat(),
        "sittings": len(days.sat),
        "minutes": days.minutes,
        "days": [
            {"date": day.isoformat(), "sittings": len(on[day]), "minutes": sat, "sessions": on[day]}
            for day, sat in days.by_day.items()
        ],
        "sessions": [
            {"name": name, "title": titles.get(name), "sittings": times, "minutes": sat}
            for name, (times, sat) in days.by_session.items()
        ],
        "began": days.by_part,
        "misdated": len(days.astray),
        "undated": len(days.undated),
    }


def _checked(
    since: dt.date | None, year: int | None, svg: Path | None, today: dt.date, *, as_json: bool
) -> None:
    if since and year:
        raise click.UsageError("Choose one: --since or --year.")
    if svg and as_json:
        raise click.UsageError("Choose one: --json or --svg.")
    if (since and since > today) or (year and year > today.year):
        raise click.UsageError("That has not come yet; it is looked back here.")
    if svg and not svg.absolute().parent.is_dir():
        raise click.BadParameter(f"there is no folder {svg.absolute().parent}", param_hint="--svg")


def _weeks(days: Days, marks: str) -> Iterator[str]:
    """A row for each week, 34 columns wide."""
    yield " " * 7 + "".join(f"{name:>3}" for name in ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")) + "   min"
    cell = _cell(days, marks)
    by_day = days.by_day
    for week in days.weeks():
        beginning = next(day for day in week if day)
        row = f"{beginning.day:>2} {beginning:%b}"
        sat = sum(by_day.get(day, 0) for day in week if day)
        yield f"{row:>6} {''.join(f'{cell(day):>3}' for day in week)}{sat or '':>6}".rstrip()


def _months(days: Days, marks: str) -> Iterator[str]:
    """A row for each month, a column for each day: 40 columns wide."""
    numbers = "".join(f"{day:<5}" for day in (5, 10, 15, 20, 25, 30))
    yield f"    1   {numbers.rstrip()}  min"
    cell = _cell(days, marks)
    by_day = days.by_day
    for number, month in enumerate(days.months()):
        beginning = next(day for day in month if day)
        if days.first.year != days.last.year and (number == 0 or beginning.month == 1):
            yield f"{beginning.year}"
        sat = sum(by_day.get(day, 0) for day in month if day)
        yield f"{beginning:%b} {''.join(map(cell, month)):<31}{sat or '':>5}".rstrip()


def _cell(days: Days, marks: str) -> Callable[[dt.date | None], str]:
    by_day = days.by_day
    return lambda day: " " if day is None else marks[level(by_day.get(day, 0))]


def _legend(marks: str) -> str:
    little, some, much = LEVELS
    signs = (f"a day of rest, up to {little} minutes, up to {some}, up to {much}, more").split(", ")
    return ", ".join(f"{mark} {sign}" for mark, sign in zip(marks, signs, strict=True))


def _sessions(days: Days, titles: Mapping[str, str], width: int, encoding: str) -> Iterator[str]:
    rows = [
        (legible(titles.get(name) or name, encoding), f"{_TIMES.get(times, f'{times} times')}, {sat} min")
        for name, (times, sat) in days.by_session.items()
    ]
    room = width - max(len(sat) for _, sat in rows) - 4
    wide = min(room, max(columns(title) for title, _ in rows))
    for title, sat in rows:
        shown = cut(title, wide, folded("…", encoding))
        yield f"  {shown}{' ' * (wide - columns(shown))}  {sat}"


def _begun(days: Days) -> str:
    """When in the day the sittings began."""
    said = [f"{count} {_PARTS[part]}" for part, count in days.by_part.items()]
    *most, last = said
    if most:
        return f"{', '.join(most)} and {last}"
    part = _PARTS[next(iter(days.by_part))]
    return {1: "begun ", 2: "both begun "}.get(len(days.sat), "all begun ") + part


def _nothing(days: Days, *, begun: bool) -> str:
    if not begun:
        return "Nothing was sat yet. `guide play` begins, on any day you like."
    return f"{span(days)}: days of rest. They are days, too. `--since` and `--year` look further back."


def _astray(days: Days) -> str:
    if not days.astray:
        return ""
    day = days.astray[0].started.date()
    when = f"{day.day} {day:%B} {day.year}"
    if len(days.astray) == 1:
        return f"1 sitting has a date that cannot be, {when}: a clock was wrong, then or now. It is left out."
    return (
        f"{len(days.astray)} sittings have dates that cannot be, the first {when}: "
        "a clock was wrong, then or now. They are left out."
    )


def _undated(days: Days) -> str:
    count = len(days.undated)
    if count == 1:
        return "1 sitting has no date, since the clock was not set. It is left out."
    return f"{count} sittings have no date, since the clock was not set. They are left out." if count else ""


def _titles(folders: Folders) -> dict[str, str]:
    from guide.library import Library

    return {header.name: header.title for header in Library.find(folders).headers()}


def _draw(path: Path, days: Days) -> None:
    """Write the picture to a file (0600), or to the standard output. Raises StorageError."""
    from guide import writing
    from guide.drawing.days import calendar

    text = calendar(days)
    if str(path) == "-":
        sys.stdout.buffer.write(text.encode())
        return
    writing.write_text(path, text, private=True)
    click.echo(f"{click.format_filename(path)}: {span(days)}, {counted(days.minutes, 'minute')}.")
