"""Putting a model on the shelf and taking it away: a kill at any moment leaves the old state or the new.

Packages come into `.coming`, their files are gathered in `.new-…`, and one rename makes a model of them.
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias

from guide.errors import NotFoundError, StorageError
from guide.folders import private, sync_folder
from guide.models import Shelf
from guide.models.catalogue import Model, Package
from guide.models.fetch import FetchError, fetch, refuse_offline
from guide.models.unpack import digest, unpack
from guide.takes import free_bytes
from guide.takes.wav import hold

_SPARE = 50_000_000
"""Bytes that stay free for everything else."""
_COMING, _NEW, _OLD = ".coming", ".new-", ".old-"
Heard: TypeAlias = Callable[[int, int], None]
"""Is told how many bytes there are, and of how many."""
Bring: TypeAlias = Callable[[str, int, Path, Callable[[int], None]], None]
"""Fetches so many bytes from an address into a file, as `fetch` does."""


def install(
    shelf: Shelf,
    model: Model,
    sources: Sequence[Path] = (),
    *,
    bring: Bring = fetch,
    heard: Heard = lambda _have, _of: None,
) -> Path:
    """Fetch, check and unpack a model; its folder. With `sources`, files and folders, nothing is fetched.

    What was fetched stays until the model is whole, for another try. Raises GuideError.
    """
    if not sources:
        refuse_offline()
    with _alone(shelf), _told("installed"):
        coming = private(shelf.folder / _COMING)
        given = _among(sources, model.packages) if sources else {}
        _need_room(shelf, model, 0 if sources else model.to_fetch - _there(coming, model))
        packages = given or _fetched(model, coming, bring, heard)
        new = private(shelf.folder / f"{_NEW}{model.folder}")
        for package, path in packages.items():
            with path.open("rb") as source:
                unpack(package, source, new)
        sync_folder(new)
        _put(new, shelf, model)
        _clear(coming)
        return shelf.place(model)


def remove(shelf: Shelf, model: Model) -> None:
    """Take a model away, whichever guide brought it, and what came of it. Raises GuideError."""
    with _alone(shelf), _told("removed"):
        _clear(shelf.folder / _COMING)
        places = _places(shelf, model)
        if not places:
            raise NotFoundError(f"The model {model.name} is not installed.")
        for place in places:
            _away(place)


def _fetched(model: Model, coming: Path, bring: Bring, heard: Heard) -> dict[Package, Path]:
    """Each package and its file, fetched where it is not there and compared."""
    files: dict[Package, Path] = {}
    for package in model.packages:
        path = coming / package.sha256
        before = sum(done.size for done in files)
        bring(package.url, package.size, path, partial(_sum_heard, heard, before, model.to_fetch))
        with path.open("rb") as file:
            good = digest(file) == package.sha256
        if not good:
            path.unlink()
            raise FetchError(
                f"What came as {package.file} is not the file that this guide knows (another checksum). "
                "Nothing was installed, and it was thrown away. Try again."
            )
        files[package] = path
    return files


def _sum_heard(heard: Heard, before: int, of: int, have: int) -> None:
    heard(before + have, of)


def _among(sources: Sequence[Path], packages: Sequence[Package]) -> dict[Package, Path]:
    """Each package and the file of it among the given ones, whatever they are called. Raises StorageError."""
    files = [file for source in sources for file in _files(source)]
    found = {}
    for package in packages:
        for file in files:
            if file.stat().st_size == package.size:
                with file.open("rb") as opened:
                    if digest(opened) == package.sha256:
                        found[package] = file
                        break
        else:
            called = next((file for file in files if file.name == package.file), None)
            raise StorageError(
                f"Nothing was installed: {called} is not the file that this guide knows. Fetch it again."
                if called
                else f"Nothing was installed: {package.file} is not among what --from names. "
                f"It is to be had at {package.url}"
            )
    return found


def _files(source: Path) -> list[Path]:
    if source.is_dir():
        return sorted(path for path in source.iterdir() if path.is_file())
    if source.is_file():
        return [source]
    raise NotFoundError(f"Nothing was installed: there is no file {source}.")


def _there(coming: Path, model: Model) -> int:
    """Bytes that came before."""
    paths = (coming / package.sha256 for package in model.packages)
    return sum(path.stat().st_size for path in paths if path.is_file())


def _need_room(shelf: Shelf, model: Model, to_come: int) -> None:
    needed, free = to_come + model.size + _SPARE, free_bytes(shelf.folder)
    if free < needed:
        raise StorageError(
            f"There is too little room for {model.name}: {free // 1_000_000} MB are free where "
            f"{shelf.folder} is, and {needed // 1_000_000} MB are needed. Free some, and try again."
        )


def _put(new: Path, shelf: Shelf, model: Model) -> None:
    place = shelf.place(model)
    if place.exists():  # it is damaged, or nothing would be installed
        _away(place)
    new.rename(place)
    sync_folder(shelf.folder)
    for other in _places(shelf, model):
        if other != place:
            _away(other)


def _places(shelf: Shelf, model: Model) -> list[Path]:
    """The folders of all that was ever installed under that name."""
    hexadecimal = "[0-9a-f]" * 12
    return [path for path in shelf.folder.glob(f"{model.name}-{hexadecimal}") if path.is_dir()]


def _away(place: Path) -> None:
    """First no name, then no files: what is half removed is never taken for a model."""
    old = place.with_name(f"{_OLD}{place.name}")
    place.rename(old)
    sync_folder(place.parent)
    shutil.rmtree(old)


def _clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _alone(shelf: Shelf) -> Iterator[None]:
    """The shelf for this process alone, without what others were killed over. Raises StorageError."""
    private(shelf.folder)
    try:
        handle = os.open(shelf.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StorageError(f"{shelf.folder} cannot be written ({error.strerror or error}).") from error
    try:
        if not hold(handle):
            raise StorageError(
                "Another guide is installing or removing a model just now. Let it finish first."
            )
        for left in (*shelf.folder.glob(f"{_NEW}*"), *shelf.folder.glob(f"{_OLD}*")):
            _clear(left)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    """What the disk refuses, as a sentence."""
    try:
        yield
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        raise StorageError(
            f"Nothing was {what}: the disk refused{where} ({error.strerror or error})."
        ) from error
