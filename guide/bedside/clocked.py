"""A loudspeaker and a microphone for a fake clock: sound takes its time there, too."""

import threading
from collections.abc import Callable, Iterator

import numpy as np

from guide.bedside.clock import FakeClock
from guide.duration import RATE
from guide.microphone import BLOCK
from guide.sound import Sound


class ClockedSink:
    """A sink that takes everything at once, and lets the clock pass by it. Raises nothing."""

    latency = 0
    drowsy = True

    def __init__(self, clock: FakeClock, heard: Callable[[Sound], None] = lambda _: None) -> None:
        """`heard` gets each block, float32 `(n, 2)`."""
        self._clock = clock
        self._heard = heard
        self._lock = threading.Lock()
        self._closed = False
        clock.hold()

    def write(self, block: Sound) -> None:
        try:
            self._heard(block)
        except BaseException:
            self.close()  # a sink that was lost moves no clock, and holds none
            raise
        self._clock.advance(len(block) / RATE)

    def close(self) -> None:
        with self._lock:
            if not self._closed:
                self._closed = True
                self._clock.release()


class ClockedMicrophone:
    """A microphone that hears a sound, mono `(frames,)`, and then quiet, as the clock passes."""

    def __init__(self, clock: FakeClock, sound: Sound) -> None:
        self.name = "clocked"
        self.notice: str | None = None
        self.overflows = 0
        self._clock = clock
        self._sound = np.asarray(sound, dtype=np.float32)
        self._closing = threading.Event()
        self._begun = 0.0

    def open(self) -> None:
        self._begun = self._clock.elapsed()

    def blocks(self) -> Iterator[Sound]:
        """As `Microphone` has it; blocks of 20 ms."""
        from queue import SimpleQueue

        nothing: SimpleQueue[None] = SimpleQueue()
        at = 0
        while not self._closing.is_set():
            self._clock.wait(nothing, self._begun + (at + BLOCK) / RATE)
            block = self._sound[at : at + BLOCK]
            at += BLOCK
            yield np.pad(block, (0, BLOCK - len(block)))

    def close(self) -> None:
        self._closing.set()
