"""What `guide journal` does for years to come: whether all is whole, away for good, out of here and back."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guide.cli import unlocking
from guide.cli.unlocking import unlock
from guide.folders import Folders

if TYPE_CHECKING:  # imported late: `guide journal --help` needs no numpy
    from collections.abc import Sequence

    from guide.journal import Entry, Journal
    from guide.journal.verify import Verified


@click.command("verify")
@click.option("--json", "as_json", is_flag=True, help="For programs: JSON, and it stays as it is.")
@click.option(
    "--note", is_flag=True, help="Take checksums of the older entries that have none, as they are now."
)
@unlocking.identity
def verify(*, as_json: bool, note: bool, identity: Path | None) -> None:
    """Read everything that is kept, and say whether it is what it was. 1 where something is wrong.

    With the key of a sealed journal every sealed entry is opened, too; without it, its checksum is compared.
    """
    from guide.journal.verify import verify as verified

    found = verified(opened(identity=identity), note=note)
    if as_json:
        click.echo(json.dumps({"whole": not found.problems, **asdict(found)}, indent=2))
    else:
        click.echo("\n".join(told(found)))
    if found.problems:
        raise click.exceptions.Exit(1)


def told(found: "Verified") -> list[str]:
    """What was found, as lines for a person."""
    lines = [problem.say for problem in found.problems]
    what = f"{counted(found.entries)}, {found.recordings} of them spoken"
    if not found.problems:
        lines.append(f"Everything is whole: {what}.")
    else:
        several = len(found.problems) > 1
        lines.append(f"{what}: {f'{len(found.problems)} things are' if several else 'one thing is'} wrong.")
    if found.sealed:
        which = "One entry is" if found.sealed == 1 else f"{found.sealed} entries are"
        lines.append(
            f"{which} sealed, and only checksums were compared. With the key (`--identity FILE`) verify "
            "opens what is sealed, too."
        )
    if found.recording_now:
        lines.append("What is being recorded now was left alone.")
    if found.noted:
        lines.append(f"The checksum of {counted(len(found.noted))} was taken.")
    if found.without:
        lines.append(
            f"{counted(len(found.without))} from before there were checksums: `guide journal verify --note` "
            "takes them, as the entries are now."
        )
    return lines


def archive(kept: "Journal", folder: Path, *, binned: bool) -> None:
    """Export all of it, and say what was left out, if anything was."""
    from guide.journal.archive import archive as archived

    entries = [*kept.entries(), *(kept.entries(binned=True) if binned else ())]
    done = archived(kept, sorted(entries, key=lambda entry: entry.id), folder)
    click.echo(f"{counted(done.entries)} in {len(done.files)} files, in {folder}.")
    tell_sealed(kept, entries)
    for sentence in done.left_out:
        click.echo(sentence, err=True)
    if done.left_out:
        raise click.exceptions.Exit(1)


def tell_sealed(kept: "Journal", entries: "Sequence[Entry]") -> None:
    """Say of what went out whether anyone can read it there, where some of it is sealed here."""
    locked = unlocking.sealed_count(entries)
    if locked:
        click.echo(f"{counted(locked)} went out sealed.")
    if kept.key is not None and locked < len(entries):
        click.echo(
            "What was opened for it can be read there by anyone who has it: `--sealed` leaves it sealed."
        )


@click.command("import")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@unlocking.identity
def bring(folder: Path, identity: Path | None) -> None:
    """Bring back what `guide journal export DIR` copied, all of it or nothing; nothing is doubled."""
    from guide.journal.arrival import bring as brought

    done = brought(opened(emptying=False, identity=identity), folder)
    already = f" {counted(done.already)} {'was' if done.already == 1 else 'were'} here already."
    click.echo(f"{counted(len(done.entries))} came into the journal." + (already if done.already else ""))
    if done.mended:
        numbers = ", ".join(map(str, done.mended))
        click.echo(f"Damaged here, and whole again: {numbers}.")
    if done.unasked:
        click.echo(_unasked(done.unasked))


def opened(*, emptying: bool = True, identity: Path | None = None) -> "Journal":
    """The person's journal, with whatever an earlier run could not finish made whole first.

    What was in the bin for thirty days goes, and that is said: never in a session, which opens it otherwise.
    `identity` is the file with the key of a sealed one.
    """
    from guide.journal import Journal
    from guide.takes.sealed import CUT

    folders = Folders.find()
    kept = Journal.open(folders, wants_words=lambda: wants_words(folders))
    for entry in kept.recover():
        cut = (entry.recording or "").endswith(CUT)
        then = "its key makes it whole" if cut else "it is whole again"
        click.echo(f"Entry {entry.id} was cut off; {then}.", err=True)
    if emptying:
        _empty(kept)
    unlock(kept, identity)
    for notice in kept.notices:
        click.echo(notice, err=True)
    return kept


def _empty(kept: "Journal") -> None:
    from guide.errors import StorageError
    from guide.journal.bin import DAYS, empty

    try:
        gone = empty(kept)
    except StorageError:  # a journal that can only be read is read
        return
    if gone:
        numbers = ", ".join(str(entry.id) for entry in gone)
        click.echo(f"In the bin for {DAYS} days, and gone for good now: {numbers}.", err=True)


def erase(kept: "Journal", entry: "Entry") -> None:
    """Remove an entry for good and say what that is worth."""
    from guide.journal.bin import FLASH
    from guide.journal.bin import erase as erased

    before = len(kept.notices)
    erased(kept, entry.id)
    click.echo(f"Entry {entry.id} is gone for good. {FLASH}")
    for notice in kept.notices[before:]:
        click.echo(notice, err=True)


def wants_words(folders: Folders) -> bool:
    """Whether a recording that is kept waits for its words; looked up only when one is."""
    from guide import scribe

    return scribe.wants_words(folders)


@click.command("echo")
@click.argument("number", metavar="ID", type=click.IntRange(min=1))
@click.option(
    "--on/--off", "wanted", default=None, help="Hear it, and be asked; or no session is to play it any more."
)
@click.option("--device", help="The loudspeaker that plays it, by a part of its name.")
@unlocking.identity
def echo(number: int, *, wanted: bool | None, device: str | None, identity: Path | None) -> None:
    """Show whether sessions may play an entry to you, agree to that, or take it back.

    What may be played is made for it in a reflection, and agreed to there when it has been heard. With --on
    you hear it here, and say.
    """
    kept = opened(emptying=False, identity=identity)
    entry = kept.entry(number)
    if wanted and not entry.echo:
        _ask(kept, entry, device, identity)
    elif wanted is False:
        kept.agree(number, agreed=False)
        click.echo(f"No session plays entry {number}. It stays in the journal.")
    elif entry.echo and entry.deleted:
        click.echo(f"Entry {number} is in the bin, so no session plays it.")
    elif entry.echo:
        click.echo(f"Sessions may play entry {number}; `guide journal echo {number} --off` takes that back.")
    else:
        click.echo(f"No session plays entry {number}.")


def _ask(kept: "Journal", entry: "Entry", device: str | None, identity: Path | None) -> None:
    """Play a take, and agree to it where the person says so then. No answer is no."""
    from guide.cli.hearing import listen
    from guide.errors import GuideError
    from guide.journal.echoes import may_be_agreed_to

    if not may_be_agreed_to(entry) or entry.session is None:
        raise GuideError(
            f"Entry {entry.id} is no recording of 20 seconds or less from after a session, so none plays it."
        )
    if not listen(kept.sound(unlocking.unlock_for(kept, entry, identity)), device):
        click.echo(f"No session plays entry {entry.id}: you are asked when you have heard all of it.")
        return
    try:
        agreed = click.confirm("May sessions play this to you?")
    except click.Abort:
        agreed = False
        click.echo()
    if agreed:
        kept.agree(entry.id, agreed=True)
        click.echo(f"Sessions may play it. `guide journal echo {entry.id} --off` takes that back.")
    else:
        click.echo(f"No session plays entry {entry.id}.")


def _unasked(numbers: tuple[int, ...]) -> str:
    """What is said of entries that somebody agreed to elsewhere."""
    if len(numbers) == 1:
        return (
            f"Where it comes from, sessions might play entry {numbers[0]}. Here none does: "
            f"`guide journal echo {numbers[0]} --on` plays it to you, and asks."
        )
    return (
        f"Where they come from, sessions might play {len(numbers)} of them: {', '.join(map(str, numbers))}. "
        "Here none does: `guide journal echo ID --on` plays one to you, and asks."
    )


def counted(count: int) -> str:
    """`1 entry`, `2 entries`."""
    return "1 entry" if count == 1 else f"{count} entries"
