"""Where blocks go: a loudspeaker, or a tape in memory."""

import contextlib
import os
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np

from guide.duration import RATE, frames
from guide.errors import DeviceError
from guide.sound import Sound

_LATENCY = 0.2
"""Seconds of sound ahead in the card: lazy enough for a small board, quick enough for a pause."""
_WAKE = frames(0.3)
_WAKE_SLOWLY = frames(1.0)
"""Zeros before the first sound; HDMI and Bluetooth swallow up to a second (measured by others, 0.5–1.5 s)."""
_SLOW_TO_WAKE = ("hdmi", "bluetooth", "bluez", "a2dp")


class Sink(Protocol):
    """Something that takes sound at the pace of its own clock."""

    @property
    def latency(self) -> int:
        """Frames between a write and being heard."""

    def write(self, block: Sound) -> None:
        """Take a block, float32 `(n, 2)`, and wait until there was room. Raises DeviceError if it is lost."""

    def close(self) -> None:
        """Let what was written be heard, then let go; may be called twice."""


class Tape:
    """A sink in memory, which takes everything at once: for tests and for hearing by measurement."""

    latency = 0

    def __init__(self) -> None:
        self.blocks: list[Sound] = []
        self.closed = False

    def write(self, block: Sound) -> None:
        self.blocks.append(np.array(block, dtype=np.float32))

    def close(self) -> None:
        self.closed = True

    def sound(self) -> Sound:
        """All that was written, `(frames, 2)`."""
        return np.concatenate(self.blocks) if self.blocks else np.zeros((0, 2), dtype=np.float32)


class Speaker:
    """A loudspeaker, by (part of) its name; None is the system's own choice.

    Blocking writes, no callback: a cffi callback dies under systemd's MemoryDenyWriteExecute.
    """

    def __init__(self, device: str | None = None) -> None:
        sounddevice = portaudio()
        index, name = output_device(sounddevice, device)
        try:
            with quiet():
                self._stream = sounddevice.OutputStream(
                    samplerate=RATE, channels=2, dtype="float32", device=index, latency=_LATENCY
                )
                self._stream.start()
        except sounddevice.PortAudioError as error:
            raise DeviceError(
                f"The loudspeaker '{name}' refuses ({_reason(error)}). "
                "Another program may hold it; `guide doctor` shows what can be used."
            ) from error
        self.name = name
        self._lost: type[Exception] = sounddevice.PortAudioError
        slow = any(word in name.lower() for word in _SLOW_TO_WAKE)
        self.write(np.zeros((_WAKE_SLOWLY if slow else _WAKE, 2), dtype=np.float32))

    @property
    def latency(self) -> int:
        return frames(float(self._stream.latency))

    def write(self, block: Sound) -> None:
        try:
            self._stream.write(np.ascontiguousarray(block, dtype=np.float32))
        except self._lost as error:
            raise DeviceError(f"The loudspeaker '{self.name}' was lost ({_reason(error)}).") from error

    def close(self) -> None:
        if self._stream.closed:
            return
        with contextlib.suppress(self._lost), quiet():
            # Some sound servers drop what they still hold at a stop (measured: PulseAudio, 0.25 s).
            self._stream.write(np.zeros((self.latency + _WAKE, 2), dtype=np.float32))
            self._stream.stop()
        with contextlib.suppress(self._lost), quiet():
            self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def portaudio() -> Any:
    """The sounddevice library. Raises DeviceError, with what to install, where PortAudio is missing."""
    try:
        with quiet():
            import sounddevice
    except OSError as error:
        raise DeviceError(
            "The library PortAudio is missing, so nothing can be played here. "
            "On Debian and Raspberry Pi OS: sudo apt install libportaudio2"
        ) from error
    except Exception as error:  # its own PortAudioError, whose name is not known before the import
        raise DeviceError(f"The sound system of this machine does not start ({_reason(error)}).") from error
    return sounddevice


def listed_anew() -> None:
    """Let PortAudio look for devices again: its list is made once, and a card may have come since."""
    sounddevice = portaudio()
    # Each by itself: after a start that failed there is nothing to end, but it has to be started.
    for step in (sounddevice._terminate, sounddevice._initialize):  # noqa: SLF001 - its way to look again
        with contextlib.suppress(sounddevice.PortAudioError), quiet():
            step()


def has_output() -> bool:
    """Whether there is any loudspeaker at all."""
    try:
        output_device(portaudio(), None)
    except DeviceError:
        return False
    return True


def output_device(sounddevice: Any, wanted: str | None) -> tuple[int, str]:
    """Index and name of the loudspeaker that carries `wanted` in its name. Raises DeviceError."""
    return _device(sounddevice, wanted, "output", "loudspeaker")


def input_device(sounddevice: Any, wanted: str | None) -> tuple[int, str]:
    """Index and name of the microphone that carries `wanted` in its name. Raises DeviceError."""
    return _device(sounddevice, wanted, "input", "microphone")


def _device(sounddevice: Any, wanted: str | None, direction: str, word: str) -> tuple[int, str]:
    try:
        devices = sounddevice.query_devices()
    except sounddevice.PortAudioError as error:
        raise DeviceError(f"There is no {word} here ({_reason(error)}).") from error
    usable = [(i, d["name"]) for i, d in enumerate(devices) if d[f"max_{direction}_channels"] > 0]
    if not usable:
        raise DeviceError(f"There is no {word} here.")
    if not wanted:
        default = sounddevice.default.device[0 if direction == "input" else 1]
        return next((pair for pair in usable if pair[0] == default), usable[0])
    exact = [pair for pair in usable if pair[1].lower() == wanted.lower()]
    close = [pair for pair in usable if wanted.lower() in pair[1].lower()]
    if not exact and not close:
        names = ", ".join(f"'{name}'" for _, name in usable)
        raise DeviceError(f"There is no {word} called '{wanted}'. There are: {names}.")
    return (exact or close)[0]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silence what ALSA and JACK write to the terminal while PortAudio looks around."""
    sys.stderr.flush()
    try:
        saved = os.dup(2)
    except OSError:
        yield
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nothing)


def _reason(error: Exception) -> str:
    text = str(error.args[0]) if error.args else str(error)
    return text.split("[")[0].strip().rstrip(".:") or "no reason given"
