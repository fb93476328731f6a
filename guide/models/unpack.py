"""What is taken out of a package: named members alone, each of the size and the content it must have.

Nothing is written but under the names that the catalogue gives. A package in which anything wants to lie
outside of its folder, or is a link or a device, is refused whole.
"""

import gzip
import hashlib
import io
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, TypeAlias, cast

from guide.errors import GuideError
from guide.models.catalogue import Archive, Member, Package
from guide.models.tokens import tokens

_MOST_TIMES = 50
"""How many times larger than itself a package may be unpacked; real ones do not reach 5."""
_PADDING = 1 << 20
"""Bytes more, since an archive has its own least size."""
_CHUNK = 1 << 20
_DAMAGED = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError)
_Contents: TypeAlias = Iterator[tuple[str, IO[bytes]]]


class PackageError(GuideError):
    """A package holds something else than it should."""


def unpack(package: Package, source: IO[bytes], folder: Path) -> None:
    """Write the files of a package into a folder, synced and 0600, each compared with the catalogue.

    Raises PackageError for a package that holds something else, and OSError where it cannot be written.
    """
    wanted = {member.path: member for member in package.members}
    most = package.size * _MOST_TIMES + _PADDING
    try:
        for path, inside in _READERS[package.archive](source, most, wanted.keys()):
            if (member := wanted.pop(path, None)) is None:
                raise ValueError(f"{path} is in it twice")
            _write(member, inside, folder)
    except (*_DAMAGED, gzip.BadGzipFile) as error:
        raise PackageError(
            f"{package.file} cannot be unpacked ({error or type(error).__name__}). Nothing was installed."
        ) from error
    if wanted:
        raise PackageError(f"{package.file} lacks {min(wanted)}. Nothing was installed.")


def digest(source: IO[bytes]) -> str:
    """The SHA-256 of what is left of a file."""
    return hashlib.file_digest(source, "sha256").hexdigest()  # type: ignore[arg-type]  # any binary file does


def _write(member: Member, inside: IO[bytes], folder: Path) -> None:
    chunks = _exactly(inside, member.size)
    if member.turn == "tokens":
        chunks = iter([tokens(b"".join(chunks))])
    total = hashlib.sha256()
    handle = os.open(folder / member.kept.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
    with os.fdopen(handle, "wb") as file:
        for chunk in chunks:
            total.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if total.hexdigest() != member.kept.sha256:
        raise ValueError(f"{member.path} is not what it should be")


_BINARY = getattr(os, "O_BINARY", 0)


def _exactly(inside: IO[bytes], size: int) -> Iterator[bytes]:
    while size and (chunk := inside.read(min(size, _CHUNK))):
        size -= len(chunk)
        yield chunk
    if size or inside.read(1):
        raise ValueError("a part of it is longer or shorter than it should be")


def _in_zip(source: IO[bytes], most: int, wanted: Collection[str]) -> _Contents:
    with zipfile.ZipFile(source) as archive:
        members = archive.infolist()
        if sum(member.file_size for member in members) > most:
            raise ValueError("it is far larger than it says")
        for member in members:
            kind = stat.S_IFMT(member.external_attr >> 16)
            _harmless(member.orig_filename, plain=kind in (0, stat.S_IFREG, stat.S_IFDIR))
        for member in members:
            if member.filename in wanted:
                with archive.open(member) as inside:
                    yield member.filename, inside


def _in_tar(source: IO[bytes], most: int, wanted: Collection[str]) -> _Contents:
    # As a stream, and never more of it than `most`: a header of some kinds is read whole into memory.
    with (
        gzip.GzipFile(fileobj=source) as plain,
        tarfile.open(fileobj=cast("IO[bytes]", _AtMost(plain, most)), mode="r|") as archive,
    ):
        for member in archive:
            _harmless(member.name, plain=member.isreg() or member.isdir())
            if member.name in wanted and (inside := archive.extractfile(member)):
                yield member.name, inside


_READERS: dict[Archive, Callable[[IO[bytes], int, Collection[str]], _Contents]] = {
    "zip": _in_zip,
    "tar.gz": _in_tar,
}


class _AtMost(io.RawIOBase):
    """A stream that refuses to give more than so many bytes."""

    def __init__(self, source: gzip.GzipFile, most: int) -> None:
        self._source, self._left = source, most

    def read(self, size: int = -1, /) -> bytes:
        if size < 0 or size > self._left:
            size = self._left + 1
        data = self._source.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise ValueError("it is far larger than it says")
        return data


def _harmless(name: str, *, plain: bool) -> None:
    """All of a package are plain files and folders that lie inside of it. Raises ValueError."""
    path = PurePosixPath(name)
    if not plain:
        raise ValueError(f"{name} is a link or a device")
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name:
        raise ValueError(f"{name} would lie outside of its folder")
