"""The key of a sealed journal, asked for where something sealed is to be read."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from guide.errors import GuideError

if TYPE_CHECKING:  # imported late: a journal that is open needs none of it
    from collections.abc import Sequence

    from guide.journal import Entry, Journal
    from guide.seal import Key

identity = click.option(
    "--identity", "-i", "identity",
    envvar="GUIDE_IDENTITY", metavar="FILE", type=click.Path(path_type=Path),
    help="The file with the key of a sealed journal; also GUIDE_IDENTITY.",
)  # fmt: skip


def unlock(kept: "Journal", identity: Path | None) -> None:
    """Read what is sealed with the key in a file, if one was given. Raises GuideError.

    One that the environment names, and that is not there just now, is no reason to show nothing.
    """
    if identity is None or (_from_environment() and not kept.store.any_sealed()):
        return  # nobody is asked for a passphrase where nothing is sealed
    try:
        use(kept, key_from(identity))
    except GuideError as error:
        if not _from_environment():
            raise
        click.echo(f"{error} What is sealed stays so this time.", err=True)


def unlock_for(kept: "Journal", entry: "Entry", identity: Path | None) -> "Entry":
    """One entry, to be read: where it is sealed and no key was given, a person is asked for it."""
    from guide.journal.sealing import SUFFIX

    locked = entry.sealed is not None or (entry.recording or "").endswith(SUFFIX)
    if not locked or kept.key is not None:
        return entry
    if identity is None and sys.stdin.isatty():
        named = click.prompt("It is sealed. The file with its key", default="", show_default=False, err=True)
        identity = Path(named).expanduser() if named else None
    unlock(kept, identity)
    return kept.entry(entry.id)


def use(kept: "Journal", key: "Key") -> None:
    """Read what is sealed with a key, and say what became whole by that."""
    for entry in kept.unlock(key):
        click.echo(f"Entry {entry.id} was cut off; it is whole again.", err=True)
    sealed = kept.store.entries("sealed IS NOT NULL")
    if sealed and not any(kept.opened(entry).sealed is None for entry in sealed):
        click.echo(
            "This key opens nothing of what is sealed here. `guide journal seal` shows what it is sealed to.",
            err=True,
        )


def _from_environment() -> bool:
    context = click.get_current_context(silent=True)
    return context is not None and context.get_parameter_source("identity") is ParameterSource.ENVIRONMENT


def key_from(path: Path) -> "Key":
    """The key in a file; one that a passphrase protects asks for it. Raises GuideError."""
    from guide.seal import key_in

    return key_in(path, lambda: _passphrase(path))


def key_or_none(identity: Path | None) -> "Key | None":
    """The key in a file, if one was given; None, after a sentence, where it is none: a session goes on."""
    try:
        return None if identity is None else key_from(identity)
    except GuideError as error:
        click.echo(f"{error} What is sealed stays so this time.", err=True)
        return None


def _passphrase(path: Path) -> str:
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        if not line:
            raise GuideError(
                f"The key {path} is protected by a passphrase, and there is nobody to ask for it."
            )
        return line.rstrip("\n")
    given: str = click.prompt(f"The passphrase of {path}", hide_input=True, err=True)
    return given


def sealed_count(entries: "Sequence[Entry]") -> int:
    """How many of these nothing opens yet."""
    return sum(entry.sealed is not None for entry in entries)
