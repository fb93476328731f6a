"""A take that is sealed while it is spoken: no byte of its sound reaches the disk in clear.

The file is an age stream of a WAV whose header says that all that follows is sound; `age -d` makes a file of
it that players take. It is named `.sealing` while it grows, and `.wav.age` when it is whole. One that was cut
off keeps its whole chunks (64 KiB, 0.68 s) and is named `.cut.age`: who has the key makes it whole.
"""

import errno
import io
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from guide.errors import StorageError
from guide.folders import sync_folder
from guide.seal import Key, Lock, Reader, SealedError, Writer, all_bytes, header_size, whole_bytes
from guide.takes.salvage import abandoned, kept_as_it_is
from guide.takes.take import LONGEST, SYNC_EVERY, End, Take, begun, free_bytes, to_disk
from guide.takes.wav import HEADER_SIZE, WIDTH, endless

GROWING, WHOLE, CUT = ".sealing", ".wav.age", ".cut.age"
"""What the names of sealed takes end with."""
_MOST = 1 << 28
"""Bytes of a sealed recording that are taken into memory, at most: twice those of the longest take."""


class SealedTake(Take):
    """As Take; `finish` makes a sealed file, and what is not sealed yet is in memory alone."""

    def __init__(
        self,
        part: Path,
        handle: int,
        lock: Lock,
        *,
        longest: int,
        free: Callable[[Path], int],
        sync: Callable[[int], None],
        remember: bool,
    ) -> None:
        super().__init__(part, handle, longest=longest, free=free, sync=sync)
        self.spoken = bytearray() if remember else None
        """What was spoken, 16-bit mono PCM at RATE, in memory alone; None where it is not remembered."""
        self._lock = lock
        self._size = 0
        """Bytes in the file."""
        self._head = b""
        """Its first bytes, until it is known how many come before the first chunk."""
        self._header: int | None = None
        self._marked = 0
        self._begun = False
        self._torn = False
        """Whether sealing itself failed, so that the last chunk is missing."""

    @classmethod
    def sealing(
        cls,
        part: Path,
        lock: Lock,
        *,
        longest: int = LONGEST,
        free: Callable[[Path], int] = free_bytes,
        sync: Callable[[int], None] = to_disk,
        remember: bool = False,
    ) -> "SealedTake":
        """A new take at `part`, as `Take.open`, sealed with a lock. Raises StorageError."""
        handle = begun(part, b"", free)
        take = cls(part, handle, lock, longest=longest, free=free, sync=sync, remember=remember)
        take._start()
        return take

    def finish(self, tags: Mapping[str, str] | None = None) -> Path | None:
        """End the take: the sealed file, or None when not one frame came. `tags` are the index's business.

        Raises StorageError as Take does; then what could not be written is lost with this process.
        """
        del tags
        self._stop_threads()
        whole = self.part.with_suffix(CUT if self._torn else WHOLE)
        try:
            self._flush()
            if self.frames:
                named(self.part, whole)
            else:
                self.part.unlink(missing_ok=True)
                sync_folder(self.part.parent)
        except OSError as error:
            raise kept_as_it_is(self.part, self._written, error) from error
        self._release()
        return whole if self.frames else None

    def _write_blocks(self) -> None:
        try:
            self._lock.pour(Reader(self._next), Writer(self._take))
        except SealedError:
            self.ended = End.FAILED
            self._torn = True
        self._due.put(None)

    def _next(self) -> bytes:
        """What is sealed next: the header, then what is spoken; nothing at the end."""
        if not self._begun:
            self._begun = True
            return endless()
        while (data := self._blocks.get()) is not None:
            if data:
                if self.spoken is not None:
                    self.spoken += data
                return data
        return b""

    def _take(self, data: bytes) -> None:
        """Ciphertext; where the disk takes no more it waits for the last try in `finish`."""
        self._pending += data
        if self._header is None:
            self._head += data
            self._header = header_size(io.BytesIO(self._head))
        if self.ended is not End.FAILED:
            try:
                self._store()
            except OSError:
                self.ended = End.FAILED
        if self._written - self._marked >= SYNC_EVERY:
            self._marked = self._written
            self._due.put(self._marked)

    def _store(self) -> None:
        while self._pending:
            os.lseek(self._handle, self._size, os.SEEK_SET)
            count = os.write(self._handle, self._pending)
            if not count:
                raise OSError(errno.ENOSPC, "No space left on device")
            del self._pending[:count]
            self._size += count
        self._written = _frames(whole_bytes(self._size, self._header)) if self._header else 0


def _frames(count: int) -> int:
    """Frames in so many bytes from the beginning of the WAV."""
    return max(0, count - HEADER_SIZE) // WIDTH


def named(path: Path, target: Path) -> None:
    """Give a file that is synced its last name, durably, and never another's place. Raises OSError."""
    if target.exists():
        raise FileExistsError(errno.EEXIST, "a recording of that name is already there")
    path.rename(target)
    sync_folder(path.parent)


def frames_in(path: Path) -> int:
    """Frames in a sealed take as its size tells, without a key; 0 where it is something else.

    Of one that was cut off they are those that can surely be opened. Raises OSError.
    """
    if not path.name.endswith((WHOLE, CUT, GROWING)):
        return 0
    with path.open("rb") as file:
        header = header_size(file)
    if header is None:
        return 0
    opened = all_bytes if path.name.endswith(WHOLE) else whole_bytes
    return _frames(opened(path.stat().st_size, header))


def unsealed(path: Path, key: Key) -> tuple[io.BytesIO, bool]:
    """A sealed recording as a file in memory, and whether it is whole. Raises SealedError, StorageError."""
    memory = io.BytesIO()
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > _MOST:
                raise StorageError(f"{path} is larger than any recording.")
            whole = key.pour(file, memory)
    except OSError as error:
        raise StorageError(f"{path} cannot be read ({error.strerror or error}).") from error
    except MemoryError as error:
        raise StorageError(f"There is too little memory to open {path}.") from error
    memory.seek(0)
    return memory, whole


def salvage_sealed(part: Path) -> tuple[Path, int] | None:
    """The file of a take that nobody finished, under the name of one that was cut off, and its frames.

    None when it is being recorded, or was finished meanwhile; where nothing of it can be opened it goes, and
    the frames are 0. Raises StorageError; then it is as it was.
    """
    cut = part.with_suffix(CUT)
    try:
        with abandoned(part) as handle:
            if handle is None:
                return None
            os.fsync(handle)
            if frames := frames_in(part):
                named(part, cut)
            else:
                part.unlink()
                sync_folder(part.parent)
    except OSError as error:
        raise kept_as_it_is(part, None, error) from error
    return cut, frames
