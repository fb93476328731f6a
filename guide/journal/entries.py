"""What a journal holds, as values."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["spoken", "written"]
Stage: TypeAlias = Literal["recording", "kept"]

_STEM = re.compile(r"(\d{6,})-(\d{8}-\d{6})")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was said or written."""

    id: int
    """Counts up and is never used again, since the clock of a small board may be wrong."""
    created: datetime
    """When it was begun, with the offset of the person's local time."""
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
    """The length of the recording at RATE; 0 when written."""
    checksum: str | None = None
    """SHA-256 of the FLAC, in hex."""
    deleted: datetime | None = None
    """When it was moved to the bin; None while it is not there."""
    state: Stage = "kept"
    """`recording` while it is spoken, or when that was cut off and not recovered yet."""


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


def stem(number: int, created: datetime) -> str:
    """The name of an entry's recording without its ending: `000012-20261123-070124`; no colon in it."""
    return f"{number:06d}-{created:%Y%m%d-%H%M%S}"


def named(stem: str) -> tuple[int, datetime] | None:
    """Number and local time that a recording's name tells, or None for a name of another kind."""
    match = _STEM.match(stem)
    if not match:
        return None
    try:
        return int(match[1]), datetime.strptime(match[2], "%Y%m%d-%H%M%S").astimezone()
    except (ValueError, OverflowError):
        return None
