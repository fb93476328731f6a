"""A file system that is changed by root: below some folders, somebody else may have put anything.

No link that the device's user may have laid is followed, and nothing is left half written.
"""

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from guide.errors import GuideError


@dataclass(frozen=True, slots=True)
class Owner:
    """Who a file is given to, by numbers."""

    uid: int = 0
    gid: int = 0


@dataclass(frozen=True, slots=True)
class Ground:
    """The files of a machine, by the names that they have there; its root may be a folder of this one."""

    root: Path

    def at(self, name: str) -> Path:
        """Where it is here; the last part may be a link, which nobody should follow.

        Raises GuideError where a link on the way leads out of the root.
        """
        path = self.root / name.lstrip("/")
        if not path.parent.resolve().is_relative_to(self.root.resolve()):
            raise GuideError(f"{path.parent} leads out of {self.root}: put a folder in its place.")
        return path

    def text(self, name: str) -> str:
        """What a file says; nothing where there is none."""
        try:
            return self.at(name).read_text("utf-8", errors="replace")
        except (FileNotFoundError, NotADirectoryError):
            return ""

    def seen(self, name: str) -> os.stat_result | None:
        """What is there, a link as a link; None for nothing."""
        try:
            return self.at(name).lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def write(self, name: str, data: bytes, mode: int, owner: Owner) -> None:
        """Put a file there so that it is there whole or not at all."""
        path = self.at(name)
        with self._folder_of(path) as folder:
            temporary = f".{path.name}.new"
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)
            how = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            with os.fdopen(os.open(temporary, how, 0o600, dir_fd=folder), "wb") as file:
                file.write(data)
                os.fchown(file.fileno(), owner.uid, owner.gid)
                os.fchmod(file.fileno(), mode)
                file.flush()
                os.fsync(file.fileno())
            os.rename(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder)
            os.fsync(folder)

    def link(self, name: str, target: str) -> None:
        """Put a symbolic link there, in the place of whatever file had its name."""
        path = self.at(name)
        with self._folder_of(path) as folder:
            temporary = f".{path.name}.new"
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)
            os.symlink(target, temporary, dir_fd=folder)
            os.rename(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder)
            os.fsync(folder)

    def folder(self, name: str, mode: int, owner: Owner) -> None:
        """Make a folder, or make it of that mode and owner."""
        path = self.at(name)
        with self._folder_of(path) as above:
            with contextlib.suppress(FileExistsError):
                os.mkdir(path.name, 0o700, dir_fd=above)
            with _opened(path.name, above) as made:
                os.fchown(made, owner.uid, owner.gid)
                os.fchmod(made, mode)
            os.fsync(above)

    def remove(self, name: str) -> None:
        """Take away a file, a link, or a folder with all that is in it."""
        path = self.at(name)
        with self._folder_of(path) as folder:
            if stat.S_ISDIR(os.stat(path.name, dir_fd=folder, follow_symlinks=False).st_mode):
                shutil.rmtree(path.name, dir_fd=folder)
            else:
                os.unlink(path.name, dir_fd=folder)
            os.fsync(folder)

    def hand(self, name: str, owner: Owner) -> None:
        """Give a folder and all that is in it to somebody: itself last, so that it says when all is done."""
        path = self.at(name)
        with self._folder_of(path) as above, _opened(path.name, above) as top:
            for _where, folders, files, inside in os.fwalk(".", dir_fd=top, follow_symlinks=False):
                for one in (*folders, *files):
                    os.chown(one, owner.uid, owner.gid, dir_fd=inside, follow_symlinks=False)
            os.fchown(top, owner.uid, owner.gid)

    @contextlib.contextmanager
    def _folder_of(self, path: Path) -> Iterator[int]:
        """The folder that holds it, made if it was missing, open."""
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        with _opened(path.parent) as folder:
            yield folder


@contextlib.contextmanager
def _opened(path: Path | str, above: int | None = None) -> Iterator[int]:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=above)
    try:
        yield handle
    finally:
        os.close(handle)
