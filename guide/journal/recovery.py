"""What an earlier run left behind: takes cut off, files unknown or in the wrong place."""

import contextlib
import os
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from guide.errors import NotFoundError, StorageError
from guide.journal import arrival
from guide.journal import bin as bin_room
from guide.journal.diary import Journal, measured, tags
from guide.journal.entries import Entry, base, named
from guide.journal.sealing import SUFFIX
from guide.takes import salvage
from guide.takes.sealed import CUT, GROWING, WHOLE, salvage_sealed

_ENDINGS = (".flac", WHOLE, CUT, f".flac{SUFFIX}")
"""What the names of recordings end with."""
_TOLD = ("date", "title", "album", "comment")
"""Tags of a FLAC that say what it is."""
_HALF = ("*.part.new", f"*{GROWING}.new", "*.flac.tmp", f"*{SUFFIX}.tmp")


def recover(journal: Journal) -> list[Entry]:
    """Settle everything; the entries that became whole. Troubles become the journal's notices."""
    found: list[Entry] = []

    def attempt(settle: Callable[[], Entry | None]) -> None:
        try:
            entry = settle()
        except StorageError as error:
            journal.notices.append(str(error))
        else:
            found.extend([entry] if entry else [])

    strange = journal.store.strange()
    for number, _ in strange:
        journal.notices.append(
            f"Entry {number} cannot be read, so it is left out. What is there of it stays in the journal."
        )
    attempt(partial(_finish_leaving, journal))
    attempt(partial(_finish_arriving, journal))
    attempt(partial(_sweep, journal))
    for entry in journal.store.entries("state = 'recording'"):
        attempt(partial(_settle, journal, entry))
    unfinished = (*_files(journal.recordings, "*.part"), *_files(journal.recordings, f"*{GROWING}"))
    for path in (*unfinished, *_recordings(journal)):
        attempt(partial(_adopt, journal, path, strange))
    for entry in journal.store.entries("state = 'kept' AND recording IS NOT NULL"):
        attempt(partial(journal.place, entry))
    return sorted(found, key=lambda entry: entry.id)


def _finish_leaving(journal: Journal) -> None:
    """Whatever was being removed for good when a process was killed goes now."""
    bin_room.settle(journal)


def _finish_arriving(journal: Journal) -> None:
    """Whatever an import made entries of before a kill moves to its place; whatever it did not goes."""
    arrival.settle(journal)


def _sweep(journal: Journal) -> None:
    """Remove what a kill left behind before it held a word, or after all of it was elsewhere."""
    places = (journal.recordings, journal.bin)
    left = [path for place in places for name in _HALF for path in place.glob(f".{name}")]
    known = {entry.recording for entry in journal.store.entries(f"recording LIKE '%{SUFFIX}'")}
    sealed = [path for place in places for path in _files(place, f"*{SUFFIX}") if path.name not in known]
    twins = [path for path in sealed if not path.name.endswith(WHOLE)]
    if not left and not twins:
        return
    with journal.alone():  # whoever begins a take does it alone, so none here is about to get its name
        for path in twins:
            _remove_twin(journal, path)
        for path in left:
            whole = path.with_name(path.name[1:]).with_suffix("")
            # A FLAC in the making is of use for as long as its WAV is there: somebody may be making it.
            if whole.suffix == ".part" or not whole.with_suffix(".part").exists():
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    raise StorageError(f"{path} could not be removed ({error.strerror or error}).") from error


def _remove_twin(journal: Journal, path: Path) -> None:
    """Remove a sealed recording where the index names another file of the same one, and that is whole.

    A kill leaves two when one that was cut off had become whole, or was sealed and not noted yet.
    """
    if journal.store.entries("recording = ?", (path.name,)):
        return
    other = f"{base(path.name)}{WHOLE if path.name.endswith(CUT) else '.flac'}"
    for entry in journal.store.entries("state = 'kept' AND recording = ?", (other,)):
        with contextlib.suppress(NotFoundError):
            if measured(journal.path(entry))[1] == entry.checksum:
                try:
                    path.unlink()
                except OSError as error:
                    raise StorageError(f"{path} could not be removed ({error.strerror or error}).") from error


