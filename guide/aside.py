"""Short sounds now and then on an open loudspeaker, and quiet in between: questions, tones, a line."""

import threading
from collections import deque
from types import TracebackType
from typing import Self

import numpy as np

from guide.duration import RATE
from guide.errors import DeviceError
from guide.render import Sample
from guide.sinks import Sink
from guide.sound import linear

_BLOCK = RATE // 20
_PATIENCE = 5.0
"""Seconds that a block may take at the end of a reflection."""


class Aside:
    """Feeds a sink on its own thread. A lost loudspeaker only makes it silent: the words are on screen."""

    def __init__(self, sink: Sink | None, volume: int) -> None:
        """`volume` in dB. With no sink everything is silent and takes no time."""
        self._sink = sink
        self._factor = linear(volume)
        self._over = threading.Event()
        self._changed = threading.Condition()
        self._waiting: deque[tuple[Sample, float]] = deque()
        self._busy = False
        self._hushes = 0
        self._heard = 0
        self._thread = threading.Thread(target=self._feed, name="aside", daemon=True)
        if sink is not None:
            self._thread.start()

    def say(self, sample: Sample, gain: float = 0.0) -> None:
        """Sound it as soon as what came before has sounded; `gain` in dB. Does not wait."""
        with self._changed:
            if self._sink is not None and not self._over.is_set():
                self._waiting.append((sample, gain))

    def hush(self) -> None:
        """Let what sounds fade at once, and forget what is waiting; what is said from now on sounds."""
        with self._changed:
            self._waiting.clear()
            self._hushes += 1

    @property
    def sounding(self) -> bool:
        """Whether something still has to be heard."""
        with self._changed:
            return self._busy or bool(self._waiting)

    @property
    def over(self) -> bool:
        """Whether it feeds nothing any more: it was released, or its loudspeaker was lost."""
        return self._over.is_set()

    @property
    def heard(self) -> int:
        """How many sounds have been heard to their ends."""
        with self._changed:
            return self._heard

    def wait(self, timeout: float) -> bool:
        """Wait until all is said, `timeout` seconds at most; whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy and not self._waiting, timeout)

    def release(self) -> None:
        """End the thread; the loudspeaker stays open for whoever feeds it next."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE)

    def close(self) -> None:
        """End the thread and let the loudspeaker go."""
        self.release()
        # A sound system that froze would freeze whoever closes it: the process ends with it open.
        if self._sink is not None and not self._thread.is_alive():
            self._sink.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _feed(self) -> None:
        try:
            while not self._over.is_set():
                self._next()
        except DeviceError:
            pass
        finally:
            with self._changed:
                self._over.set()
                self._waiting.clear()
                self._busy = False
                self._changed.notify_all()

    def _next(self) -> None:
        with self._changed:
            sample, gain = self._waiting.popleft() if self._waiting else (None, 0.0)
            hushes = self._hushes
            # Only idle once what was written has been heard as well: the card holds `latency` frames.
            self._busy = sample is not None
            if not self._busy:
                self._changed.notify_all()
        if sample is None:
            self._write(np.zeros((_BLOCK, 1), dtype=np.float32))
        else:
            self._sound(sample, np.float32(self._factor * linear(gain)), hushes)

    def _sound(self, sample: Sample, factor: np.float32, hushes: int) -> None:
        """Sound it to its end; from the next hush on it only fades."""
        for at in range(0, sample.frames, _BLOCK):
            block = sample.read(at, min(at + _BLOCK, sample.frames)) * factor
            block = block.reshape(len(block), -1)
            if self._hushes != hushes or self._over.is_set():
                self._write(block * np.linspace(1.0, 0.0, len(block), dtype=np.float32)[:, None])
                return
            self._write(block)
        self._write(np.zeros((self._latency(), 1), dtype=np.float32))
        with self._changed:
            self._heard += self._hushes == hushes

    def _write(self, block: "np.ndarray[tuple[int, int], np.dtype[np.float32]]") -> None:
        if self._sink is not None:
            self._sink.write(np.broadcast_to(block, (len(block), 2)))

    def _latency(self) -> int:
        return self._sink.latency if self._sink is not None else 0
