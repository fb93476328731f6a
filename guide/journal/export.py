"""Copies of entries for elsewhere: the recording as it is, and a page of Markdown for each."""

import os
import shutil
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO

from guide import duration
from guide.errors import StorageError
from guide.folders import private, sync_folder
from guide.journal.diary import Journal
from guide.journal.entries import Entry, base, stem
from guide.journal.outgoing import Content, outgoing
from guide.journal.sealing import SUFFIX

HEARD = "*A machine understood it so, and may be wrong:*"


def markdown(entry: Entry) -> str:
    """One entry as a page: date, session, question, and the words, the marks, or a link to the recording.

    What a machine understood of a recording follows it, quoted, and is said to be that.
    """
    lines = [f"# {_line(entry.title or entry.session or 'Reflection')}", "", about(entry), ""]
    if entry.question:
        lines += [f"**{_line(entry.question)}**", ""]
    if entry.words is not None:
        lines += [entry.words, ""]
    if entry.marks:
        lines += [*(f"- {_line(one.ask)}: {one.mark}" for one in entry.marks), ""]
    if entry.recording is not None:
        lines += [f"[The recording, {duration.clock(entry.frames)}]({entry.recording})", ""]
    if entry.transcript and entry.transcript.strip():
        lines += [HEARD, "", *(f"> {line}".rstrip() for line in entry.transcript.splitlines()), ""]
    return "\n".join(lines)


def about(entry: Entry) -> str:
    """When and after what, in one line."""
    when = said(entry.created) if entry.dated else "Date not known"
    if not entry.session:
        return when
    sat = f" ({duration.words(entry.session_frames)})" if entry.session_frames else ""
    return f"{when}, after {_line(entry.session)}{sat}"


def said(moment: datetime) -> str:
    """A moment as people write it, in the local time of that day: `23 November 2026, 07:01`."""
    return f"{moment.day} {moment:%B %Y, %H:%M}"


def export(journal: Journal, entries: Iterable[Entry], folder: Path) -> list[Path]:
    """Copy entries into a folder, made (0700) if it was missing; the files are 0600. The paths written.

    What is there already and is the same stays; what is there and differs is never written over: then nothing
    is written at all. What is sealed and was not opened goes out sealed. Raises NotFoundError, StorageError.
    """
    if not folder.exists():
        private(folder)
    copies: dict[Path, Content] = {}
    for entry in entries:
        name = base(entry.recording) if entry.recording else stem(entry.id, entry.when)
        out = outgoing(journal, entry)
        told = out[0] if out else entry
        text = {f"{name}.md": markdown(told).encode()} if told.sealed is None else {}
        sealed = {f"{name}.json{SUFFIX}": told.sealed} if told.sealed is not None else {}
        copies |= {folder / file: content for file, content in {**text, **sealed}.items()}
        if out and told.recording:
            copies[folder / told.recording] = out[1]
    put(copies, folder)
    return list(copies)


def put(copies: Mapping[Path, Content], folder: Path) -> None:
    """Make files of what is to be in them, in or under a folder, in this order; each is whole or not there.

    What is there already and is the same stays; where anything differs, nothing is written. StorageError.
    """
    try:
        fresh = {path: source for path, source in copies.items() if not os.path.lexists(path)}
        if other := [path.name for path in copies if path not in fresh and not _same(path, copies[path])]:
            raise StorageError(
                f"Nothing was exported: {', '.join(other)} in {folder} would have to be written over. "
                "Choose another folder, or move them away."
            )
        for path, source in copies.items():
            _half(path).unlink(missing_ok=True)  # of an export that was cut off
            if path in fresh:
                for place in reversed(path.relative_to(folder).parents):
                    (folder / place).mkdir(mode=0o700, exist_ok=True)
                _copy(path, source)
        for place in {folder, *(path.parent for path in fresh)}:
            sync_folder(place)
    except OSError as error:
        raise StorageError(f"{folder} cannot be written to ({error.strerror or error}).") from error


def _half(path: Path) -> Path:
    return path.with_name(f".{path.name}.tmp")


def _copy(path: Path, source: Content) -> None:
    """Write a file that was not there: under another name, synced, then named."""
    half = _half(path)
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            _pour(source, file)
            file.flush()
            os.fsync(file.fileno())
        _name(half, path)
    except OSError:
        half.unlink(missing_ok=True)
        raise


def _name(half: Path, path: Path) -> None:
    """Give a file its name, and never another's place."""
    try:
        os.link(half, path)
    except FileExistsError:
        raise
    except OSError:  # cards and sticks have file systems without links
        if os.path.lexists(path):
            raise
        half.rename(path)
    else:
        half.unlink()


def _pour(source: Content, file: IO[bytes]) -> None:
    if not isinstance(source, Path):
        file.write(source if isinstance(source, bytes) else source())
        return
    with source.open("rb") as original:
        shutil.copyfileobj(original, file, 1 << 20)


def _same(path: Path, source: Content) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    if not isinstance(source, Path):
        return path.read_bytes() == (source if isinstance(source, bytes) else source())
    with path.open("rb") as one, source.open("rb") as other:
        while chunk := one.read(1 << 20):
            if chunk != other.read(len(chunk)):
                return False
        return not other.read(1)


def _line(text: str) -> str:
    return " ".join(text.split())
