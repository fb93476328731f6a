"""`guide support`: what this is and is not, and where help is. Needs no network and imports nothing heavy."""

import datetime as dt
import json
import os
import re
from typing import Any

import click

from guide.cli import terminal
from guide.cli.anyway import Anyway, tell, trouble
from guide.errors import GuideError
from guide.legible import columns, folded, legible, wrapped
from guide.support import EMERGENCY, GROUNDING, SENTENCES, Help, Line, Region, is_old

_WIDEST = 76
_FIRST = 3
"""Sentences that come before where help is; the others can wait until it has been seen."""
_LETTERS = re.compile(r"[A-Za-z]{2}")


class RegionType(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest Click
    """The two letters of a region."""

    name = "XX"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not _LETTERS.fullmatch(str(value).strip()):
            self.fail(
                f"'{legible(str(value))}' is not the two letters of a region, like AT or NZ", param, ctx
            )
        return str(value).strip().upper()


@click.command(cls=Anyway)
@click.option("--region", type=RegionType(), help="The two letters of where you are, like AT.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for other programs.")
def support(region: str | None, *, as_json: bool) -> None:
    """Say what this is and is not, and where help is."""
    today = dt.date.today()
    try:
        known: Help | None = Help.load()
        problem = ""
    except GuideError as error:  # the sentences, and the emergency number, stand without the file
        known, problem = None, str(error)
    place = region or _here()
    if as_json:
        click.echo(json.dumps(as_data(known, place, today), ensure_ascii=False, indent=2))
    else:
        width, encoding = terminal.width(_WIDEST), terminal.encoding()
        for line in page(known, place, today, width, asked=region is not None):
            click.echo(folded(line, encoding))
    if wrong := trouble():
        tell(wrong)
    if problem:
        raise GuideError(problem)


def page(known: Help | None, place: str | None, today: dt.date, width: int, *, asked: bool) -> list[str]:
    """The whole page in lines of at most `width` columns, where no word is wider.

    `place` is a region; whether it was `asked` for decides if it is said that nothing is known of it.
    """
    first, rest = SENTENCES[:_FIRST], SENTENCES[_FIRST:]
    lines = [line for sentence in first for line in [*wrapped(sentence, width), ""]]
    lines += ["Where help is", "", *_entry(EMERGENCY, "", width)]
    if known:
        lines += _places(known, place, today, width, asked=asked)
    lines += ["", f"For steady ground, here and now: {GROUNDING}"]
    return [*lines, *(line for sentence in rest for line in ["", *wrapped(sentence, width)])]


def _places(known: Help, place: str | None, today: dt.date, width: int, *, asked: bool) -> list[str]:
    region = known.regions.get(place or "")
    lines: list[str] = []
    if region:
        lines += [
            f"  In {legible(region.name)}",
            *(one for line in region.lines for one in _line(line, today, width)),
        ]
    for one in known.international:
        lines += _entry(one.site, one.what, width)
    if asked and not region:
        sites = " and ".join(one.site for one in known.international)
        lines += [
            "",
            *wrapped(f"There are no lines for {place} here yet; {sites} find them by country.", width),
        ]
    if is_old(known.checked, today):
        lines += [
            "",
            *wrapped(f"Somebody last went through this list on {known.day}; it may have changed.", width),
        ]
    return lines


def _line(line: Line, today: dt.date, width: int) -> list[str]:
    ways = [line.number, f"text {line.text}" if line.text else None, line.site]
    more = [line.hours, ", ".join(line.languages)]
    if is_old(line.checked, today):
        more.append(f"last checked on {dt.date.fromordinal(line.checked)}")
    words = "; ".join(legible(one) for one in [*ways, *more] if one)
    return _entry(legible(line.name), words, width)


def _entry(name: str, words: str, width: int) -> list[str]:
    """A name and a few words about it: on one line, or the words below it."""
    if not words:
        return [f"  {name}"]
    if columns(name) + columns(words) + 6 <= width:
        return [f"  {name:<20}  {words}"]
    return [f"  {name}", *(f"    {line}" for line in wrapped(words, max(20, width - 4)))]


def as_data(known: Help | None, place: str | None, today: dt.date) -> dict[str, object]:
    """The page as `--json` shows it; without the file what is known without it."""
    region = known.regions.get(place or "") if known else None
    return {
        "sentences": list(SENTENCES),
        "emergency": EMERGENCY,
        "grounding": GROUNDING,
        "checked": str(known.day) if known else None,
        "outdated": known.outdated(today) if known else None,
        "international": [
            {"name": one.name, "site": one.site, "what": one.what}
            for one in (known.international if known else ())
        ],
        "region": _as_region(place, region) if place and region else None,
    }


def _as_region(code: str, region: Region) -> dict[str, object]:
    lines = [
        {
            "name": one.name,
            "number": one.number,
            "text": one.text,
            "site": one.site,
            "hours": one.hours,
            "languages": list(one.languages),
            "checked": str(dt.date.fromordinal(one.checked)),
        }
        for one in region.lines
    ]
    return {"code": code, "name": region.name, "lines": lines}


def _here() -> str | None:
    """The region of this machine's language setting: AT of `de_AT.UTF-8`."""
    setting = next((os.environ[key] for key in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(key)), "")
    found = re.match(r"[a-z]{2,3}_([A-Z]{2})(?![A-Za-z])", setting)
    return found[1] if found else None
