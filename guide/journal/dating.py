"""Dates that come later: what was begun before a machine's clock was set gets them once it is.

A board with no clock of its own has numbers at once, since they count up, and dates when it finds a network.
Until then an entry knows how long after the start of which run of the machine it was begun.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from guide.journal.diary import Journal
from guide.journal.entries import Entry, Sitting, Uptime

_WAITING = "dated = 0 AND boot = ? AND typeof(since) = 'integer' AND since BETWEEN 0 AND ?"


@dataclass(frozen=True, slots=True)
class Dated:
    """What got its date."""

    entries: tuple[int, ...] = ()
    """Their numbers."""
    sittings: int = 0


def date(journal: Journal, uptime: Uptime, now: datetime) -> Dated:
    """Give what was begun in this run of the machine its date: at `uptime` it is `now`, and that is right.

    Whatever belongs to another run, or was dated before, stays as it is; where there is nothing to date,
    nothing is written. No key is needed: dates are in clear. Their offset is that of `now`. Raises
    StorageError.
    """
    with journal.store.transaction(reading=True) as db:
        if not any(_waiting(db, table, uptime) for table in ("entries", "sittings")):
            return Dated()
    with journal.store.transaction() as db:
        entries, sittings = _waiting(db, "entries", uptime), _waiting(db, "sittings", uptime)
        for number, since in entries:
            moment = _moment(since, uptime, now)
            db.execute("UPDATE entries SET created = ?, dated = 1 WHERE id = ?", (moment, number))
        for number, since in sittings:
            moment = _moment(since, uptime, now)
            db.execute("UPDATE sittings SET started = ?, dated = 1 WHERE id = ?", (moment, number))
        return Dated(tuple(number for number, _ in entries), len(sittings))


def learn(db: sqlite3.Connection, entries: Iterable[tuple[int, Entry]], sittings: Iterable[Sitting]) -> None:
    """Within a transaction: take dates over from elsewhere, for what is the same and has none here.

    The entries come with their numbers here.
    """
    for number, one in entries:
        if one.boot is not None and one.dated:
            db.execute(
                "UPDATE entries SET created = ?, dated = 1 "
                "WHERE id = ? AND dated = 0 AND boot = ? AND since = ?",
                (one.created.isoformat(), number, one.boot, one.since),
            )
    for sat in sittings:
        if sat.boot is not None and sat.dated:
            db.execute(
                "UPDATE sittings SET started = ?, dated = 1 "
                "WHERE session = ? AND dated = 0 AND boot = ? AND since = ?",
                (sat.started.isoformat(), sat.session, sat.boot, sat.since),
            )


def _waiting(db: sqlite3.Connection, table: str, uptime: Uptime) -> list[tuple[int, int]]:
    """What has no date and is of this run, by its number, and when in the run it was begun."""
    query = f"SELECT id, since FROM {table} WHERE {_WAITING} ORDER BY id"  # noqa: S608 - our own words
    return db.execute(query, (uptime.boot, uptime.since)).fetchall() if uptime.boot else []


def _moment(since: int, uptime: Uptime, now: datetime) -> str:
    """Reckoned where no clock is put forward or back."""
    ago = timedelta(milliseconds=uptime.since - since)
    return (now.astimezone(UTC) - ago).astimezone(now.tzinfo).replace(microsecond=0).isoformat()
