"""Sound as arrays: float32 at RATE, `(frames,)` when mono and `(frames, 2)` when stereo.

Reading and writing files is here too, since soundfile is the one library that does it.
"""

import os
from io import BytesIO
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from guide.duration import RATE
from guide.errors import StorageError

Sound: TypeAlias = NDArray[np.float32]
"""Samples between −1 and 1 at RATE; `(frames,)` mono or `(frames, channels)`."""


def openable(source: Path | BytesIO) -> str | BytesIO:
    """What soundfile opens: the name of a file, or a file that is in memory alone."""
    return source if isinstance(source, BytesIO) else os.fspath(source)


def linear(decibels: float) -> float:
    """The factor that a gain in dB stands for."""
    return float(10.0 ** (decibels / 20.0))


def decibels(factor: float) -> float:
    """The gain in dB that a factor stands for; −inf for 0."""
    return float(20.0 * np.log10(factor)) if factor > 0 else float("-inf")


def peak(sound: Sound) -> float:
    """The largest sample, regardless of sign; 0 for no sound."""
    return float(np.max(np.abs(sound))) if sound.size else 0.0


def raised_cosine(count: int) -> Sound:
    """A rising half-cosine of `count` samples from 0 towards 1, shape `(count,)`: a fade with no corner."""
    return (0.5 - 0.5 * np.cos(np.pi * np.arange(count) / max(1, count))).astype(np.float32)


def faded(sound: Sound, into: int, out: int) -> Sound:
    """A copy whose first `into` frames rise from silence and whose last `out` frames fall to it."""
    into, out = min(into, len(sound)), min(out, len(sound))
    copy = sound.astype(np.float32, copy=True)
    shape = (-1,) + (1,) * (copy.ndim - 1)
    copy[:into] *= raised_cosine(into).reshape(shape)
    if out:
        copy[-out:] *= raised_cosine(out)[::-1].reshape(shape)
    return copy


class Fader:
    """A gain that moves to a new place within some frames, never jumps."""

    def __init__(self, value: float) -> None:
        self.value = value
        self._from = self._to = value
        self._left = self._length = 0

    @property
    def moving(self) -> bool:
        """Whether it is still on its way."""
        return self._left > 0

    def toward(self, value: float, length: int) -> None:
        """Move from where it is to `value` within `length` frames."""
        self._from, self._to = self.value, value
        self._left = self._length = max(1, length)

    def over(self, sound: Sound) -> Sound:
        """The sound with the gain of these frames, a raised cosine while it moves; the gain moves on."""
        count = len(sound)
        if not self.moving:
            return sound if self.value == 1.0 else sound * np.float32(self.value)
        done = self._length - self._left
        share = np.clip((done + 1 + np.arange(count)) / self._length, 0.0, 1.0)
        curve = self._from + (self._to - self._from) * (0.5 - 0.5 * np.cos(np.pi * share))
        self._left = max(0, self._left - count)
        self.value = float(curve[-1]) if self.moving else self._to
        return sound * curve.astype(np.float32)[:, None]


def resampled(sound: Sound, rate: int) -> Sound:
    """The same sound at RATE, from another sample rate (soxr, high quality)."""
    if rate == RATE:
        return np.ascontiguousarray(sound, dtype=np.float32)
    import soxr

    return np.asarray(soxr.resample(sound, rate, RATE, quality="HQ"), dtype=np.float32)


def read(path: Path) -> Sound:
    """A sound file as float32 at RATE, `(frames,)` if it is mono. Raises StorageError."""
    import soundfile

    try:
        samples, rate = soundfile.read(os.fspath(path), dtype="float32", always_2d=False)
    except (OSError, soundfile.LibsndfileError) as error:
        raise StorageError(f"The sound file {path.name} cannot be read ({error}).") from error
    return resampled(samples, rate)
