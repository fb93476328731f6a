"""Sealing to a public key, in the age format (age-encryption.org/v1): who can write need not be able to read.

Any other program that knows age opens what was sealed here. Sealing needs the extra `seal` (pyrage).
"""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias

from guide.errors import GuideError
from guide.folders import installing

Stream: TypeAlias = IO[bytes] | io.RawIOBase

CHUNK = 1 << 16
"""Bytes that are sealed at a time; a file that was cut off can be opened to its last whole chunk."""
TAG = 16
"""Bytes that a chunk is longer by when it is sealed, and of the nonce before the first."""
LOST = "A lost key is lost data."

_MOST_HEADER = 1 << 16
_MOST_KEY_FILE = 1 << 16
_ARMOR = b"-----BEGIN AGE ENCRYPTED FILE-----"
_MAGIC = b"age-encryption.org/v1"


class SealedError(GuideError):
    """Something is sealed, and was not opened: no key, another key, or what is sealed is damaged."""


class AnotherKeyError(SealedError):
    """It was sealed to other keys than these."""


@dataclass(frozen=True, slots=True)
class Lock:
    """Public keys; what is sealed with them is opened by any one of theirs."""

    recipients: tuple[str, ...]
    _keys: tuple[Any, ...]

    def seal(self, data: bytes) -> bytes:
        """The data, sealed."""
        sealed: bytes = _pyrage().encrypt(data, list(self._keys))
        return sealed

    def pour(self, source: Stream, target: Stream) -> None:
        """Seal all that a source gives, chunk by chunk, into a target. Raises SealedError where one fails."""
        pyrage = _pyrage()
        try:
            pyrage.encrypt_io(source, target, list(self._keys))
        except (pyrage.EncryptError, OSError) as error:
            raise SealedError(f"It could not be sealed ({error}).") from error


@dataclass(frozen=True, slots=True)
class Key:
    """Secret keys, one or several."""

    recipients: tuple[str, ...]
    """Their public ones."""
    _keys: tuple[Any, ...]

    def open(self, sealed: bytes) -> bytes:
        """What was sealed. Raises SealedError where it was sealed to another key, or is damaged."""
        pyrage = _pyrage()
        try:
            data: bytes = pyrage.decrypt(sealed, list(self._keys))
        except (pyrage.DecryptError, OSError) as error:
            raise _closed(error) from error
        return data

    def pour(self, source: Stream, target: Stream) -> bool:
        """Open a source into a target; False where only the chunks before a missing or damaged one came.

        Raises SealedError where it was sealed to another key, and what source and target raise.
        """
        pyrage = _pyrage()
        try:
            pyrage.decrypt_io(source, target, list(self._keys))
        except pyrage.DecryptError as error:
            raise _closed(error) from error
        except OSError as error:
            if error.errno is not None:
                raise
            return False  # age tells a damaged chunk from a missing one by nothing, too
        return True


def lock(recipients: Iterable[str]) -> Lock:
    """Public keys, `age1…`. Raises GuideError where one is none, or where the extra is missing."""
    keys = {str(one): one for one in (_recipient(text.strip()) for text in recipients)}
    return Lock(tuple(keys), tuple(keys.values()))


def fresh() -> str:
    """A new secret key, as it is written down: `AGE-SECRET-KEY-1…`."""
    return str(_pyrage().x25519.Identity.generate())


def key(text: str) -> Key:
    """Secret keys in the text of an identity file: one a line, `#` begins a comment. Raises GuideError."""
    pyrage = _pyrage()
    found = []
    lines = (line.strip() for line in text.splitlines())
    for line in (one for one in lines if one and not one.startswith("#")):
        try:
            found.append(pyrage.x25519.Identity.from_str(line))
        except pyrage.IdentityError as error:
            raise GuideError(
                "There is a line that is no key in it. A key is a line that begins with AGE-SECRET-KEY-1."
            ) from error
    if not found:
        raise GuideError("There is no key in it. A key is a line that begins with AGE-SECRET-KEY-1.")
    return Key(tuple(str(one.to_public()) for one in found), tuple(found))


def key_in(path: Path, passphrase: Callable[[], str]) -> Key:
    """The keys of an identity file; one that a passphrase protects asks for it. Raises GuideError."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_KEY_FILE + 1)
    except OSError as error:
        raise GuideError(f"The key {path} cannot be read ({error.strerror or error}).") from error
    if len(data) > _MOST_KEY_FILE:
        raise GuideError(f"{path} is no key: it is larger than {_MOST_KEY_FILE >> 10} KiB.")
    if data.startswith((_MAGIC, _ARMOR)):
        data = _unwrapped(data, path, passphrase())
    try:
        return key(data.decode("ascii"))
    except UnicodeDecodeError as error:
        raise GuideError(f"{path} is no key: there are other things than letters in it.") from error
    except GuideError as error:
        raise GuideError(f"{path}: {error}") from error


def protected(text: str, passphrase: str) -> bytes:
    """The text of an identity file, sealed with a passphrase (scrypt), as `age -p` does it."""
    sealed: bytes = _pyrage().passphrase.encrypt(text.encode(), passphrase)
    return sealed


def header_size(source: Stream) -> int | None:
    """Bytes of a sealed file before its first chunk; None where it is no sealed file. Needs no key."""
    head = source.read(_MOST_HEADER) or b""
    if not head.startswith(_MAGIC):
        return None
    mac = head.find(b"\n--- ")
    end = head.find(b"\n", mac + 1)
    return end + 1 + TAG if 0 <= mac < end else None


def whole_bytes(size: int, header: int) -> int:
    """Bytes that can be opened of a file of `size` that was cut off: those of its whole chunks."""
    return max(0, size - header) // (CHUNK + TAG) * CHUNK


def all_bytes(size: int, header: int) -> int:
    """Bytes that are sealed in a whole file of `size`."""
    held = max(0, size - header)
    return max(0, held - -(-held // (CHUNK + TAG)) * TAG)


def _unwrapped(data: bytes, path: Path, passphrase: str) -> bytes:
    pyrage = _pyrage()
    try:
        opened: bytes = pyrage.passphrase.decrypt(data, passphrase)
    except (pyrage.DecryptError, OSError, UnicodeError) as error:
        raise GuideError(f"{path} was not opened: this is not its passphrase, or it is damaged.") from error
    return opened


def _recipient(text: str) -> Any:
    pyrage = _pyrage()
    if text.upper().startswith("AGE-SECRET-KEY-"):
        raise GuideError(
            "That is a secret key. What a journal is sealed to is the public one: age1 and more letters."
        )
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise GuideError(
            f"{text[:80]!a} is no public key. One begins with age1 and has 62 letters; "
            "`guide journal seal --new-key` makes a pair."
        ) from error


def _closed(error: Exception) -> SealedError:
    if "matching keys" in str(error).lower():
        return AnotherKeyError("It was sealed to another key, and this one does not open it.")
    return SealedError("It is sealed and could not be opened: this is not its key, or it is damaged.")


def _pyrage() -> Any:
    try:
        import pyrage
    except ImportError as error:
        raise SealedError(
            f"Sealing needs what is not installed here. Install it: {installing('seal')}"
        ) from error
    return pyrage


class Reader(io.RawIOBase):
    """A source made of a function that gives the next bytes, waiting for them, and b"" at the end."""

    def __init__(self, take: Callable[[], bytes]) -> None:
        self._take = take
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._left = self._left or self._take()
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


class Writer(io.RawIOBase):
    """A target made of a function that takes bytes."""

    def __init__(self, give: Callable[[bytes], None]) -> None:
        self._give = give

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._give(bytes(data))
        return len(data)
