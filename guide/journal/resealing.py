"""Entries from before a journal was sealed: sealed, opened again, compared, and only then gone in clear."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from dataclasses import replace as with_
from pathlib import Path

from guide.errors import GuideError, StorageError
from guide.folders import sync_folder
from guide.journal.diary import Journal, measured
from guide.journal.entries import Entry, base
from guide.journal.mending import free_name, pour_file
from guide.journal.sealing import SUFFIX, opened, sealed
from guide.journal.store import entry_in, put_back
from guide.seal import Key, Lock
from guide.takes.sealed import unsealed


@dataclass(slots=True)
class Resealed:
    """What was done."""

    entries: list[int] = field(default_factory=list)
    """Sealed now, by number."""
    left: list[str] = field(default_factory=list)
    """A sentence for each that is in clear still."""
    traces: bool = False
    """Whether the index may hold what it held, since it was in use or the disk is full."""


def in_clear(journal: Journal) -> list[Entry]:
    """The entries that are not sealed, also in the bin. Raises StorageError."""
    return [
        entry
        for entry in journal.store.entries("state = 'kept'")
        if entry.sealed is None and not (entry.recording or "").endswith(SUFFIX)
    ]


def leftovers(journal: Journal) -> list[Path]:
    """Recordings in clear of entries that are sealed: a kill left them, after they were sealed."""
    known = journal.store.entries("recording LIKE ?", (f"%.flac{SUFFIX}",))
    names = [f"{base(entry.recording or '')}.flac" for entry in known]
    names = [name for name in names if not journal.store.entries("recording = ?", (name,))]
    found = [place / name for place in (journal.recordings, journal.bin) for name in names]
    return [path for path in found if os.path.lexists(path)]


def seal_all(journal: Journal, key: Key, said: Callable[[int, int], None] = lambda *_: None) -> Resealed:
    """Seal what is in clear, each entry whole: what cannot be opened again with `key` stays as it is.

    `said` hears how many are done, of how many. At the end nothing of it is left in the index's files. Raises
    StorageError, and GuideError where the journal is not sealed.
    """
    lock = journal.lock()
    if lock is None:
        raise StorageError("This journal is not sealed. `guide journal seal --new-key` begins with it.")
    done = Resealed()
    waiting = in_clear(journal)
    for number, entry in enumerate(waiting, 1):
        try:
            _seal(journal, entry, lock, key)
        except GuideError as error:
            done.left.append(f"Entry {entry.id} is in clear still. {error}")
        else:
            done.entries.append(entry.id)
        said(number, len(waiting))
    for path in leftovers(journal):
        try:
            _remove_leftover(journal, path, key)
        except GuideError as error:
            done.left.append(f"{path} is in clear still. {error}")
    done.traces = not journal.store.tidy()
    return done


def _seal(journal: Journal, entry: Entry, lock: Lock, key: Key) -> None:
    with journal.alone():
        if journal.store.entries("id = ?", (entry.id,)) != [entry]:
            raise StorageError("Something else changed it meanwhile. Try again.")
        made = with_(sealed(entry, lock), id=entry.id)
        plain = None
        if entry.recording is not None:
            plain = journal.path(entry)
            if entry.checksum not in (None, measured(plain)[1]):
                raise StorageError("Its recording is not what it was; `guide journal verify` says more.")
            target = plain.with_name(free_name(journal, plain.stem, f".flac{SUFFIX}"))
            pour_file(_bytes(plain), target, lock)
            _insist_same(target, plain, key)
            made = with_(made, recording=target.name, checksum=measured(target)[1])
        if opened(made, key) != with_(entry, recording=made.recording, checksum=made.checksum):
            raise StorageError("It could not be opened again as it was.")
        with journal.store.transaction() as db:
            # It was long on its way: what was deleted or taken back meanwhile is not undone.
            if entry_in(db, entry.id) != entry:
                raise StorageError("Something else changed it meanwhile. Try again.")
            put_back(db, made)
        if plain is not None:
            _unlink(plain)


def _remove_leftover(journal: Journal, plain: Path, key: Key) -> None:
    with journal.alone():
        for entry in journal.store.entries("recording = ?", (plain.name + SUFFIX,)):
            _insist_same(journal.path(entry), plain, key)
            _unlink(plain)


def _insist_same(target: Path, plain: Path, key: Key) -> None:
    memory, whole = unsealed(target, key)
    if not whole or memory.getvalue() != _bytes(plain):
        raise StorageError("What was sealed is not the same as what was recorded.")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StorageError(f"{path} cannot be read ({error.strerror or error}).") from error


def _unlink(path: Path) -> None:
    try:
        path.unlink()
        sync_folder(path.parent)
    except OSError as error:
        raise StorageError(f"{path} could not be removed ({error.strerror or error}).") from error
