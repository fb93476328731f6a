"""`guide journal transcribe`: what was spoken is understood, on this machine; and how its words are shown."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from guide.cli import terminal, unlocking
from guide.cli.care import counted
from guide.cli.care import opened as _open
from guide.duration import clock
from guide.errors import GuideError
from guide.folders import Folders
from guide.journal import awaiting
from guide.legible import cut, folded, legible, wrapped

if TYPE_CHECKING:  # imported late: `guide journal --help` needs no numpy
    from guide.journal import Entry, Journal

HEARD = "A machine understood it so, and may be wrong:"
NOTHING_HEARD = "A machine understood no words in it, and may be wrong."

_WIDEST = 80
_PROBLEMS = {
    awaiting.CUT_OFF: "it was cut off",
    "gone": "its recording is gone",
    "unreadable": "its recording cannot be read; `guide journal verify` says more",
    "memory": "there was too little memory",
    "failed": "what understands speech failed at it",
}


@click.command("transcribe")
@click.argument("numbers", metavar="[ID]...", nargs=-1, type=click.IntRange(min=1))
@click.option("--again", is_flag=True, help="Also what failed, and of the entries named what has words.")
@unlocking.identity
def transcribe(numbers: tuple[int, ...], *, again: bool, identity: Path | None) -> None:
    """Understand what was spoken, on this machine, and keep the words beside it.

    Without numbers it is everything that has no words yet. It can be interrupted, and goes on the next time.
    """
    from guide import scribe

    kept = _open(emptying=False, identity=identity)
    with scribe.alone(kept):
        understands = scribe.transcriber(Folders.find())
        only = set(_named(kept, numbers, again=again)) if numbers else None
        if only is None:
            _gather(kept, again=again)
        done = failed = 0
        for step in scribe.work(kept, understands, only=only):
            if not step.over:
                left = f", {step.left} more wait" if step.left else ""
                click.echo(f"Entry {step.entry.id}, {clock(step.entry.frames)}{left} ...")
            elif step.problem:
                failed += 1
                click.echo(f"Entry {step.entry.id} has no words: {said(step.problem)}.", err=True)
            else:
                done += 1
    if done or failed:
        click.echo(f"{counted(done)} understood by {legible(understands.name, terminal.encoding())}.")
    else:
        click.echo("Nothing waits for words that can be understood here.")
    for line in _left(kept):
        click.echo(line, err=True)
    if failed:
        raise click.exceptions.Exit(1)


def understood(entry: "Entry", encoding: str) -> list[str]:
    """What a machine understood of an entry, as lines for a terminal; nothing where nothing was tried."""
    if entry.transcript is None:
        return []
    lines = [legible(line, encoding) for line in entry.transcript.splitlines()]
    if not any(lines):
        return ["", NOTHING_HEARD]
    width = terminal.width(_WIDEST)
    broken = [piece for line in lines for piece in (wrapped(line, width) if line else [""])]
    return ["", HEARD, *broken]


def first_words(entry: "Entry", encoding: str, most: int) -> str:
    """The length of a spoken entry, and the first words where there are some, in about `most` columns."""
    words = cut(legible(entry.transcript or "", encoding), most, folded("…", encoding))
    return clock(entry.frames) + (f"{folded(' · ', encoding)}{words}" if words else "")


def said(problem: str | None) -> str:
    """A problem of the queue in words."""
    what, _, more = (problem or "").partition(":")
    sentence = _PROBLEMS.get(what, "it failed")
    return f"{sentence} ({legible(more)})" if more else sentence


def _named(kept: "Journal", numbers: tuple[int, ...], *, again: bool) -> list[int]:
    """Let the entries that were named wait anew; those that do. Raises NotFoundError, GuideError."""
    wanted = []
    for number in dict.fromkeys(numbers):
        entry = kept.entry(number)
        if entry.kind != "spoken":
            raise GuideError(f"Entry {number} was not spoken, so there is nothing to understand.")
        if entry.deleted:
            raise GuideError(
                f"Entry {number} is in the bin; `guide journal restore {number}` brings it back."
            )
        if not kept.readable(entry):
            raise GuideError(f"Entry {number} is sealed. Its key opens it: `--identity FILE`.")
        if entry.state == "recording":
            raise GuideError(f"Entry {number} is being recorded now. Finish it first.")
        if entry.understood and not again:
            click.echo(f"Entry {number} has its words; --again has it understood anew.", err=True)
        else:
            wanted.append(number)
    with kept.store.transaction() as db:
        awaiting.put_anew(db, wanted)
    return wanted


def _gather(kept: "Journal", *, again: bool) -> None:
    """Let everything wait that has no words; also what was given up."""
    with kept.store.transaction() as db:
        awaiting.put_wordless(db)
        if again:
            awaiting.forgive(db)


def _left(kept: "Journal") -> list[str]:
    """What still waits, and why."""
    with kept.store.transaction(reading=True) as db:
        waiting = awaiting.awaiting(db)
    numbers = {one.entry for one in waiting}
    entries = kept.store.entries("id IN (SELECT entry FROM awaiting)") if waiting else []
    closed = sum(entry.id in numbers and not kept.readable(entry) for entry in entries)
    lines = []
    if given_up := sum(one.given_up for one in waiting):
        lines.append(
            f"{counted(given_up)} given up after {awaiting.TRIES} tries: `guide journal transcribe --again` "
            "tries once more."
        )
    if closed:
        lines.append(f"{counted(closed)} sealed, waiting for the key: `--identity FILE`.")
    return lines
