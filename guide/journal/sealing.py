"""What of a journal is sealed, and with what: the texts of its entries, and the public keys beside the index.

In clear remain number, date, session, length and kind. Whoever has a public key can make a sealed text, so
what comes out of one is checked like anything from outside.
"""

import contextlib
import json
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from guide.errors import GuideError, StorageError
from guide.folders import write_whole
from guide.journal.entries import Entry, marks_in, marks_text
from guide.seal import Key, Lock, SealedError, lock

NAME = "recipients.txt"
"""The file of the public keys, one a line, as `age -R` takes it; with none in it the journal is open."""
SUFFIX = ".age"
"""What the name of a sealed recording ends with."""

_OPEN = "# Nothing is sealed here from now on."
"""The line that says that nothing is sealed; a file with neither this nor a key was damaged."""
_ANEW = "`guide journal seal --to age1…` says again what it is sealed to."
_MOST_FILE = 1 << 16
_MOST_TEXT = 8 << 20
_MOST_KEYS = 20
_TEXTS = ("title", "question", "words")


def recipients(folder: Path) -> tuple[str, ...] | None:
    """The public keys of a journal; none where it was opened again, None where it never was sealed.

    Raises StorageError where the file cannot be read, or says neither.
    """
    path = folder / NAME
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            data = file.read(_MOST_FILE + 1) or b""
        if len(data) > _MOST_FILE:
            raise StorageError(
                f"{path} is larger than {_MOST_FILE >> 10} KiB. Nothing is written until it is right."
            )
        lines = [line.strip() for line in data.decode("ascii").splitlines()]
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise StorageError(f"{path} cannot be read ({reason}). Nothing is written until it can.") from error
    named = tuple(line for line in lines if line and not line.startswith("#"))
    if not named and _OPEN not in lines:
        raise StorageError(f"There is no key in {path}, so nothing is written. {_ANEW}")
    return named


def keep_recipients(folder: Path, keys: Iterable[str]) -> None:
    """Seal what comes from now on to these keys, or to none. Raises GuideError, StorageError."""
    named = lock(keys).recipients
    if len(named) > _MOST_KEYS:
        raise GuideError(f"A journal can be sealed to {_MOST_KEYS} keys at most.")
    about = "# What this journal is sealed to. Without this file nothing is written.\n"
    if not named:
        about = f"{_OPEN}\n"
    write_whole(folder / NAME, (about + "".join(f"{one}\n" for one in named)).encode("ascii"))


def lock_of(folder: Path, *, sealed: bool) -> Lock | None:
    """What a journal is sealed with now; None for an open one. `sealed` tells that it holds sealed entries.

    Raises StorageError where it is sealed and cannot be written to: then nothing is written in clear instead.
    """
    named = recipients(folder)
    if named is None and sealed:
        raise StorageError(
            f"This journal is sealed, and {folder / NAME} is gone, so nothing is written. {_ANEW}"
        )
    try:
        return lock(named) if named else None
    except GuideError as error:
        raise StorageError(
            f"This journal is sealed, and nothing is written ({folder / NAME}). {error}"
        ) from error


def sealed(entry: Entry, lock: Lock) -> Entry:
    """An entry as it is kept in a sealed journal: its texts in `sealed`, and nowhere else."""
    held: dict[str, Any] = {name: getattr(entry, name) for name in _TEXTS}
    held["marks"] = marks_text(entry.marks)
    text = json.dumps({name: value for name, value in held.items() if value is not None}, ensure_ascii=False)
    transcript = None if entry.transcript is None else lock.seal(entry.transcript.encode())
    return replace(
        entry,
        title=None,
        question=None,
        words=None,
        marks=(),
        sealed=lock.seal(text.encode()),
        transcript=None,
        transcript_sealed=transcript or entry.transcript_sealed,
    )


def opened(entry: Entry, key: Key) -> Entry:
    """The same entry with its texts, and nothing sealed in it. Raises SealedError.

    Only words that a machine understood stay sealed where they do not open: they can be made again.
    """
    if entry.sealed is not None:
        texts = _texts(key.open(_little(entry.sealed)))
        entry = replace(
            entry,
            title=texts.get("title"),
            question=texts.get("question"),
            words=texts.get("words"),
            marks=marks_in(texts.get("marks")),
            sealed=None,
        )
    if entry.transcript_sealed is not None:
        with contextlib.suppress(SealedError):
            words = key.open(_little(entry.transcript_sealed)).decode("utf-8", "replace")
            entry = replace(entry, transcript=words, transcript_sealed=None)
    return entry


def _texts(data: bytes) -> dict[str, str]:
    try:
        held = json.loads(data)
    except (ValueError, RecursionError):
        held = None
    if not isinstance(held, dict):
        raise SealedError("What was sealed there is no entry.")
    texts = {name: held[name] for name in (*_TEXTS, "marks") if isinstance(held.get(name), str)}
    # Half a letter, which JSON can name, could not be shown or kept.
    return {name: text.encode("utf-8", "replace").decode() for name, text in texts.items()}


def _little(data: bytes) -> bytes:
    if len(data) > _MOST_TEXT:
        raise SealedError("What is sealed there is larger than any entry.")
    return data
