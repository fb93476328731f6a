"""A folder that an export made, read with distrust: sizes, kinds, names, links, checksums."""

import base64
import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar, cast

from guide.duration import RATE
from guide.errors import StorageError
from guide.journal.archive import FORMAT, INDEX, MOST_BYTES
from guide.journal.entries import LEAST, MOST, Entry, Kind, Mark, Sitting, fingerprint
from guide.journal.sealing import SUFFIX
from guide.seal import header_size
from guide.takes import FOR_AN_ECHO
from guide.takes.wav import WIDTH

ValueT = TypeVar("ValueT")

_MOST_ENTRIES = 200_000
_LONGEST = 6 * 3600 * RATE
"""Frames of a recording, at most: no take is a tenth of that."""
_HIGHEST = 1_000_000_000
"""The highest number that is taken over: SQLite's own end is not far behind a hostile one."""
_LONGEST_NAME = 128
"""Letters of what a run of a machine is called, at most; it has 36."""
_MOST_MEMORY = 1 << 28
_ASIDE = 1 << 20
"""Bytes of a FLAC that are not sound, at most."""


@dataclass(frozen=True, slots=True)
class Piece:
    """An entry as it comes, with its recording where there is one. Its `recording` is not set."""

    entry: Entry
    key: str
    """Its fingerprint."""
    file: str | None
    path: Path | None
    size: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """All of a folder."""

    pieces: tuple[Piece, ...]
    sittings: tuple[Sitting, ...]


def opened(folder: Path) -> Parcel:
    """What an exported folder says that it holds, each value checked; the recordings are there, not yet read.

    Raises StorageError, with the first things that are wrong.
    """
    data = _index(folder)
    match data:
        case {"guide": int(version), "entries": list(rows), "sittings": list(sat)} if version == FORMAT:
            pass
        case {"guide": int(version)} if version > FORMAT:
            raise _refused(f"a newer guide made {folder / INDEX}; update this one")
        case _:
            raise _refused(f"{folder / INDEX} is no journal that guide exported")
    if len(rows) > _MOST_ENTRIES or len(sat) > _MOST_ENTRIES:
        raise _refused(f"{folder / INDEX} names too many entries")
    pieces = _each(rows, "entry", lambda row: _piece(folder, row))
    numbers = [piece.entry.id for piece in pieces]
    if len(set(numbers)) < len(numbers):
        raise _refused(f"{folder / INDEX} gives a number twice")
    return Parcel(tuple(pieces), tuple(_each(sat, "sitting", _sitting)))


def copied(piece: Piece, target: Path) -> None:
    """Copy a recording, synced and 0600, and see that it is the one that was named. Raises StorageError."""
    try:
        with os.fdopen(_create(target), "wb") as file:
            _read(piece, file.write)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise _refused(f"{piece.file} could not be copied ({error.strerror or error})") from error


def taken(piece: Piece) -> BytesIO:
    """A recording in memory alone, for a sealed journal, and as `copied`. Raises StorageError."""
    memory = BytesIO()
    if piece.size > _MOST_MEMORY:
        raise _refused(f"{piece.file} is too large to be sealed")
    _read(piece, memory.write)
    memory.seek(0)
    return memory


def _read(piece: Piece, write: Callable[[bytes], Any]) -> None:
    total = hashlib.sha256()
    try:
        with os.fdopen(_open(cast("Path", piece.path)), "rb") as source:
            for chunk in _chunks(source.read, piece.size):
                total.update(chunk)
                write(chunk)
    except OSError as error:
        raise _refused(f"{piece.file} could not be copied ({error.strerror or error})") from error
    if total.hexdigest() != piece.entry.checksum:
        raise _refused(f"{piece.file} is not what it was when it was exported")


def _index(folder: Path) -> Any:
    path = folder / INDEX
    try:
        with os.fdopen(_open(path), "rb") as file:
            text = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise _refused(
            f"there is no {INDEX} in {folder}. Choose a folder that `guide journal export DIR` finished"
        ) from error
    except OSError as error:
        raise _refused(f"{path} cannot be read ({error.strerror or error})") from error
    if len(text) > MOST_BYTES:
        raise _refused(f"{path} is larger than {MOST_BYTES >> 20} MB")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refused(f"{path} is no JSON") from error


