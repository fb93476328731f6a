"""What a journal holds, as values."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["spoken", "written", "marked"]
Stage: TypeAlias = Literal["recording", "kept"]

_STEM = re.compile(r"(\d{6,})-(?:(\d{8}-\d{6})|undated)")

LEAST, MOST = 0, 10
"""Between these a mark is."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One number that a person gave to something."""

    key: str
    """What it is found again by; it stays when the words change."""
    ask: str
    """What it was given to, in the words of then."""
    mark: int
    """From LEAST to MOST."""


@dataclass(frozen=True, slots=True)
class Uptime:
    """A moment by a clock that nobody can set: that of one run of a machine, from its start to its end."""

    boot: str
    """Which run it is: no other one, and no other machine, has the same. Empty where nobody can tell."""
    since: int
    """Thousandths of a second since it began, those in which it slept with them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was said, written or marked."""

    id: int
    """Counts up and is never used again, since the clock of a small board may be wrong."""
    created: datetime
    """When it was begun, with the offset of the person's local time; what the clock said, if not `dated`."""
    session: str | None
    """The slug of the session before it; None for `guide reflect`."""
    title: str | None
    """That session's title, as it was then."""
    session_frames: int | None
    """How long the session was sat, in frames at RATE."""
    question: str | None
    """What was asked."""
    kind: Kind
    words: str | None = None
    """The text, when written."""
    recording: str | None = None
    """The name of the FLAC, when spoken."""
    frames: int = 0
    """The length of the recording at RATE; 0 where there is none."""
    checksum: str | None = None
    """SHA-256 of the FLAC, in hex."""
    deleted: datetime | None = None
    """When it was moved to the bin; None while it is not there."""
    state: Stage = "kept"
    """`recording` while it is spoken, or when that was cut off and not recovered yet."""
    marks: tuple[Mark, ...] = ()
    """What was marked; as private as words."""
    sealed: bytes | None = None
    """Title, question, words and marks as ciphertext, where it is sealed; they are missing here then."""
    transcript: str | None = None
    """What a machine understood of the recording. It can be made again, so no fingerprint covers it."""
    transcript_sealed: bytes | None = None
    """The same as ciphertext, where the entry is sealed."""
    echo: bool = False
    """Whether the recording may be played in a session: it was made for that, heard, and agreed to."""
    boot: str | None = None
    """In which run of a machine it was begun, where nobody knew the date then; see Uptime."""
    since: int | None = None
    """Thousandths of a second from the beginning of that run."""
    dated: bool = True
    """Whether its date is known. It is learnt later, in the same run; or it never is."""

    @property
    def when(self) -> datetime | None:
        """When it was begun; None where nobody knows."""
        return self.created if self.dated else None

    @property
    def understood(self) -> bool:
        """Whether a machine understood the recording, be it that there was nothing to understand."""
        return self.transcript is not None or self.transcript_sealed is not None


@dataclass(frozen=True, slots=True)
class Sitting:
    """One session that was begun."""

    session: str
    """Its slug."""
    started: datetime
    asked: int
    """Frames at RATE that were asked for."""
    frames: int
    """Frames at RATE that were played."""
    finished: bool
    """Whether it was sat to its end."""
    boot: str | None = None
    """As that of an entry, like the next two."""
    since: int | None = None
    dated: bool = True

    @property
    def undated(self) -> "Sitting":
        """The same without the date that it learnt later, so that it can be found again."""
        if self.boot is None:
            return self
        return replace(self, started=datetime.fromtimestamp(0, UTC), dated=False)


def stem(number: int, when: datetime | None) -> str:
    """The name of an entry's recording without its ending: `000012-20261123-070124`; no colon in it.

    It is `000012-undated` where nobody knew the date, and stays so: a name that lies helps nobody.
    """
    return f"{number:06d}-{when:%Y%m%d-%H%M%S}" if when else f"{number:06d}-undated"


def base(name: str) -> str:
    """The name of a recording's file without its endings: a take has the same one before and after."""
    return name.partition(".")[0]


def named(stem: str) -> tuple[int, datetime | None] | None:
    """Number and local time that a recording's name tells, or None for a name of another kind.

    There is no time in the name of one that was begun before the clock was set.
    """
    match = _STEM.match(stem)
    if not match:
        return None
    try:
        when = datetime.strptime(match[2], "%Y%m%d-%H%M%S").astimezone() if match[2] else None
        return int(match[1]), when
    except (ValueError, OverflowError):
        return None


def fingerprint(entry: Entry) -> str:
    """SHA-256, in hex, of what an entry holds: all but its number, its file's name and whether it is binned.

    The same entry has it in any journal, and a row that has another than the one noted beside it has changed.
    Of one that was begun before the clock was set it has the place in that run of the machine instead of the
    date, which is learnt later and makes no other entry of it.
    """
    held: tuple[object, ...] = (
        entry.created.isoformat() if entry.boot is None else [entry.boot, entry.since],
        entry.session,
        entry.title,
        entry.session_frames,
        entry.question,
        entry.kind,
        entry.words,
        entry.frames,
        entry.checksum,
        [[one.key, one.ask, one.mark] for one in entry.marks],
    )
    if entry.sealed is not None:
        held = (*held, hashlib.sha256(entry.sealed).hexdigest())
    return hashlib.sha256(json.dumps(held, default=repr).encode("ascii")).hexdigest()


def marks_text(marks: Iterable[Mark]) -> str | None:
    """Marks as they are kept, one text; None for none."""
    rows = [{"key": one.key, "ask": one.ask, "mark": one.mark} for one in marks]
    return json.dumps(rows, ensure_ascii=False) if rows else None


def marks_in(text: object) -> tuple[Mark, ...]:
    """The marks in such a text; what is no mark is left out, whatever stands there."""
    try:
        rows = json.loads(text) if isinstance(text, str) else []
    except (ValueError, RecursionError):
        return ()
    found = (_mark(row) for row in rows) if isinstance(rows, list) else ()
    return tuple(one for one in found if one)


def _mark(row: object) -> Mark | None:
    match row:
        case {"key": str(key), "ask": str(ask), "mark": int(mark)} if LEAST <= mark <= MOST:
            return Mark(key, ask, int(mark))
    return None
