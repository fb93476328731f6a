"""Sealed recordings that were cut off: whoever has the key makes them whole, in memory."""

import os
from pathlib import Path

from guide.errors import StorageError
from guide.folders import sync_folder
from guide.journal.diary import Journal
from guide.journal.entries import Entry
from guide.seal import Key, Lock, SealedError, lock
from guide.takes.sealed import CUT, WHOLE, unsealed
from guide.takes.wav import FLAGS


def mended(journal: Journal, key: Key) -> list[Entry]:
    """Make whole what this key opens of what was cut off; the entries. Troubles become notices."""
    found = []
    for entry in journal.store.entries("state = 'kept' AND recording LIKE ?", (f"%{CUT}",)):
        try:
            found.append(_mended(journal, entry, key))
        except SealedError:
            continue  # another key's
        except StorageError as error:
            journal.notices.append(str(error))
    return [entry for entry in found if entry]


def _mended(journal: Journal, entry: Entry, key: Key) -> Entry | None:
    path = journal.path(entry)
    memory, _ = unsealed(path, key)
    whole = path.with_name(path.name.removesuffix(CUT) + WHOLE)
    with journal.alone():
        if not path.exists():
            return None
        pour_file(memory.getvalue(), whole, journal.lock() or lock(key.recipients))
        made = journal.finished(entry, whole, entry.deleted)
        path.unlink()
        sync_folder(path.parent)
    return journal.opened(made)


def pour_file(data: bytes, path: Path, lock: Lock) -> None:
    """Make a sealed file (0600) of what is in memory: another name, synced, renamed. Raises StorageError."""
    half = path.with_name(f".{path.name}.tmp")
    try:
        half.unlink(missing_ok=True)
        with os.fdopen(os.open(half, FLAGS | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(lock.seal(data))
            file.flush()
            os.fsync(file.fileno())
        half.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise StorageError(f"{path} could not be written ({error.strerror or error}).") from error