def _each(rows: list[Any], what: str, make: Callable[[Any], ValueT]) -> list[ValueT]:
    made, wrong = [], []
    for number, row in enumerate(rows, 1):
        try:
            made.append(make(row))
        except (ValueError, TypeError, KeyError, OverflowError, OSError) as error:
            wrong.append(f"{what} {number} in {INDEX}: {_reason(error)}")
    if wrong:
        more = f"; and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise _refused("; ".join(wrong[:3]) + more)
    return made


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error} is missing"
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def _piece(folder: Path, row: Any) -> Piece:
    if not isinstance(row, dict):
        raise ValueError("it is no entry")  # noqa: TRY004 - one kind of error for all that is wrong
    kind = row["kind"]
    if kind not in ("spoken", "written", "marked"):
        raise ValueError("its kind is none")
    marks = row["marks"]
    entry = Entry(
        id=_whole(row["id"], 1, _HIGHEST),
        created=_moment(row["created"]),
        session=_text(row["session"]),
        title=_text(row["title"]),
        session_frames=None if row["session_frames"] is None else _whole(row["session_frames"], 0, 1 << 50),
        question=_text(row["question"]),
        kind=cast("Kind", kind),
        words=_text(row["words"]),
        frames=_whole(row["frames"], 0, _LONGEST),
        checksum=_text(row["sha256"]),
        deleted=None if row["deleted"] is None else _moment(row["deleted"]),
        marks=tuple(_mark(one) for one in marks) if isinstance(marks, list) else (),
        sealed=_sealed(row.get("sealed")),
        transcript=_text(row.get("transcript")) if kind == "spoken" else None,
        transcript_sealed=_sealed(row.get("transcript_sealed")) if kind == "spoken" else None,
        echo=_agreed(row, cast("Kind", kind)),
        **_learnt(row),
    )
    file = row["file"]
    if (kind == "spoken") != (file is not None):
        raise ValueError("its recording is not named, or nothing was spoken")
    held = (bool(entry.words), bool(entry.marks))
    if entry.sealed is None and held != (kind == "written", kind == "marked"):
        raise ValueError(f"it is {kind}, and what it holds is something else")
    in_clear = any((entry.words, entry.question, entry.title, entry.marks, entry.transcript))
    if entry.sealed is not None and in_clear:
        raise ValueError("it is sealed, and in clear, too")
    sound_sealed = str(file).endswith(SUFFIX)
    if file is not None and (in_clear if sound_sealed else entry.sealed is not None):
        raise ValueError("its words are sealed and its recording is not, or the other way round")
    if row["fingerprint"] != fingerprint(entry):
        raise ValueError("it is not what it was when it was exported")
    if file is None:
        return Piece(entry, fingerprint(entry), None, None, 0)
    path = _inside(folder, file)
    size = path.stat().st_size
    if not entry.frames > 0 or size > entry.frames * WIDTH + _ASIDE:
        raise ValueError("its recording is larger than what it can hold")
    return Piece(entry, fingerprint(entry), file, path, size)


def _agreed(row: dict[str, Any], kind: Kind) -> bool:
    """Whether a session may play it; folders from before there were echoes say nothing of it."""
    return row.get("echo") is True and kind == "spoken" and row["frames"] <= FOR_AN_ECHO


def _inside(folder: Path, name: Any) -> Path:
    """A file in the folder, by a name that leads nowhere else; no link on the way."""
    if not isinstance(name, str) or len(name) > 1_000 or any(letter in name for letter in "\\:\0"):
        raise ValueError("its recording has no name that can be used")
    path = folder
    for part in name.split("/"):
        path /= part
        if part in ("", ".", "..") or path.is_symlink():
            raise ValueError("its recording is named outside of the folder")
    if not path.is_file():
        raise ValueError(f"{path} is not there")
    return path


def _mark(row: Any) -> Mark:
    return Mark(
        key=_text(row["key"]) or "", ask=_text(row["ask"]) or "", mark=_whole(row["mark"], LEAST, MOST)
    )


def _sealed(value: Any) -> bytes | None:
    if value is None:
        return None
    data = base64.b64decode(_text(value) or "", validate=True)
    if header_size(BytesIO(data)) is None:
        raise ValueError("what is sealed in it is nothing")
    return data


def _sitting(row: Any) -> Sitting:
    most = 1 << 50
    finished = row["finished"]
    if not isinstance(finished, bool):
        raise ValueError("`finished` is neither true nor false")  # noqa: TRY004
    asked, frames = _whole(row["asked"], 0, most), _whole(row["frames"], 0, most)
    session, started = _text(row["session"]) or "", _moment(row["started"])
    return Sitting(session, started, asked, frames, finished, **_learnt(row))


def _learnt(row: dict[str, Any]) -> dict[str, Any]:
    """How it stands with a date that was not known at first; folders from before say nothing of it."""
    boot, dated = _text(row.get("boot")), row.get("dated", True)
    if not isinstance(dated, bool) or (boot is not None and not 0 < len(boot) <= _LONGEST_NAME):
        raise ValueError("nobody can tell whether its date is known")
    return {
        "boot": boot,
        "since": None if boot is None else _whole(row.get("since"), 0, 1 << 50),
        "dated": dated,
    }


def _whole(value: Any, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError("a number is none that can be")
    return value


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("a text is none")  # noqa: TRY004
    value.encode("utf-8")  # half a letter cannot be kept
    return value


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a date has no offset")
    return moment


def _open(path: Path) -> int:
    """A plain file and no link, pipe or device. Raises OSError."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = os.open(path, flags | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(None, "no plain file")
    return handle


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)


def _chunks(read: Callable[[int], bytes], size: int) -> Iterator[bytes]:
    """What a file holds, and no more than it did when it was measured."""
    while size > 0 and (chunk := read(min(size, 1 << 20))):
        size -= len(chunk)
        yield chunk


def _refused(reason: str) -> StorageError:
    return StorageError(f"Nothing was imported: {reason}.")
