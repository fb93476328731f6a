"""Hearing what the private sound server plays, and what can go wrong with it."""

import os
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from guide.duration import RATE
from guide.sound import Sound

PATIENCE = 20.0
"""Seconds that a step which takes milliseconds may take on a very busy machine."""


class SoundServerError(Exception):
    """The sound server cannot be started, or did not do as it should; the text says why."""


class Capture:
    """What the loudspeaker is playing, as it is heard. Made by `SoundServer.capture`."""

    def __init__(self, parec: subprocess.Popen[bytes]) -> None:
        self._parec = parec
        self._heard = bytearray()
        self._changed = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def sound(self) -> Sound:
        """All that was heard so far, float32, shape `(frames, 2)`, from the moment the capture stood."""
        with self._changed:
            whole = len(self._heard) // 8 * 8
            return np.frombuffer(bytes(self._heard[:whole]), dtype="<f4").reshape(-1, 2)

    @property
    def frames(self) -> int:
        """How many frames were heard so far."""
        with self._changed:
            return len(self._heard) // 8

    def wait(self, frames: int) -> None:
        """Wait until so many more frames are heard. Raises SoundServerError if none come."""
        with self._changed:
            goal = len(self._heard) + 8 * frames
        self._until(lambda: len(self._heard) >= goal, frames / RATE + PATIENCE, "enough sound")

    def wait_for_sound(self, level: float = 0.001, seconds: float = PATIENCE, after: int = 0) -> int:
        """Wait until a sample at frame `after` or later is above `level` (of 1); the frame of that sample.

        Raises SoundServerError if nothing does within `seconds`.
        """
        looked = 8 * after
        found = -1

        def louder() -> bool:
            nonlocal looked, found
            whole = len(self._heard) // 8 * 8
            fresh = np.frombuffer(bytes(self._heard[looked:whole]), dtype="<f4").reshape(-1, 2)
            loud = np.flatnonzero(np.max(np.abs(fresh), axis=1) > level)
            if loud.size and found < 0:
                found = looked // 8 + int(loud[0])
            looked = whole
            return found >= 0

        self._until(louder, seconds, "a sound")
        return found

    def close(self) -> None:
        """Stop listening; `sound` remains."""
        end(self._parec)
        self._reader.join(PATIENCE)

    def _until(self, true: Callable[[], bool], seconds: float, what: str) -> None:
        with self._changed:
            met = self._changed.wait_for(lambda: true() or self._ended, seconds)
            if not met or not true():
                raise SoundServerError(f"The loudspeaker was not heard to play {what} in {seconds:.0f} s.")

    def _read(self) -> None:
        pipe = self._parec.stdout
        assert pipe is not None
        with pipe:
            while chunk := os.read(pipe.fileno(), 1 << 16):
                with self._changed:
                    self._heard += chunk
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()


def end(process: subprocess.Popen[Any]) -> None:
    """End one process that we started, kindly if it can be, and wait for it."""
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
