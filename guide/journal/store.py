"""The journal's index: SQLite, each write whole and on the disk before anyone goes on."""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from guide.errors import StorageError
from guide.journal import awaiting
from guide.journal.entries import Entry, Sitting, fingerprint, marks_in, marks_text

ValueT = TypeVar("ValueT")

_MIGRATIONS = (
    """
    CREATE TABLE entries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        created TEXT NOT NULL,
        session TEXT,
        title TEXT,
        session_frames INTEGER,
        question TEXT,
        kind TEXT NOT NULL CHECK (kind IN ('spoken', 'written')),
        words TEXT,
        recording TEXT UNIQUE,
        frames INTEGER NOT NULL DEFAULT 0,
        checksum TEXT,
        deleted TEXT,
        state TEXT NOT NULL DEFAULT 'kept' CHECK (state IN ('recording', 'kept'))
    );
    CREATE TABLE sittings (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        session TEXT NOT NULL,
        started TEXT NOT NULL,
        asked INTEGER NOT NULL,
        sat INTEGER NOT NULL,
        finished INTEGER NOT NULL CHECK (finished IN (0, 1))
    );
    """,
    # Marks are what an entry holds, like its words. SQLite changes no CHECK, so the table is made once more;
    # its counter goes along, since no number is used again.
    """
    CREATE TABLE entries_anew (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        created TEXT NOT NULL,
        session TEXT,
        title TEXT,
        session_frames INTEGER,
        question TEXT,
        kind TEXT NOT NULL CHECK (kind IN ('spoken', 'written', 'marked')),
        words TEXT,
        recording TEXT UNIQUE,
        frames INTEGER NOT NULL DEFAULT 0,
        checksum TEXT,
        deleted TEXT,
        state TEXT NOT NULL DEFAULT 'kept' CHECK (state IN ('recording', 'kept')),
        marks TEXT
    );
    INSERT INTO entries_anew SELECT
        id, created, session, title, session_frames, question, kind, words, recording, frames, checksum,
        deleted, state, NULL
    FROM entries;
    DELETE FROM sqlite_sequence WHERE name = 'entries_anew';
    INSERT INTO sqlite_sequence (name, seq)
        SELECT 'entries_anew', seq FROM sqlite_sequence WHERE name = 'entries';
    DROP TABLE entries;
    ALTER TABLE entries_anew RENAME TO entries;
    """,
    # A checksum of each row; rows from before get theirs when a person asks for it, since nobody knows
    # whether they are what they were. Days in the bin are those that the journal saw pass, not dates.
    """
    ALTER TABLE entries ADD COLUMN digest TEXT;
    ALTER TABLE entries ADD COLUMN binned INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE seen (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        at TEXT,
        passed INTEGER NOT NULL
    );
    INSERT INTO seen (one, at, passed) VALUES (1, NULL, 0);
    CREATE TABLE leaving (id INTEGER PRIMARY KEY);
    """,
    # What is sealed is ciphertext here. What was understood of a recording stands beside it; what still waits
    # for its words is known by numbers alone.
    """
    ALTER TABLE entries ADD COLUMN sealed BLOB;
    ALTER TABLE entries ADD COLUMN transcript TEXT;
    ALTER TABLE entries ADD COLUMN transcript_sealed BLOB;
    ALTER TABLE entries ADD COLUMN echo INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE awaiting (
        entry INTEGER PRIMARY KEY,
        tries INTEGER NOT NULL DEFAULT 0,
        problem TEXT
    );
    """,
    # What is begun before the clock of a board is set is dated later, in the same run of it.
    """
    ALTER TABLE entries ADD COLUMN boot TEXT;
    ALTER TABLE entries ADD COLUMN since INTEGER;
    ALTER TABLE entries ADD COLUMN dated INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE sittings ADD COLUMN boot TEXT;
    ALTER TABLE sittings ADD COLUMN since INTEGER;
    ALTER TABLE sittings ADD COLUMN dated INTEGER NOT NULL DEFAULT 1;
    """,
)
"""Each brings the schema from one `user_version` to the next."""

