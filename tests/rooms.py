"""Rooms to listen in, made by the project's own synthesis: what hums, blows, rains, passes and ticks.

Each is `(frames,)` at no particular level; `at` brings one to a level, as a 16-bit converter delivers it.
"""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guide.beds import Bed
from guide.duration import RATE
from guide.sound import Sound, linear

AUDIO = Path(__file__).parent.parent / "audio"


def _synthesis() -> ModuleType:
    spec = importlib.util.spec_from_file_location("synthesis_waves", AUDIO / "synthesis" / "waves.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


WAVES = _synthesis()


def at(sound: NDArray[Any], level: float) -> Sound:
    """The sound at a level: root of the mean square in dBFS."""
    return np.asarray(sound * (linear(level) / np.sqrt(np.mean(np.square(sound)))), dtype=np.float32)


def heard(*sounds: Sound) -> Sound:
    """Sounds of one length together, as a 16-bit converter delivers them."""
    steps = np.rint(np.sum(sounds, axis=0, dtype=np.float64) * 32_768)
    return (np.clip(steps, -32_768, 32_767) / 32_768).astype(np.float32)


def noise(name: str, seconds: int, low: float, high: float, tilt: float) -> NDArray[np.float64]:
    """A band of noise that leans by `tilt` dB an octave."""
    made: NDArray[np.float64] = WAVES.noise(WAVES.chance(name), seconds, WAVES.band(low, high, tilt))
    return made


def quiet(seconds: int, level: float = -70) -> Sound:
    """A quiet room, and the noise of a microphone."""
    return at(noise("quiet", seconds, 20, 20_000, -3), level)


def hum(seconds: int, pitch: float = 50.0, harmonics: int = 30) -> NDArray[np.float64]:
    """The mains, with harmonics."""
    time = WAVES.moments(seconds)
    parts = [np.sin(2 * np.pi * pitch * k * time + k) / k for k in range(1, harmonics)]
    return np.asarray(np.sum(parts, axis=0))


def beating(seconds: int) -> NDArray[np.float64]:
    """Two hums that are nearly of one pitch, and a third."""
    return hum(seconds, 50.0, 20) + hum(seconds, 50.7, 20) + 0.5 * hum(seconds, 49.6, 20)


def refrigerator(seconds: int) -> NDArray[np.float64]:
    return hum(seconds, 100, 12) + 0.3 * noise("refrigerator", seconds, 60, 800, -5)


def swells(seconds: int) -> NDArray[np.float64]:
    """Wind: noise that comes and goes by 16 dB, every twelve seconds."""
    gain = 10 ** (8 * np.sin(2 * np.pi * WAVES.moments(seconds) / 12) / 20)
    return np.asarray(noise("swells", seconds, 100, 3_000, -4) * gain)


def traffic(seconds: int) -> NDArray[np.float64]:
    """A car every eleven seconds, 15 dB over the street."""
    near = np.exp(-(((WAVES.moments(seconds) % 11 - 5.5) / 1.6) ** 2))
    return np.asarray(noise("traffic", seconds, 80, 1_500, -4) * 10 ** (15 * near / 20))


def breath(seconds: int) -> NDArray[np.float64]:
    """Somebody asleep, close to the microphone: in and out in four seconds."""
    part = WAVES.moments(seconds) % 4 / 4
    into = np.where(part < 0.35, np.sin(np.pi * part / 0.35) ** 2, 0)
    out = np.where((part > 0.42) & (part < 0.9), 0.7 * np.sin(np.pi * (part - 0.42) / 0.48) ** 2, 0)
    return np.asarray(noise("breath", seconds, 300, 3_000, -3) * (into + out))


def clock(seconds: int) -> NDArray[np.float64]:
    """A clock that ticks twice a second."""
    time = np.arange(1_400)
    tick = np.exp(-time / 200) * np.sin(2 * np.pi * 2_600 * time / RATE) * np.minimum(1, time / 20)
    ticks = np.zeros(seconds * RATE)
    for second in range(seconds):
        ticks[second * RATE :][:1_400] += tick
        ticks[second * RATE + RATE // 2 :][:1_400] += 0.7 * tick
    return ticks


def bed(name: str, seconds: int) -> Sound:
    """One of the shipped beds, from one loudspeaker."""
    sound: Sound = Bed.load(AUDIO / "beds" / name).block(0, seconds * RATE).mean(axis=1)
    return sound


def phonated(pitch: NDArray[np.float64], loud: NDArray[np.float64]) -> NDArray[np.float64]:
    """A voice on an open vowel: its pitch (Hz) and how loud it is (0 to 1), sample by sample."""
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    voice = np.zeros(len(pitch))
    for number in range(1, 24):
        hertz = number * pitch
        formants = sum(
            g / (1 + ((hertz - f) / w) ** 2)
            for f, w, g in ((750, 120, 1), (1_200, 150, 0.5), (2_600, 250, 0.2))
        )
        voice += np.where(hertz < 6_000, (formants + 0.02) / number**0.5, 0) * np.sin(number * phase)
    return voice * loud


def _phrase(
    length: float, pause: float, rise: float, fall: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Moments of one phrase and the pause after it, from 0 to 1 while it sounds, and how loud it is."""
    time = np.arange(round((length + pause) * RATE)) / RATE
    loud = np.clip(np.minimum(time / rise, (length - time) / fall), 0, 1)
    return time, np.asarray(loud)


def sung(
    pitch: float = 220, vibrato: float = 0.5, length: float = 6, pause: float = 0.4, rise: float = 0.03
) -> NDArray[np.float64]:
    """A tone held for six seconds and a breath; `vibrato` semitones up and down, 5.5 times a second."""
    time, loud = _phrase(length, pause, rise, rise)
    return phonated(pitch * 2 ** (vibrato / 12 * np.sin(2 * np.pi * 5.5 * time)), loud)


def wailed(seed: int, pitch: float = 330) -> NDArray[np.float64]:
    """Somebody who cries: 2 to 5 s that swell for 0.8 s or more, and 0.7 to 3 s of nothing; one minute."""
    chance = np.random.default_rng(seed)
    wails: list[NDArray[np.float64]] = []
    while sum(map(len, wails)) < 60 * RATE:
        length = chance.uniform(2, 5)
        time, loud = _phrase(length, chance.uniform(0.7, 3), chance.uniform(0.8, 1.2), 0.8)
        bend = 4 * np.sin(np.pi * np.clip(time / length, 0, 1)) + chance.uniform(-2, 2)
        tremble = 0.3 * np.sin(2 * np.pi * 5 * time)
        wails.append(phonated(pitch * 2 ** ((bend + tremble) / 12), loud))
    return np.concatenate(wails)


def steady() -> dict[str, NDArray[Any]]:
    """Rooms in which nothing stands out for long: 20 seconds of each, to be repeated."""
    return {
        "a fan": noise("fan", 20, 60, 1_500, -5),
        "hiss": noise("hiss", 20, 20, 20_000, 0),
        "a hum": hum(20),
        "a refrigerator": refrigerator(20),
        "a clock": clock(20),
        **{name: bed(name, 30) for name in ("rain", "ocean", "stream", "night", "drone", "warm-noise")},
    }


def uneven() -> dict[str, NDArray[Any]]:
    """Rooms in which things come and go that nobody says; each comes around as it is repeated."""
    return {
        "two hums": beating(10),
        "wind": swells(24),
        "a street": traffic(22),
        "somebody asleep": breath(20),
    }


def whispered(speech: Sound) -> Sound:
    """The same words in a whisper: noise with the spectral envelope of each 20 ms of them."""
    size, hop = 1_024, 256
    window = np.hanning(size)
    padded = np.concatenate([speech, np.zeros(size)])
    air = np.random.default_rng(1).standard_normal(len(padded))
    out = np.zeros(len(padded))
    for start in range(0, len(speech), hop):
        here = slice(start, start + size)
        if len(padded[here]) < size:
            break
        cepstrum = np.fft.irfft(np.log(np.abs(np.fft.rfft(padded[here] * window)) + 1e-6))
        cepstrum[40:-40] = 0
        envelope = np.exp(np.fft.rfft(cepstrum).real)
        out[here] += np.fft.irfft(np.fft.rfft(air[here] * window) * envelope) * window
    return out[: len(speech)].astype(np.float32)
