"""Bells and cues: short sounds that are struck once, read whole from a file."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guide.duration import RATE
from guide.errors import NotFoundError, StorageError
from guide.sound import Sound, resampled

BELL_LUFS = -18.0
"""The loudest 400 ms of a shipped bell (LUFS, momentary, BS.1770): the voice's, for the mixer to lower."""

_LONGEST = 60
"""Seconds."""
_LARGEST_FILE = 64 * 2**20
_RATES = range(8_000, 192_001)


def load(path: Path) -> Sound:
    """A bell or a cue, stereo at RATE, `(frames, 2)`; a mono file plays from both sides alike.

    Takes what soundfile reads: one or two channels, 8 to 192 kHz, at most 60 s and 64 MiB; samples beyond
    full scale are held at it. Raises NotFoundError where there is no such file, StorageError for one that
    does not fit.
    """
    samples, rate = _decoded(path)
    if not np.all(np.isfinite(samples)):
        raise StorageError(f"The sound {path.name} is damaged: it holds samples that are not numbers.")
    sound = resampled(np.clip(samples, -1.0, 1.0), rate)
    return np.ascontiguousarray(np.broadcast_to(sound, (len(sound), 2)), dtype=np.float32)


def length(path: Path) -> int:
    """Frames of what `load` gives, by the header alone; of a resampled sound to within one. Raises alike."""
    with _opened(path) as file:
        return round(int(file.frames) * RATE / int(file.samplerate))


def _decoded(path: Path) -> tuple[NDArray[np.float32], int]:
    with _opened(path) as file:
        return file.read(file.frames, dtype="float32", always_2d=True), file.samplerate


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A file that fits, open; what goes wrong with it meanwhile becomes a StorageError."""
    import soundfile

    if not path.is_file():
        raise NotFoundError(f"There is no sound file {path}.")
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise StorageError(f"The sound {path.name} is too large a file; 64 MiB is the most.")
        with soundfile.SoundFile(path) as file:
            _check(path.name, file.samplerate, file.channels, file.frames)
            yield file
    except (OSError, soundfile.LibsndfileError) as error:
        raise StorageError(f"The sound {path.name} cannot be read ({error}).") from error


def _check(name: str, rate: int, channels: int, frames: int) -> None:
    if rate not in _RATES:
        raise StorageError(
            f"The sound {name} has {rate} samples a second; between 8,000 and 192,000 can be read."
        )
    if channels not in (1, 2):
        raise StorageError(f"The sound {name} has {channels} channels; it must be mono or stereo.")
    if not 0 < frames <= _LONGEST * rate:
        raise StorageError(f"The sound {name} is not between 0 and {_LONGEST} seconds long.")
