"""`guide journal status`: what is kept, and how it stands with the words of what was spoken."""

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from guide.cli import terminal
from guide.cli.care import counted
from guide.cli.care import opened as _open
from guide.cli.seal import is_open
from guide.cli.words import said
from guide.folders import Folders
from guide.journal import awaiting
from guide.legible import folded

if TYPE_CHECKING:  # imported late: `guide journal --help` needs no numpy
    from guide.journal import Journal
    from guide.journal.awaiting import Awaited


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON, and it stays as it is.")
def status(*, as_json: bool) -> None:
    """Show what is kept, and how it stands with the words of what was spoken."""
    found = Standing.of(_open(), Folders.find())
    if as_json:
        click.echo(json.dumps(asdict(found), indent=2))
        return
    encoding = terminal.encoding()
    for line in found.told():
        click.echo(folded(line, encoding))


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with a journal and its words. As JSON it stays as it is."""

    entries: int
    spoken: int
    written: int
    marked: int
    binned: int
    with_words: int
    """Spoken ones that have them."""
    waiting: "list[Awaited]"
    """What is tried by itself."""
    given_up: "list[Awaited]"
    """What waits to be asked for once more."""
    sealed_waiting: int
    """How many of the waiting can be opened only by whoever has the key."""
    model: str | None
    """What understands them here."""
    by_itself: bool
    """Whether what is spoken from now on waits for its words."""
    working: bool
    """Whether some are understood just now."""
    sealed: bool
    """Whether what is kept from now on is sealed."""

    @classmethod
    def of(cls, kept: "Journal", folders: Folders) -> "Standing":
        """As it is now. Raises StorageError."""
        from guide import scribe, transcription

        entries = kept.entries()
        kinds = [entry.kind for entry in entries]
        spoken = [entry for entry in entries if entry.kind == "spoken"]
        with kept.store.transaction(reading=True) as db:
            all_waiting = awaiting.awaiting(db)
        closed = {entry.id for entry in spoken if not kept.readable(entry)}
        return cls(
            entries=len(entries),
            spoken=len(spoken),
            written=kinds.count("written"),
            marked=kinds.count("marked"),
            binned=len(kept.entries(binned=True)),
            with_words=sum(entry.understood for entry in spoken),
            waiting=[one for one in all_waiting if not one.given_up],
            given_up=[one for one in all_waiting if one.given_up],
            sealed_waiting=len(closed & {one.entry for one in all_waiting}),
            model=transcription.installed(folders),
            by_itself=scribe.wants_words(folders),
            working=scribe.working(kept),
            sealed=not is_open(kept),
        )

    def told(self) -> list[str]:
        """The same as lines for a person."""
        lines = [
            f"Kept: {counted(self.entries)}, {self._kinds()}; {self.binned} in the bin.",
            *(["It is sealed; `guide journal seal` says to what."] if self.sealed else []),
            f"Words: {self.with_words} of {self.spoken} spoken have them, {len(self.waiting)} wait.",
        ]
        if self.sealed_waiting:
            lines.append(
                f"{self.sealed_waiting} of them are sealed: `guide journal transcribe --identity FILE`."
            )
        lines += [
            f"Entry {one.entry}: {_tried(one.tries)}, the last time {said(one.problem)}."
            for one in (*self.waiting, *self.given_up)
            if one.problem and not (self.working and one.problem == awaiting.CUT_OFF)
        ]
        if self.given_up:
            lines.append("What was given up is tried once more by `guide journal transcribe --again`.")
        lines.append(f"Understood by: {self.model or 'nothing yet'}; {self._when()}.")
        if self.working:
            lines.append("Some are understood just now.")
        return lines

    def _kinds(self) -> str:
        return f"{self.spoken} spoken, {self.written} written, {self.marked} with marks"

    def _when(self) -> str:
        if self.by_itself and self.model:
            return "in the background, after a reflection"
        return "when you call `guide journal transcribe`"


def _tried(tries: int) -> str:
    return "tried once" if tries == 1 else f"tried {tries} times"
