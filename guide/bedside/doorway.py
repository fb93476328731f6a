"""Where the device's socket is: a Unix socket, which leads nowhere but to this machine.

Who may open it is said by the mode of its file, and of its folder.
"""

import errno
import fcntl
import os
import socket
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from guide.errors import GuideError, StorageError
from guide.folders import Folders, private

NAME = "bedside.sock"
SYSTEM = Path("/run/guide") / NAME
"""That of the device of the system."""
OWN, GROUP = 0o600, 0o660
Line: TypeAlias = socket.socket
"""What is open between two."""

_GIVEN = "RUNTIME_DIRECTORY"
_LONGEST_PATH = 107
"""Bytes that the address of a Unix socket has room for."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the socket is, and who may open it."""

    path: Path
    mode: int = OWN

    @classmethod
    def found(cls, folders: Folders, environment: Mapping[str, str] = os.environ) -> "Place":
        """In the folder that systemd made for it, open to its group; else in the state folder, to nobody."""
        if given := environment.get(_GIVEN, "").split(":")[0]:
            return cls(Path(given) / NAME, GROUP)
        return cls(folders.state / NAME)

    @classmethod
    def all(cls, folders: Folders) -> "tuple[Place, ...]":
        """Where somebody looks for a device: their own, then that of the system."""
        return cls(folders.state / NAME), cls(SYSTEM, GROUP)


def connect(path: Path, patience: float) -> Line:
    """The other end. Raises OSError."""
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        line.settimeout(patience)
        with _near(path) as name:
            line.connect(name)
    except BaseException:
        line.close()
        raise
    return line


def listen(place: Place, backlog: int) -> Line:
    """The device's end. Raises GuideError where another device has it, StorageError where it cannot be."""
    folder = place.path.parent
    if place.mode == OWN:
        private(folder)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _alone(folder), _near(place.path) as name:
            _clear(place.path)
            # On Linux the socket's file gets these modes, so that it is never open to more people.
            os.fchmod(listening.fileno(), place.mode)
            listening.bind(name)
            place.path.chmod(place.mode)
            listening.listen(backlog)
    except OSError as error:
        listening.close()
        raise StorageError(
            f"The device cannot listen at {place.path} ({error.strerror or error}). "
            "Give this user the right to write there, or set GUIDE_HOME to another folder."
        ) from error
    except GuideError:
        listening.close()
        raise
    return listening


def _clear(path: Path) -> None:
    """Take away a socket that nobody listens to. Raises GuideError for one that somebody does, OSError."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise FileExistsError(errno.EEXIST, "something else is there", str(path))
        connect(path, 0.0).close()
    except FileNotFoundError:
        return
    except ConnectionRefusedError:
        path.unlink()
        return
    except BlockingIOError:  # so many wait there that nobody more may
        pass
    raise GuideError("A device is already running here. `guide bedside status` says what it does.")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one device at a time look: each of two could take the other's socket for one left behind."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise GuideError("Another device is beginning here just now.") from None
    finally:
        os.close(handle)


@contextmanager
def _near(path: Path) -> Iterator[str]:
    """A name of the socket that an address has room for: by way of its open folder where the path is long."""
    if len(os.fsencode(path)) <= _LONGEST_PATH:
        yield str(path)
        return
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{handle}/{path.name}"
    finally:
        os.close(handle)


def file(path: Path) -> tuple[int, int]:
    """Which file it is, whatever its name becomes. Raises OSError."""
    found = path.lstat()
    return found.st_dev, found.st_ino


def take_away(place: Place, own: tuple[int, int]) -> None:
    """Remove the socket's file, if it is still that one: another device may have its own there by now."""
    with suppress(OSError):
        if file(place.path) == own:
            place.path.unlink()
