"""The building stones: noise and tones that close upon themselves, and how soft things begin and end.

A circle of sound is an array whose last sample is followed by its first with nothing to hear. Noise drawn in
the frequency domain, tones with a whole number of cycles and grains laid down around the corner are circles
by construction, and so is each sum and each product of circles of one length.

Chance comes from `numpy`'s PCG64 and only as `Generator.random`, whose stream does not change between
versions; a seed is made from a name, so one sound does not depend on which others are made.
"""

import zlib
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass

import numpy as np
from numpy.typing import NDArray

from guide.duration import RATE

Wave = NDArray[np.float64]
"""Samples, `(frames,)` or `(frames, 2)`, before they are brought to a level."""

Colour = Callable[[Wave], Wave]
"""The shape of a spectrum: from frequencies (Hz) to amplitudes."""


def chance(name: str) -> np.random.Generator:
    """The source of chance that belongs to a name; the same on every machine."""
    return np.random.Generator(np.random.PCG64(zlib.crc32(name.encode())))


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """A number somewhere from `low` to `high`."""
    return low + (high - low) * float(rng.random())


def factor(decibels: float) -> float:
    """The factor that a gain in dB stands for."""
    return float(10.0 ** (decibels / 20.0))


def moments(seconds: float) -> Wave:
    """The time of each frame, in seconds from 0."""
    return np.arange(round(seconds * RATE)) / RATE


def rise(count: int) -> Wave:
    """A half-cosine of `count` samples from 0 towards 1."""
    return 0.5 - 0.5 * np.cos(np.pi * np.arange(count) / max(1, count))


def eased(wave: Wave, into: float, out: float) -> Wave:
    """A copy that rises from silence over `into` seconds and falls to it over `out` seconds."""
    copy = wave.copy()
    shape = (-1,) + (1,) * (wave.ndim - 1)
    first, last = round(into * RATE), round(out * RATE)
    copy[:first] *= rise(first).reshape(shape)
    copy[len(copy) - last :] *= rise(last)[::-1].reshape(shape)
    return copy


def noise(rng: np.random.Generator, seconds: int, colour: Colour) -> Wave:
    """A circle of noise, `(frames,)`, RMS 1, whose spectrum is `colour` of the frequencies (Hz to amplitude).

    Each bin has its amplitude and a random phase; the inverse transform repeats with the circle.
    Bin 0 stays empty, so there is no DC.
    """
    count = seconds * RATE
    frequencies = np.fft.rfftfreq(count, 1 / RATE)
    amplitudes = np.zeros(len(frequencies))
    amplitudes[1:-1] = colour(frequencies[1:-1].astype(np.float64))
    phases = rng.random(len(frequencies))
    wave = np.fft.irfft(amplitudes * np.exp(2j * np.pi * phases), count)
    return np.asarray(wave / np.sqrt(np.mean(wave**2)))


def wide_noise(rng: np.random.Generator, seconds: int, colour: Colour, likeness: float) -> Wave:
    """A circle of noise for two ears, `(frames, 2)`, RMS 1; `likeness` is their correlation, 0 to 1."""
    left, other = noise(rng, seconds, colour), noise(rng, seconds, colour)
    return np.stack([left, likeness * left + np.sqrt(1 - likeness**2) * other], axis=1)


def band(low: float, high: float, tilt: float, steepness: int = 2) -> Colour:
    """A colour that leans by `tilt` dB an octave between two soft corners (Hz).

    Below `low` it falls by 12 dB an octave more, above `high` by 6 dB × `steepness`.
    """

    def colour(frequencies: Wave) -> Wave:
        slope = 10.0 ** (tilt / 20.0 * np.log2(frequencies / 1000.0))
        lows = 1 / np.sqrt(1 + (low / frequencies) ** 4)
        highs = 1 / np.sqrt(1 + (frequencies / high) ** (2 * steepness))
        return np.asarray(slope * lows * highs)

    return colour


def swell(rng: np.random.Generator, seconds: int, depth: float, waves: tuple[int, ...]) -> Wave:
    """A gain about 1, `(frames,)`, that comes and goes in so many waves a round, by `depth` dB at most."""
    turn = 2 * np.pi * np.arange(seconds * RATE) / (seconds * RATE)
    total = sum((np.sin(count * turn + 2 * np.pi * rng.random()) for count in waves), np.zeros(len(turn)))
    return np.asarray(10.0 ** (depth / 20.0 * total / len(waves)))


@dataclass(frozen=True, slots=True)
class Hush:
    """A layer of a bed: wide noise that comes and goes a little."""

    low: float
    """The corners of its band (Hz), and how it leans (dB an octave), as in `band`."""
    high: float
    tilt: float
    _: KW_ONLY
    steepness: int = 2
    likeness: float
    """The correlation of the two ears, 0 to 1."""
    depth: float
    """How it swells, as in `swell`: dB at most, and in how many waves a round."""
    swells: tuple[int, ...]

    def __call__(self, rng: np.random.Generator, seconds: int) -> Wave:
        colour = band(self.low, self.high, self.tilt, self.steepness)
        wide = wide_noise(rng, seconds, colour, self.likeness)
        return np.asarray(wide * swell(rng, seconds, self.depth, self.swells)[:, None])


def closed_tone(seconds: int, cycles: int, phase: float) -> Wave:
    """A sine with a whole number of cycles in a circle, `(frames,)`; `phase` in turns."""
    count = seconds * RATE
    steps = (np.arange(count) * cycles) % count
    return np.asarray(np.sin(2 * np.pi * (steps / count + phase)))


def lay(circle: Wave, grain: Wave, at: int) -> None:
    """Add a grain to a circle of the same channels from frame `at` on, around the corner where it must."""
    at %= len(circle)
    before = min(len(grain), len(circle) - at)
    circle[at : at + before] += grain[:before]
    circle[: len(grain) - before] += grain[before:]


def placed(wave: Wave, where: float) -> Wave:
    """One channel set between two ears, `(frames, 2)`, at equal power; `where` from 0 (left) to 1 (right)."""
    angle = where * np.pi / 2
    return np.stack([wave * np.cos(angle), wave * np.sin(angle)], axis=1)


def diffused(rng: np.random.Generator, circle: Wave, dying: float) -> Wave:
    """One channel of a circle as it comes from afar over open country, `(frames, 2)`: blurred, wide, no edge.

    Each ear hears it through noise of its own that dies by 60 dB in `dying` seconds and takes a sixth of that
    to begin; the two share as much again.
    """
    time = moments(1.2 * dying)
    shape = np.exp(-np.log(1000.0) * time / dying)
    head = round(dying / 6 * RATE)
    shape[:head] *= rise(head)
    shared, left, right = (shape * (rng.random(len(time)) - 0.5) for _ in range(3))
    spectrum = np.fft.rfft(circle)
    ears = [np.fft.rfft(shared + own, len(circle)) for own in (left, right)]
    return np.stack([np.fft.irfft(spectrum * ear, len(circle)) for ear in ears], axis=1)
