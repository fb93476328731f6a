"""Air: what sounds where nothing stirs. Notes that hold, and crickets far away."""

from dataclasses import dataclass

import numpy as np
from waves import Wave, between, closed_tone, diffused, factor, lay, placed, rise, swell

from guide.duration import RATE

D2, A2, D3, A3, D4, A4, D5 = 73.416, 110.0, 146.832, 220.0, 293.665, 440.0, 587.330
"""Notes (Hz)."""


class Choir:
    """Notes (Hz, dB) that hold: four sines each, hundredths of a Hz apart, spread between the ears."""

    def __init__(self, *notes: tuple[float, float]) -> None:
        self._notes = notes

    def __call__(self, rng: np.random.Generator, seconds: int) -> Wave:
        total = np.zeros((seconds * RATE, 2))
        for frequency, level in self._notes:
            middle = round(frequency * seconds)
            for step, share in ((-2, 0.18), (0, 1.0), (1, 0.3), (3, 0.14)):
                tone = closed_tone(seconds, middle + step, rng.random())
                total += placed(factor(level) * share * tone, between(rng, 0.25, 0.75))
        return total * swell(rng, seconds, 0.8, (1, 2))[:, None]


@dataclass(frozen=True, slots=True)
class Crickets:
    """Tree crickets far away: soft chirps of a few pulses, and long silences.

    The manner is that of the snowy tree cricket, which calls a little below 3 kHz, in chirps of some eight
    pulses; slower here, as on a cool night.
    """

    pitch: float
    """About which they call (Hz)."""
    callers: int
    """How many there are."""
    share: float
    """For what part of the time each calls."""
    chirps: float
    """How many chirps a second, while it calls."""
    pulses: int
    """How many pulses a chirp has."""

    def __call__(self, rng: np.random.Generator, seconds: int) -> Wave:
        total = np.zeros((seconds * RATE, 2))
        for caller in range(self.callers):
            begin = seconds * (caller + between(rng, 0.1, 0.4)) / self.callers
            call = self._call(rng, seconds, begin) * factor(between(rng, -5, 0))
            where = (caller + 0.5) / self.callers
            total += 0.5 * diffused(rng, call, 0.5) * placed(np.ones(1), 0.2 + 0.6 * where)
        return total

    def _call(self, rng: np.random.Generator, seconds: int, begin: float) -> Wave:
        """One caller, one channel: chirps that grow out of silence and go back into it."""
        circle = np.zeros(seconds * RATE)
        pitch = self.pitch * between(rng, 0.97, 1.03)
        chirp = self._chirp(pitch)
        count = round(self.share * seconds * self.chirps)
        for place in range(count):
            near = np.sin(np.pi * (place + 1) / (count + 1)) ** 2
            start = begin + place / self.chirps + between(rng, -0.03, 0.03)
            lay(circle, near * chirp, round(start * RATE))
        return circle

    def _chirp(self, pitch: float) -> Wave:
        """Pulses of 28 ms, one every 36 ms, the first ones softer."""
        length, every = round(0.028 * RATE), round(0.036 * RATE)
        half = rise(length // 2)
        pulse = np.concatenate([half, half[::-1]])
        gain = np.zeros(every * self.pulses + length)
        for number in range(self.pulses):
            part = pulse * np.sin(np.pi * (number + 1) / (self.pulses + 1))
            gain[number * every : number * every + len(pulse)] += part
        return np.asarray(gain * np.sin(2 * np.pi * pitch * np.arange(len(gain)) / RATE))
