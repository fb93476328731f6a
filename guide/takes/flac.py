"""A whole take as FLAC: made, decoded again, compared, and only then given its name."""

import contextlib
import errno
import os
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guide.duration import RATE
from guide.folders import sync_folder
from guide.takes.wav import FLAGS, samples


def make_flac(part: Path, tags: Mapping[str, str]) -> Path:
    """The FLAC beside a whole WAV that has frames: written under another name, compared, synced, renamed.

    `tags` are soundfile's (title, comment, date). It bears the WAV's time of change. Raises OSError.
    """
    flac = part.with_suffix(".flac")
    if flac.exists():
        if _equal(part, flac):
            return flac  # the last try ended between the naming of the FLAC and the removal of the WAV
        flac = _unused(flac)
    temporary = flac.with_name(f".{flac.name}.tmp")
    spoken = part.stat().st_mtime_ns
    try:
        _encode(part, temporary, tags)
        _insist_equal(part, temporary)
        os.utime(temporary, ns=(spoken, spoken))
        temporary.rename(flac)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(flac.parent)
    return flac


def encode(stretches: Iterable[NDArray[np.int16]], target: int | BytesIO, tags: Mapping[str, str]) -> None:
    """Write mono stretches `(n,)` at RATE as FLAC into an open file, by its number, or into memory.

    A tag that FLAC cannot hold is left out. Raises what soundfile does.
    """
    import soundfile

    with soundfile.SoundFile(
        target, "w", samplerate=RATE, channels=1, format="FLAC", subtype="PCM_16", closefd=False
    ) as out:
        for key, value in tags.items():
            with contextlib.suppress(soundfile.LibsndfileError):  # what was said is kept without it then
                setattr(out, key, value)
        for stretch in stretches:
            out.write(stretch)


def _encode(part: Path, path: Path, tags: Mapping[str, str]) -> None:
    import soundfile

    path.unlink(missing_ok=True)
    handle = os.open(path, FLAGS | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        # By number, not as a file object: soundfile would call back into Python, and such callbacks die where
        # the system forbids memory that is both writable and executable.
        encode(samples(part), handle, tags)
        os.fsync(handle)
    except (soundfile.LibsndfileError, soundfile.SoundFileRuntimeError) as error:
        raise OSError(errno.EIO, str(error)) from error
    finally:
        os.close(handle)


def _insist_equal(part: Path, flac: Path) -> None:
    if not _equal(part, flac):
        raise OSError(errno.EIO, "the FLAC is not the same as what was recorded")


def _equal(part: Path, flac: Path) -> bool:
    """Whether a FLAC holds the very samples of a WAV."""
    import soundfile

    try:
        with soundfile.SoundFile(os.fspath(flac)) as file:
            same = file.samplerate == RATE and file.channels == 1
            for stretch in samples(part):
                same = same and np.array_equal(stretch, file.read(len(stretch), dtype="int16"))
            return same and not len(file.read(1, dtype="int16"))
    except soundfile.SoundFileRuntimeError:
        return False


def _unused(path: Path) -> Path:
    number = 2
    while (other := path.with_stem(f"{path.stem}-{number}")).exists():
        number += 1
    return other


def forget(part: Path) -> None:
    """Remove a WAV whose FLAC is whole, durably. Raises OSError."""
    part.unlink(missing_ok=True)
    sync_folder(part.parent)
