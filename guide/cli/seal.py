"""`guide journal seal`: from now on what is kept can be read with a key alone."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from guide.cli import unlocking
from guide.cli.care import counted, opened
from guide.errors import GuideError, StorageError
from guide.folders import private, sync_folder

if TYPE_CHECKING:
    from guide.journal import Journal
    from guide.seal import Key, Lock

_TYPED = "AGE-SECRET-KEY-1"
_TRACES = "The index may still hold traces, since it is in use or the disk is full. Do it again later."


@click.command("seal")
@click.option("--new-key", is_flag=True, help="Make a key, show it once, and seal to it.")
@click.option(
    "--write", "target", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
    help="With --new-key: write the key there, too.",
)  # fmt: skip
@click.option("--passphrase", is_flag=True, help="With --write: protect that file by a passphrase.")
@click.option("--to", "to", metavar="age1…", multiple=True, help="Seal to this public key, too.")
@click.option("--without", metavar="age1…", multiple=True, help="Seal to this public key no more.")
@click.option(
    "--prove", is_flag=True, help="Open a test entry with the key, to see that it is the right one."
)
@click.option("--old", is_flag=True, help="Seal what was kept in clear before; needs the key.")
@click.option("--stop", is_flag=True, help="Seal no more; what is sealed stays sealed.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@unlocking.identity
def seal(
    *,
    new_key: bool,
    target: Path | None,
    passphrase: bool,
    to: tuple[str, ...],
    without: tuple[str, ...],
    prove: bool,
    old: bool,
    stop: bool,
    yes: bool,
    identity: Path | None,
) -> None:
    """Seal the journal: what is kept from now on is read with your key alone. Without options, say how it is.

    Sound, words, questions and marks are sealed in the age format to one public key or several, and nothing
    of them reaches the disk in clear. Number, date, session, kind and length stay readable. A lost key is
    lost data.
    """
    if (target is not None or passphrase) and not new_key:
        raise click.UsageError("--write and --passphrase go with --new-key.")
    if passphrase and target is None:
        raise click.UsageError("--passphrase protects the file of --write FILE.")
    if stop and (new_key or to or without or old):
        raise click.UsageError("--stop stands alone.")
    kept = opened(emptying=False)
    if stop:
        _stop(kept, yes=yes)
    if to or without:
        _change(kept, to, without, identity)
    if new_key:
        _begin(kept, target, passphrase=passphrase)
    if prove:
        _proved(_sealed_to(kept), _given(identity))
        click.echo("This key opens what is sealed from now on.")
    if old:
        _old(kept, _given(identity), yes=yes)
    if not (new_key or to or without or prove or old or stop):
        _tell(kept)


def _tell(kept: "Journal") -> None:
    """How it is now."""
    from guide.journal.resealing import in_clear, leftovers

    recipients, (clear, locked) = _recipients(kept), _counts(kept)
    if recipients:
        click.echo(f"The journal is sealed: {_keys(recipients)}")
    elif recipients is None and locked:
        click.echo("The journal is sealed, and what it is sealed to is gone: nothing is written.")
    else:
        click.echo("The journal is open: this user can read it, and whoever carries the disk away.")
    if locked or clear:
        click.echo(f"{counted(locked)} sealed, {counted(clear)} in clear.")
    if recipients and (in_clear(kept) or leftovers(kept)):
        click.echo("`guide journal seal --old --identity FILE` seals those, too.")
    if not recipients and not locked:
        click.echo("`guide journal seal --new-key` makes a key and begins.")


def _begin(kept: "Journal", target: Path | None, *, passphrase: bool) -> None:
    """A new key: shown once, written where told, proved, and only then used."""
    from guide.seal import LOST, fresh, key, lock

    secret = fresh()
    made = key(secret)
    public = made.recipients[0]
    if target is not None:  # before it is shown: nobody is to keep a key that nothing is sealed to
        _write(kept, target, f"# public key: {public}\n{secret}\n", protect=passphrase)
    click.echo("This is your key. It is shown once, and kept nowhere in this journal:\n")
    click.echo(f"  {secret}\n")
    click.echo(f"{LOST} Nobody can open the journal without it, and nobody can make it again.")
    if target is None:
        click.echo("Write it down, or put it into a file on another device. Two places are better than one.")
    else:
        click.echo(f"It is written to {target}. Keep a second copy elsewhere.")
    click.echo("\nNow open a test entry with it, as you will open the real ones.")
    try:
        _proved(lock([public]), _asked())
    except (click.Abort, GuideError):
        click.echo("\nThe journal is as it was.", err=True)
        if target is not None:
            click.echo(
                f"Nothing is sealed to the key in {target}: remove it, or go on with "
                f"`guide journal seal --to {public}`.",
                err=True,
            )
        raise
    _keep(kept, (*_legible(kept), public))
    click.echo("It opens. From now on the journal is sealed to it.")
    _tell_old(kept)


def _write(kept: "Journal", target: Path, text: str, *, protect: bool) -> None:
    """The key as a file (0600), where the person said: never over another, nor beside the journal."""
    import os

    from guide.seal import protected

    target = target.expanduser().absolute()
    if kept.store.path.parent.resolve() in (target.resolve(), *target.resolve().parents):
        raise StorageError(
            "The key must not lie in the journal's own folder: who carries that away would have both. "
            "Choose another place, best on another device."
        )
    data = text.encode()
    if protect:
        words = click.prompt("A passphrase for it", hide_input=True, confirmation_prompt=True, err=True)
        data = protected(text, words)
    try:
        if not target.parent.exists():
            private(target.parent)
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(target.parent)
    except FileExistsError as error:
        raise StorageError(
            f"{target} is there already, and is not written over. Choose another name."
        ) from error
    except OSError as error:
        raise StorageError(
            f"The key could not be written to {target} ({error.strerror or error})."
        ) from error


def _change(kept: "Journal", to: tuple[str, ...], without: tuple[str, ...], identity: Path | None) -> None:
    from guide.seal import LOST, lock

    if to and identity is not None:  # whoever gives the key, too, has it proved before anything is sealed
        _proved(lock(to), _given(identity))
    before = _legible(kept)
    gone = {one.strip() for one in without}
    if missing := sorted(gone - set(before)):
        raise GuideError(f"The journal is not sealed to {missing[0][:80]}.")
    after = tuple(one for one in lock((*before, *to)).recipients if one not in gone)
    if not after:
        raise GuideError("Then it would be sealed to nothing. `guide journal seal --stop` ends it.")
    _keep(kept, after)
    click.echo(f"From now on the journal is sealed: {_keys(after)}")
    click.echo(f"What was sealed before opens as before. {LOST}")
    if to and identity is None:
        click.echo("See that you have the key: `guide journal seal --prove --identity FILE`.")
    _tell_old(kept)


def _stop(kept: "Journal", *, yes: bool) -> None:
    if is_open(kept):
        click.echo("The journal is open already.")
        return
    if not yes and not click.confirm("Keep what comes from now on in clear, readable without a key?"):
        click.echo("It stays sealed.")
        return
    _keep(kept, ())
    click.echo("What comes from now on is kept in clear. What is sealed stays sealed; its key opens it.")


def _old(kept: "Journal", key: "Key", *, yes: bool) -> None:
    from guide.journal.bin import TRACES
    from guide.journal.resealing import in_clear, leftovers, seal_all
    from guide.seal import LOST

    _proved(_sealed_to(kept), key)
    waiting = in_clear(kept)
    if not waiting and not leftovers(kept):
        click.echo("Nothing is in clear." if kept.store.tidy() else f"No entry is in clear. {_TRACES}")
        return
    question = f"Seal {counted(len(waiting))}? {LOST}"
    if not yes and not click.confirm(question):
        click.echo("They stay as they are.")
        return
    done = seal_all(kept, key)
    click.echo(f"{counted(len(done.entries))} sealed, opened again to see that they are whole.")
    if done.entries or not done.left:
        click.echo(f"What{' of them' if done.left else ''} was in clear is removed. {TRACES}")
    if done.traces:
        click.echo(_TRACES)
    for aside in sorted(kept.store.path.parent.glob("journal-damaged-*.db")):
        click.echo(
            f"{aside} is an index that was set aside, and in clear. Remove it when you need it no more."
        )
    for sentence in done.left:
        click.echo(sentence, err=True)
    if done.left:
        raise click.exceptions.Exit(1)


def _proved(lock: "Lock", key: "Key") -> None:
    """See that a key opens a test entry. Raises SealedError."""
    import secrets

    from guide.seal import SealedError

    test = secrets.token_bytes(64)
    if key.open(lock.seal(test)) != test:
        raise SealedError("What was opened is not what was sealed. Nothing is sealed to it.")


def _asked() -> "Key":
    """The key as a person gives it: the name of its file, or typed."""
    from guide.seal import key

    given = click.prompt("The file with the key, or the key itself", hide_input=False, err=True).strip()
    if given.upper().startswith(_TYPED):
        return key(given)
    return unlocking.key_from(Path(given).expanduser())


def _given(identity: Path | None) -> "Key":
    return _asked() if identity is None else unlocking.key_from(identity)


def _sealed_to(kept: "Journal") -> "Lock":
    found = kept.lock()
    if found is None:
        raise GuideError("This journal is not sealed. `guide journal seal --new-key` begins with it.")
    return found


def _recipients(kept: "Journal") -> tuple[str, ...] | None:
    from guide.journal.sealing import recipients

    return recipients(kept.store.path.parent)


def is_open(kept: "Journal") -> bool:
    """Whether what comes now is kept in clear."""
    try:
        named = _recipients(kept)
    except StorageError:
        return False
    return not kept.store.any_sealed() if named is None else not named


def _legible(kept: "Journal") -> tuple[str, ...]:
    """The public keys that can be read, to be written again with others; what is no key is said, and goes."""
    from guide.seal import lock

    found: list[str] = []
    try:
        for one in _recipients(kept) or ():
            try:
                found += lock([one]).recipients
            except GuideError as error:
                click.echo(f"{error} It is left out.", err=True)
    except StorageError as error:
        click.echo(f"{error} It is written anew.", err=True)
    return tuple(found)


def _keep(kept: "Journal", keys: tuple[str, ...]) -> None:
    from guide.journal.sealing import keep_recipients

    keep_recipients(kept.store.path.parent, keys)


def _counts(kept: "Journal") -> tuple[int, int]:
    """How many entries are in clear, and how many sealed."""
    from guide.journal.resealing import in_clear

    clear = len(in_clear(kept))
    return clear, len(kept.store.entries("state = 'kept'")) - clear


def _keys(recipients: tuple[str, ...]) -> str:
    return "to " + "\n  and to ".join(recipients)


def _tell_old(kept: "Journal") -> None:
    clear, _ = _counts(kept)
    if clear:
        click.echo(
            f"{counted(clear)} from before {'is' if clear == 1 else 'are'} in clear: "
            "`guide journal seal --old --identity FILE` seals what is there."
        )
