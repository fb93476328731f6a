"""Cues: short soft tones that say something without words. `CUES` names them.

All are sines, most with a little of their octave and twelfth, slowly begun and slowly ended, in the notes
of the bells and the drone (D and A), so that none of them is out of tune with what sounds beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from waves import Wave, eased, moments

from guide.duration import RATE

A3, D4, A4, D5 = 220.0, 293.66, 440.0, 587.33
"""Notes (Hz)."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue."""

    make: Callable[[], Wave]
    """Makes the sound, one channel, at no particular level."""
    loudness: float
    """The loudest 400 ms of it when it is heard from two loudspeakers (LUFS)."""


def _warm(pitch: Wave) -> Wave:
    """A tone that follows a pitch (Hz for each frame): a sine, its octave and its twelfth."""
    turn = 2 * np.pi * np.cumsum(pitch) / RATE
    return np.asarray(np.sin(turn) + 0.16 * np.sin(2 * turn) + 0.05 * np.sin(3 * turn))


def _note(frequency: float, seconds: float, into: float, dying: float) -> Wave:
    """One note that fades by 60 dB in `dying` seconds."""
    time = moments(seconds)
    fall = np.exp(-np.log(1000.0) * time / dying)
    return eased(_warm(np.full(len(time), frequency)) * fall, into, seconds - into)


def listen() -> Wave:
    """Two notes upward, A and D: the microphone is open."""
    both = np.zeros(round(0.72 * RATE))
    for note, start in ((_note(A4, 0.46, 0.05, 1.6), 0.0), (0.9 * _note(D5, 0.50, 0.05, 1.6), 0.22)):
        at = round(start * RATE)
        both[at : at + len(note)] += note
    return both


def soft() -> Wave:
    """One quiet note: as much time has gone as was meant, and there is more."""
    return _note(D4, 1.2, 0.14, 3.0)


def ending() -> Wave:
    """Two low notes downward, D and A: it has been quiet, and in a moment the recording ends."""
    both = np.zeros(round(1.5 * RATE))
    for note, start in ((0.9 * _note(D4, 0.9, 0.12, 2.4), 0.0), (_note(A3, 1.1, 0.12, 2.8), 0.38)):
        at = round(start * RATE)
        both[at : at + len(note)] += note
    return both


def _glide(start: float, end: float) -> Wave:
    """A swell that moves from one note to another with no corner."""
    time = moments(1.8)
    way = 0.5 - 0.5 * np.cos(np.pi * np.clip((time - 0.15) / 1.3, 0, 1))
    return eased(_warm(start * (end / start) ** way), 0.7, 1.0)


def breath_in() -> Wave:
    """A rising swell."""
    return _glide(A3, D4)


def breath_out() -> Wave:
    """A falling swell."""
    return _glide(D4, A3)


def tone() -> Wave:
    """A test of the loudspeaker: 440 and 660 Hz."""
    time = moments(1.5)
    return eased(np.sin(2 * np.pi * 440 * time) + 0.6 * np.sin(2 * np.pi * 660 * time), 0.25, 0.4)


CUES = {
    "listen": Cue(listen, -24.5),
    "soft": Cue(soft, -26.5),
    "ending": Cue(ending, -27.0),
    "in": Cue(breath_in, -26.5),
    "out": Cue(breath_out, -26.5),
    "tone": Cue(tone, -20.0),
}
"""Each cue by its name."""
