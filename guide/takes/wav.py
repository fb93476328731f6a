"""The WAV that a take is written to: its header, its samples, its lock, its repair."""

import errno
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guide.duration import RATE
from guide.folders import sync_folder
from guide.sound import Sound

WIDTH = 2
"""Bytes of one frame: 16-bit, mono."""
FLAGS = os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
"""How every file of a take is opened: never through a link that someone else put there."""

_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
HEADER_SIZE = _HEADER.size
"""Bytes before the first frame."""
_STRETCH = 10 * RATE


def header(frames: int) -> bytes:
    """The 44 bytes before `frames` frames of 16-bit mono PCM at RATE (RIFF/WAVE, format 1)."""
    size = frames * WIDTH
    return _HEADER.pack(
        b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 1, RATE, RATE * WIDTH, WIDTH, 16, b"data", size
    )


def endless() -> bytes:
    """The same header for sound whose end is not known: all that follows is sound, as players take it."""
    return header(0)[:4] + b"\xff" * 4 + header(0)[8:-4] + b"\xff" * 4


def pcm(block: Sound) -> NDArray[np.int16]:
    """16-bit samples `(n,)` of a float block `(n,)` or `(n, 1)`; 1.0 is 32,768, so 16-bit sound stays whole.

    What is not a number becomes silence, what is too loud is held at full scale.
    """
    if block.ndim > 2 or (block.ndim == 2 and block.shape[1] != 1):
        raise ValueError(f"a take is mono; got a block of shape {block.shape}")
    scaled = np.nan_to_num(block.reshape(-1) * 32_768.0, nan=0.0, posinf=32_767.0, neginf=-32_768.0)
    samples: NDArray[np.int16] = np.rint(np.clip(scaled, -32_768, 32_767)).astype("<i2")
    return samples


def create(part: Path, first: bytes) -> int:
    """An open, locked file with its first bytes; it has its name once it is locked, so none finds it free."""
    if part.exists():
        raise FileExistsError(errno.EEXIST, "a recording of that name is already there")
    fresh = part.with_name(f".{part.name}.new")
    handle = os.open(fresh, FLAGS | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        hold(handle)
        os.write(handle, first)
        fresh.rename(part)
        sync_folder(part.parent)
    except OSError:
        os.close(handle)
        fresh.unlink(missing_ok=True)
        raise
    return handle


def hold(handle: int) -> bool:
    """Lock an open file for this process, without waiting; False when another has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(
                handle, 1 << 30, os.SEEK_SET
            )  # past the end: Windows keeps others from reading what is locked
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def same_file(handle: int, path: Path) -> bool:
    """Whether a path still names the file that is open."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def repair_open(handle: int, part: Path) -> int:
    """Make an open WAV's header say what the file holds; the number of frames. Raises OSError.

    The file keeps its time of change.
    """
    before = os.fstat(handle)
    frames = max(0, before.st_size - HEADER_SIZE) // WIDTH
    os.ftruncate(handle, HEADER_SIZE + frames * WIDTH)
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, header(frames))
    os.utime(part, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.fsync(handle)
    return frames


def samples(part: Path) -> Iterator[NDArray[np.int16]]:
    """The frames of a WAV of ours, in stretches of some seconds."""
    with part.open("rb") as file:
        file.seek(HEADER_SIZE)
        while data := file.read(_STRETCH * WIDTH):
            yield np.frombuffer(data[: len(data) // WIDTH * WIDTH], dtype="<i2")
