"""What is in force: the last good `bedside.yaml` and `config.yaml`, taken up anew as somebody saves them."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

from guide.bedside import reading
from guide.bedside.setting import Setting
from guide.config import Config
from guide.errors import GuideError, StorageError
from guide.folders import Folders, private, write_whole
from guide.library import Library
from guide.settings import content

T = TypeVar("T")
_Parse: TypeAlias = Callable[[bytes], tuple[T | None, tuple[str, ...]]]
_Seen: TypeAlias = tuple[tuple[int, ...], ...]

_EMPTY = "the file is empty, as after a power cut; write it again, or take it away for what comes by itself"


@dataclass(frozen=True, slots=True)
class InForce:
    """What the device goes by, as one value: nobody sees half of a change."""

    setting: Setting
    config: Config
    problems: tuple[str, ...] = ()
    """What is wrong in the files as they are now, a sentence each. What a wrong file says is not in force."""


class Settings:
    """The two files of the person, looked at again and again, by one thread; `now` may be read by any.

    A file is taken up whole or not at all: of one that is wrong the last good one stays in force, over a
    restart too, from its copy in the state folder. Where there never was one, the defaults are.
    """

    def __init__(self, folders: Folders, library: Library) -> None:
        """Reads both. Raises nothing for what they hold or are."""
        kept = folders.state / "last-good"

        def bedside(data: bytes) -> tuple[Setting | None, tuple[str, ...]]:
            return reading.parse(data, reading.NAME, library)

        def as_it_was(data: bytes) -> tuple[Setting | None, tuple[str, ...]]:
            # A session that was taken away since then takes the rest of the setting with it for nobody.
            return reading.parse(data, reading.NAME, None)

        self._bedside = _File(folders.config / reading.NAME, kept, Setting(), bedside, as_it_was)
        self._config = _File(folders.config / "config.yaml", kept, Config(), _config, _config)
        self._watched = (self._bedside.path, self._config.path, library.own)
        self._taken = self._before = self._glance()
        self.now = self._take(self._bedside.content(), self._config.content())
        """What is in force."""

    def look(self) -> bool:
        """Whether something is other than it was: taken up, newly wrong, or mended. Cheap while nothing is.

        A change is taken up at the second look that finds it as it is, so that no half of a file is read
        that is just being saved.
        """
        seen, before = self._glance(), self._before
        self._before = seen
        if self._taken == seen or seen != before:
            return False
        found = self._bedside.content(), self._config.content()
        if self._glance() != seen:
            return False
        self._taken = seen
        was, self.now = self.now, self._take(*found)
        return self.now != was

    def _take(self, bedside: "_Content", config: "_Content") -> InForce:
        told = (*self._bedside.take(bedside), *self._config.take(config))
        return InForce(self._bedside.good, self._config.good, told)

    def _glance(self) -> _Seen:
        """What tells one state of the files from another, and of the person's own sessions."""
        return tuple(map(_about, self._watched))


_Content: TypeAlias = bytes | GuideError | None
"""What a file holds, None where there is none, or why it cannot be read."""


class _File(Generic[T]):
    """One of the files, and what of it is in force."""

    def __init__(self, path: Path, kept: Path, default: T, parse: _Parse[T], as_it_was: _Parse[T]) -> None:
        self.path = path
        self._kept = kept / path.name
        self._parse = parse
        self._last = b""
        """The text of the last good one, as it is kept."""
        self.good = default
        with contextlib.suppress(GuideError):
            self._last = content(self._kept) or b""
            self.good = as_it_was(self._last)[0] or default

    def content(self) -> _Content:
        try:
            return content(self.path)
        except GuideError as error:
            return error

    def take(self, found: _Content) -> tuple[str, ...]:
        """Let a content be in force if it is good; what is wrong with it."""
        if isinstance(found, GuideError):
            return (str(found),)
        if found is not None and self._last and not found.strip(b"\0 \t\r\n"):
            return (f"{self.path.name}:1:1: {_EMPTY}",)
        good, problems = self._parse(found or b"")
        if good is None:
            return problems
        self.good = good
        self._keep(found or b"")
        return ()

    def _keep(self, data: bytes) -> None:
        if data == self._last:
            return
        # What cannot be kept is in force all the same, and a full disk has a sentence of its own.
        with contextlib.suppress(StorageError, OSError):
            if data:
                write_whole(private(self._kept.parent) / self._kept.name, data)
            else:
                self._kept.unlink(missing_ok=True)
            self._last = data


def _config(data: bytes) -> tuple[Config | None, tuple[str, ...]]:
    try:
        return Config.parse(data, Path("config.yaml")), ()
    except GuideError as error:
        return None, tuple(str(error).splitlines())


def _about(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError as error:
        return (error.errno or 0,)
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
