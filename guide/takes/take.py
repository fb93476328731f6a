"""A take while it is spoken: a WAV on the disk that is never more than a second behind the voice."""

import contextlib
import errno
import os
import queue
import shutil
import threading
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path

from guide.duration import RATE
from guide.errors import StorageError
from guide.folders import private
from guide.sound import Sound
from guide.takes.flac import forget, make_flac
from guide.takes.salvage import kept_as_it_is
from guide.takes.wav import HEADER_SIZE, WIDTH, create, header, pcm

LONGEST = 20 * 60 * RATE
"""A take ends by itself here (frames): 115 MB of WAV, and far more than anyone means to say."""
FOR_AN_ECHO = 20 * RATE
"""Where one ends by itself that is made to be played in a session."""
SYNC_EVERY = RATE // 2
"""The disk is asked to keep what came, this often (frames of audio, not time on the wall)."""
ROOM_TO_START = 50_000_000
"""Free bytes without which no take is begun: five minutes of WAV and its FLAC."""
ROOM_TO_GO_ON = 20_000_000
"""Free bytes under which a take ends calmly: the disk is shared with whatever else the machine must write."""
ROOM_FOR_ONE = 2 * LONGEST * WIDTH + ROOM_TO_GO_ON
"""Free bytes with which a take of the longest length is kept whole: its WAV, a FLAC that is no smaller."""


class End(Enum):
    """Why a take accepts no more; the value is the sentence for the person."""

    LONG = "Twenty minutes are recorded, and this recording ends here. It is kept."
    SHORT = "Twenty seconds are recorded, and this one ends here. It is kept."
    ROOM = "The disk is almost full, so the recording ends here. What you said is kept."
    FAILED = "The disk takes no more, so the recording ends here. What it has is kept."


def free_bytes(folder: Path) -> int:
    """Bytes that this user may still write where the folder is."""
    return shutil.disk_usage(folder).free


def to_disk(handle: int) -> None:
    """Have the disk keep what is in an open file. Raises OSError."""
    getattr(os, "fdatasync", os.fsync)(handle)


def begun(part: Path, first: bytes, free: Callable[[Path], int]) -> int:
    """An open, locked file for a take, with its first bytes, as `Take.open` promises. Raises StorageError."""
    folder = private(part.parent)
    try:
        if (room := free(folder)) < ROOM_TO_START:
            raise StorageError(
                f"There is too little room to record: {room // 1_000_000} MB are free where {folder} is, "
                f"and {ROOM_TO_START // 1_000_000} MB are needed. Free some, and try again."
            )
        return create(part, first)
    except OSError as error:
        raise StorageError(
            f"Nothing can be recorded at {part} ({error.strerror or error}). "
            "Give this user the right to write there, or set GUIDE_HOME to another folder."
        ) from error


