"""Where the files of a person live; `GUIDE_HOME` puts all of them under one folder."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from guide.errors import StorageError


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of one person. None of them needs to exist yet."""

    config: Path
    """Holds `config.yaml`."""
    data: Path
    """Holds `scripts/`, `journal.db` and `recordings/`."""
    cache: Path
    """Holds clips of spoken sentences; may be emptied at any time."""
    state: Path
    """Holds the volume, the position of an interrupted session, and the lock."""

    @classmethod
    def find(cls) -> "Folders":
        """The folders by `GUIDE_HOME`, or where this system keeps such things.

        Raises StorageError where `GUIDE_HOME` leads nowhere.
        """
        if home := os.environ.get("GUIDE_HOME"):
            root = _absolute(home)
            return cls(root / "config", root / "data", root / "cache", root / "state")
        from platformdirs import PlatformDirs

        dirs = PlatformDirs("guide", appauthor=False)
        return cls(dirs.user_config_path, dirs.user_data_path, dirs.user_cache_path, dirs.user_state_path)

    @classmethod
    def nowhere(cls) -> "Folders":
        """Folders in which nothing is, nor can be made: for when those of the person cannot be found."""
        no = Path(os.devnull)
        return cls(no / "config", no / "data", no / "cache", no / "state")


def shipped() -> Path:
    """The folder of what comes with the program: that of a checkout, or the package as it was installed."""
    package = Path(__file__).resolve().parent
    return package.parent if (package.parent / "pyproject.toml").is_file() else package


def installing(extra: str) -> str:
    """What to type for an extra of this very installation: a clone is asked for it where it lies."""
    import shlex
    import sys

    home = shipped()
    what = f"{home}[{extra}]" if (home / "pyproject.toml").is_file() else f"heart-guide[{extra}]"
    editable = ["-e"] if (home / "pyproject.toml").is_file() else []
    return shlex.join([sys.executable, "-m", "pip", "install", *editable, what])


def _absolute(home: str) -> Path:
    try:
        return Path(home).expanduser().absolute()
    except (OSError, RuntimeError) as error:  # the folder one is in was deleted, or nobody is called so
        reason = getattr(error, "strerror", None) or error
        raise StorageError(
            f"GUIDE_HOME is '{home}', which leads nowhere ({reason}). Set it to a whole path."
        ) from error


def private(folder: Path) -> Path:
    """The same folder, made if it was missing, and open to its owner alone (0700).

    So are the folders on the way to it that have to be made: whoever may write to one of those could put
    another in its place. Raises StorageError where it cannot be made.
    """
    try:
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except FileNotFoundError:
            for way in reversed(folder.parents):
                if not way.exists():
                    way.mkdir(mode=0o700, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise StorageError(
            f"The folder {folder} cannot be used ({error.strerror or error}). "
            "Give this user the right to write there, or set GUIDE_HOME to another folder."
        ) from error
    return folder


def write_whole(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write a file so that it is there whole or not at all: temporary name, sync, rename; mode 0600.

    `durable=False` leaves out the syncs, for what may be lost. Raises StorageError.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        temporary.replace(path)
        if durable:
            sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise StorageError(f"{path} could not be written ({error.strerror or error}).") from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system can."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
