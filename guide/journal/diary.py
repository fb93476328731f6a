"""The journal: what was said and written, kept where only its owner can read it."""

import contextlib
import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from guide import memory
from guide.duration import RATE
from guide.errors import GuideError, NotFoundError, StorageError
from guide.folders import Folders, private, sync_folder
from guide.journal import awaiting
from guide.journal.echoes import may_be_agreed_to
from guide.journal.entries import Entry, Mark, Sitting, Uptime, stem
from guide.journal.sealing import SUFFIX, lock_of, opened, sealed
from guide.journal.store import DamagedError, Store
from guide.seal import Key, Lock, SealedError
from guide.seal import lock as lock_to
from guide.takes import LONGEST, Take, free_bytes
from guide.takes.sealed import CUT, GROWING, WHOLE, SealedTake, frames_in, unsealed

_ROOM_FOR_WORDS = 600_000_000
"""Bytes of memory without which a sealed take is not remembered for its words: twice twenty minutes of it,
and the 264 MB of a process that understands them (measured)."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A take that is being spoken, and the entry that it will be."""

    entry: Entry
    take: Take


class Journal:
    """Entries in `journal.db`, recordings as files beside it. Any thread and several processes may use it."""

    def __init__(self, folder: Path, free: Callable[[Path], int] = free_bytes) -> None:
        self.store = Store(folder / "journal.db")
        self.recordings = folder / "recordings"
        self.bin = self.recordings / "bin"
        self.incoming = self.recordings / "incoming"
        """Where an import has its recordings until all of them are checked."""
        self.notices: list[str] = []
        """Sentences for the person about what was found and mended; whoever opens the journal shows them."""
        self.key: Key | None = None
        """What opens sealed entries; `unlock` sets it. Without it they are there, and cannot be read."""
        self.spoken: dict[int, bytearray] = {}
        """What this process was told for sealed entries, by their numbers, as SealedTake remembers it."""
        self.uptime: Callable[[], Uptime | None] = lambda: None
        """Where this machine is in its run while nobody knows the date; None while the clock is right."""
        self._free = free

    @classmethod
    def open(
        cls,
        folders: Folders,
        *,
        now: datetime | None = None,
        free: Callable[[Path], int] = free_bytes,
        wants_words: Callable[[], bool] = lambda: False,
        uptime: Callable[[], Uptime | None] = lambda: None,
    ) -> "Journal":
        """The journal of a person, made if it was missing; call `recover` before anything else.

        `wants_words` says whether recordings that are kept from now on wait for their words. `uptime` is
        asked for each new entry and sitting: where it answers, nobody knows the date, and `dating` may learn
        it.
        A damaged index is set aside under another name, and a new one made of what can still be read.
        Raises StorageError where there can be none.
        """
        journal = cls(private(folders.data), free)
        journal.store.wants_words, journal.uptime = wants_words, uptime
        with journal.alone():
            try:
                journal.store.prepare()
            except DamagedError:
                journal._begin_anew(now or _now())
        return journal

    def begin(
        self,
        *,
        session: str | None = None,
        title: str | None = None,
        session_frames: int | None = None,
        question: str | None = None,
        now: datetime | None = None,
        longest: int = LONGEST,
    ) -> Recording:
        """A new entry in the index and, at the same name, a take to speak into, `longest` frames at most.

        What came before it is unknown for `guide reflect`; `session_frames` is the length sat.
        Raises StorageError when there is too little room, or nothing can be written.
        """
        blank = self._placed(
            Entry(
                id=0,
                created=now or _now(),
                session=session,
                title=title,
                session_frames=session_frames,
                question=question,
                kind="spoken",
                state="recording",
            )
        )
        lock = self.lock()
        with self.alone():
            entry = self.store.add(blank if lock is None else sealed(blank, lock))
            try:
                name = stem(entry.id, entry.when)
                whole = self.recordings / name
                entry = self.store.change(entry.id, recording=f"{name}{WHOLE if lock else '.flac'}")
                take = (
                    SealedTake.sealing(
                        whole.with_suffix(GROWING),
                        lock,
                        longest=longest,
                        free=self._free,
                        remember=self.store.wants_words() and (memory.available() or 0) >= _ROOM_FOR_WORDS,
                    )
                    if lock
                    else Take.open(whole.with_suffix(".part"), longest=longest, free=self._free)
                )
            except BaseException:
                with contextlib.suppress(GuideError):
                    self.store.forget(entry.id)
                raise
        return Recording(entry, take)

    def keep(self, recording: Recording) -> Entry | None:
        """Finish a take and keep it; None when not one frame was recorded, and then nothing of it stays.

        Raises StorageError when the disk is full: then it waits for `recover`, or for another `keep`.
        """
        return self._finish(recording.entry, recording.take, None)

    def discard_to_bin(self, recording: Recording, *, now: datetime | None = None) -> Entry | None:
        """Finish a take in which nobody spoke; it can be restored from the bin. As `keep` otherwise."""
        return self._finish(recording.entry, recording.take, now or _now())

    def write(
        self,
        words: str,
        *,
        session: str | None = None,
        title: str | None = None,
        session_frames: int | None = None,
        question: str | None = None,
        now: datetime | None = None,
    ) -> Entry:
        """Keep written words; one line is an entry too.

        Raises GuideError when there are no words, StorageError when they cannot be kept.
        """
        if not words.strip():
            raise GuideError("There were no words to keep.")
        return self._add(
            Entry(
                id=0,
                created=now or _now(),
                session=session,
                title=title,
                session_frames=session_frames,
                question=question,
                kind="written",
                words=words.strip(),
            )
        )

    def mark(
        self,
        marks: Iterable[Mark],
        *,
        session: str | None = None,
        title: str | None = None,
        session_frames: int | None = None,
        now: datetime | None = None,
    ) -> Entry:
        """Keep marks that were given together, as one entry: all of them or, when that fails, none.

        Raises GuideError when there are none, StorageError when they cannot be kept.
        """
        given = tuple(marks)
        if not given:
            raise GuideError("There were no marks to keep.")
        return self._add(
            Entry(
                id=0,
                created=now or _now(),
                session=session,
                title=title,
                session_frames=session_frames,
                question=None,
                kind="marked",
                marks=given,
            )
        )

    def marked(self, session: str | None = None) -> list[Entry]:
        """Entries with marks, after any session or one, oldest first; none binned. Raises StorageError.

        Sealed ones are left out while nothing opens them.
        """
        found = self.store.entries("state = 'kept' AND deleted IS NULL AND kind = 'marked'")
        return [
            entry
            for entry in map(self.opened, found)
            if session in (None, entry.session) and entry.sealed is None
        ]

    def sat(
        self,
        session: str,
        *,
        started: datetime,
        asked: int,
        frames: int,
        finished: bool,
        begun: Uptime | None = None,
    ) -> None:
        """Remember that a session was sat: `frames` of the `asked` ones, at RATE. Raises StorageError.

        `begun` tells where the machine was at `started`, if the date was not known then: a clock may be set
        while somebody sits. Without it, and without a date now, it began as long ago as it was heard.
        """
        now = self.uptime()
        if begun is None and now is not None:
            begun = Uptime(now.boot, max(0, now.since - frames * 1000 // RATE))
        sitting = Sitting(session, started, asked, frames, finished)
        self.store.add_sitting(sitting if begun is None else replace(sitting, **_run(begun)))

    def sittings(self) -> list[Sitting]:
        """Every sitting, oldest first. Raises StorageError."""
        return self.store.sittings()

    def entries(self, *, binned: bool = False) -> list[Entry]:
        """What is kept, or what is in the bin, oldest first, opened where it can be. Raises StorageError."""
        found = self.store.entries(f"state = 'kept' AND deleted IS {'NOT NULL' if binned else 'NULL'}")
        return [self.opened(entry) for entry in found]

    def agreed(self, session: str) -> list[Entry]:
        """What was said after a session, and sessions may play, oldest first; what is sealed is not opened.

        Raises StorageError.
        """
        return self.store.entries(
            "echo = 1 AND session = ? AND state = 'kept' AND deleted IS NULL", (session,)
        )

    def entry(self, number: int) -> Entry:
        """One entry, also from the bin, opened where it can be. Raises NotFoundError, StorageError."""
        found = self.store.entries("id = ?", (number,))
        if not found:
            raise NotFoundError(f"There is no entry {number}. `guide journal list` shows what there is.")
        return self.opened(found[0])

    def lock(self) -> Lock | None:
        """What new entries are sealed with; None where the journal is open.

        Raises GuideError where it is sealed and nothing can be: then nothing is written in clear instead.
        """
        return lock_of(self.store.path.parent, sealed=self.store.any_sealed())

    def unlock(self, key: Key) -> list[Entry]:
        """Read sealed entries with a key from now on; those that were cut off and are whole now.

        Raises StorageError.
        """
        from guide.journal.mending import mended

        self.key = key
        return mended(self, key)

    def opened(self, entry: Entry) -> Entry:
        """An entry with its texts where the key opens it; as it is otherwise."""
        if self.key is None or (entry.sealed is None and entry.transcript_sealed is None):
            return entry
        try:
            return opened(entry, self.key)
        except SealedError:
            return entry

    def sound(self, entry: Entry) -> Path | BytesIO:
        """The recording of an entry: a file, or in memory alone where it was sealed.

        Raises NotFoundError as `path`, SealedError where nothing opens it, StorageError.
        """
        path = self.path(entry)
        if path.suffix != SUFFIX:
            return path
        if self.key is None:
            raise SealedError(
                f"Entry {entry.id} is sealed. Its key opens it: `--identity FILE`, or GUIDE_IDENTITY."
            )
        memory, whole = unsealed(path, self.key)
        if not whole and not path.name.endswith(CUT):
            self.notices.append(f"Only the beginning of entry {entry.id} can be opened: its file is damaged.")
        return memory

    def readable(self, entry: Entry) -> bool:
        """Whether what an entry holds can be read here: it is in clear, or the key opens it."""
        if self.opened(entry).sealed is not None:
            return False
        return self.key is not None or not (entry.recording or "").endswith(SUFFIX)

    def keep_transcript(self, entry: Entry, text: str) -> None:
        """Keep what a machine understood of a recording, sealed where that is; it waits for words no more.

        One that was removed meanwhile does not come back. Raises GuideError where it cannot be kept.
        """
        understood = text.encode("utf-8", "replace")
        lock = self.lock() or (lock_to(self.key.recipients) if self.key else None)
        with self.alone(), self.store.transaction() as db:  # alone: nobody seals the entry meanwhile
            row = db.execute("SELECT sealed, recording FROM entries WHERE id = ?", (entry.id,)).fetchone()
            change: str
            value: bytes | str
            if row is not None and (row[0] is not None or str(row[1]).endswith(SUFFIX)):
                if lock is None:
                    raise StorageError(
                        f"Entry {entry.id} is sealed, and no key is there to seal its words to."
                    )
                change, value = "transcript_sealed = ?", lock.seal(understood)
            else:
                change, value = "transcript = ?", understood.decode()
            db.execute(f"UPDATE entries SET {change} WHERE id = ?", (value, entry.id))  # noqa: S608 - our own words
            awaiting.leave(db, entry.id)

    def path(self, entry: Entry) -> Path:
        """Where an entry's recording is. Raises NotFoundError when it was not spoken, or the file is gone."""
        if entry.recording is None:
            raise NotFoundError(f"Entry {entry.id} was {entry.kind}, so there is nothing to hear.")
        places = [self.bin, self.recordings] if entry.deleted else [self.recordings, self.bin]
        for place in places:
            if (path := place / entry.recording).exists():
                return path
        raise NotFoundError(f"The recording of entry {entry.id} is gone: {places[0] / entry.recording}")

    def agree(self, number: int, *, agreed: bool) -> Entry:
        """Note whether a session may play a take, which the person has heard; or that it may not any more.

        Raises GuideError for what no session plays, NotFoundError, StorageError.
        """
        entry = self.entry(number)
        if agreed and not may_be_agreed_to(entry):
            raise GuideError(f"Entry {number} is no recording of 20 seconds or less, so no session plays it.")
        return entry if entry.echo == agreed else self.store.change(number, echo=agreed)

    def delete(self, number: int, *, now: datetime | None = None) -> Entry:
        """Move an entry to the bin; it is not erased. Raises NotFoundError, StorageError."""
        return self._put(number, now or _now())

    def restore(self, number: int) -> Entry:
        """Take an entry back from the bin. Raises NotFoundError, StorageError."""
        return self._put(number, None)

    def recover(self) -> list[Entry]:
        """Make whole what an earlier run could not finish; the entries that are there now for the first time.

        What is being recorded now is left alone. What cannot be mended yet is in `notices`, and is safe.
        """
        from guide.journal.recovery import recover

        return recover(self)

    def place(self, entry: Entry) -> None:
        """Put an entry's file where it belongs, in the bin or out of it. Raises StorageError."""
        if entry.recording is None:
            return
        belongs, other = (self.bin, self.recordings) if entry.deleted else (self.recordings, self.bin)
        found, target = other / entry.recording, belongs / entry.recording
        if not found.exists():
            return
        private(belongs)
        try:
            if target.exists():
                raise StorageError(f"{found} cannot be moved: {target} is there already.")
            found.rename(target)
            sync_folder(belongs)
            sync_folder(other)
        except OSError as error:
            raise StorageError(f"{found} could not be moved ({error.strerror or error}).") from error

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes and threads out for a moment; where no lock can be made, nobody can write."""
        try:
            handle = os.open(self.store.path.with_name("journal.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            yield
            return
        try:
            if sys.platform != "win32":
                import fcntl

                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def finished(self, entry: Entry, flac: Path, deleted: datetime | None) -> Entry:
        """Note in the index that the recording of an entry is whole. Raises StorageError."""
        frames, checksum = measured(flac)
        return self.store.change(
            entry.id, state="kept", recording=flac.name, frames=frames, checksum=checksum, deleted=deleted
        )

    def _placed(self, entry: Entry) -> Entry:
        """An entry that begins now: where nobody knows the date, with what can tell it later."""
        at = self.uptime()
        return entry if at is None else replace(entry, **_run(at))

    def _add(self, entry: Entry) -> Entry:
        lock, entry = self.lock(), self._placed(entry)
        return self.store.add(entry if lock is None else sealed(entry, lock))

    def _finish(self, entry: Entry, take: Take, deleted: datetime | None) -> Entry | None:
        flac = take.finish(tags(entry))
        if flac is None:
            self.store.forget(entry.id)
            return None
        whole = self.finished(entry, flac, deleted)
        if isinstance(take, SealedTake) and take.spoken and deleted is None:
            self.spoken[entry.id] = take.spoken
        self.place(whole)
        return whole

    def _put(self, number: int, deleted: datetime | None) -> Entry:
        entry = self.entry(number)
        if entry.state == "recording":
            raise StorageError(f"Entry {number} is being recorded now. Finish it first.")
        if (entry.deleted is None) != (deleted is None):
            entry = self.store.change(number, deleted=deleted)
        self.place(entry)
        return entry

    def _begin_anew(self, now: datetime) -> None:
        aside = _unused(self.store.path.with_name(f"journal-damaged-{now:%Y%m%d-%H%M%S}.db"))
        try:
            for ending in ("-wal", "-shm", ""):
                beside = self.store.path.with_name(self.store.path.name + ending)
                if beside.exists():
                    beside.rename(aside.with_name(aside.name + ending))
            sync_folder(aside.parent)
        except OSError as error:
            raise StorageError(
                f"The journal {self.store.path} is damaged, and could not be set aside "
                f"({error.strerror or error})."
            ) from error
        entries, sittings = Store(aside).legible()
        self.store.prepare()
        for entry in entries:
            with contextlib.suppress(StorageError):
                self.store.add(entry)
        for sitting in sittings:
            with contextlib.suppress(StorageError):
                self.store.add_sitting(sitting)
        self.notices.append(
            f"The journal's index was damaged. It is set aside as {aside.name}, and a new one is made of "
            "what could be read and of the recordings, which are all there."
        )


def checksum_of(path: Path) -> str:
    """SHA-256 of a file, in hex. Raises StorageError."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise StorageError(f"{path} cannot be read ({error.strerror or error}).") from error


def measured(flac: Path) -> tuple[int, str]:
    """Frames at RATE and SHA-256 of a recording; 0 frames when it cannot be decoded. Raises StorageError.

    Of a sealed one the frames are those that its size tells: 0 where that tells nothing.
    """
    import soundfile

    checksum = checksum_of(flac)
    try:
        if flac.suffix == SUFFIX:
            return frames_in(flac), checksum
    except OSError as error:
        raise StorageError(f"{flac} cannot be read ({error.strerror or error}).") from error
    try:
        return int(soundfile.info(os.fspath(flac)).frames), checksum
    except soundfile.SoundFileRuntimeError:
        return 0, checksum


def tags(entry: Entry) -> dict[str, str]:
    """What the recording tells of itself, so that it can be understood without the index."""
    told = {
        "date": entry.created.isoformat() if entry.dated else None,
        "title": entry.title,
        "album": entry.session,
        "comment": entry.question,
    }
    return {name: text for name, text in told.items() if text}


def _run(at: Uptime) -> dict[str, Any]:
    """What an entry or a sitting has that was begun there."""
    return {"boot": at.boot or None, "since": at.since if at.boot else None, "dated": False}


def _now() -> datetime:
    """This moment in the person's own time, to the second."""
    return datetime.now().astimezone().replace(microsecond=0)


def _unused(path: Path) -> Path:
    number = 2
    other = path
    while other.exists():
        other, number = path.with_stem(f"{path.stem}-{number}"), number + 1
    return other
