"""`guide journal`: look at what was kept, hear it, copy it, put it in the bin and take it back."""

import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from guide.cli import care, finding, standing, terminal, unlocking, words
from guide.cli.care import counted as _counted
from guide.cli.care import opened as _open
from guide.cli.seal import seal
from guide.cli.stats import stats
from guide.duration import RATE, clock
from guide.errors import DeviceError, NotFoundError
from guide.legible import columns, cut, legible

if TYPE_CHECKING:  # imported late: `guide journal --help` needs no numpy
    from guide.journal import Entry, Journal
    from guide.journal.chart import Row

_JSON = click.option("--json", "as_json", is_flag=True, help="For programs: JSON, and it stays as it is.")
_NOTHING = "Nothing is kept yet. `guide reflect` listens; so does the end of a session."
_SEALED = "It is sealed."
_UNREADABLE = "Marks that cannot be read."
_ID = click.argument("number", metavar="ID", type=click.IntRange(min=1))


@click.group(invoke_without_command=True)
@unlocking.identity
@click.pass_context
def journal(ctx: click.Context, identity: Path | None) -> None:
    """Look at what you have kept, the newest of it first. It stays on this machine, readable by you alone."""
    if ctx.invoked_subcommand is None:
        _newest(_open(identity=identity))
    elif ctx.get_parameter_source("identity") is click.core.ParameterSource.COMMANDLINE:
        name = ctx.invoked_subcommand
        raise click.UsageError(f"--identity stands after the command: guide journal {name} --identity FILE")


journal.add_command(stats)


@journal.command("list")
@_JSON
@click.option("--bin", "binned", is_flag=True, help="What is in the bin instead.")
@unlocking.identity
def list_entries(*, as_json: bool, binned: bool, identity: Path | None) -> None:
    """Show the entries: number, date, session, and length or first words or both."""
    entries = _open(identity=identity).entries(binned=binned)
    if as_json:
        click.echo(json.dumps([_json(entry) for entry in entries], indent=2))
    elif entries:
        room = terminal.width() if sys.stdout.isatty() else 0
        click.echo("\n".join(table(entries, room, terminal.encoding())))
    elif binned:
        click.echo("The bin is empty.")
    else:
        click.echo(_NOTHING)


@journal.command("show")
@_ID
@_JSON
@unlocking.identity
def show(number: int, *, as_json: bool, identity: Path | None) -> None:
    """Show one entry."""
    kept = _open(identity=identity)
    entry = kept.entry(number)
    if not as_json:
        entry = unlocking.unlock_for(kept, entry, identity)
    where = _where(kept, entry)
    if as_json:
        click.echo(json.dumps({**_json(entry), "file": where}, indent=2))
        return
    lines = page(entry, where, terminal.encoding())
    if entry.marks and (before := [one for one in kept.marked(entry.session) if one.id < number]):
        from guide.journal.chart import chart

        lines += [
            "",
            "Beside the times before:",
            *chart([*before, entry], terminal.width(), terminal.encoding()),
        ]
    click.echo("\n".join(lines))


@journal.command("marks")
@_JSON
@unlocking.identity
def show_marks(*, as_json: bool, identity: Path | None) -> None:
    """Show the marks that you gave, over time; nothing is added up."""
    from guide.journal.chart import chart, rows

    by_session: dict[str | None, list[Entry]] = {}
    kept = _open(identity=identity)
    for entry in kept.marked():
        by_session.setdefault(entry.session, []).append(entry)
    if as_json:
        told = [
            {"session": session, "key": row.key, "ask": row.ask, "marks": _over_time(row, entries)}
            for session, entries in by_session.items()
            for row in rows(entries)
        ]
        click.echo(json.dumps(told, indent=2))
        return
    if not by_session and any(entry.kind == "marked" for entry in kept.entries()):
        click.echo("The marks are sealed. Their key opens them: `--identity FILE`.")
    elif not by_session:
        click.echo(
            "No marks are kept yet. Some sessions ask for them at their end, and each can be left out."
        )
    for number, entries in enumerate(by_session.values()):
        last = entries[-1]
        title = legible(last.title or last.session or "Marks", terminal.encoding())
        click.echo(("\n" if number else "") + title)
        for line in chart(entries, terminal.width(), terminal.encoding()):
            click.echo(line)


