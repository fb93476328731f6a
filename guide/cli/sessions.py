"""`guide list`, and the greeting of `guide` alone. Imports nothing heavy: both answer at once."""

import datetime as dt
import json
from collections.abc import Collection

import click

from guide import duration
from guide.cli import terminal
from guide.errors import GuideError
from guide.folders import Folders
from guide.legible import columns, cut, folded, legible, wrapped
from guide.library import Header, Library

_WIDEST = 100
"""Columns: a wider table is not easier to read."""
_OWN = "your own"
_DAY = range(4, 20)
"""The hours in which it is neither evening nor night."""


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for other programs.")
def list_sessions(*, as_json: bool) -> None:
    """Show the sessions: their name, their title, and how long they can be."""
    library = Library.find(Folders.find())
    headers = library.headers()
    if complaint := library.complaint():
        click.echo(complaint, err=True)
    if as_json:
        click.echo(json.dumps([as_data(header) for header in headers], ensure_ascii=False, indent=2))
        return
    for line in table(headers, terminal.width(), terminal.encoding()):
        click.echo(line)
    if not headers:
        click.echo("There are no sessions here. Write one: guide new evening")


def greet() -> None:
    """Say hello, show the sessions, what comes next, and what to type."""
    folders = Folders.find()
    encoding = terminal.encoding()
    library = Library.find(folders)
    headers = library.headers()
    click.echo("Welcome. Choose a session, sit or lie down, and be guided.\n")
    for line in table(headers, terminal.width(), encoding):
        click.echo(line)
    # Whether it can still be gone on with is looked at by `play`: the file's being there is enough here.
    unfinished = (folders.state / "session.json").is_file()
    following = _following(folders, library, headers, encoding)
    if following:
        click.echo("\n" + "\n".join(wrapped(following, terminal.width(_WIDEST))))
    late = dt.datetime.now().hour not in _DAY
    for line in suggestions(
        [one.name for one in headers], unfinished=unfinished, following=bool(following), late=late
    ):
        click.echo(folded(line, encoding))


def suggestions(names: Collection[str], *, unfinished: bool, following: bool, late: bool) -> list[str]:
    """What to type, one line each: `following` when something comes next, `late` in the evening."""
    example = "self-love" if "self-love" in names else next(iter(names), "self-love")
    rows = [
        ("guide play --resume", "go on where you stopped", unfinished),
        ("guide play", "the next one, at its usual length", following),
        ("guide play bedtime", "when the day is done", late and "bedtime" in names),
        (f"guide play {example} --for 10m", "any other, as long as you have", True),
        ("guide course", "the way through, and where you are", following),
        ("guide support", "where help is", True),
        ("guide --help", "everything else", True),
    ]
    said = [(words, meaning) for words, meaning, fits in rows if fits]
    wide = max(len(words) for words, _ in said)
    return ["", *(f"  {words:<{wide}}   {meaning}" for words, meaning in said)]


def _following(folders: Folders, library: Library, headers: list[Header], encoding: str) -> str:
    """What comes next and why; nothing where that cannot be told. A greeting complains of nothing."""
    from guide.desk.way import Way, suggestion

    try:
        way = Way.found(folders, library, headers)
    except GuideError:
        return ""
    return suggestion(way, encoding) if way else ""


def table(headers: list[Header], width: int, encoding: str) -> list[str]:
    """A line a session: its name, title and lengths, and whether it is the person's own."""
    rows = [
        (one.name, legible(one.title, encoding), lengths(one), _OWN if one.own else "") for one in headers
    ]
    if not rows:
        return []
    names = max(len(row[0]) for row in rows)
    spans = max(len(row[2]) for row in rows)
    ends = max(len(row[3]) for row in rows)
    room = min(width, _WIDEST) - names - spans - (ends + 2 if ends else 0) - 6
    titles = min(max(columns(row[1]) for row in rows), max(8, room))
    ellipsis = folded("…", encoding)
    return [
        f"  {name:<{names}}  {_padded(cut(title, titles, ellipsis), titles)}  "
        + f"{folded(span, encoding):>{spans}}  {own}".rstrip()
        for name, title, span, own in rows
    ]


def lengths(header: Header) -> str:
    """The lengths of a session, shortest, usual and longest: `8–15–25 min`; nothing where it does not say."""
    three = (header.shortest, header.usual, header.longest)
    if not all(three):
        return ""
    minute = duration.frames(60)
    if any(length % minute for length in three):
        return "–".join(duration.words(length) for length in three)
    return "–".join(str(length // minute) for length in three) + " min"


def as_data(header: Header) -> dict[str, object]:
    """A session as `--json` shows it; lengths in seconds."""
    return {
        "name": header.name,
        "title": header.title,
        "about": header.about,
        "kind": header.kind,
        "shortest": _seconds(header.shortest),
        "usual": _seconds(header.usual),
        "longest": _seconds(header.longest),
        "own": header.own,
        "path": str(header.path),
    }


def _seconds(length: int) -> float | None:
    """Seconds, a whole number where it is one; None where the script does not say."""
    exact = duration.seconds(length)
    return (int(exact) if exact.is_integer() else exact) if length else None


def _padded(text: str, width: int) -> str:
    return text + " " * (width - columns(text))
