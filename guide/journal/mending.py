"""Sealed recordings that were cut off: whoever has the key makes them whole, in memory."""

import contextlib
import os
from io import BytesIO
from pathlib import Path

from guide.duration import clock
from guide.errors import NotFoundError, StorageError
from guide.folders import sync_folder
from guide.journal.diary import Journal
from guide.journal.entries import Entry
from guide.journal.sealing import SUFFIX
from guide.seal import Key, Lock, SealedError, lock
from guide.takes.sealed import CUT, WHOLE, frames_in, unsealed
from guide.takes.wav import FLAGS, HEADER_SIZE, WIDTH


def mended(journal: Journal, key: Key) -> list[Entry]:
    """Make whole what this key opens of what was cut off; the entries. Troubles become notices.

    Where an index was lost, nobody knew how long a recording is that was FLAC before it was sealed: it is
    measured now, too.
    """
    found = []
    unknown = "state = 'kept' AND (recording LIKE ? OR (recording LIKE ? AND frames = 0))"
    for entry in journal.store.entries(unknown, (f"%{CUT}", f"%.flac{SUFFIX}")):
        try:
            if (entry.recording or "").endswith(CUT):
                found.append(_mended(journal, entry, key))
            else:
                _measured(journal, entry, key)
        except SealedError:
            continue  # another key's
        except (NotFoundError, StorageError) as error:
            journal.notices.append(str(error))
    return [entry for entry in found if entry]


def _mended(journal: Journal, entry: Entry, key: Key) -> Entry | None:
    path = journal.path(entry)
    memory, _ = unsealed(path, key)
    opened, promised = (len(memory.getvalue()) - HEADER_SIZE) // WIDTH, frames_in(path)
    if opened < promised:
        raise StorageError(
            f"Of entry {entry.id} only {clock(max(0, opened))} of {clock(promised)} can be opened: {path} is "
            "damaged there. It stays as it is."
        )
    with journal.alone():
        if not path.exists():
            return None
        whole = path.with_name(free_name(journal, path.name.removesuffix(CUT), WHOLE))
        # Whoever could open it can open it still, whatever the journal is sealed to by now.
        now = journal.lock()
        pour_file(memory.getvalue(), whole, lock((*(now.recipients if now else ()), *key.recipients)))
        again, _ = unsealed(whole, key)
        if again.getvalue() != memory.getvalue():
            raise StorageError(f"{whole} is not what was opened. {path} stays as it is.")
        del again
        made = journal.finished(entry, whole, entry.deleted)
        try:
            path.unlink()
            sync_folder(path.parent)
        except OSError as error:
            raise StorageError(f"{path} could not be removed ({error.strerror or error}).") from error
    return journal.opened(made)


def _measured(journal: Journal, entry: Entry, key: Key) -> None:
    import soundfile

    memory, _ = unsealed(journal.path(entry), key)
    with contextlib.suppress(soundfile.SoundFileRuntimeError):
        journal.store.change(entry.id, frames=int(soundfile.info(memory).frames))


def free_name(journal: Journal, first: str, ending: str) -> str:
    """A name for a sealed recording that no entry has; what a kill left there may be written over."""
    name, number = f"{first}{ending}", 2
    while journal.store.entries("recording = ?", (name,)):
        name, number = f"{first}-{number}{ending}", number + 1
    return name


def pour_file(data: bytes, path: Path, lock: Lock) -> None:
    """Make a sealed file (0600) of what is in memory: another name, synced, renamed. Raises StorageError."""
    half = path.with_name(f".{path.name}.tmp")
    try:
        half.unlink(missing_ok=True)
        with os.fdopen(os.open(half, FLAGS | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            lock.pour(BytesIO(data), file)
            file.flush()
            os.fsync(file.fileno())
        half.rename(path)
        sync_folder(path.parent)
    except (OSError, SealedError) as error:  # a full disk comes as either
        half.unlink(missing_ok=True)
        reason = getattr(error, "strerror", None) or error
        raise StorageError(f"{path} could not be written ({reason}).") from error