class Take:
    """One recording in the making. `write` never waits for the disk; two threads of its own do.

    The first puts what comes into the file, the second asks the disk to keep it: a card that takes seconds to
    sync holds nothing back that a killed process would lose.
    """

    def __init__(
        self,
        part: Path,
        handle: int,
        *,
        longest: int,
        free: Callable[[Path], int],
        sync: Callable[[int], None],
    ) -> None:
        self.part = part
        self.ended: End | None = None
        """Why it accepts no more, or None while it does."""
        self.frames = 0
        """Frames accepted so far."""
        self.syncs = 0
        """How many times the disk was asked to keep what came, and said it had."""
        self._handle, self._longest, self._free, self._sync = handle, longest, free, sync
        self._blocks: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._due: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._pending = bytearray()
        self._written = 0
        self._safe = 0
        self._progress = threading.Condition()
        self._closing = False
        self._threads = (
            threading.Thread(target=self._write_blocks, name="take-writer", daemon=True),
            threading.Thread(target=self._keep_safe, name="take-sync", daemon=True),
        )

    @classmethod
    def open(
        cls,
        part: Path,
        *,
        longest: int = LONGEST,
        free: Callable[[Path], int] = free_bytes,
        sync: Callable[[int], None] = to_disk,
    ) -> "Take":
        """A new take at `part`, in a folder made private (0700); the file is 0600 and locked.

        `longest` is in frames. Raises StorageError where it cannot be written, where a file of that name is
        already there, or where less than ROOM_TO_START is free.
        """
        take = cls(part, begun(part, header(0), free), longest=longest, free=free, sync=sync)
        take._start()
        return take

    def write(self, block: Sound) -> bool:
        """Accept a block, `(n,)` or `(n, 1)`; False when the take accepts no more, and `ended` says why.

        Returns at once. What reaches past the longest length is left out.
        """
        if self._closing or self.ended:
            return False
        samples = pcm(block)[: self._longest - self.frames]
        self.frames += len(samples)
        self._blocks.put(samples.tobytes())
        if self.frames >= self._longest:
            self.ended = End.SHORT if self._longest == FOR_AN_ECHO else End.LONG
        return self.ended is None

    def wait_safe(self, frames: int, timeout: float = 10.0) -> bool:
        """Wait until the disk has at least that many frames; False after `timeout` seconds without."""
        with self._progress:
            return self._progress.wait_for(lambda: self._safe >= frames, timeout)

    def finish(self, tags: Mapping[str, str] | None = None) -> Path | None:
        """End the take and make it FLAC beside the WAV, which then goes; the path of the FLAC.

        None when not one frame came: then no file is left. `tags` are soundfile's (title, comment, date).
        Raises StorageError when the disk is full or refuses: then all of it stays in the `.part`, and
        `finish` may be called again, as may `recover` in another process.
        """
        self._stop_threads()
        try:
            self._flush()
            flac = make_flac(self.part, tags or {}) if self._written else None
            forget(self.part)
        except OSError as error:
            raise kept_as_it_is(self.part, self._written, error) from error
        self._release()
        return flac

    def close(self) -> None:
        """Stop without making FLAC: what came is synced and left in the `.part` for `recover`."""
        self._stop_threads()
        with contextlib.suppress(OSError):
            self._flush()
        self._release()

    def _start(self) -> None:
        for thread in self._threads:
            thread.start()

    def _stop_threads(self) -> None:
        if self._closing:
            return
        self._closing = True
        self._blocks.put(None)
        for thread in self._threads:
            thread.join()

    def _flush(self) -> None:
        if self._handle >= 0:
            self._store()
            self._sync(self._handle)
            self._note_safe(self._written)

    def _release(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _write_blocks(self) -> None:
        marked = 0
        while (data := self._blocks.get()) is not None:
            self._pending += data
            if self.ended is End.FAILED:
                continue  # kept in memory for the last try in `finish`; `write` accepts no more
            try:
                self._store()
            except OSError:
                self.ended = End.FAILED
            if self._written - marked >= SYNC_EVERY:
                marked = self._written
                self._due.put(marked)
        self._due.put(None)

    def _store(self) -> None:
        """Put everything pending into the file, then the header that says so."""
        os.lseek(self._handle, HEADER_SIZE + self._written * WIDTH, os.SEEK_SET)
        while len(self._pending) >= WIDTH:
            count = os.write(self._handle, self._pending) // WIDTH * WIDTH
            if not count:
                raise OSError(errno.ENOSPC, "No space left on device")
            del self._pending[:count]
            self._written += count // WIDTH
            # After a torn frame the next write begins at its first byte again.
            os.lseek(self._handle, HEADER_SIZE + self._written * WIDTH, os.SEEK_SET)
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.write(self._handle, header(self._written))

    def _keep_safe(self) -> None:
        while (mark := self._due.get()) is not None:
            try:
                self._sync(self._handle)
                if self.ended is None and self._free(self.part.parent) < ROOM_TO_GO_ON:
                    self.ended = End.ROOM
            except OSError:
                self.ended = End.FAILED
            else:
                self.syncs += 1
                self._note_safe(mark)

    def _note_safe(self, frames: int) -> None:
        with self._progress:
            self._safe = max(self._safe, frames)
            self._progress.notify_all()
