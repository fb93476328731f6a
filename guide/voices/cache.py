"""A voice that remembers: each sentence is spoken once, and after that it is a file.

A clip's name is the hash of all that makes its sound, so nothing in the folder ever goes stale. What was not
used for longest is forgotten first; pinned clips never are. Forgetting, a damaged file or a full disk only
cost time. The last of a disk is not for clips: there has to be room for what somebody says.
"""

import contextlib
import hashlib
import io
import json
import os
import shutil
import stat
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np

from guide.duration import RATE
from guide.errors import StorageError
from guide.folders import private, write_whole
from guide.sound import Sound, read
from guide.voices import Voice
from guide.voices.finish import FINISHING, suits

LIMIT = 500_000_000
"""Bytes of clips that are kept, pinned ones not counted."""
_PINNED, _LOOSE = "kept", "clips"
"""The folders of what is never forgotten, and of what may be."""
_ROOM = 0.9
"""How much of the limit is left in use after forgetting, so that it is not done at each new clip."""
_HEAD = 26
"""Bytes at the beginning of a clip's file that tell how long it is."""
_AN_HOUR = 3600
_STEPS = 32768.0
"""Steps of a 16-bit sample from 0 to full scale."""


def free_bytes(folder: Path) -> int:
    """Bytes that this user may still write where the folder is. Raises OSError."""
    return shutil.disk_usage(folder).free