@journal.command("play")
@_ID
@click.option("--device", help="The loudspeaker, by a part of its name.")
@click.option("--plain", is_flag=True, help="Lines only, no moving clock.")
@click.option("--as-is", is_flag=True, help="As loud as it is kept, and no louder.")
@unlocking.identity
def play(number: int, device: str | None, *, plain: bool, as_is: bool, identity: Path | None) -> None:
    """Hear a spoken entry: space pauses, the arrows move by ten seconds, q ends.

    A quiet voice is played louder; what is kept stays as it is.
    """
    from guide.cli.hearing import listen

    kept = _open(identity=identity)
    entry = kept.entry(number)
    path = kept.path(entry)
    before = len(kept.notices)
    sound = kept.sound(unlocking.unlock_for(kept, entry, identity))
    for notice in kept.notices[before:]:
        click.echo(notice, err=True)
    try:
        listen(sound, device, plain=plain, as_is=as_is)
    except DeviceError as error:
        raise DeviceError(f"{error} The recording is {path}.") from error


@journal.command("export")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.argument("numbers", metavar="[ID]...", nargs=-1, type=click.IntRange(min=1))
@click.option("--bin", "binned", is_flag=True, help="With what is in the bin, too.")
@click.option("--sealed", is_flag=True, help="As it is kept, also where the key is given.")
@unlocking.identity
def export_entries(
    folder: Path, numbers: tuple[int, ...], *, binned: bool, sealed: bool, identity: Path | None
) -> None:
    """Copy all of it, or some entries, into a folder: the recordings, and a page of Markdown for each.

    Without numbers it is all that is kept, by year and month, in a form that `import` brings back whole.
    Sealed entries go out sealed, and any program that knows age opens them with your key; with --identity
    they are opened on the way, and readable by anyone there.
    """
    from guide.journal.export import export

    kept = _open(identity=None if sealed else identity)
    if not numbers:
        care.archive(kept, folder, binned=binned)
        return
    entries = [kept.entry(number) for number in numbers]
    written = export(kept, entries, folder)
    click.echo(f"{_counted(len(entries))} in {len(written)} files, in {folder}.")
    care.tell_sealed(kept, entries)


@journal.command("delete")
@_ID
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--forever", is_flag=True, help="Not to the bin but away for good, also from the bin.")
def delete(number: int, *, yes: bool, forever: bool) -> None:
    """Move an entry to the bin, which keeps it for 30 days."""
    kept = _open(emptying=False)
    entry = kept.entry(number)
    if entry.deleted and not forever:
        click.echo(f"Entry {number} is in the bin already.")
        return
    if not yes:
        click.echo("\n".join(table([entry], 0, terminal.encoding())))
        if not click.confirm("Remove it for good?" if forever else "Move it to the bin?"):
            click.echo("It stays.")
            return
    if forever:
        care.erase(kept, entry)
        return
    kept.delete(number)
    click.echo(f"Entry {number} is in the bin for 30 days. `guide journal restore {number}` brings it back.")


@journal.command("restore")
@_ID
def restore(number: int) -> None:
    """Take an entry back from the bin."""
    _open(emptying=False).restore(number)
    click.echo(f"Entry {number} is in the journal.")


journal.add_command(care.verify)
journal.add_command(care.bring)
journal.add_command(seal)
journal.add_command(words.transcribe)
journal.add_command(standing.status)
journal.add_command(finding.search)
journal.add_command(care.echo)


def table(entries: "list[Entry]", width: int, encoding: str = "utf-8") -> list[str]:
    """One line for each entry, in columns; no wider than `width` columns where that is not 0."""
    rows = [_row(entry, encoding) for entry in entries]
    widths = [max(columns(row[at]) for row in rows) for at in range(3)]
    lines = []
    for number, when, session, what in rows:
        padded = session + " " * (widths[2] - columns(session))
        line = f"{number:>{widths[0]}}  {when:<{widths[1]}}  {padded}  {what}".rstrip()
        lines.append(cut(line, width, legible("…", encoding)) if width else line)
    return lines


