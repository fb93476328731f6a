"""Takes that nobody finished: repaired, and made whole at the next start."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from guide import duration
from guide.errors import StorageError
from guide.takes.flac import forget, make_flac
from guide.takes.wav import FLAGS, hold, repair_open, same_file


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What was made of a take that nobody finished."""

    part: Path
    """The WAV it was; gone now."""
    flac: Path | None
    """The FLAC it is now; None when not one frame had reached the file."""
    frames: int
    """Its length in frames at RATE."""


def repair(part: Path) -> int:
    """Make the header of an unfinished take say what its file holds; the number of frames.

    Half a frame at the end is dropped. The time of its last change stays, since that is when it was spoken.
    Raises StorageError.
    """
    try:
        handle = os.open(part, FLAGS)
        try:
            return repair_open(handle, part)
        finally:
            os.close(handle)
    except OSError as error:
        raise kept_as_it_is(part, None, error) from error


def recover(folder: Path) -> list[Salvaged]:
    """Make whole every take in a folder that nobody is recording any more, oldest name first.

    Raises StorageError at the first that cannot be; nothing is lost by that.
    """
    return [one for part in sorted(folder.glob("*.part")) if (one := salvage(part)) is not None]


def salvage(part: Path, tags: Mapping[str, str] | None = None) -> Salvaged | None:
    """Make one unfinished take whole, or None when it is being recorded, or was finished meanwhile.

    Raises StorageError; then the take is as it was.
    """
    frames = None
    try:
        with abandoned(part) as handle:
            if handle is None:
                return None
            frames = repair_open(handle, part)
            flac = make_flac(part, tags or {}) if frames else None
            forget(part)
    except OSError as error:
        raise kept_as_it_is(part, frames, error) from error
    return Salvaged(part, flac, frames)


@contextmanager
def abandoned(part: Path) -> Iterator[int | None]:
    """The open file of a take that nobody records any more, locked; None for any other. Raises OSError."""
    try:
        handle = os.open(part, FLAGS)
    except FileNotFoundError:
        yield None
        return
    try:
        yield handle if hold(handle) and same_file(handle, part) else None
    finally:
        os.close(handle)


def living(part: Path) -> bool:
    """Whether somebody is recording this take now, or making it whole. Raises StorageError."""
    try:
        handle = os.open(part, FLAGS)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise kept_as_it_is(part, None, error) from error
    try:
        return not hold(handle)
    finally:
        os.close(handle)


def kept_as_it_is(part: Path, frames: int | None, error: OSError) -> StorageError:
    """The sentence for a take that stays as it is for now; `frames` are in it, None where nobody looked."""
    if frames == 0:
        return StorageError(
            f"The recording could not be finished ({error.strerror or error}), "
            "and nothing of it is on the disk."
        )
    length = f"{duration.clock(frames)} of it is" if frames else "It is"
    return StorageError(
        f"The recording could not be finished ({error.strerror or error}). {length} safe in {part}, "
        "and becomes an entry when guide starts with enough room and the right to write there."
    )
