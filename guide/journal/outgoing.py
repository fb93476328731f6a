"""The recording of an entry on its way out: as it is kept, or opened where its key is there."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from guide.duration import RATE
from guide.errors import StorageError
from guide.journal.diary import Journal, tags
from guide.journal.entries import Entry, base
from guide.journal.sealing import SUFFIX
from guide.seal import SealedError
from guide.takes.flac import encode
from guide.takes.sealed import CUT, unsealed

Content: TypeAlias = Path | bytes | Callable[[], bytes]
"""What is to be in a file: a copy, bytes, or what makes them when it is their turn (always the same ones)."""


def outgoing(journal: Journal, entry: Entry) -> tuple[Entry, Content] | None:
    """An entry as it goes out, and its recording: None where there is none.

    A sealed one goes out as it is, or opened as FLAC where the journal has its key: then its name and
    checksum are those of the FLAC. Raises NotFoundError, SealedError, StorageError.
    """
    if entry.recording is None:
        return None
    path = journal.path(entry)
    if path.suffix != SUFFIX or journal.key is None or entry.sealed is not None:
        return entry, path
    make = partial(_flac, journal, entry)
    checksum = hashlib.sha256(make()).hexdigest()
    return replace(entry, recording=f"{base(entry.recording)}.flac", checksum=checksum), make


def _flac(journal: Journal, entry: Entry) -> bytes:
    """The recording as FLAC; one that was FLAC before it was sealed, byte for byte."""
    import soundfile

    if journal.key is None:
        raise SealedError(f"Entry {entry.id} is sealed.")
    path = journal.path(entry)
    sound, whole = unsealed(path, journal.key)
    if not whole and not path.name.endswith(CUT):
        raise StorageError(f"Only the beginning of entry {entry.id} can be opened: {path} is damaged.")
    data = sound.getvalue()
    if data.startswith(b"fLaC"):
        return data
    out = io.BytesIO()
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as source:
            if (source.samplerate, source.channels) != (RATE, 1):
                raise StorageError(f"What is sealed as entry {entry.id} is no recording of guide's.")
            encode(source.blocks(RATE * 10, dtype="int16"), out, tags(entry))
    except soundfile.SoundFileRuntimeError as error:
        raise StorageError(f"What is sealed as entry {entry.id} cannot be heard.") from error
    return out.getvalue()
