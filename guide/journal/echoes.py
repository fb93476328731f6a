"""Which recordings a session may play: made for that, heard, agreed to, and not taken back. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from guide.journal.entries import Entry
from guide.takes import FOR_AN_ECHO

LONGEST = FOR_AN_ECHO
"""Frames of a take that may be played; a longer one was not made for it."""
AGED = timedelta(days=7)
"""How long ago a take was made that is to be a week old."""


def may_be_heard(entry: Entry) -> bool:
    """Whether a session may play an entry at all. One that is sealed and was not opened is not heard."""
    return entry.echo and may_be_agreed_to(entry) and entry.sealed is None


def may_be_agreed_to(entry: Entry) -> bool:
    """Whether a person may be asked if a session may play it: it is kept, and a recording of 20 s at most."""
    return entry.state == "kept" and entry.deleted is None and is_short(entry)


def is_short(entry: Entry) -> bool:
    """Whether it is a recording of 20 s at most."""
    return entry.kind == "spoken" and entry.recording is not None and 0 < entry.frames <= LONGEST


def candidates(entries: Iterable[Entry], session: str, now: datetime, *, aged: bool) -> list[Entry]:
    """The entries after a session that it may play, the newest first; with `aged` those a week old or older.

    Whether a sealed one can be opened is for whoever plays it to find out, since that takes its time.
    The newest is that with the highest number: a clock may have been wrong, and numbers only count up. One
    whose date is still to come, or not known, is not old.
    """
    chosen = [
        entry
        for entry in entries
        if entry.echo
        and may_be_agreed_to(entry)
        and entry.session == session
        and (not aged or _is_old(entry, now))
    ]
    return sorted(chosen, key=lambda entry: entry.id, reverse=True)


def _is_old(entry: Entry, now: datetime) -> bool:
    return entry.dated and entry.created.tzinfo is not None and now - entry.created >= AGED
