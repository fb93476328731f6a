"""Beds: sounds to sit in, made of short loops that run together and so do not repeat for hours."""

from dataclasses import dataclass
from pathlib import Path

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


@dataclass(frozen=True, slots=True, eq=False)
class Bed:
    """Loops that sound together, each coming around at its own length."""

    name: str
    """What it is called: the name of its folder."""
    loops: tuple[NDArray[np.int16], ...]
    """Each loop, `(frames, 2)` at RATE; 16-bit, since a small computer holds them for hours."""

    @classmethod
    def load(cls, folder: Path) -> "Bed":
        """The bed that a folder of sound files holds, each a loop between two margins of MARGIN frames.

        Takes at most 8 stereo files at RATE, each of at most 60 s and 16 MiB. Raises NotFoundError where
        there is no such folder or no sound in it, StorageError for a file that is damaged or does not fit.
        """
        return cls(folder.name, tuple(_loop(path) for path in _files(folder)))

    def block(self, at: int, n: int) -> Sound:
        """The `n` frames from the absolute frame `at` on, `(n, 2)`: the same however a range is cut."""
        total = np.zeros((n, 2), dtype=np.int32)
        for loop in self.loops:
            _add(loop, at % len(loop), total)
        # Whole numbers below 2**24 are exact in float32, so neither the order nor the cut of the sum matters.
        return total.astype(np.float32) * np.float32(1 / 32768)


def _add(loop: NDArray[np.int16], start: int, total: NDArray[np.int32]) -> None:
    done = 0
    while done < len(total):
        piece = loop[start : start + len(total) - done]
        total[done : done + len(piece)] += piece
        done, start = done + len(piece), 0


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


def _loop(path: Path) -> NDArray[np.int16]:
    """The loop in a file, without its margins."""
    whole = _decoded(path)
    loop = whole[MARGIN:-MARGIN].copy()
    # The margin after the loop is its beginning once more, as the codec went on from its end: going over
    # from the one to the other lets the codec's own small error run on through the seam as well.
    weight = raised_cosine(_SEAM)[:, None]
    after = whole[len(whole) - MARGIN :][:_SEAM]
    loop[:_SEAM] = np.rint(after * (1 - weight) + loop[:_SEAM] * weight).astype(np.int16)
    loop.flags.writeable = False
    return loop


def _decoded(path: Path) -> NDArray[np.int16]:
    import soundfile

    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise StorageError(f"The loop {path.name} is too large a file; 16 MiB is the most.")
        with soundfile.SoundFile(path) as file:
            _check(path.name, file.samplerate, file.channels, file.frames - 2 * MARGIN)
            samples = file.read(file.frames, dtype="int16", always_2d=True)
            whole = len(samples) == file.frames
    except (OSError, soundfile.LibsndfileError) as error:
        raise StorageError(f"The loop {path.name} cannot be read ({error}).") from error
    if not whole:
        raise StorageError(f"The loop {path.name} is damaged: it ends before it should.")
    return np.asarray(samples, dtype=np.int16)


def _check(name: str, rate: int, channels: int, frames: int) -> None:
    if rate != RATE or channels != 2:
        raise StorageError(f"The loop {name} is not stereo at {RATE} Hz; make it so and try again.")
    if not _SHORTEST <= frames <= _LONGEST:
        raise StorageError(f"The loop {name} is not between 1 and 60 seconds long.")
