"""Whether everything that was kept is still there, and still what it was."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Literal, TypeAlias

from guide.duration import RATE, clock
from guide.errors import StorageError
from guide.journal.diary import Journal, checksum_of
from guide.journal.entries import Entry, base, fingerprint
from guide.journal.sealing import SUFFIX
from guide.journal.store import note_digest
from guide.seal import AnotherKeyError, SealedError, header_size
from guide.sound import openable
from guide.takes import living
from guide.takes.sealed import GROWING, frames_in, unsealed

What: TypeAlias = Literal[
    "index", "row", "changed", "gone", "misplaced", "undecodable", "unfinished", "stray"
]

_BLOCK = 10 * RATE
_COPY = "If you have an export of it, `guide journal import` brings it back."


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it should be."""

    what: What
    say: str
    """A sentence for the person, with what to do; no words of theirs in it."""
    entry: int | None = None
    file: str | None = None


@dataclass(slots=True)
class Verified:
    """What was looked at, and what was found."""

    entries: int = 0
    recordings: int = 0
    recording_now: int = 0
    """Takes that somebody is speaking just now: they are not looked at."""
    without: list[int] = field(default_factory=list)
    """Entries, by number, of which no checksum was ever taken: they are whole as far as anyone can see."""
    noted: list[int] = field(default_factory=list)
    """Entries whose checksum is taken now."""
    sealed: int = 0
    """Entries that nothing opened here: their checksums were compared, and no more."""
    problems: list[Problem] = field(default_factory=list)


def verify(journal: Journal, *, note: bool = False) -> Verified:
    """Read all of it: the index, every row and every recording to its last frame. Changes nothing.

    With `note`, checksums that entries from before do not have are taken of what they hold now. Call
    `recover` first. Raises StorageError when the index cannot be read, or with `note` not be written.
    """
    found = Verified()
    found.problems += (Problem("index", _index(journal, fault)) for fault in _faults(journal))
    for aside in sorted(journal.store.path.parent.glob("journal-damaged-*.db")):
        found.problems.append(Problem("index", _aside(aside), file=os.fspath(aside)))
    # The recording of a row that cannot be read is no stray: it is what there is of that entry.
    known: set[str | None] = {recording for _, recording in journal.store.strange()}
    for number, digest, entry in journal.store.summed():
        if entry is None:
            found.problems.append(_row(number))
            continue
        known.add(entry.recording)
        if entry.state == "kept":
            _entry(journal, entry, digest, found, note=note)
    _unfinished_and_stray(journal, known, found)
    return found


def _entry(journal: Journal, entry: Entry, digest: str | None, found: Verified, *, note: bool) -> None:
    found.entries += 1
    problems = [] if digest in (None, fingerprint(entry)) else [_changed_row(entry)]
    problems += _sealed_texts(journal, entry)
    found.sealed += not journal.readable(entry)
    if entry.kind == "spoken":
        found.recordings += 1
        problems += _recording(journal, entry)
        if problems and journal.store.entries("id = ?", (entry.id,)) != [entry]:
            return  # somebody moved or removed it while it was looked at
    found.problems += problems
    if digest is None or (entry.kind == "spoken" and entry.checksum is None):
        (found.noted if note and not problems else found.without).append(entry.id)
        if note and not problems:
            _note(journal, entry)


def _faults(journal: Journal) -> list[str]:
    with journal.store.transaction(reading=True) as db:
        faults = [str(row[0]) for row in db.execute("PRAGMA integrity_check(20)")]
    return [fault for fault in faults if fault != "ok"]


def _note(journal: Journal, entry: Entry) -> None:
    if entry.kind == "spoken" and entry.checksum is None:
        journal.store.change(entry.id, checksum=checksum_of(journal.path(entry)))
        return
    with journal.store.transaction() as db:
        note_digest(db, entry)


def _sealed_texts(journal: Journal, entry: Entry) -> Iterator[Problem]:
    """What is wrong with what is sealed in the index, where the key is there."""
    for data, what in (
        (entry.sealed, "What entry {} says"),
        (entry.transcript_sealed, "The words of entry {}"),
    ):
        try:
            if journal.key is not None and data is not None:
                journal.key.open(data)
        except AnotherKeyError:
            continue
        except SealedError:
            say = f"{what.format(entry.id)} cannot be opened: it is damaged. {_COPY}"
            yield Problem("changed", say, entry.id)


