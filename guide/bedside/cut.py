"""Whether the last session here was cut off: by a crash, a hang, or the power that went."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guide.bedside.timekeeping import boot
from guide.errors import StorageError
from guide.folders import private, write_whole

_NAME = "bedside-session.json"


@dataclass(frozen=True, slots=True)
class Cut:
    """A session that nobody stopped."""

    same_boot: bool
    """Whether the machine has been on since: whoever listened is likely to be there still."""


class Marker:
    """A small file that is there while a session plays: two writes for each, and both are synced."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME

    def set(self) -> None:
        """A session begins. Where it cannot be written, the session matters more."""
        try:
            private(self._path.parent)
            write_whole(self._path, json.dumps({"boot": boot()}).encode())
        except StorageError:
            return

    def clear(self) -> None:
        """It has ended, as it should."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            return

    def found(self) -> Cut | None:
        """What was cut off; None where nothing was."""
        try:
            with self._path.open("rb") as file:
                told: Any = json.loads(file.read(1024))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError):
            told = None  # cut in the middle of this very file
        known = told.get("boot") if isinstance(told, dict) else None
        return Cut(isinstance(known, str) and bool(known) and known == boot())