_COLUMNS = (
    "id, created, session, title, session_frames, question, kind, words, recording, frames, "
    "checksum, deleted, state, marks, sealed, transcript, transcript_sealed, echo, boot, since, dated"
)
_HELD = frozenset(_COLUMNS.split(", ")) - {
    "id", "recording", "deleted", "state", "transcript", "transcript_sealed", "echo", "dated"
}  # fmt: skip
"""The columns that a row's digest is taken of."""
_DATED = ("boot, since, dated", "NULL, NULL, 1")
"""Columns of both tables, and what they are in an index from before they were there."""
_BEFORE_DATES = _COLUMNS.replace(*_DATED)
_COLUMNS_BEFORE = (
    _COLUMNS,
    _BEFORE_DATES,
    _BEFORE_DATES.replace("sealed, transcript, transcript_sealed, echo", "NULL, NULL, NULL, 0"),
    _BEFORE_DATES.replace("marks, sealed, transcript, transcript_sealed, echo", "NULL, NULL, NULL, NULL, 0"),
)
"""The same of an index from before some of them were there; the newest first."""
_SAT = "session, started, asked, sat, finished, boot, since, dated"
_SAT_BEFORE = (_SAT, _SAT.replace(*_DATED))
_WITH_DATES = 5
"""The `user_version` from which on dates can be learnt."""
_PATIENCE = 10.0
"""Seconds to wait for another process that is writing."""


class DamagedError(StorageError):
    """The file is no database, or a broken one."""


