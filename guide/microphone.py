"""Microphones: a real one by its name, and a canned one for tests and for hearing by measurement."""

import contextlib
import queue
import threading
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from guide.duration import RATE
from guide.errors import DeviceError
from guide.sinks import input_device, portaudio, quiet
from guide.sound import Sound

BLOCK = RATE // 50
"""Frames in a block of a real microphone: 20 ms."""

_TURN = 0.1
"""Seconds without sound after which the listener gets a turn with an empty block."""
_LOST_AFTER = 5.0
"""Seconds without sound after which a microphone is lost: a card that was pulled out often says nothing."""
_LATENCY = 0.2
"""Seconds that the card keeps for us when this process is busy."""


class Microphone(Protocol):
    """Something that hears, at the pace of its own clock: `open`, then `blocks`, then `close`."""

    @property
    def name(self) -> str:
        """What it is called; known when it is open."""

    @property
    def notice(self) -> str | None:
        """A sentence for the person when its choice was not clear, else None."""

    @property
    def overflows(self) -> int:
        """How many times sound was lost because nobody took it."""

    def open(self) -> None:
        """Begin to hear. Raises DeviceError when there is none, or it refuses."""

    def blocks(self) -> Iterator[Sound]:
        """What is heard from `open` until `close`, as float32 `(n,)` at RATE.

        An empty block comes when nothing was heard for a moment: then the listener can look around.
        Raises DeviceError when the microphone is lost.
        """

    def close(self) -> None:
        """Hear no more; `blocks` ends with what came before. May be called twice, and from another thread."""


class CannedMicrophone:
    """A microphone that hears a given sound, mono `(frames,)`, as fast as it is asked.

    After the sound it is lost if `lost` says how, else it has ended and `blocks` ends.
    """

    def __init__(self, sound: Sound, *, block: int = BLOCK, lost: str | None = None) -> None:
        self.name = "canned"
        self.notice: str | None = None
        self.overflows = 0
        self._sound = np.asarray(sound, dtype=np.float32)
        self._block = block
        self._lost = lost
        self._open = False

    def open(self) -> None:
        self._open = True

    def blocks(self) -> Iterator[Sound]:
        for at in range(0, len(self._sound), self._block):
            if not self._open:
                return
            yield self._sound[at : at + self._block]
        if self._open and self._lost:
            raise DeviceError(self._lost)

    def close(self) -> None:
        self._open = False


class Shaper:
    """Makes what a card delivers, 16-bit with any channels and rate, into mono float32 at RATE."""

    def __init__(self, channels: int, rate: int) -> None:
        self._channels = channels
        self._resampler: Any = None
        if rate != RATE:
            import soxr

            self._resampler = soxr.ResampleStream(rate, RATE, 1, dtype="float32", quality="HQ")

    def mono(self, data: bytes) -> Sound:
        """The next block; channels are averaged. 16-bit mono at RATE keeps every bit."""
        samples = np.frombuffer(data, dtype=np.int16).astype(np.float32) / np.float32(32_768)
        if self._channels > 1:
            samples = samples.reshape(-1, self._channels).mean(axis=1, dtype=np.float32)
        if self._resampler is not None:
            samples = np.asarray(self._resampler.resample_chunk(samples), dtype=np.float32)
        return samples


class DeviceMicrophone:
    """A microphone by (part of) its name, never by its number; None is the system's own choice.

    A thread reads and waits for the card, no callback: those die under systemd's MemoryDenyWriteExecute.
    """

    def __init__(self, device: str | None = None) -> None:
        self.name = device or "microphone"
        self.notice: str | None = None
        self.overflows = 0
        self._wanted = device
        self._blocks: queue.SimpleQueue[Sound | DeviceError | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._stream: Any = None

    def open(self) -> None:
        sounddevice = portaudio()
        index, self.name = input_device(sounddevice, self._wanted)
        names = [d["name"] for d in sounddevice.query_devices() if d["max_input_channels"] > 0]
        self.notice = doubt(names, self._wanted, self.name)
        self._stream, shaper, count = _start(sounddevice, index, self.name)
        self._thread = threading.Thread(
            target=self._read, args=(sounddevice, shaper, count), name="microphone", daemon=True
        )
        self._thread.start()

    def blocks(self) -> Iterator[Sound]:
        waited = 0.0
        while True:
            try:
                block = self._blocks.get(timeout=_TURN)
            except queue.Empty:
                waited += _TURN
                if waited >= _LOST_AFTER:
                    raise DeviceError(_lost(self.name, "nothing comes any more")) from None
                yield np.zeros(0, dtype=np.float32)
                continue
            if block is None:
                return
            if isinstance(block, DeviceError):
                raise block
            waited = 0.0
            yield block

    def close(self) -> None:
        if self._closing.is_set():
            return
        self._closing.set()
        thread = self._thread
        if thread is not None:
            thread.join(2.0)
            if not thread.is_alive():
                self._let_go()
            # Else the card was pulled out and PortAudio waits in it for ever. To close a stream that is being
            # read is worse than to leave it: the thread ends with the process.
        self._blocks.put(None)

    def _let_go(self) -> None:
        import sounddevice

        with contextlib.suppress(sounddevice.PortAudioError), quiet():
            self._stream.abort()
            self._stream.close()

    def _read(self, sounddevice: Any, shaper: Shaper, count: int) -> None:
        try:
            while not self._closing.is_set():
                data, overflowed = self._stream.read(count)
                self.overflows += bool(overflowed)
                self._blocks.put(shaper.mono(bytes(data)))
        except sounddevice.PortAudioError as error:
            self._blocks.put(DeviceError(_lost(self.name, _reason(error))))


def _start(sounddevice: Any, index: int, name: str) -> tuple[Any, Shaper, int]:
    """A running stream, what makes its sound ours, and the frames of a block at its own rate.

    48 kHz mono if the card can; else both channels, else the card's own rate. Raises DeviceError.
    """
    info = sounddevice.query_devices(index)
    own = int(info["default_samplerate"])
    most = min(2, int(info["max_input_channels"]))
    problem: Exception | None = None
    for rate in dict.fromkeys((RATE, own)):
        for channels in dict.fromkeys((1, most)):
            try:
                with quiet():
                    stream = sounddevice.RawInputStream(
                        samplerate=rate, channels=channels, dtype="int16", device=index, latency=_LATENCY
                    )
                    stream.start()
            except sounddevice.PortAudioError as error:
                problem = problem or error
            else:
                return stream, Shaper(channels, rate), rate // 50
    raise DeviceError(
        f"The microphone '{name}' refuses ({_reason(problem)}). "
        "Another program may hold it; `guide doctor` shows what can be used."
    ) from problem


def doubt(names: list[str], wanted: str | None, chosen: str) -> str | None:
    """A sentence when the wanted words are in several names and are none of them whole, else None."""
    if wanted is None or wanted.lower() == chosen.lower():
        return None
    others = [name for name in names if wanted.lower() in name.lower() and name != chosen]
    if not others:
        return None
    rest = ", ".join(f"'{name}'" for name in others)
    return f"'{wanted}' fits several microphones; this is '{chosen}', not {rest}."


def _lost(name: str, why: str) -> str:
    return f"The microphone '{name}' was lost ({why})."


def _reason(error: Exception | None) -> str:
    text = str(error.args[0]) if error and error.args else ""
    return text.split("[")[0].strip().rstrip(".:") or "no reason given"
