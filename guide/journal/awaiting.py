"""The queue of recordings that wait for words: numbers of entries, how often it was tried, what went wrong.

Whoever was put here waits until its words are kept, or it is removed for good; in the bin it only waits.
Each function works within a transaction of the index.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # `guide journal --help` needs no SQLite
    import sqlite3

TRIES = 5
"""How often it is tried without being asked for once more."""
CUT_OFF = "cut off"
"""The problem of what is being tried now, and of what ended with its process."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """One recording that waits."""

    entry: int
    """Its number."""
    tries: int = 0
    problem: str | None = None
    """A word or two about the last try: never of what was said."""

    @property
    def given_up(self) -> bool:
        """Whether it waits for a person to ask once more."""
        return self.tries >= TRIES


def put(db: "sqlite3.Connection", numbers: Iterable[int]) -> None:
    """Let entries wait; those that wait already go on as they are."""
    db.executemany("INSERT OR IGNORE INTO awaiting (entry) VALUES (?)", [(number,) for number in numbers])


def put_anew(db: "sqlite3.Connection", numbers: Iterable[int]) -> None:
    """Let entries wait as if nothing had been tried yet."""
    db.executemany("REPLACE INTO awaiting (entry) VALUES (?)", [(number,) for number in numbers])


def put_wordless(db: "sqlite3.Connection") -> None:
    """Let every spoken entry wait that has no words and is not in the bin."""
    db.execute(
        "INSERT OR IGNORE INTO awaiting (entry) SELECT id FROM entries WHERE kind = 'spoken' "
        "AND state = 'kept' AND deleted IS NULL AND transcript IS NULL AND transcript_sealed IS NULL"
    )


def forgive(db: "sqlite3.Connection") -> None:
    """Let whatever went wrong be tried once more."""
    db.execute("UPDATE awaiting SET tries = 0, problem = NULL WHERE tries > 0")


def leave(db: "sqlite3.Connection", number: int) -> None:
    """It waits no more."""
    db.execute("DELETE FROM awaiting WHERE entry = ?", (number,))


def begin(db: "sqlite3.Connection", number: int) -> Awaited | None:
    """Note a try before it is made, so that whatever ends the process has cost one; how it was before that.

    None where it does not wait any more.
    """
    row = db.execute("SELECT entry, tries, problem FROM awaiting WHERE entry = ?", (number,)).fetchone()
    db.execute("UPDATE awaiting SET tries = tries + 1, problem = ? WHERE entry = ?", (CUT_OFF, number))
    return Awaited(*row) if row else None


def note(db: "sqlite3.Connection", awaited: Awaited) -> None:
    """Note how it stands with one that still waits."""
    db.execute(
        "UPDATE awaiting SET tries = ?, problem = ? WHERE entry = ?",
        (awaited.tries, awaited.problem, awaited.entry),
    )


def awaiting(db: "sqlite3.Connection") -> list[Awaited]:
    """Who waits: the least tried first, and of those the newest. Nobody from the bin."""
    rows = db.execute(
        "SELECT entry, tries, problem FROM awaiting JOIN entries ON id = entry "
        "WHERE kind = 'spoken' AND state = 'kept' AND deleted IS NULL ORDER BY tries, entry DESC"
    )
    return [Awaited(*row) for row in rows]