class Cached:
    """Another voice, and a folder of what it said. Safe to use from several threads and processes."""

    def __init__(
        self,
        voice: Voice,
        folder: Path,
        limit: int = LIMIT,
        pinned: Collection[str] = (),
        *,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        """Nothing is read or written yet. `pinned` texts are never forgotten; `limit` is in bytes.

        What is not pinned is not kept where less than one reflection needs would be `free` on the disk.
        """
        self._voice = voice
        self._folder = folder
        self._limit = limit
        self._pinned = frozenset(pinned)
        self._free = free
        self._lock = threading.Lock()
        self._used: int | None = None

    @property
    def identity(self) -> str:
        """That of the voice it remembers."""
        return self._voice.identity

    def gain(self, pace: float, pitch: float) -> float:
        """That of the voice it remembers."""
        return self._voice.gain(pace, pitch)

    def close(self) -> None:
        """End what the voice holds; the clips stay."""
        self._voice.close()

    def speak(self, text: str, pace: float, pitch: float) -> Sound:
        """See Voice. The first time and every later time give the very same samples."""
        path = self._path(text, pace, pitch)
        known = self._recalled(path, text, pace)
        if known is not None:
            return known
        clip = self._voice.speak(text, pace, pitch)
        steps = np.round(np.clip(clip, -1.0, 1.0 - 1.0 / _STEPS) * _STEPS).astype(np.int16)
        if suits(text, len(clip), pace):
            self._keep(path, steps)
        return (steps / np.float32(_STEPS)).astype(np.float32)

    def recall(self, text: str, pace: float, pitch: float) -> int | None:
        """See Voice. Only the head of the clip's file is read."""
        if not any(os.path.isdir(self._folder / folder) for folder in (_PINNED, _LOOSE)):  # noqa: PTH112 - raises nothing
            return None  # nobody needs to be asked who speaks
        name = self._path(text, pace, pitch).name
        for folder in (_PINNED, _LOOSE):
            place = self._folder / folder / name
            count = _frames(place)
            if count is not None and suits(text, count, pace):
                with contextlib.suppress(OSError):
                    _touch(place)  # it is about to be needed: nothing that comes now may take its room
                return count
        return None

    def _path(self, text: str, pace: float, pitch: float) -> Path:
        made_of = json.dumps([self.identity, float(pace), float(pitch), text, FINISHING])
        name = hashlib.sha256(made_of.encode()).hexdigest() + ".flac"
        return self._folder / (_PINNED if text in self._pinned else _LOOSE) / name

    def _recalled(self, path: Path, text: str, pace: float) -> Sound | None:
        """A clip of that name, pinned or loose; None if none can be read and suits its words."""
        for folder in (_PINNED, _LOOSE):
            place = self._folder / folder / path.name
            clip = _read(place)
            if clip is not None and suits(text, len(clip), pace):
                with contextlib.suppress(OSError, StorageError):
                    _touch(place)
                    if path.parent.name == _PINNED != folder:
                        private(path.parent)
                        place.replace(path)
                return clip
        return None

    def _keep(self, path: Path, steps: np.ndarray[tuple[int], np.dtype[np.int16]]) -> None:
        """Write a clip if that can be done; a full or read-only disk only means that it is not remembered."""
        import soundfile

        from guide.takes import ROOM_FOR_ONE

        file = io.BytesIO()
        soundfile.write(file, steps, RATE, format="FLAC", subtype="PCM_16")
        data = file.getvalue()
        try:
            private(path.parent.parent)
            private(path.parent)
            if path.parent.name == _LOOSE:
                if self._free(path.parent) < ROOM_FOR_ONE + len(data):
                    return
                self._make_room(path.parent, len(data))
            write_whole(path, data, durable=False)
        except (OSError, StorageError):
            return

    def _make_room(self, folder: Path, size: int) -> None:
        """Forget what was not used for longest, if so many bytes more would pass the limit."""
        with self._lock:
            if self._used is None or self._used + size > self._limit:
                self._used = _forget(folder, self._limit, size)
            self._used += size


def make_room(folder: Path, wanted: int, *, free: Callable[[Path], int] = free_bytes) -> int:
    """Forget loose clips, those used longest ago first, until `wanted` bytes are free; the bytes they had.

    `folder` is that of a Cached. Pinned clips stay, and whatever else there is. Where so much is free
    already, or nothing can be removed, nothing happens. Raises nothing.
    """
    try:
        lacking = wanted - free(folder)
        clips = _by_age(folder / _LOOSE) if lacking > 0 else []
    except OSError:
        return 0
    gone = 0
    for _, size, path in clips:
        # Counted and not asked for: some file systems take their time to tell what is free.
        if gone >= lacking:
            break
        with contextlib.suppress(OSError):
            path.unlink()
            gone += size
    return gone


class Gains:
    """Measured gains of voices, kept as small files by the hash of their names."""

    def __init__(self, folder: Path) -> None:
        """The folder is made when there is something to keep."""
        self._folder = folder

    def get(self, name: str) -> float | None:
        """The gain in dB, None if it is not known or makes no sense."""
        try:
            gain = float(self._path(name).read_text("ascii"))
        except (OSError, ValueError):
            return None
        return gain if abs(gain) < 60 else None

    def put(self, name: str, gain: float) -> None:
        """Keep it; where that cannot be done it is measured again another time."""
        with contextlib.suppress(OSError, StorageError):
            private(self._folder)
            write_whole(self._path(name), f"{gain}\n".encode("ascii"), durable=False)

    def _path(self, name: str) -> Path:
        return self._folder / (hashlib.sha256(name.encode()).hexdigest() + ".gain")


def _read(path: Path) -> Sound | None:
    try:
        clip = read(path) if path.is_file() else None
    except (OSError, StorageError):
        return None
    return clip if clip is not None and clip.ndim == 1 else None


def _frames(path: Path) -> int | None:
    """Frames of a clip by the head of its file (FLAC's STREAMINFO, RFC 9639, 8.2); None if it is not one."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return None
    if len(head) < _HEAD or head[:4] != b"fLaC" or int.from_bytes(head[18:21]) >> 4 != RATE:
        return None
    return int.from_bytes(head[21:26]) & (1 << 36) - 1


def _touch(path: Path) -> None:
    """Note that it was used; once in an hour is enough, and spares a card the writing."""
    if time.time() - path.stat().st_mtime > _AN_HOUR:
        os.utime(path)


def _by_age(folder: Path) -> list[tuple[int, int, Path]]:
    """The files of a folder: when they were used, their bytes, and where; used longest ago first. OSError."""
    clips = []
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            about = path.lstat()
            if stat.S_ISREG(about.st_mode):
                clips.append((about.st_mtime_ns, about.st_size, path))
    return sorted(clips)


def _forget(folder: Path, limit: int, size: int) -> int:
    """Remove the clips used longest ago until there is room; returns the bytes that are still in use."""
    clips = _by_age(folder)
    used = sum(bytes_ for _, bytes_, _ in clips)
    if used + size <= limit:
        return used
    for _, bytes_, path in clips:
        if used + size <= limit * _ROOM:
            break
        with contextlib.suppress(OSError):
            path.unlink()
            used -= bytes_
    return used
