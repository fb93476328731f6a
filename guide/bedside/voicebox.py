"""What the device can say at this moment, as sounds; and the making of it ahead, beside everything else."""

import os
import threading
from collections.abc import Callable, Iterable
from contextlib import closing, suppress

from guide.bedside.mouth import Mouth, Said
from guide.bedside.sayings import Sayings, sayings
from guide.bedside.stock import Stock
from guide.desk import Desk
from guide.errors import GuideError, StorageError

_MAKING = threading.Lock()
"""One speaks at a time, and none removes what another has just made."""


class Voicebox:
    """The device's words in the voice of one desk. Every method returns at once."""

    def __init__(self, desk: Desk, mouth: Mouth) -> None:
        language = desk.config.language or "en"
        name = desk.voice_name(None, language)
        self.words: Sayings = sayings(language, desk.config.lines)
        self._desk = desk
        self._language = language
        self._mouth = mouth
        self._over = threading.Event()
        self._stock = Stock(desk.folders.cache / "bedside", f"{name}\0{language}")

    def sounds(self, texts: Iterable[str]) -> tuple[Said, ...]:
        """Those of the texts that were made."""
        return tuple(said for text in texts if (said := self._stock.sample(text)) is not None)

    def line(self, name: str) -> tuple[Said, ...]:
        """A line of the device by its name, as sounds."""
        return self.sounds(getattr(self.words.lines, name))

    def say(self, texts: Iterable[str]) -> None:
        """Say them, after what is being said; what was not made is left out."""
        if sounds := self.sounds(texts):
            self._mouth.say(sounds)

    def ready(self, texts: tuple[str, ...]) -> None:
        """Bring into memory what has to be sayable without a disk."""
        self._stock.hold(self.words.most_needed)
        self._stock.prune(texts)

    def retire(self) -> None:
        """Another takes its place: what is still being made ahead is left, and nothing is told of it."""
        self._over.set()

    def make(self, texts: tuple[str, ...], told: Callable[[GuideError | None], None]) -> None:
        """Make what is missing, on a thread of its own that lets everything else go first.

        `told` hears, on that thread, of the voice that fails, or None where it does not.
        """

        def work() -> None:
            with suppress(OSError, AttributeError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 15)
            with _MAKING:
                problem = self._made(texts)
                if self._over.is_set():
                    return  # by now other words are wanted, and these would remove them
                self.ready(texts)
            told(problem)

        threading.Thread(target=work, name="sayings", daemon=True).start()

    def _made(self, texts: tuple[str, ...]) -> GuideError | None:
        """Make what is missing; what kept the voice from it."""
        if self._over.is_set():
            return None
        try:
            if missing := self._stock.missing(texts):
                # It keeps what it made itself; the voice's own cache need not have it too.
                with closing(self._desk.forgetful_voice(None, self._language)) as voice:
                    self._stock.make(missing, voice, self._over.is_set)
        except StorageError:
            pass  # it lies in memory; that the disk is full is said anyway
        except GuideError as error:
            return error
        return None
