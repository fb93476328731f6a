"""An exported journal comes back: nothing in the folder is believed until it is checked.

All recordings are copied and checked in a folder aside, then one transaction makes all of the entries, and
only then the files move. A kill before the transaction leaves nothing; one after it leaves the moving to
`settle`.
"""

import contextlib
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from guide.errors import NotFoundError, StorageError
from guide.folders import private, sync_folder
from guide.journal import awaiting
from guide.journal.dating import learn
from guide.journal.diary import Journal, checksum_of
from guide.journal.entries import Entry, Sitting, base, fingerprint, stem
from guide.journal.mending import pour_file
from guide.journal.parcel import Parcel, Piece, copied, opened, taken
from guide.journal.sealing import SUFFIX, keep_recipients, recipients, sealed
from guide.journal.store import added, added_sitting, put_back
from guide.journal.verify import decoded
from guide.seal import Lock, SealedError, header_size, lock
from guide.takes import ROOM_TO_GO_ON
from guide.takes.sealed import GROWING
from guide.takes.wav import FLAGS, hold

_NAME = re.compile(r"([A-Za-z0-9][\w-]{0,99})(\.flac|\.wav\.age|\.cut\.age|\.flac\.age)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Arrived:
    """What an import did."""

    entries: tuple[Entry, ...]
    """Those that are new here."""
    mended: tuple[int, ...]
    """Numbers of those that were here and damaged, and are whole again."""
    already: int
    """How many were here, and whole."""
    sittings: int
    unasked: tuple[int, ...] = ()
    """Numbers of those that sessions might play where they came from: nobody agreed to that here."""


@dataclass(frozen=True, slots=True)
class _Here:
    """A row of this journal."""

    number: int
    key: str
    entry: Entry | None
    inner: str | None = None
    """Of a sealed one that was opened: its fingerprint without a checksum."""

    @property
    def changed(self) -> bool:
        return self.entry is None or fingerprint(self.entry) != self.key


def bring(journal: Journal, folder: Path) -> Arrived:
    """Take all of an exported folder into the journal, or nothing of it.

    An entry keeps its number where that is free. What is here already is not doubled; where it is damaged
    here, it is put back. What comes in clear into a sealed journal is sealed on its way in. Whether sessions
    may play an entry is for whoever hears it here to say, so none of what is new may be played. Raises
    StorageError, and SealedError where only the key can tell what is here already.
    """
    parcel = opened(folder)
    _insist_comparable(journal, parcel)
    home = journal.store.path.parent
    comes_sealed = any(piece.entry.sealed is not None for piece in parcel.pieces)
    if comes_sealed and not journal.store.any_sealed() and recipients(home) is None:
        keep_recipients(home, ())  # what comes is sealed; that this journal is open stays as it is
    with _alone(journal) as incoming:
        _clear(journal, incoming)
        private(incoming)
        try:
            staged = _staged(journal, parcel, incoming)
            return _settled(journal, parcel, staged, incoming)
        finally:
            _clear(journal, incoming)


def settle(journal: Journal) -> None:
    """Finish an import that a kill ended: what it made entries of moves, the rest goes. StorageError."""
    if not journal.incoming.is_dir():
        return
    with contextlib.suppress(_BusyError), _alone(journal) as incoming:
        _clear(journal, incoming)


class _BusyError(StorageError):
    """Another import is going on."""


@contextlib.contextmanager
def _alone(journal: Journal) -> Iterator[Path]:
    lock = journal.store.path.with_name("import.lock")
    try:
        handle = os.open(lock, FLAGS | os.O_CREAT, 0o600)
    except OSError as error:
        raise StorageError(f"Nothing can be imported: {lock} ({error.strerror or error}).") from error
    try:
        if not hold(handle):
            raise _BusyError("Another import is going on. Try again when it is done.")
        yield journal.incoming
    finally:
        os.close(handle)


def _rows(journal: Journal) -> list[_Here]:
    """Every row; one whose digest was never taken has that of what it holds."""
    return [
        _Here(number, digest or (fingerprint(entry) if entry else ""), entry, _inner(journal, entry))
        for number, digest, entry in journal.store.summed()
    ]


def _inner(journal: Journal, entry: Entry | None) -> str | None:
    """What tells a sealed entry from others when it is opened: all but its recording's bytes."""
    if entry is None or entry.sealed is None or (opened := journal.opened(entry)).sealed is not None:
        return None
    return fingerprint(replace(opened, checksum=None))


def _matched(pieces: tuple[Piece, ...], rows: list[_Here]) -> dict[Piece, _Here]:
    """Which pieces are here: those with their own number first, then any that hold the same; a row once."""
    found: dict[Piece, _Here] = {}
    by_key: dict[str, dict[int, _Here]] = {}
    for row in rows:
        by_key.setdefault(row.key, {})[row.number] = row
    for piece in pieces:
        if row_here := by_key.get(piece.key, {}).pop(piece.entry.id, None):
            found[piece] = row_here
    for piece in pieces:
        if piece not in found and (left := by_key.get(piece.key)):
            found[piece] = left.pop(next(iter(left)))
    inner: dict[str, list[_Here]] = {}
    for row in rows:
        if row.inner is not None:
            inner.setdefault(row.inner, []).append(row)
    for piece in pieces:
        if piece not in found and piece.entry.sealed is None:
            alike = inner.get(fingerprint(replace(piece.entry, checksum=None)), [])
            alike.sort(key=lambda row: row.number != piece.entry.id)
            found |= {piece: alike.pop(0)} if alike else {}
    return found


def _lacks(journal: Journal, row: _Here) -> bool:
    """Whether the recording of a row is gone or damaged."""
    if row.entry is None or row.entry.kind != "spoken":
        return row.entry is None
    try:
        return checksum_of(journal.path(row.entry)) != row.entry.checksum
    except (NotFoundError, StorageError):
        return True


def _staged(journal: Journal, parcel: Parcel, incoming: Path) -> dict[Piece, Path]:
    """The recordings that are needed here, copied and checked, by their pieces."""
    matched = _matched(parcel.pieces, _rows(journal))
    needed = [
        piece
        for piece in parcel.pieces
        if piece.file and (piece not in matched or _lacks(journal, matched[piece]))
    ]
    size = sum(piece.size for piece in needed)
    if shutil.disk_usage(incoming).free < size + ROOM_TO_GO_ON:
        raise StorageError(
            f"Nothing was imported: {size // 1_000_000 + ROOM_TO_GO_ON // 1_000_000} MB are needed where "
            f"{incoming.parent} is. Free some, and try again."
        )
    staged = {}
    for number, piece in enumerate(needed):
        path = incoming / f".{number}.tmp"
        here = matched.get(piece)
        sealing = _lock_for(journal, piece, here)
        if sealing is not None:
            sound = taken(piece)
            frames = decoded(sound)
            pour_file(sound.getvalue(), path, sealing)
        else:
            copied(piece, path)
            frames = _frames(piece, path)
        if frames != piece.entry.frames:
            raise StorageError(f"Nothing was imported: {piece.file} cannot be heard to its end.")
        staged[piece] = path
    return staged


def _frames(piece: Piece, path: Path) -> int | None:
    """Frames in a copied recording; of a sealed one they are believed where it is one."""
    if not (piece.file or "").endswith(SUFFIX):
        return decoded(path)
    with path.open("rb") as file:
        return None if header_size(file) is None else piece.entry.frames


def _lock_for(journal: Journal, piece: Piece, row: _Here | None = None) -> Lock | None:
    """What a piece is sealed with on its way in, to its `row` where it has one; None where it is not.

    It comes sealed, or the journal is open, or it is in clear here and is put back in clear.
    """
    if piece.entry.sealed is not None or (piece.file or "").endswith(SUFFIX):
        return None
    if row is not None and row.entry is not None:
        key = journal.key if row.entry.sealed is not None else None
        return (journal.lock() or lock(key.recipients)) if key else None
    return journal.lock()


def _insist_comparable(journal: Journal, parcel: Parcel) -> None:
    """Without its key nobody can tell whether something in clear is in a sealed journal already."""
    if (
        journal.key is None
        and journal.store.any_sealed()
        and any(_lock_for(journal, piece) for piece in parcel.pieces)
    ):
        raise SealedError(
            "Nothing was imported: this journal is sealed, and only its key tells what is here already: "
            "`--identity FILE`."
        )


def _settled(journal: Journal, parcel: Parcel, staged: dict[Piece, Path], incoming: Path) -> Arrived:
    """One transaction for all of it; what another process did meanwhile is seen."""
    mended: list[int] = []
    wants_words = journal.store.wants_words()
    replaced: list[Path] = []
    with journal.alone():
        with journal.store.transaction() as db:
            matched = _matched(parcel.pieces, _rows(journal))
            for piece, row in matched.items():
                if row.changed or piece in staged:
                    mended.append(row.number)
                    replaced += _put_back(db, piece, row, staged.get(piece), journal)
                _give_words(db, piece, row, _lock_for(journal, piece, row))
            learn(db, ((row.number, piece.entry) for piece, row in matched.items()), parcel.sittings)
            fresh = [piece for piece in parcel.pieces if piece not in matched]
            fresh.sort(key=lambda one: (_taken(db, one.entry.id), one.entry.id))
            made = [_made(db, journal, piece, staged.get(piece)) for piece in fresh]
            if wants_words:
                awaiting.put(db, [one.id for one in made if one.kind == "spoken" and not one.understood])
            sittings = _new_sittings(journal, parcel.sittings)
            for sitting in sittings:
                added_sitting(db, sitting)
            unasked = [one.id for one, piece in zip(made, fresh, strict=True) if piece.entry.echo]
            unasked += [row.number for piece, row in matched.items() if piece.entry.echo and not row.entry]
            sync_folder(incoming)
        _clear(journal, incoming)
        for path in replaced:
            with contextlib.suppress(OSError):  # `verify` names it
                path.unlink(missing_ok=True)
    already = len(matched) - len(mended)
    return Arrived(tuple(made), tuple(mended), already, len(sittings), tuple(unasked))


def _made(db: sqlite3.Connection, journal: Journal, piece: Piece, path: Path | None) -> Entry:
    """A new row; its recording has the name in it from now on, though it is not in its folder yet."""
    number = 0 if _taken(db, piece.entry.id) else piece.entry.id
    coming, sealing = _coming(journal, piece, path)
    entry = added(db, replace(coming, id=number, recording=None, echo=False))
    if piece.file is None:
        return entry
    if path is None:  # it was here when the copying began, and is gone now
        raise StorageError("Nothing was imported, since the journal changed meanwhile. Try again.")
    name = _free_name(db, journal, piece, entry, sealing=sealing)
    path.rename(path.with_name(name))
    db.execute("UPDATE entries SET recording = ? WHERE id = ?", (name, entry.id))
    return replace(entry, recording=name)


def _coming(
    journal: Journal, piece: Piece, path: Path | None, row: _Here | None = None
) -> tuple[Entry, bool]:
    """An entry as it is kept here, and whether it was sealed on its way in."""
    sealing = _lock_for(journal, piece, row)
    if sealing is None:
        return piece.entry, False
    entry = sealed(piece.entry, sealing)
    return (entry if path is None else replace(entry, checksum=checksum_of(path))), True


def _put_back(
    db: sqlite3.Connection, piece: Piece, row: _Here, path: Path | None, journal: Journal
) -> list[Path]:
    """Make a row what it was; the damaged files that have another name than what comes instead of them."""
    before = row.entry
    coming, sealing = _coming(journal, piece, path, row)
    entry = replace(coming, id=row.number)
    if before is None:
        # Whether a session may play it stood in the row that is lost, and may have been taken back.
        entry = replace(entry, echo=False)
        name = _free_name(db, journal, piece, entry, sealing=sealing) if piece.file else None
    else:
        name = before.recording
        if sealing and path and not (name or "").endswith(f".flac{SUFFIX}"):
            # The name tells the kind of file.
            name = _free_name(db, journal, piece, entry, sealing=True)
        if sealing and path is None:
            entry = replace(entry, checksum=before.checksum)
        stays: tuple[str, ...] = ("deleted", "state", "transcript", "transcript_sealed", "echo")
        if before.dated and (before.boot, before.since) == (entry.boot, entry.since) != (None, None):
            stays = (*stays, "created", "dated")  # learnt since it was exported
        entry = replace(entry, **{word: getattr(before, word) for word in stays})
    put_back(db, replace(entry, recording=name))
    if path and name:
        path.rename(path.with_name(name))
    left = before.recording if before and before.recording != name else None
    return [place / left for place in (journal.recordings, journal.bin)] if left else []


def _give_words(db: sqlite3.Connection, piece: Piece, row: _Here, lock: Lock | None) -> None:
    """What a machine understood comes along where nothing is understood here yet; sealed where it belongs."""
    coming, here = piece.entry, row.entry
    if here is None or here.transcript is not None or here.transcript_sealed is not None:
        return
    column = "transcript" if here.sealed is None else "transcript_sealed"
    value: str | bytes | None = coming.transcript_sealed
    if here.sealed is None:
        value = coming.transcript
    elif coming.transcript is not None and lock is not None:
        value = lock.seal(coming.transcript.encode())
    if value is not None:
        db.execute(f"UPDATE entries SET {column} = ? WHERE id = ?", (value, row.number))  # noqa: S608
        awaiting.leave(db, row.number)


def _taken(db: sqlite3.Connection, number: int) -> bool:
    return db.execute("SELECT 1 FROM entries WHERE id = ?", (number,)).fetchone() is not None


def _free_name(
    db: sqlite3.Connection, journal: Journal, piece: Piece, entry: Entry, *, sealing: bool = False
) -> str:
    """The name that a recording had, where it is a plain one and free; else one by number and date."""
    own = (piece.file or "").rpartition("/")[2]
    match = _NAME.fullmatch(own)
    first = match[1] if match else stem(entry.id, entry.when)
    ending = (match[2] if match else ".flac") + (SUFFIX if sealing else "")
    name, number = f"{first}{ending}", 2
    while _is_used(db, journal, name):
        name, number = f"{first}-{number}{ending}", number + 1
    return name


def _is_used(db: sqlite3.Connection, journal: Journal, name: str) -> bool:
    places = (journal.recordings, journal.bin, journal.incoming)
    growing = [journal.recordings / f"{base(name)}{ending}" for ending in (".part", GROWING)]
    files = [place / name for place in places] + growing
    known = db.execute("SELECT 1 FROM entries WHERE recording = ?", (name,)).fetchone()
    return known is not None or any(os.path.lexists(path) for path in files)


def _new_sittings(journal: Journal, sittings: tuple[Sitting, ...]) -> list[Sitting]:
    here = [one.undated for one in journal.sittings()]
    fresh = []
    for one in sittings:
        if one.undated in here:
            here.remove(one.undated)
        else:
            fresh.append(one)
    return fresh


def _clear(journal: Journal, incoming: Path) -> None:
    """Move what belongs to an entry to where it belongs, and remove the rest."""
    if not incoming.is_dir():
        return
    try:
        for path in sorted(incoming.iterdir()):
            found = journal.store.entries("state = 'kept' AND recording = ?", (path.name,))
            if not found or checksum_of(path) != found[0].checksum:
                path.unlink()
                continue
            place = journal.bin if found[0].deleted else journal.recordings
            private(place)
            path.replace(place / path.name)  # what stands there is gone or damaged: this is what it was
            sync_folder(place)
        incoming.rmdir()
    except OSError as error:
        raise StorageError(
            f"An import could not be finished ({error.strerror or error}). It goes on when guide starts "
            f"with the right to write in {journal.recordings}."
        ) from error