def _settle(journal: Journal, entry: Entry) -> Entry | None:
    """An entry that says it is being recorded: perhaps it is, perhaps that was cut off."""
    if (entry.recording or "").endswith(SUFFIX):
        return _settle_sealed(journal, entry)
    flac = journal.recordings / (entry.recording or "")
    part = flac.with_suffix(".part")
    if entry.recording and part.exists():
        salvaged = salvage(part, tags(entry))
        if salvaged is None:
            return None
        if salvaged.flac is None:
            journal.store.forget(entry.id)
            return None
        return journal.finished(entry, salvaged.flac, None)
    if entry.recording and flac.exists():
        return journal.finished(entry, flac, None)
    with journal.alone():  # whoever begins an entry does it alone, so here is no half-begun one
        if not part.exists() and not flac.exists():
            journal.store.forget(entry.id)
    return None


def _settle_sealed(journal: Journal, entry: Entry) -> Entry | None:
    """The same of a sealed one; the chunk that was cut off is lost, and the rest waits for its key."""
    name = base(entry.recording or "")
    growing = journal.recordings / f"{name}{GROWING}"
    if salvaged := salvage_sealed(growing):
        path, frames = salvaged
        if frames:
            return journal.finished(entry, path, None)
        journal.store.forget(entry.id)
        return None
    ended = (journal.recordings / f"{name}{WHOLE}", journal.recordings / f"{name}{CUT}")
    for path in ended:
        if path.exists():
            return journal.finished(entry, path, None)
    with journal.alone():
        # In this order: a take that is being finished right now has one of these names at any moment.
        if not any(path.exists() for path in (growing, *ended)):
            journal.store.forget(entry.id)
    return None


def _adopt(journal: Journal, path: Path, strange: list[tuple[int, str | None]]) -> Entry | None:
    """A file that the index does not know becomes an entry, as far as its name and its tags tell."""
    if _known(journal, path) or base(path.name) in [base(recording or "") for _, recording in strange]:
        return None
    deleted = _time(path) if path.parent == journal.bin else None
    if path.suffix == ".part":
        salvaged = salvage(path)
        if salvaged is None or salvaged.flac is None:
            return None
        path = salvaged.flac
    elif path.suffix == GROWING:
        growing = salvage_sealed(path)
        if growing is None or not growing[1]:
            return None
        path = growing[0]
    frames, checksum = measured(path)
    number, when = named(path.stem) or (0, _time(path))
    told = dict.fromkeys(_TOLD, "") if path.suffix == SUFFIX else _told(path)
    with contextlib.suppress(ValueError):
        when = datetime.fromisoformat(told["date"])
    if journal.store.entries("id = ?", (number,)) or number in [taken for taken, _ in strange]:
        number = 0
    return journal.store.add(
        Entry(
            id=number,
            created=when or _time(path),
            dated=when is not None,
            session=told["album"] or None,
            title=told["title"] or None,
            session_frames=None,
            question=told["comment"] or None,
            kind="spoken",
            recording=path.name,
            frames=frames,
            checksum=checksum,
            deleted=deleted,
        )
    )


def _known(journal: Journal, path: Path) -> bool:
    names = [f"{base(path.name)}{ending}" for ending in _ENDINGS]
    return bool(journal.store.entries("recording IN (?, ?, ?, ?)", tuple(names)))


def _told(flac: Path) -> dict[str, str]:
    import soundfile

    try:
        with soundfile.SoundFile(os.fspath(flac)) as file:
            return {name: str(getattr(file, name)) for name in _TOLD}
    except soundfile.SoundFileRuntimeError:
        return dict.fromkeys(_TOLD, "")


def _time(path: Path) -> datetime:
    try:
        changed = path.stat().st_mtime
    except OSError as error:
        raise StorageError(f"{path} cannot be read ({error.strerror or error}).") from error
    return datetime.fromtimestamp(changed).astimezone().replace(microsecond=0)


def _recordings(journal: Journal) -> list[Path]:
    patterns, folders = ("*.flac", f"*{SUFFIX}"), (journal.recordings, journal.bin)
    return [path for folder in folders for pattern in patterns for path in _files(folder, pattern)]


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.glob(pattern) if not path.name.startswith("."))
