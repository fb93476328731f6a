"""Who speaks, known again without asking: to start a process only for a name costs a small board a second."""

import contextlib
import hashlib
import importlib.util
import os
import sys
from pathlib import Path

from guide.errors import StorageError
from guide.folders import private, write_whole
from guide.voices.setting import TABLE

_LIBRARIES = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib")
"""Where Linux systems keep espeak-ng; it may be one folder down, by the name of the machine's kind."""
_FILES = ("libespeak-ng.so.1", "espeak-ng-data")
_MODULES = ("pyttsx3", "espeakng_loader")
_VARIABLES = ("LD_LIBRARY_PATH", "ESPEAK_DATA_PATH")
_LONGEST = 500


class Identities:
    """Identities of voices as small files, each good for as long as what speaks is the same."""

    def __init__(self, folder: Path) -> None:
        """The folder is made when there is something to keep."""
        self._folder = folder

    def get(self, voice: str, library: str) -> str:
        """The identity of a voice with one of `espeak.LIBRARIES`; nothing if it is not known for sure."""
        try:
            return self._path(voice, library).read_text("utf-8")[:_LONGEST]
        except (OSError, ValueError):
            return ""

    def put(self, voice: str, library: str, identity: str) -> None:
        """Keep it; where that cannot be done it is asked for again another time."""
        with contextlib.suppress(OSError, StorageError):
            private(self._folder)
            write_whole(self._path(voice, library), identity.encode(), durable=False)

    def _path(self, voice: str, library: str) -> Path:
        asked = [voice, library, TABLE, *map(os.environ.get, _VARIABLES)]
        made_of = repr([*asked, *_speaking()])
        return self._folder / (hashlib.sha256(made_of.encode("utf-8", "replace")).hexdigest() + ".who")


def _speaking() -> list[tuple[str, int, int]]:
    """Every file that a voice could be made of, with its time and size: an upgrade changes them."""
    return [(sys.platform, 0, 0), *(seen for path in _candidates() if (seen := _seen(path)))]


def _candidates() -> list[Path]:
    modules = [spec.origin for name in _MODULES if (spec := importlib.util.find_spec(name)) and spec.origin]
    found = [Path(origin) for origin in modules]
    found += [path for origin in modules for path in sorted(Path(origin).parent.glob("*espeak*"))]
    for folder in map(Path, _LIBRARIES):
        for name in _FILES:
            found += [folder / name, *sorted(folder.glob(f"*-linux-*/{name}"))]
    return found


def _seen(path: Path) -> tuple[str, int, int] | None:
    try:
        real = path.resolve(strict=True)
        about = real.stat()
    except OSError:
        return None
    return str(real), about.st_mtime_ns, about.st_size
