"""Where blocks go: a loudspeaker, or a tape in memory."""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np

from guide.duration import RATE, frames
from guide.errors import DeviceError
from guide.sound import Sound

_LATENCY = 0.2
"""Seconds of sound ahead in the card: lazy enough for a small board, quick enough for a pause."""
_WAKE, _WAKE_SERVER, _WAKE_SLOWLY = frames(0.01), frames(0.5), frames(1.0)
"""Zeros before the first sound: a card that is there takes it at once; what PipeWire put to sleep loses up to
0.5 s, HDMI and Bluetooth up to a second (measured by others, 0.1–0.5 and 0.5–1.5 s)."""
_SLOW_TO_WAKE = ("hdmi", "bluetooth", "bluez", "a2dp")
_SERVED = ("default", "pulse", "pipewire")
"""What leads to PipeWire, where there is one."""
_PATIENCE = 5.0
_TAIL = frames(0.3)
"""Zeros after the last sound."""


class Sink(Protocol):
    """Something that takes sound at the pace of its own clock."""

    @property
    def latency(self) -> int:
        """Frames between a write and being heard."""

    @property
    def drowsy(self) -> bool:
        """Whether it is better fed with quiet while something is waited for: it takes a while to wake up."""

    def write(self, block: Sound) -> None:
        """Take a block, float32 `(n, 2)`, and wait until there was room. Raises DeviceError if it is lost."""

    def close(self) -> None:
        """Let what was written be heard, then let go; may be called twice."""


class Tape:
    """A sink in memory, which takes everything at once: for tests and for hearing by measurement."""

    latency = 0
    drowsy = True
    """Its only clock is what is written."""

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
    """A loudspeaker, by (part of) its name; None is the system's own choice. Sounds from the first write on.

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
        except sounddevice.PortAudioError as error:
            raise DeviceError(
                f"The loudspeaker '{name}' refuses ({_reason(error)}). "
                "Another program may hold it; `guide doctor` shows what can be used."
            ) from error
        self.name = name
        self._lost: type[Exception] = sounddevice.PortAudioError
        wake = _wake(name, sounddevice)
        self.drowsy = wake > _WAKE
        self._wake: Sound | None = np.zeros((wake, 2), dtype=np.float32)

    @property
    def latency(self) -> int:
        return frames(float(self._stream.latency))

    def write(self, block: Sound) -> None:
        try:
            if self._wake is not None:
                wake, self._wake = self._wake, None
                with quiet():
                    self._stream.start()
                self._stream.write(wake)
            self._stream.write(np.ascontiguousarray(block, dtype=np.float32))
        except self._lost as error:
            raise DeviceError(f"The loudspeaker '{self.name}' was lost ({_reason(error)}).") from error

    def close(self) -> None:
        if self._stream.closed:
            return
        with contextlib.suppress(self._lost), quiet():
            # Some sound servers drop what they still hold at a stop (measured: PulseAudio, 0.25 s).
            if self._wake is None:
                self._stream.write(np.zeros((self.latency + _TAIL, 2), dtype=np.float32))
                self._stream.stop()
        with contextlib.suppress(self._lost), quiet():
            self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _wake(name: str, sounddevice: Any) -> int:
    """Frames of quiet that a device of this name needs before it is heard."""
    if any(word in name.lower() for word in _SLOW_TO_WAKE):
        return _WAKE_SLOWLY
    served = name.lower() in _SERVED and any(d["name"] == "pipewire" for d in sounddevice.query_devices())
    return _WAKE_SERVER if served else _WAKE


class Opening:
    """A loudspeaker that is being opened, while other things are done; `found` waits for it."""

    def __init__(self, device: str | None) -> None:
        self._device = device
        self._found: Speaker | DeviceError | BaseException | None = None
        self._thread = threading.Thread(target=self._open, name="loudspeaker", daemon=True)
        self._thread.start()

    def _open(self) -> None:
        try:
            self._found = Speaker(self._device)
        except BaseException as error:  # noqa: BLE001 - it is raised again for whoever waits
            self._found = error

    def found(self) -> Speaker:
        """The loudspeaker. Raises DeviceError."""
        self._thread.join()
        if isinstance(self._found, Speaker):
            return self._found
        raise self._found or DeviceError("The loudspeaker was not found.")

    def given_up(self) -> None:
        """Nobody needs it any more. A sound system that hangs is not waited for."""
        self._thread.join(_PATIENCE)
        if isinstance(self._found, Speaker):
            self._found.close()


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
    """Silence what ALSA and JACK write to the terminal while PortAudio looks around.

    Several threads may ask for it at once: standard error is back when the last of them is done, and not
    before. Each for itself would keep, and bring back, the silence of another.
    """
    _hush.begin()
    try:
        yield
    finally:
        _hush.end()


class _Hush:
    """Standard error led into nothing for as long as anybody wants it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted = 0
        self._saved: int | None = None

    def begin(self) -> None:
        with self._lock:
            self._wanted += 1
            if self._wanted > 1:
                return
            sys.stderr.flush()
            try:
                self._saved = os.dup(2)
            except OSError:  # there is none
                return
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, 2)
            os.close(nothing)

    def end(self) -> None:
        with self._lock:
            self._wanted -= 1
            if self._wanted or self._saved is None:
                return
            os.dup2(self._saved, 2)
            os.close(self._saved)
            self._saved = None


_hush = _Hush()


def _reason(error: Exception) -> str:
    text = str(error.args[0]) if error.args else str(error)
    return text.split("[")[0].strip().rstrip(".:") or "no reason given"
