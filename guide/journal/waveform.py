"""How loud a recording is from its beginning to its end, in a few letters."""

import math
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from guide.duration import RATE
from guide.legible import unicode_in
from guide.sound import Sound, openable

_BLOCKS, _PLAIN = "▁▂▃▄▅▆▇█", "_.:-=+*#"
_HEARD = RATE // 2
"""Frames that are read for each letter at most: a long recording takes no longer than a short one."""
_RANGE = 36.0
"""dB from the lowest letter to the highest: a voice, and the room when nobody speaks."""
_FLOOR = 1e-4
"""−80 dBFS. A recording in which nothing is louder is flat."""
_MOST_CHANNELS = 8


def waveform(source: Path | BytesIO, letters: int, encoding: str = "utf-8") -> str:
    """So many letters, each as high as the recording is loud there beside its loudest.

    Empty where the file is missing, damaged, or no recording. Reads half a second for each letter at most.
    """
    levels = _levels(source, letters)
    loudest = max(levels, default=0.0)
    marks = _BLOCKS if unicode_in(encoding) else _PLAIN
    return "".join(marks[_height(level, loudest, len(marks) - 1)] for level in levels)


def _levels(source: Path | BytesIO, count: int) -> list[float]:
    """The RMS in the middle of so many equal pieces; none where it cannot be read."""
    import soundfile

    try:
        if isinstance(source, Path) and not source.is_file():
            return []
        with soundfile.SoundFile(openable(source)) as file:
            if file.channels > _MOST_CHANNELS or file.frames <= 0:
                return []
            return [_level(_piece(file, number, count)) for number in range(count)]
    except (OSError, ValueError, RuntimeError):  # libsndfile's own error is a RuntimeError
        return []


def _piece(file: Any, number: int, count: int) -> Sound:
    start, end = (int(file.frames) * n // count for n in (number, number + 1))
    length = min(end - start, _HEARD)
    file.seek(start + (end - start - length) // 2)
    piece: Sound = file.read(length, dtype="float32", always_2d=True)
    return piece


def _level(piece: Sound) -> float:
    return math.sqrt(float(np.mean(np.square(piece, dtype=np.float64)))) if piece.size else 0.0


def _height(level: float, loudest: float, most: int) -> int:
    if loudest < _FLOOR or level <= 0:
        return 0
    below = 20 * math.log10(loudest / level)
    return round(most * max(0.0, 1 - below / _RANGE))
