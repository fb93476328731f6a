"""A voice that takes its time, by the clock of a tape: how slow it is, and how long, is set."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from zlib import crc32

import numpy as np
from meditations import Thumb

from guide.duration import frames
from guide.errors import VoiceError
from guide.sound import Sound, faded

_PATIENCE = 20.0
_LOOKS = 50


class Slow:
    """A voice that needs `factor` times the length of a sentence to say it, one sentence at a time."""

    identity = "slow"

    def __init__(self, factor: float, length: Callable[[str], int]) -> None:
        """`length` gives the frames of a text. With no tape attached it takes no time."""
        self.factor = factor
        self.length = length
        self.said: list[str] = []
        self.fails: dict[str, int] = {}
        """How often a text cannot be spoken before it can."""
        self.stumbled = False
        self.tape: Hourglass | None = None
        self._waiting: list[object] = []
        self._turn = threading.Condition()

    def speak(self, text: str, _pace: float, _pitch: float) -> Sound:
        with self._in_order():
            if self.tape is not None:
                self.tape.pass_by(text, self.work(text))
            if self.fails.get(text, 0):
                self.fails[text] -= 1
                self.stumbled = True
                raise VoiceError(f"The voice could not speak “{text}”.")
            self.said.append(text)
            noise = np.random.default_rng(crc32(text.encode())).uniform(-0.1, 0.1, self.length(text))
            return faded(noise.astype(np.float32), frames(0.01), frames(0.01))

    def work(self, text: str) -> int:
        """Frames that it needs to say a text."""
        return round(self.factor * self.length(text))

    @contextmanager
    def _in_order(self) -> Iterator[None]:
        """One at a time, and who came first is served first."""
        me = object()
        with self._turn:
            self._waiting.append(me)
            assert self._turn.wait_for(lambda: self._waiting[0] is me, _PATIENCE)
        try:
            yield
        finally:
            with self._turn:
                self._waiting.remove(me)
                self._turn.notify_all()

    def recall(self, _text: str, _pace: float, _pitch: float) -> int | None:
        return None

    def gain(self, _pace: float, _pitch: float) -> float:
        return 0.0

    def close(self) -> None:
        """Nothing to end."""


class Hourglass(Thumb):
    """A tape whose frames are the time in which a voice speaks; it waits for what is due."""

    def __init__(self, busy: Callable[[], bool], settled: Callable[[], bool], **more: object) -> None:
        """`busy`: whether somebody still speaks, or is about to. `settled`: what was said has been taken."""
        super().__init__(**more)  # type: ignore[arg-type]
        self._busy = busy
        self._settled = settled
        self._frames = 0
        self._due: int | None = None
        self._changed = threading.Condition()
        self.over = False

    def write(self, block: Sound) -> None:
        super().write(block)
        with self._changed:
            self._frames += len(block)
            self._changed.notify_all()
            # Looks again and again: nobody tells of the end of a thread, or of what was given up.
            for _ in range(_LOOKS):
                if not self._busy() or (self._due and self._due > self._frames and self._settled()):
                    break
                self._changed.wait(0.01)

    def pass_by(self, text: str, count: int) -> None:
        """Wait until so many more frames were written."""
        with self._changed:
            self._due = self._frames + count
            self._changed.notify_all()
            due = self._due
            met = self._changed.wait_for(lambda: self._frames >= due or self.over, _PATIENCE)
            assert met, f"nobody waited for “{text}”"
            self._due = None
            self._changed.notify_all()

    def let_go(self) -> None:
        """The session is over: whoever still waits need not."""
        with self._changed:
            self.over = True
            self._changed.notify_all()
