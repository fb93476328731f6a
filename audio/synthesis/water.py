"""Water: drops that fall, bubbles that ring under it, waves that run up a shore."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from waves import Wave, band, between, factor, lay, moments, placed, rise, wide_noise

from guide.duration import RATE


def _drop(rng: np.random.Generator, pitch: float, dying: float, onset: float) -> Wave:
    """A dull tap: a handful of dying sines about a pitch, begun over `onset` seconds; one channel."""
    time = moments(onset + 7 * dying)
    total = np.zeros(len(time))
    for _ in range(5):
        frequency = pitch * between(rng, 0.72, 1.38)
        total += np.sin(2 * np.pi * (frequency * time + rng.random()))
    fall = np.exp(-time / dying)
    head = round(onset * RATE)
    fall[:head] *= rise(head)
    return total * fall


def _scattered(
    rng: np.random.Generator,
    seconds: int,
    count: int,
    pitches: tuple[float, float],
    grain: Callable[[float], Wave],
) -> Wave:
    """So many grains at random places of a circle, between the ears and in pitch (Hz, lowest and highest)."""
    lowest, highest = pitches
    total = np.zeros((seconds * RATE, 2))
    for _ in range(count):
        one = grain(lowest * (highest / lowest) ** rng.random())
        lay(total, placed(one, between(rng, 0.08, 0.92)), int(rng.random() * len(total)))
    return total


@dataclass(frozen=True, slots=True)
class Drops:
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
        def grain(pitch: float) -> Wave:
            dying, onset = self.dying * between(rng, 0.67, 1.33), self.onset * between(rng, 0.67, 1.33)
            return factor(between(rng, -16, 0)) * _drop(rng, pitch, dying, onset)

        return _scattered(rng, seconds, round(self.rate * seconds), (self.lowest, self.highest), grain)


def _bubble(pitch: float, rising: float, onset: float) -> Wave:
    """One bubble: a sine that dies as its size bids, a little higher as it nears the surface; one channel.

    Its radius is 3 m/s over its pitch (Minnaert 1933); how fast it dies, and that it rises in proportion to
    that, is from van den Doel, "Physically Based Models for Liquid Sounds", ACM Transactions on Applied
    Perception 2 (2005).
    """
    radius = 3.0 / pitch
    damping = 0.13 / radius + 0.0072 / radius**1.5
    time = moments(onset + 7 / damping)
    fall = np.exp(-damping * time)
    head = round(onset * RATE)
    fall[:head] *= rise(head)
    return np.asarray(np.sin(2 * np.pi * pitch * time * (1 + rising * damping * time / 2)) * fall)


@dataclass(frozen=True, slots=True)
class Bubbles:
    """Bubbles that are drawn under at random."""

    rate: float
    """How many a second."""
    lowest: float
    """The lowest pitch of one (Hz)."""
    highest: float
    """The highest (Hz)."""
    onset: float
    """How long one takes to begin (seconds), give or take a third: a real one is sharper."""

    def __call__(self, rng: np.random.Generator, seconds: int) -> Wave:
        def grain(pitch: float) -> Wave:
            one = _bubble(pitch, between(rng, 0.0, 0.1), self.onset * between(rng, 0.67, 1.33))
            # A deep one rings longer: so that none stands out, all bring about as much.
            return one * (factor(between(rng, -14, 0)) * (pitch / self.highest) ** 0.8)

        return _scattered(rng, seconds, round(self.rate * seconds), (self.lowest, self.highest), grain)


@dataclass(frozen=True, slots=True)
class Surf:
    """Noise that comes and goes in waves."""

    low: float
    """The corners of its band (Hz), and how it leans (dB an octave), as in `band`."""
    high: float
    tilt: float
    crests: tuple[float, ...]
    """When each wave is highest (seconds)."""
    rise: float
    """How long one takes to come (seconds)."""
    fall: float
    """How long to run out (seconds)."""
    floor: float
    """What is left between them, as a part of the highest."""
    across: float = 0.35
    """How much earlier it is heard in one ear than in the other (seconds), by turns."""

    def __call__(self, rng: np.random.Generator, seconds: int) -> Wave:
        hush = wide_noise(rng, seconds, band(self.low, self.high, self.tilt), 0.30)
        gain = np.full((seconds * RATE, 2), self.floor)
        for count, crest in enumerate(self.crests):
            wave = _hill(self.rise, self.fall) * ((1 - self.floor) * between(rng, 0.85, 1.0))
            for side in (0, 1):
                early = self.across / 2 * (1 if side == count % 2 else -1)
                start = crest - self.rise - early
                lay(gain[:, side], wave, round(start * RATE))
        return np.asarray(hush * gain)


def _hill(into: float, out: float) -> Wave:
    """From 0 to 1 and back, with no corner."""
    return np.concatenate([rise(round(into * RATE)), rise(round(out * RATE))[::-1]])
