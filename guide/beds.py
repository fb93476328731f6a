"""Beds: sounds to sit in, made of short loops that run together and so do not repeat for hours.

A loop in a file is decoded where it is asked for, half a second at a time, and then kept: a session
can begin at once, and at any frame.
"""

import contextlib
import re
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from guide.duration import RATE
from guide.errors import NotFoundError, StorageError
from guide.sound import Sound, raised_cosine

BED_LUFS = -23.0
"""The loudness of a shipped bed as it comes from `Bed.block` (LUFS, integrated, BS.1770)."""

MARGIN = 4_800
"""Frames of a loop's own wrapped sound before and after it in its file, for a lossy codec spoils edges."""

_MOST_LOOPS = 8
_LONGEST = 60 * RATE
_SHORTEST = RATE
_LARGEST_FILE = 16 * 2**20
_SEAM = 480
_KINDS = (".ogg", ".flac", ".wav")
_CHUNK = RATE // 2
"""Frames that are decoded at once: they cost a small computer less than the time that they sound."""
_LEAD_IN = 4096
"""Frames that are decoded for nothing before a place that was moved to: Vorbis laps a block of at most 2048
into the next in these files, and libsndfile is known to spoil the first now and then (its issue 885)."""
_MOVES_WELL = (1, 2, 2)
"""The first libsndfile that was seen to begin in an Ogg where it is told to."""
_LAST_PAGES = 1 << 17
"""Bytes at a file's end that hold the last two pages of an Ogg: 65,307 each at most (RFC 3533, section 6)."""

Steps = NDArray[np.int16]
"""16-bit samples, `(n, 2)` at RATE."""


class Loop(Protocol):
    """A sound that comes around."""

    def __len__(self) -> int:
        """Its frames."""

    def read(self, start: int, end: int) -> Steps:
        """The frames from `start` to `end`, both within it; silence where a file turns out to be damaged."""

    def whole(self) -> Steps:
        """All of it. Raises StorageError for a damaged file."""


class Bed:
    """Loops that sound together, each coming around at its own length. Safe to use from several threads."""

    def __init__(self, name: str, loops: Iterable[Steps | Loop]) -> None:
        """`name` is that of its folder. Loops in memory are `(frames, 2)`, 16-bit as all are kept."""
        self.name = name
        self._loops = tuple(_Kept(loop) if isinstance(loop, np.ndarray) else loop for loop in loops)

    @classmethod
    def load(cls, folder: Path) -> "Bed":
        """The bed that a folder of sound files holds, each a loop between two margins of MARGIN frames.

        Takes at most 8 stereo files at RATE, each of at most 60 s and 16 MiB. Raises NotFoundError where
        there is no such folder or no sound in it, StorageError for a file that does not fit, or whose header
        is damaged. The samples are not looked at: see `whole`.
        """
        return cls(folder.name, [_File(path) for path in _files(folder)])

    @property
    def lengths(self) -> tuple[int, ...]:
        """Frames of each loop; nothing is decoded for it."""
        return tuple(len(loop) for loop in self._loops)

    @property
    def loops(self) -> tuple[Steps, ...]:
        """Each loop, `(frames, 2)`: see `whole`."""
        return tuple(loop.whole() for loop in self._loops)

    def whole(self) -> None:
        """Decode all that is not decoded yet, on two cores. Raises StorageError for a damaged loop.

        Whoever may wait calls it first. In a session that already plays, a damaged loop is silent instead:
        the voice is not to end because of a sound under it.
        """
        from concurrent.futures import ThreadPoolExecutor  # it takes its time, and a session begins without

        with ThreadPoolExecutor(2, thread_name_prefix="bed") as threads:
            list(threads.map(lambda loop: loop.whole(), self._loops))

    def soon(self, at: int) -> None:
        """Decode the first second from frame `at` on, on a thread of its own: it is asked for in a moment."""
        threading.Thread(target=self.block, args=(at, RATE), name="bed", daemon=True).start()

    def soon_whole(self) -> None:
        """Decode all of it, on a thread of its own; what is wrong with it is said by `whole`."""

        def decode() -> None:
            for loop in self._loops:
                with contextlib.suppress(StorageError):
                    loop.whole()

        threading.Thread(target=decode, name="bed", daemon=True).start()

    def block(self, at: int, n: int) -> Sound:
        """The `n` frames from the absolute frame `at` on, `(n, 2)`: the same however a range is cut."""
        total = np.zeros((n, 2), dtype=np.int32)
        for loop in self._loops:
            _add(loop, at % len(loop), total)
        # Whole numbers below 2**24 are exact in float32, so neither the order nor the cut of the sum matters.
        sound = total.astype(np.float32)
        sound *= np.float32(1 / 32768)
        return sound


def _add(loop: Loop, start: int, total: NDArray[np.int32]) -> None:
    done = 0
    while done < len(total):
        piece = loop.read(start, min(len(loop), start + len(total) - done))
        total[done : done + len(piece)] += piece.astype(np.int32)  # a quarter quicker than as it is
        done, start = done + len(piece), 0