def _recording(journal: Journal, entry: Entry) -> Iterator[Problem]:
    """What is wrong with the file of a spoken entry."""
    name = entry.recording or ""
    belongs, other = (journal.bin, journal.recordings) if entry.deleted else (journal.recordings, journal.bin)
    path = belongs / name
    if not name or Path(name).name != name or not _regular(path):
        if name and _regular(other / name):
            say = (
                f"The recording of entry {entry.id} is in {other} and belongs in {belongs}. "
                "It is moved when guide starts with the right to write there."
            )
            yield Problem("misplaced", say, entry.id, os.fspath(other / name))
            return
        say = f"The recording of entry {entry.id} is gone: {path}. {_COPY}"
        yield Problem("gone", say, entry.id, os.fspath(path))
        return
    try:
        checksum, frames = checksum_of(path), _frames(journal, entry, path)
    except StorageError as error:
        yield Problem("undecodable", f"Entry {entry.id}: {error}", entry.id, os.fspath(path))
        return
    if entry.checksum not in (None, checksum):
        say = f"The recording of entry {entry.id} is not what it was when it was made: {path}. {_COPY}"
        yield Problem("changed", say, entry.id, os.fspath(path))
    if frames is None or frames != entry.frames:
        heard = f"only {clock(frames)} of {clock(entry.frames)}" if frames else "nothing"
        say = f"Of the recording of entry {entry.id} {heard} can be heard: {path}. {_COPY}"
        yield Problem("undecodable", say, entry.id, os.fspath(path))


def _frames(journal: Journal, entry: Entry, path: Path) -> int | None:
    """Frames that a recording holds; of a sealed one, with its key, or as far as its size tells."""
    if path.suffix != SUFFIX:
        return decoded(path)
    if journal.key is not None:
        try:
            return decoded(unsealed(path, journal.key)[0])
        except AnotherKeyError:
            pass  # its size tells what it can
        except SealedError:
            return None
    try:
        with path.open("rb") as file:
            plausible = header_size(file) is not None
        told = frames_in(path)
    except OSError as error:
        raise StorageError(f"{path} cannot be read ({error.strerror or error}).") from error
    if path.name.endswith(f".flac{SUFFIX}"):  # how much sound is in so many bytes, nobody can see
        return entry.frames if plausible else None
    return told


def _unfinished_and_stray(journal: Journal, known: set[str | None], found: Verified) -> None:
    for folder in (journal.recordings, journal.bin):
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path in (journal.bin, journal.incoming) or (path.name in known and _regular(path)):
                continue
            if path.suffix in (".part", GROWING) and _regular(path):
                if _living(path):
                    found.recording_now += 1
                    continue
                say = (
                    f"{path} is a recording that was cut off, and safe. "
                    "It becomes an entry when guide starts with enough room and the right to write there."
                )
                found.problems.append(Problem("unfinished", say, file=os.fspath(path)))
            elif not _passing(journal, path):
                say = f"{path} belongs to no entry. Look what it is, and move it elsewhere."
                found.problems.append(Problem("stray", say, file=os.fspath(path)))


def _passing(journal: Journal, path: Path) -> bool:
    """Whether a file came or went with what somebody else is doing just now."""
    if not os.path.lexists(path) or journal.store.entries("recording = ?", (path.name,)):
        return True
    return path.name.startswith(".") and _being_made(path)


def _being_made(path: Path) -> bool:
    """Whether a hidden file is that of a take that somebody is just finishing."""
    parts = (path.with_name(base(path.name[1:]) + ending) for ending in (".part", GROWING))
    return any(_regular(part) and _living(part) for part in parts)


def _living(part: Path) -> bool:
    """Whether somebody is recording it; nobody is, where nothing can be written."""
    try:
        return living(part)
    except StorageError:
        return False


def _regular(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def decoded(source: Path | BytesIO) -> int | None:
    """Frames that can be decoded of a recording as this program makes them; None for anything else."""
    import soundfile

    frames = 0
    try:
        with soundfile.SoundFile(openable(source)) as file:
            kinds = ("FLAC", "WAV") if isinstance(source, BytesIO) else ("FLAC",)
            if file.format not in kinds or (file.samplerate, file.channels) != (RATE, 1):
                return None
            while count := len(file.read(_BLOCK, dtype="int16")):
                frames += count
    except (OSError, soundfile.SoundFileRuntimeError):
        return frames or None
    return frames


def _index(journal: Journal, fault: str) -> str:
    return (
        f"The index {journal.store.path} is damaged ({fault}). Export what can still be read "
        "(`guide journal export DIR`), and keep a copy of the whole folder before anything else."
    )


def _aside(path: Path) -> str:
    return (
        f"{path} is an index that was damaged and set aside; what could be read of it is in the new one. "
        "If words are missing, `guide journal import` brings them back from an export. "
        "Remove the file when you need it no more."
    )


def _row(number: int) -> Problem:
    say = f"The row of entry {number} in the index cannot be read. {_COPY}"
    return Problem("row", say, number)


def _changed_row(entry: Entry) -> Problem:
    say = f"What the index says of entry {entry.id} is not what it said when it was kept. {_COPY}"
    return Problem("changed", say, entry.id)
