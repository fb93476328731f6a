"""Plays, records, measures, and names what is wrong and what to do."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from guide import bells
from guide.activity import Level
from guide.duration import RATE, frames
from guide.errors import DeviceError, GuideError
from guide.folders import Folders, private
from guide.library import Library
from guide.microphone import DeviceMicrophone
from guide.sinks import Speaker, output_device, portaudio
from guide.sound import Sound
from guide.voices import Voice

_LISTEN = frames(3)
_HUM = frames(0.3)
_LOUD, _QUIET = -3.0, -70.0
"""Peak and RMS in dBFS beyond which a microphone is set too high, or hears next to nothing."""
_TEST_TONE = (440.0, 660.0)
_HEARD = 22.0
"""dB by which both test tones stand out of what is around them when the microphone hears the loudspeaker."""
_ROOM = 200_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    well: bool
    saw: str
    """What was found, in a few words."""
    remedy: str = ""
    """What to do, where it is not well."""


def _well(what: str, saw: str) -> Finding:
    return Finding(what, well=True, saw=saw)


def _wrong(what: str, saw: str, remedy: str) -> Finding:
    return Finding(what, well=False, saw=saw, remedy=remedy)


def examined(
    folders: Folders, library: Library, voice: Voice, device: str | None, microphone: str | None
) -> Iterator[Finding]:
    """Look at everything, one finding after another.

    Makes one soft tone, and records three seconds that are never written anywhere.
    """
    yield _folders(folders)
    yield _voice(voice)
    try:
        yield _well("devices", _devices())
    except DeviceError as error:
        yield _wrong("devices", str(error), "Sessions are written to files until then.")
        yield from _sound(None, device, microphone)
        return
    yield from _sound(bells.load(library.cue_path("tone")), device, microphone)


def _folders(folders: Folders) -> Finding:
    try:
        free = shutil.disk_usage(private(folders.data)).free
        private(folders.cache)
        private(folders.state)
    except (GuideError, OSError) as error:
        return _wrong("folders", str(error), "Recordings cannot be kept until that is mended.")
    room = f"{free // 1_000_000} MB are free where your recordings are kept"
    return _well("folders", room) if free > _ROOM else _wrong("folders", room, "Make some room on this disk.")


def _voice(voice: Voice) -> Finding:
    begun = time.monotonic()
    try:
        sound = voice.speak(f"This is sentence number {time.time_ns() % 1000}.", 1.0, 0.0)
    except GuideError as error:
        return _wrong("voice", str(error), "`guide voices list` shows which voices there are.")
    took = time.monotonic() - begun
    return _well("voice", f"{voice.identity}: {len(sound) / RATE:.1f} s of speech took {took:.2f} s")


def _devices() -> str:
    sounddevice = portaudio()
    output_device(sounddevice, None)  # raises the DeviceError that there is to raise
    devices = sounddevice.query_devices()
    outputs = [d["name"] for d in devices if d["max_output_channels"] > 0]
    inputs = [d["name"] for d in devices if d["max_input_channels"] > 0]
    return f"loudspeakers: {', '.join(outputs)}; microphones: {', '.join(inputs) or 'none'}"


def _sound(tone: Sound | None, device: str | None, microphone: str | None) -> Iterator[Finding]:
    """What the loudspeaker and the microphone do; without a tone the microphone alone."""
    listener = DeviceMicrophone(microphone)
    try:
        problem = _opened(listener)
        played = _play(tone, device) if tone is not None else None
        if played is not None:
            yield played
        yield problem or _hearing(listener, played=played is not None and played.well)
    finally:
        listener.close()


def _opened(listener: DeviceMicrophone) -> Finding | None:
    """Open a microphone; what is wrong where it does not."""
    try:
        listener.open()
    except DeviceError as error:
        return _wrong("microphone", str(error), "You can still write your reflections.")
    return None


def _hearing(listener: DeviceMicrophone, *, played: bool) -> Finding:
    try:
        return judged(_heard(listener), listener.name, played=played)
    except DeviceError as error:
        return _wrong("microphone", str(error), "Plug it in again, or choose another one.")


def _play(tone: Sound, device: str | None) -> Finding:
    try:
        with Speaker(device) as speaker:
            for at in range(0, len(tone), RATE // 10):
                block = tone[at : at + RATE // 10]
                speaker.write(np.broadcast_to(block.reshape(len(block), -1), (len(block), 2)))
            speaker.write(np.zeros((speaker.latency + RATE // 10, 2), dtype=np.float32))
            name = speaker.name
    except DeviceError as error:
        return _wrong("loudspeaker", str(error), "Choose another one with --device.")
    saw = f"'{name}' took a soft tone of {len(tone) / RATE:.1f} s"
    return _well("loudspeaker", f"{saw}; heard nothing? Turn it up, or choose another one with --device.")


def _heard(microphone: DeviceMicrophone) -> Sound:
    heard: list[Sound] = []
    count = 0
    for block in microphone.blocks():
        heard.append(block)
        count += len(block)
        if count >= _LISTEN:
            break
    return np.concatenate(heard)


def judged(heard: Sound, name: str, *, played: bool) -> Finding:
    """What three seconds of a microphone tell, mono `(frames,)`. Pure."""
    level = Level.of(heard[_HUM:])  # cards often begin with a thump
    saw = f"'{name}' hears {level.rms:.0f} dBFS on average, {level.peak:.0f} at most"
    if level.muted:
        return _wrong("microphone", f"'{name}' delivers digital silence",
            "It is muted: look for a switch on it, and in the mixer (alsamixer, or the sound settings).",
        )  # fmt: skip
    if level.clipped or level.peak > _LOUD:
        return _wrong("microphone", f"{saw}: that clips", "Turn its gain down in the mixer.")
    if level.rms < _QUIET:
        return _wrong("microphone", f"{saw}: that is very little", "Turn its gain up in the mixer.")
    if played and tone_in(heard):
        saw += "; it hears the loudspeaker too"
    return _well("microphone", saw)


def tone_in(heard: Sound) -> bool:
    """Whether the doctor's own tone stands out in what was heard. Pure."""
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard)))) ** 2
    bins = np.fft.rfftfreq(len(heard), 1 / RATE)
    around = float(np.median(spectrum[(bins > 300) & (bins < 900)])) + 1e-20
    peaks = [float(np.max(spectrum[np.abs(bins - tone) < 5])) for tone in _TEST_TONE]
    return all(10 * np.log10(top / around) > _HEARD for top in peaks)
