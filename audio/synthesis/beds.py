"""Beds: sounds to sit in. `BEDS` names them; each is a few layers, and each layer is one seamless circle.

The lengths of a bed's layers are different primes, in seconds, so that together they come around again only
after their product: 17 × 19 × 23 × 29 s are two days and a half. A layer alone is short and must have nothing
in it that one would know again.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from waves import Wave, band, between, chance, closed_tone, factor, lay, placed, rise, swell, wide_noise

from guide.duration import RATE


@dataclass(frozen=True, slots=True)
class Layer:
    """One circle of sound in a bed."""

    name: str
    """What it is, and the name of its file."""
    seconds: int
    """Its length, a prime."""
    level: float
    """How loud it is beside the other layers (dB, of the RMS)."""
    make: Callable[[np.random.Generator, int], Wave]
    """Makes it from chance and a length in seconds: `(frames, 2)`, at no particular level."""


def circle(bed: str, layer: Layer) -> Wave:
    """The sound of one layer, `(frames, 2)`, at its RMS beside the other layers; no level beyond that."""
    wave = layer.make(chance(f"{bed}/{layer.name}"), layer.seconds)
    wave = wave - wave.mean(axis=0)
    return np.asarray(wave * (factor(layer.level) / np.sqrt(np.mean(wave**2))))


# Rain: a wide soft wash, a deeper one far away, patter on leaves, and now and then a nearer drop.


def _wash(rng: np.random.Generator, seconds: int) -> Wave:
    hush = wide_noise(rng, seconds, band(280, 4600, -2.6, steepness=3), 0.25)
    return hush * swell(rng, seconds, 1.0, (1, 2, 5))[:, None]


def _distance(rng: np.random.Generator, seconds: int) -> Wave:
    deep = wide_noise(rng, seconds, band(110, 620, -2.0), 0.45)
    return deep * swell(rng, seconds, 1.6, (1, 3))[:, None]


def _drop(rng: np.random.Generator, pitch: float, dying: float, onset: float) -> Wave:
    """A dull tap: a handful of dying sines about a pitch, begun over `onset` seconds; one channel."""
    time = np.arange(round((onset + 7 * dying) * RATE)) / RATE
    total = np.zeros(len(time))
    for _ in range(5):
        frequency = pitch * between(rng, 0.72, 1.38)
        total += np.sin(2 * np.pi * (frequency * time + rng.random()))
    fall = np.exp(-time / dying)
    head = round(onset * RATE)
    fall[:head] *= rise(head)
    return total * fall


@dataclass(frozen=True, slots=True)
class _Drops:
    """Drops that fall at random."""

    rate: float
    """How many a second."""
    lowest: float
    """The lowest pitch about which one sounds (Hz)."""
    highest: float
    """The highest (Hz)."""
    onset: float
    """How long one takes to begin (seconds), give or take a third."""
    dying: float
    """In what time one falls by 8.7 dB (seconds), give or take a third."""

    def __call__(self, rng: np.random.Generator, seconds: int) -> Wave:
        total = np.zeros((seconds * RATE, 2))
        for _ in range(round(self.rate * seconds)):
            pitch = self.lowest * (self.highest / self.lowest) ** rng.random()
            dying, onset = self.dying * between(rng, 0.67, 1.33), self.onset * between(rng, 0.67, 1.33)
            grain = factor(between(rng, -16, 0)) * _drop(rng, pitch, dying, onset)
            lay(total, placed(grain, between(rng, 0.08, 0.92)), int(rng.random() * len(total)))
        return total


# Drone: D and A and their octaves, nothing between them; each note several sines a little apart.

_D2, _A2, _D3, _A3, _D4, _A4, _D5 = 73.416, 110.0, 146.832, 220.0, 293.665, 440.0, 587.330


def _choir(*notes: tuple[float, float]) -> Callable[[np.random.Generator, int], Wave]:
    """A layer of notes (Hz, dB): four sines each, hundredths of a Hz apart, spread between the ears."""

    def make(rng: np.random.Generator, seconds: int) -> Wave:
        total = np.zeros((seconds * RATE, 2))
        for frequency, level in notes:
            middle = round(frequency * seconds)
            for step, share in ((-2, 0.18), (0, 1.0), (1, 0.3), (3, 0.14)):
                tone = closed_tone(seconds, middle + step, rng.random())
                total += placed(factor(level) * share * tone, between(rng, 0.25, 0.75))
        return total * swell(rng, seconds, 0.8, (1, 2))[:, None]

    return make


def _air(rng: np.random.Generator, seconds: int) -> Wave:
    breath = wide_noise(rng, seconds, band(240, 1500, -4.0), 0.2)
    return breath * swell(rng, seconds, 2.0, (1, 2))[:, None]


BEDS = {
    "rain": (
        Layer("wash", 29, 0.0, _wash),
        Layer("distance", 23, -4.0, _distance),
        Layer("patter", 19, -6.5, _Drops(rate=120, lowest=900, highest=3800, onset=0.005, dying=0.006)),
        Layer("near", 17, -17.0, _Drops(rate=3, lowest=380, highest=950, onset=0.010, dying=0.016)),
    ),
    "drone": (
        Layer("root", 29, 0.0, _choir((_D2, 0), (_D3, -9), (_A3, -17), (_D4, -17), (_A4, -21))),
        Layer("fifth", 23, -3.0, _choir((_A2, 0), (_A3, -2), (_A4, -17), (_D5, -24))),
        Layer("octave", 19, -4.0, _choir((_D3, 0), (_D4, -2), (_A3, -15), (_D5, -15))),
        Layer("air", 17, -14.0, _air),
    ),
}
"""The layers of each bed by its name."""
