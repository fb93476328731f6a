"""What is remembered between two starts: the volume, the place in an unfinished session, the lock."""

import contextlib
import datetime as dt
import fcntl
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from guide.errors import GuideError, StorageError
from guide.folders import private, write_whole
from guide.player import LOUDEST, SOFTEST
from guide.timeline import Timeline

FIRST_VOLUME = -8
_PLAYING = "playing"
"""The file that is locked while a session plays; its time is when that began."""
_MOST_BYTES = 8 << 20
_MOST_LOG = 64 << 10
"""Bytes of the log; the one before it is kept as well."""


class KeptEcho(NamedTuple):
    """Which take of the listener's own words a session plays."""

    name: str
    """What the timeline calls it."""
    number: int
    """Its entry's in the journal."""
    checksum: str
    """SHA-256 of its file, in hex."""
    frames: int


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A session that was begun and not heard to its end: all that is needed to go on with it."""

    name: str
    """The slug of its script."""
    path: str
    """The file of its script."""
    seed: str
    voice: str
    pace: float
    pitch: float
    bed: str
    level: float
    sleep: bool
    title: str
    language: str
    at: int
    """The frame to go on from."""
    timeline: Timeline
    asked: int = 0
    """Frames that it was asked to last: what its parts and breaths were chosen by."""
    silences: tuple[int, ...] = ()
    """While it may still be arranged anew: frames of each silence of its conductor. Else nothing."""
    slots: tuple[int, ...] = ()
    """With them: frames of each other item, one an item, silences too."""
    echoes: tuple[KeptEcho, ...] = ()


_KINDS: dict[str, type | tuple[type, ...]] = {
    "name": str, "path": str, "seed": str, "voice": str, "bed": str, "title": str, "language": str,
    "pace": (int, float), "pitch": (int, float), "level": (int, float), "sleep": bool, "asked": int,
}  # fmt: skip


class Saved:
    """The state folder of one person."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._token = ""

    def volume(self) -> int:
        """The volume of the last session in dB, −8 at first."""
        try:
            return min(max(int((self._folder / "volume").read_text()), SOFTEST), LOUDEST)
        except (OSError, ValueError):
            return FIRST_VOLUME

    def keep_volume(self, volume: int) -> None:
        """Remember a volume; quietly not, where nothing can be written."""
        self._try("volume", f"{volume}\n".encode())

    def welcomed(self) -> bool:
        """Whether the first page was shown before."""
        return os.path.exists(self._folder / "welcomed")  # noqa: PTH110 - it raises nothing

    def keep_welcomed(self) -> None:
        """Remember that it was."""
        self._try("welcomed", b"")

    def begin(self, session: Unfinished, at: int | None = None) -> None:
        """Remember a whole session, at the frame `at`, or at its own place. Not synced: it waits for no card.

        Where it cannot be written, what was remembered before is still there, with the place in it.
        """
        fields = {key: getattr(session, key) for key in Unfinished.__slots__ if key not in ("timeline", "at")}
        text = json.dumps({"guide": 1, **fields, "timeline": session.timeline.cues()})
        if self._try("session.json", text.encode()):
            self._token = _token(text.encode())
            self.keep_place(session.at if at is None else at)

    def keep_place(self, at: int) -> None:
        """Remember the place in it: a few bytes, often, without a sync, to spare the card."""
        self._try("place", f"{self._token} {at}\n".encode())

    def unfinished(self) -> Unfinished | None:
        """The session to go on with, or None."""
        path = self._folder / "session.json"
        try:
            if path.stat().st_size > _MOST_BYTES:
                return None
            text = path.read_bytes()
            values: dict[str, Any] = json.loads(text)
            at = self._place(_token(text))
            timeline = Timeline.from_cues(values.pop("timeline"))
            silences, slots = (tuple(values.pop(key, ())) for key in ("silences", "slots"))
            echoes = tuple(KeptEcho(*one) for one in values.pop("echoes", ()))
            values.pop("guide")
            session = Unfinished(
                timeline=timeline, at=at, silences=silences, slots=slots, echoes=echoes, **values
            )
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
        whole = all(isinstance(getattr(session, key), kind) for key, kind in _KINDS.items())
        whole = whole and all(
            isinstance(one, int) and one >= 0 for one in (*session.silences, *session.slots)
        )
        whole = whole and all(map(_is_kept, session.echoes))
        return session if whole and 0 <= at < timeline.frames else None

    def _place(self, token: str) -> int:
        """The place that belongs to a session; its beginning, where the power went between the two files."""
        try:
            owner, at = (self._folder / "place").read_text().split()
        except OSError:
            return 0
        return int(at) if owner == token else 0

    def aside(self) -> "Saved":
        """The same folder, for a session of a few minutes that leaves alone what there is to go on with."""
        return _Aside(self._folder)

    def note(self, sentence: str) -> None:
        """Write a line to the log: what happened and when, never a word of a script or of the person."""
        path = self._folder / "log"
        with contextlib.suppress(OSError, StorageError):
            private(self._folder)
            if path.exists() and path.stat().st_size > _MOST_LOG:
                path.replace(path.with_name("log.old"))
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "a", encoding="utf-8") as file:
                file.write(f"{dt.datetime.now():%Y-%m-%d %H:%M:%S} {sentence}\n")

    def finished(self) -> None:
        """Nothing is left to go on with."""
        for name in ("session.json", "place"):
            with contextlib.suppress(OSError):
                (self._folder / name).unlink(missing_ok=True)

    def _try(self, name: str, data: bytes) -> bool:
        """Whether it was written: a session is not stopped because its place cannot be remembered."""
        try:
            write_whole(private(self._folder) / name, data, durable=False)
        except StorageError:
            return False
        return True


class _Aside(Saved):
    """Remembers no session, and forgets none."""

    def begin(self, session: Unfinished, at: int | None = None) -> None:
        pass

    def keep_place(self, at: int) -> None:
        pass

    def finished(self) -> None:
        pass


def _is_kept(echo: KeptEcho) -> bool:
    return (
        all(isinstance(text, str) for text in (echo.name, echo.checksum))
        and all(isinstance(count, int) for count in (echo.number, echo.frames))
        and echo.frames > 0
    )


def _token(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:16]


def begun(folder: Path) -> int | None:
    """When a session last began to play here, as a number that changes with each; None where none did."""
    try:
        return (folder / _PLAYING).stat().st_mtime_ns
    except OSError:
        return None


class Lock:
    """Held while a session plays, so that two never sound at once. Goes with the process."""

    def __init__(self, folder: Path) -> None:
        """Take it. Raises GuideError when another process holds it."""
        self._handle: int | None = None
        try:
            self._handle = os.open(private(folder) / _PLAYING, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.utime(self._handle)
        except BlockingIOError:
            self.release()
            raise GuideError(
                "A session is already playing here. Stop it first (q, or the button), or let it end."
            ) from None
        except (OSError, StorageError):
            return  # where nothing can be written, nothing can be locked; the session matters more

    def release(self) -> None:
        """Let go."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