def page(entry: "Entry", where: str | None, encoding: str = "utf-8") -> list[str]:
    """One entry for reading, as lines; nothing in it moves the cursor."""
    from guide.journal.export import about

    lines = [f"{entry.id}  {legible(about(entry), encoding)}"]
    if entry.deleted:
        lines.append(f"In the bin; `guide journal restore {entry.id}` brings it back.")
    if entry.question:
        lines += ["", legible(entry.question, encoding)]
    if entry.words is not None:
        lines += ["", *(legible(line, encoding) for line in entry.words.splitlines())]
    elif entry.sealed is not None:
        spoken = f", spoken, {clock(entry.frames)}" if entry.kind == "spoken" else ""
        lines += [
            "",
            f"{_SEALED.rstrip('.')}{spoken}. `guide journal show {entry.id} --identity FILE` opens it.",
        ]
    elif entry.kind == "marked" and not entry.marks:
        lines += ["", _UNREADABLE]
    elif entry.marks:
        lines += ["", *(f"{one.mark:>2}  {legible(one.ask, encoding)}" for one in entry.marks)]
    elif entry.state == "recording":
        lines += ["", "It is being recorded now."]
    elif where:
        lines += ["", f"Spoken, {clock(entry.frames)}; `guide journal play {entry.id}` plays it.", where]
        if entry.echo:
            lines.append(f"Sessions may play it; `guide journal echo {entry.id} --off` takes that back.")
    else:
        lines += ["", f"Spoken, {clock(entry.frames)}; its recording {entry.recording} is gone."]
    return lines + words.understood(entry, encoding)


def _newest(kept: "Journal") -> None:
    """Show a page of the newest entries."""
    from guide.cli import entries
    from guide.journal.waveform import waveform
    from guide.seal import SealedError

    every, encoding = kept.entries(), terminal.encoding()
    if not every:
        click.echo(_NOTHING)
        return

    def drawn(entry: "Entry") -> str | None:
        try:
            return waveform(kept.sound(entry), entries.LETTERS, encoding)
        except NotFoundError:
            return None
        except SealedError:
            return "sealed"

    now, most = datetime.now().astimezone(), entries.fitting()
    for line in entries.page(every, now, entries.width(), encoding, most=most, drawn=drawn):
        click.echo(line)


def _row(entry: "Entry", encoding: str) -> tuple[str, str, str, str]:
    from guide.cli.entries import when

    if entry.words is not None:
        what = cut(legible(entry.words, encoding), 60, legible("…", encoding))
    elif entry.sealed is not None:
        what = f"sealed, {clock(entry.frames)}" if entry.kind == "spoken" else f"sealed, {entry.kind}"
    elif entry.kind == "marked" and not entry.marks:
        what = _UNREADABLE
    elif entry.marks:
        told = ", ".join(f"{one.ask} {one.mark}" for one in entry.marks)
        what = cut(legible(told, encoding), 60, legible("…", encoding))
    else:
        what = words.first_words(entry, encoding, 60)
    session = legible(entry.session or "-", encoding)
    return str(entry.id), when(entry), session, what


def _json(entry: "Entry") -> dict[str, Any]:
    """An entry as JSON; lengths are seconds, moments have their offset.

    Marks, a transcript, and whether it is sealed or an echo are told only where there is something to tell,
    and so is that its date is not known: then `created` is what a clock said that was not set.
    """
    told = asdict(entry)
    del told["transcript_sealed"], told["boot"], told["since"]
    if entry.dated:
        del told["dated"]
    told["sealed"] = entry.sealed is not None
    for name in ("marks", "transcript", "echo", "sealed"):
        if not told[name]:
            del told[name]
    told["seconds"] = told.pop("frames") / RATE
    sat = told.pop("session_frames")
    told["session_seconds"] = None if sat is None else sat / RATE
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in told.items()}


def _over_time(row: "Row", entries: "list[Entry]") -> list[dict[str, Any]]:
    """The marks of a row as JSON; where it was left out there is nothing."""
    return [
        {
            "entry": entry.id,
            "created": entry.created.isoformat(),
            **({} if entry.dated else {"dated": False}),
            "mark": mark,
        }
        for entry, mark in zip(entries, row.marks, strict=True)
        if mark is not None
    ]


def _where(kept: "Journal", entry: "Entry") -> str | None:
    try:
        return str(kept.path(entry))
    except NotFoundError:
        return None