class _Kept:
    """A loop in memory."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def __len__(self) -> int:
        return len(self._steps)

    def read(self, start: int, end: int) -> Steps:
        return self._steps[start:end]

    def whole(self) -> Steps:
        return self._steps


class _File:
    """A loop in a file, decoded where it is asked for; the handle is open until all is."""

    def __init__(self, path: Path) -> None:
        """Look at the header alone. Raises StorageError."""
        import soundfile

        self._path = path
        with _sentences(path):
            if path.stat().st_size > _LARGEST_FILE:
                raise StorageError(f"The loop {path.name} is too large a file; 16 MiB is the most.")
            with soundfile.SoundFile(path) as file:
                self._frames = int(file.frames) - 2 * MARGIN
                _check(path.name, file.samplerate, file.channels, self._frames)
                self._exact = _exact_until(path, file)
        self._steps: Steps = np.zeros((self._frames, 2), dtype=np.int16)
        self._missing = set(range(-(-self._frames // _CHUNK)))
        self._problem: StorageError | None = None
        self._lock = threading.Lock()
        self._file: Any = None
        self._place = 0

    def __len__(self) -> int:
        return self._frames

    def read(self, start: int, end: int) -> Steps:
        chunks = range(start // _CHUNK, -(-end // _CHUNK))
        if not self._missing.isdisjoint(chunks):
            self._need(chunks)
        return self._steps[start:end]

    def whole(self) -> Steps:
        for chunk in range(-(-self._frames // _CHUNK)):
            self._need((chunk,))  # one by one: whoever plays meanwhile need not wait for all of them
        if self._problem:
            raise self._problem
        return self._steps

    def _need(self, chunks: Iterable[int]) -> None:
        with self._lock:
            for chunk in chunks:
                if chunk in self._missing and not self._problem:
                    try:
                        self._fill(chunk)
                    except StorageError as error:
                        self._problem = error
            if self._problem or not self._missing:
                self._file = None

    def _fill(self, chunk: int) -> None:
        start = chunk * _CHUNK
        end = min(start + _CHUNK, self._frames)
        if chunk == 0:
            after = self._decoded(self._frames, self._frames + _SEAM)
            self._steps[:end] = _through_the_seam(after, self._decoded(0, end))
        else:
            self._steps[start:end] = self._decoded(start, end)
        self._missing.remove(chunk)

    def _decoded(self, start: int, end: int) -> Steps:
        """Frames counted from the end of the first margin. Raises StorageError."""
        import soundfile

        with _sentences(self._path):
            if self._file is None or self._place != start:
                # A new handle each time: one that was moved before is no longer exact in Vorbis.
                self._file = soundfile.SoundFile(self._path)
                begin = max(0, min(MARGIN + start, self._exact) - _LEAD_IN)
                if begin:
                    self._file.seek(begin)
                self._file.read(MARGIN + start - begin, dtype="int16")
            steps = self._file.read(end - start, dtype="int16", always_2d=True)
            self._place = end
        if len(steps) < end - start:
            raise StorageError(f"The loop {self._path.name} is damaged: it ends before it should.")
        return np.asarray(steps, dtype=np.int16)


def _through_the_seam(after: Steps, steps: Steps) -> Steps:
    """The beginning of a loop, come to from its end.

    The margin after the loop is its beginning once more, as the codec went on from its end: going over from
    the one to the other lets the codec's own small error run on through the seam as well.
    """
    weight = raised_cosine(_SEAM)[:, None]
    steps[:_SEAM] = np.rint(after * (1 - weight) + steps[:_SEAM] * weight).astype(np.int16)
    return steps


def _exact_until(path: Path, file: Any) -> int:
    """The frame of a file up to which a decoder may begin anywhere and give what it gives from the start.

    In Ogg libsndfile finds its way by the frame with which each page ends. In the last page that is not where
    its packets end, since the sound is cut to its length, and so all is out of place there.
    """
    import soundfile

    if file.format != "OGG":
        return int(file.frames)
    if tuple(map(int, re.findall(r"\d+", soundfile.__libsndfile_version__)[:3])) < _MOVES_WELL:
        return 0
    with path.open("rb") as pages:
        pages.seek(max(0, path.stat().st_size - _LAST_PAGES))
        data = pages.read()
    before = data.rfind(b"OggS", 0, max(0, data.rfind(b"OggS")))
    end = int.from_bytes(data[before + 6 : before + 14], "little", signed=True) if before >= 0 else 0
    return int(max(0, min(end, file.frames)))


@contextlib.contextmanager
def _sentences(path: Path) -> Iterator[None]:
    """What goes wrong with a file becomes a StorageError."""
    import soundfile

    try:
        yield
    except (OSError, soundfile.LibsndfileError) as error:
        raise StorageError(f"The loop {path.name} cannot be read ({error}).") from error


def _files(folder: Path) -> list[Path]:
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() in _KINDS and path.is_file())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFoundError(f"There is no bed called '{folder.name}'.") from error
    except OSError as error:
        raise StorageError(f"The folder {folder} cannot be read ({error.strerror or error}).") from error
    if not found:
        raise NotFoundError(f"The bed '{folder.name}' has no sound in it; it needs one loop at least.")
    if len(found) > _MOST_LOOPS:
        raise StorageError(
            f"The bed '{folder.name}' has {len(found)} loops; {_MOST_LOOPS} at most can be played."
        )
    return found


def _check(name: str, rate: int, channels: int, frames: int) -> None:
    if rate != RATE or channels != 2:
        raise StorageError(f"The loop {name} is not stereo at {RATE} Hz; make it so and try again.")
    if not _SHORTEST <= frames <= _LONGEST:
        raise StorageError(f"The loop {name} is not between 1 and 60 seconds long.")
