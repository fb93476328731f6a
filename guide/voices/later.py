"""A voice that is only looked for when it has to speak: what it is made of takes its time to import."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from guide.errors import GuideError
from guide.voices import Voice

if TYPE_CHECKING:
    from guide.sound import Sound


class Later:
    """Another voice, found at its first use. Safe to use from several threads, as that one is."""

    def __init__(self, find: Callable[[], Voice], kept: Path) -> None:
        """`find` may raise NotFoundError or VoiceError, then and not now. In `kept` are all voices' clips."""
        self._find = find
        self._kept = kept
        self._found: Voice | None = None
        self._lock = threading.Lock()

    def soon(self) -> None:
        """Look for it now, on another thread. What fails there fails again, and is told, when it speaks."""
        threading.Thread(target=self._found_early, name="early voice", daemon=True).start()

    def _found_early(self) -> None:
        with suppress(GuideError):
            _ = self.found().identity  # the first time ever this starts a process that can speak

    def found(self) -> Voice:
        """The voice itself. Raises NotFoundError or VoiceError."""
        with self._lock:
            if self._found is None:
                self._found = self._find()
            return self._found

    @property
    def identity(self) -> str:
        """See Voice."""
        return self.found().identity

    def speak(self, text: str, pace: float, pitch: float) -> "Sound":
        """See Voice."""
        return self.found().speak(text, pace, pitch)

    def recall(self, text: str, pace: float, pitch: float) -> int | None:
        """See Voice. Where nothing was ever kept, nobody needs to be looked for."""
        if self._found is None and not os.path.isdir(self._kept):  # noqa: PTH112 - it raises nothing
            return None
        return self.found().recall(text, pace, pitch)

    def gain(self, pace: float, pitch: float) -> float:
        """See Voice."""
        return self.found().gain(pace, pitch)

    def close(self) -> None:
        """See Voice."""
        with self._lock:
            if self._found is not None:
                self._found.close()
