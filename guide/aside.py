"""Short sounds now and then on an open loudspeaker, and quiet in between: questions, tones, a line."""

import threading
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

import numpy as np

from guide.duration import RATE
from guide.errors import DeviceError
from guide.render import Sample
from guide.sinks import Sink
from guide.sound import linear

_BLOCK = RATE // 20


class Aside:
    """Feeds a sink on its own thread. A lost loudspeaker only makes it silent: the words are on screen."""

    def __init__(self, sink: Sink | None, volume: int) -> None:
        """`volume` in dB. With no sink everything is silent and takes no time."""
        self._sink = sink
        self._factor = linear(volume)
        self._queue: SimpleQueue[tuple[Sample, float]] = SimpleQueue()
        self._idle = threading.Event()
        self._idle.set()
        self._over = threading.Event()
        self._hush = threading.Event()
        self._thread = threading.Thread(target=self._feed, name="aside", daemon=True)
        if sink is not None:
            self._thread.start()

    def say(self, sample: Sample, gain: float = 0.0) -> None:
        """Sound it as soon as what came before has sounded; `gain` in dB. Does not wait."""
        if self._sink is not None and not self._over.is_set():
            self._hush.clear()
            self._idle.clear()
            self._queue.put((sample, gain))

    def hush(self) -> None:
        """Let what sounds fade at once, and forget what is waiting."""
        self._hush.set()

    @property
    def sounding(self) -> bool:
        """Whether something still has to be heard."""
        return not self._idle.is_set()

    def wait(self, timeout: float) -> bool:
        """Wait until all is said, `timeout` seconds at most; whether it is."""
        return self._idle.wait(timeout)

    def release(self) -> None:
        """End the thread; the loudspeaker stays open for whoever feeds it next."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def close(self) -> None:
        """End the thread and let the loudspeaker go."""
        self.release()
        if self._sink is not None:
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
            self._over.set()
        finally:
            self._idle.set()

    def _next(self) -> None:
        try:
            sample, gain = self._queue.get_nowait()
        except Empty:
            # Only set once what was written has been heard as well: the card holds `latency` frames.
            self._idle.set()
            self._write(np.zeros((_BLOCK, 1), dtype=np.float32))
            return
        if self._hush.is_set():
            return
        factor = np.float32(self._factor * linear(gain))
        for at in range(0, sample.frames, _BLOCK):
            block = sample.read(at, min(at + _BLOCK, sample.frames)) * factor
            block = block.reshape(len(block), -1)
            if self._hush.is_set() or self._over.is_set():
                self._write(block * np.linspace(1.0, 0.0, len(block), dtype=np.float32)[:, None])
                return
            self._write(block)
        self._write(np.zeros((self._latency(), 1), dtype=np.float32))

    def _write(self, block: "np.ndarray[tuple[int, int], np.dtype[np.float32]]") -> None:
        if self._sink is not None:
            self._sink.write(np.broadcast_to(block, (len(block), 2)))

    def _latency(self) -> int:
        return self._sink.latency if self._sink is not None else 0
