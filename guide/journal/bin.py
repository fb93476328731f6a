"""The bin: what lies in it for thirty days goes, and what a person wants gone for good goes at once."""

import sqlite3
from datetime import datetime
from pathlib import Path

from guide.errors import StorageError
from guide.folders import sync_folder
from guide.journal import awaiting
from guide.journal.diary import Journal
from guide.journal.entries import Entry, base
from guide.journal.sealing import SUFFIX
from guide.takes.sealed import CUT

DAYS = 30
"""How long something is in the bin at least."""
_DAY = 24 * 3600
_LEAP = 7 * _DAY
"""Seconds that can have passed between two looks, at most: a clock that jumps a year empties no bin."""

TRACES = (
    "A file is removed and not written over, since that promises nothing: "
    "memory cards and SSDs write elsewhere and keep what was there for a while, and so do file systems with "
    "a journal or snapshots, and backups. Where that matters, keep the journal on an encrypted disk."
)
"""What cannot be promised of something that was removed."""
FLASH = f"guide cannot bring it back. {TRACES}"
"""The same with what can be."""


def empty(journal: Journal, *, now: datetime | None = None) -> list[Entry]:
    """Remove for good what was in the bin for DAYS or longer; the entries that were.

    The days are those that the journal saw pass, from one call of this to the next and at most a week at a
    time, so that a clock set wrong and then right takes nothing away early. Raises StorageError.
    """
    with journal.store.transaction(reading=True) as db:
        passed, moved = _passed(db, now or datetime.now().astimezone())
    if moved:
        with journal.store.transaction() as db:
            at = (now or datetime.now().astimezone()).isoformat()
            db.execute("UPDATE seen SET at = ?, passed = ?", (at, passed))
    due = journal.store.entries(
        "state = 'kept' AND deleted IS NOT NULL AND binned <= ?", (passed - DAYS * _DAY,)
    )
    for entry in due:
        _leave(journal, entry)
    if due:
        _tidy(journal)
    return due


def erase(journal: Journal, number: int) -> Entry:
    """Remove an entry for good, from the bin or the journal; the entry that was.

    Its file is unlinked and its row is written over in the index; FLASH says what that is worth. Raises
    NotFoundError, and StorageError where it cannot be removed: then it is at the next `recover`.
    """
    entry = journal.entry(number)
    if entry.state == "recording":
        raise StorageError(f"Entry {number} is being recorded now. Finish it first.")
    _leave(journal, entry)
    _tidy(journal)
    return entry


def settle(journal: Journal) -> None:
    """Finish what was being removed when a process was killed. Raises StorageError."""
    left = journal.store.entries("id IN (SELECT id FROM leaving)")
    for entry in left:
        _leave(journal, entry)
    if left:
        _tidy(journal)


def _passed(db: sqlite3.Connection, now: datetime) -> tuple[int, bool]:
    """Seconds that the journal has seen pass by now, and whether that is to be noted.

    A look within a day of the last is not: each would be a write to the card.
    """
    at, passed = db.execute("SELECT at, passed FROM seen").fetchone()
    try:
        since = round((now - datetime.fromisoformat(at)).total_seconds())
    except (TypeError, ValueError):  # the first look of all, or nothing that can be read
        return passed, True
    if 0 <= since < _DAY:
        return passed, False
    return passed + min(max(0, since), _LEAP), True


def _leave(journal: Journal, entry: Entry) -> None:
    """The row says that it goes, then the file goes, then the row: a kill in between brings nothing back."""
    with journal.alone():
        with journal.store.transaction() as db:
            db.execute("INSERT OR IGNORE INTO leaving (id) VALUES (?)", (entry.id,))
        if entry.recording and Path(entry.recording).name == entry.recording:
            for path in _files(journal, entry.recording):
                try:
                    if path.exists() or path.is_symlink():
                        path.unlink()
                        sync_folder(path.parent)
                except OSError as error:
                    raise StorageError(
                        f"{path} could not be removed ({error.strerror or error}). "
                        "It is tried again when guide starts."
                    ) from error
        with journal.store.transaction() as db:
            db.execute("DELETE FROM entries WHERE id = ?", (entry.id,))
            awaiting.leave(db, entry.id)
            db.execute("DELETE FROM leaving WHERE id = ?", (entry.id,))


def _files(journal: Journal, recording: str) -> list[Path]:
    """Where the recording is or can be, and whatever a kill left beside it while it was being sealed."""
    twins = [f"{base(recording)}{ending}" for ending in (".flac", f".flac{SUFFIX}", CUT)]
    twins = [name for name in twins if not journal.store.entries("recording = ?", (name,))]
    names = dict.fromkeys((recording, *twins))
    return [place / name for place in (journal.recordings, journal.bin) for name in names]


def _tidy(journal: Journal) -> None:
    if not journal.store.tidy():
        journal.notices.append(
            "The index may still hold traces of what was removed, since it was in use or the disk is full. "
            "The next thing that is removed for good takes them along."
        )
    for aside in sorted(journal.store.path.parent.glob("journal-damaged-*.db")):
        journal.notices.append(
            f"{aside} is an index that was damaged and set aside. It may hold words of any entry; "
            "remove it when you need it no more."
        )
