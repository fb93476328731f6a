"""A recording on its way to a loudspeaker."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np

from guide.duration import RATE, frames
from guide.errors import StorageError
from guide.sound import Sound, faded

_BLOCK = RATE // 10
_EDGE = frames(0.05)
_TAIL = frames(0.4)
"""Silence after the end: a card that is stopped forgets what it still holds (0.25 s, measured)."""


class Sink(Protocol):
    """Where blocks go; it sets the pace."""

    def write(self, block: Sound) -> None:
        """Take a block, float32 `(n, 2)`, and wait until there was room."""


def hear(path: Path, sink: Sink) -> None:
    """Play a recording to its end; an interruption (Ctrl-C) fades it out and is no error.

    Raises StorageError when the file cannot be read, and what the sink raises.
    """
    blocks = _blocks(path)
    block = next(blocks, None)
    first = True
    while block is not None:
        following = next(blocks, None)
        edged = faded(block, _EDGE if first else 0, 0 if following is not None else _EDGE)
        try:
            sink.write(_stereo(edged))
        except KeyboardInterrupt:
            if following is not None:
                sink.write(_stereo(faded(following, 0, len(following))))
            break
        first, block = False, following
    sink.write(np.zeros((_TAIL, 2), dtype=np.float32))


def _blocks(path: Path) -> Iterator[Sound]:
    import soundfile

    try:
        with soundfile.SoundFile(os.fspath(path)) as file:
            while len(block := file.read(_BLOCK, dtype="float32")):
                yield block
    except (OSError, soundfile.SoundFileRuntimeError) as error:
        raise StorageError(f"The recording {path} cannot be read ({error}).") from error


def _stereo(mono: Sound) -> Sound:
    return np.repeat(mono.reshape(-1, 1), 2, axis=1)