class Store:
    """Rows as values. A connection lives for one transaction, so any thread and many processes may come."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.wants_words: Callable[[], bool] = lambda: False
        """Whether a recording that is kept from now on waits for its words; asked for each, not before."""

    def prepare(self) -> None:
        """Make the file, or bring its schema up to date.

        Where nothing can be written, a journal that is up to date is left as it is, to be read.
        Raises DamagedError when it is broken, StorageError when it cannot be used or is from a newer guide.
        """
        if not os.path.exists(self.path):  # noqa: PTH110 - it raises nothing
            self._create()
        with self._connection(reading=not self._writable()) as db:
            self._check(db)
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version > len(_MIGRATIONS):
                raise self._refused("a newer guide made it; update this one")
            if version < len(_MIGRATIONS):
                _migrate(db, version)

    def entries(self, where: str = "TRUE", values: tuple[Any, ...] = ()) -> list[Entry]:
        """The entries that a condition picks, oldest first; a row that is none is left out.

        Raises StorageError.
        """
        with self._connection(reading=True) as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM entries WHERE {where} ORDER BY id", values)  # noqa: S608 - our own words
            return [made for row in rows if (made := _made(_entry, row))]

    def any_sealed(self) -> bool:
        """Whether there is a sealed entry. Raises StorageError."""
        with self._connection(reading=True) as db:
            found = "SELECT 1 FROM entries WHERE sealed IS NOT NULL OR recording LIKE '%.age' LIMIT 1"
            return db.execute(found).fetchone() is not None

    def strange(self) -> list[tuple[int, str | None]]:
        """Number and recording of each row that is no entry. Raises StorageError."""
        with self._connection(reading=True) as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM entries ORDER BY id")  # noqa: S608 - our own words
            names = _COLUMNS.split(", ")
            return [(row[0], row[names.index("recording")]) for row in rows if _made(_entry, row) is None]

    def summed(self) -> list[tuple[int, str | None, Entry | None]]:
        """All rows at one moment: number, digest, and entry, or None where it is none. StorageError."""
        with self._connection(reading=True) as db:
            rows = db.execute(f"SELECT id, digest, {_COLUMNS} FROM entries ORDER BY id")  # noqa: S608
            return [(row[0], row[1], _made(_entry, row[2:])) for row in rows]

    def add(self, entry: Entry) -> Entry:
        """Keep a new entry; its id is given here when it is 0. Raises StorageError."""
        awaited = self._is_awaited(entry)
        with self._connection() as db:
            made = added(db, entry)
            if awaited:
                awaiting.put(db, [made.id])
            return made

    def change(self, number: int, **values: Any) -> Entry:
        """Set columns of one entry; the entry as it is then. Raises StorageError."""
        sets = ", ".join(f"{name} = ?" for name in values)
        kept = values.get("state") == "kept" and self.wants_words()
        with self._connection() as db:
            db.execute(f"UPDATE entries SET {sets} WHERE id = ?", (*map(_stored, values.values()), number))  # noqa: S608
            if values.get("deleted"):
                _note_bin(db, number)
            entry = _entry(db.execute(f"SELECT {_COLUMNS} FROM entries WHERE id = ?", (number,)).fetchone())  # noqa: S608
            if not _HELD.isdisjoint(values):
                note_digest(db, entry)
            if kept:
                awaiting.put(db, [number])
            return entry

    def forget(self, number: int) -> None:
        """Remove the row of a recording that never held a frame. Raises StorageError."""
        with self._connection() as db:
            db.execute("DELETE FROM entries WHERE id = ? AND state = 'recording'", (number,))

    def add_sitting(self, sitting: Sitting) -> None:
        """Keep a sitting. Raises StorageError."""
        with self._connection() as db:
            added_sitting(db, sitting)

    def sittings(self) -> list[Sitting]:
        """Every sitting, oldest first; a row that is none is left out. Raises StorageError.

        Where a power cut left a file with nothing in it there is none; it stays as it is.
        """
        if self._empty():
            return []
        with self._connection(reading=True) as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if not version:
                return []
            columns = _SAT_BEFORE[version < _WITH_DATES]
            rows = db.execute(f"SELECT {columns} FROM sittings ORDER BY id")  # noqa: S608 - our own words
            return [made for row in rows if (made := _made(_sitting, row))]

    def legible(self) -> tuple[list[Entry], list[Sitting]]:
        """Whatever can still be read of a damaged file, row by row."""
        entries: list[Entry] = []
        for columns in _COLUMNS_BEFORE:
            entries = entries or _each(self.path, f"SELECT {columns} FROM entries", _entry)  # noqa: S608 - our own words
        sittings: list[Sitting] = []
        for columns in _SAT_BEFORE:
            sittings = sittings or _each(self.path, f"SELECT {columns} FROM sittings", _sitting)  # noqa: S608
        return entries, sittings

    def transaction(self, *, reading: bool = False) -> contextlib.AbstractContextManager[sqlite3.Connection]:
        """Several things at once: all of them are kept when the context ends, none after an error.

        The connection raises what sqlite3 does; beyond the context it is StorageError.
        """
        return self._connection(reading=reading)

    def tidy(self) -> bool:
        """Leave nothing of what was removed in the files of the index; False where that must wait."""
        try:
            with contextlib.closing(
                sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)
            ) as db:
                # SQLite copies all of it meanwhile, else to a file in /var/tmp.
                db.execute("PRAGMA temp_store = MEMORY")
                db.execute("VACUUM")
                return not db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.Error:
            return False

    def _is_awaited(self, entry: Entry) -> bool:
        return (entry.kind, entry.state, entry.understood) == ("spoken", "kept", False) and self.wants_words()

    def _create(self) -> None:
        """An empty file, 0600 before anything is in it; SQLite gives the files beside it the same rights."""
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise self._refused(error.strerror or str(error)) from error

    def _empty(self) -> bool:
        try:
            return self.path.stat().st_size == 0
        except OSError as error:
            raise self._refused(error.strerror or str(error)) from error

    def _writable(self) -> bool:
        effective = os.access in os.supports_effective_ids
        return all(
            os.access(path, os.W_OK, effective_ids=effective) for path in (self.path, self.path.parent)
        )

    @contextlib.contextmanager
    def _connection(self, *, reading: bool = False) -> Iterator[sqlite3.Connection]:
        """A transaction of its own: committed at the end, undone by an error."""
        try:
            with contextlib.closing(self._connect(reading=reading)) as db:
                db.text_factory = _text
                yield db
                if db.in_transaction:
                    db.execute("COMMIT")
        except (sqlite3.OperationalError, sqlite3.IntegrityError) as error:
            raise self._refused(str(error)) from error
        except sqlite3.DatabaseError as error:
            raise DamagedError(
                f"The journal {self.path} is damaged ({error}). `guide journal` sets the file aside, "
                "and makes a new one from what is kept."
            ) from error

    def _connect(self, *, reading: bool) -> sqlite3.Connection:
        if reading and not self._writable():
            # WAL needs files beside it even to read; where none can be made, nothing changes either.
            return sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        db = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA secure_delete = ON")
            db.execute("PRAGMA temp_store = MEMORY")  # what is sorted must not reach another disk
            db.execute("BEGIN" if reading else "BEGIN IMMEDIATE")
        except BaseException:
            db.close()
            raise
        return db

    def _check(self, db: sqlite3.Connection) -> None:
        found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(found)

    def _refused(self, reason: str) -> StorageError:
        return StorageError(
            f"The journal {self.path} cannot be used ({reason}). What was kept before is still there. "
            "See that the disk has room and that this user may write there, "
            "or set GUIDE_HOME to another folder."
        )


def added(db: sqlite3.Connection, entry: Entry) -> Entry:
    """A new row within a transaction, with its digest; its id is given here when it is 0."""
    row = (entry.id or None, *_row(entry)[1:])
    marks = ", ".join("?" * len(row))
    number = db.execute(f"INSERT INTO entries ({_COLUMNS}) VALUES ({marks})", row).lastrowid or 0  # noqa: S608
    made = _entry(db.execute(f"SELECT {_COLUMNS} FROM entries WHERE id = ?", (number,)).fetchone())  # noqa: S608
    note_digest(db, made)
    if made.deleted:
        _note_bin(db, made.id)
    return made


def entry_in(db: sqlite3.Connection, number: int) -> Entry | None:
    """The entry of that number as it is within a transaction; None where there is none, or it is no entry."""
    row = db.execute(f"SELECT {_COLUMNS} FROM entries WHERE id = ?", (number,)).fetchone()  # noqa: S608
    return None if row is None else _made(_entry, row)


def put_back(db: sqlite3.Connection, entry: Entry) -> None:
    """Make a row, by its number, what an entry is, within a transaction."""
    sets = ", ".join(f"{name} = ?" for name in _COLUMNS.split(", "))
    db.execute(f"UPDATE entries SET {sets} WHERE id = ?", (*_row(entry), entry.id))  # noqa: S608
    note_digest(db, entry)


def added_sitting(db: sqlite3.Connection, sitting: Sitting) -> None:
    """A sitting within a transaction."""
    row = (sitting.session, sitting.started.isoformat(), sitting.asked, sitting.frames, sitting.finished)
    run = (sitting.boot, sitting.since, sitting.dated)
    db.execute(f"INSERT INTO sittings ({_SAT}) VALUES (?,?,?,?,?,?,?,?)", (*row, *run))  # noqa: S608


def note_digest(db: sqlite3.Connection, entry: Entry) -> None:
    """Note beside a row what it holds now."""
    db.execute("UPDATE entries SET digest = ? WHERE id = ?", (fingerprint(entry), entry.id))


def _note_bin(db: sqlite3.Connection, number: int) -> None:
    """Note when it went to the bin, in the seconds that the journal has seen pass."""
    db.execute("UPDATE entries SET binned = (SELECT passed FROM seen) WHERE id = ?", (number,))


def _migrate(db: sqlite3.Connection, version: int) -> None:
    for number, script in enumerate(_MIGRATIONS[version:], start=version + 1):
        for statement in filter(str.strip, script.split(";")):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {number}")


def _text(data: bytes) -> str:
    """Text as it was written; what is no UTF-8 shows as that, and takes nothing else along."""
    return data.decode("utf-8", "replace")


def _each(path: Path, query: str, make: Any) -> list[Any]:
    made: list[Any] = []
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as db:
        db.text_factory = _text
        rows = db.execute(query)
        while (row := rows.fetchone()) is not None:
            if (value := _made(make, row)) is not None:
                made.append(value)
    return made


def _made(make: Callable[[tuple[Any, ...]], ValueT], row: tuple[Any, ...]) -> ValueT | None:
    """What a row stands for; None for one that stands for nothing."""
    with contextlib.suppress(ValueError, TypeError, AttributeError, OverflowError):
        return make(row)
    return None


def _entry(row: tuple[Any, ...]) -> Entry:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    texts = (
        values[name]
        for name in ("session", "title", "question", "words", "recording", "checksum", "transcript", "boot")
    )
    counts = (values["frames"], values["session_frames"] or 0, values["since"] or 0)
    blobs = (values["sealed"], values["transcript_sealed"])
    if (
        not all(isinstance(one, str | None) for one in texts)
        or not all(isinstance(one, int) for one in counts)
        or not all(isinstance(one, bytes | None) for one in blobs)
    ):
        raise TypeError("not an entry")
    values["echo"] = values["echo"] == 1
    values["dated"] = values["dated"] != 0
    values["created"] = datetime.fromisoformat(values["created"])
    values["deleted"] = datetime.fromisoformat(values["deleted"]) if values["deleted"] else None
    values["marks"] = marks_in(values["marks"])
    return Entry(**values)


def _sitting(row: tuple[Any, ...]) -> Sitting:
    session, started, asked, sat, finished, boot, since, dated = row
    moment = datetime.fromisoformat(started)
    if moment.tzinfo is None:
        moment = moment.astimezone()
    if boot is not None:
        boot, since = str(boot), int(since)
    return Sitting(str(session), moment, int(asked), int(sat), bool(finished), boot, since, dated != 0)


def _row(entry: Entry) -> tuple[Any, ...]:
    return tuple(_stored(getattr(entry, name)) for name in _COLUMNS.split(", "))


def _stored(value: Any) -> Any:
    if isinstance(value, tuple):
        return marks_text(value)
    return value.isoformat() if isinstance(value, datetime) else value
