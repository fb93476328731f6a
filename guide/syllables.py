"""Whether what stands out of a room is a voice: it begins suddenly, or its pitch moves.

Pure, and cheap: a few comparisons for each frame, and 25 spectra a second while something stands out.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from guide.duration import RATE
from guide.sound import Sound

_SPAN = 6
"""Frames (120 ms) within which a syllable is there; a swell, a car and a beating hum take longer."""
_RISE = 9.0
"""Decibels by which it has risen by then, in each of so many bands."""
_BANDS = 3
_SEVERAL = 4
"""Onsets without a pitch that are taken for a whisper or a sob: a breath has one or two."""
_WITHIN = 100
"""Frames (2 s) in which they come."""
_APART = 4
"""Frames without a rise between two onsets."""

_PITCHES = (70, 400)
"""Hz of voices, of men and of children."""
_LIKENESS = 0.6
"""How like itself a voice is one period later, of 1. Measured over 40 ms: 0.25 is usual for breath and rain
and 0.53 the most, and nine tenths of speech are above 0.8."""
_AS_GOOD = 0.9
"""Share of the best likeness from which a shorter period is taken for the pitch."""
_TRACK = 25
"""Pitches that are remembered (1 s)."""
_FOLLOWED = 15
"""Pitches in a row (0.6 s) that are needed to say that one moves: those of hums that beat do so for 0.3 s,
and seldom for 0.5 s."""
_LEAP = 1.5 / 12
"""Octaves between two of them that are no glide: a vibrato has 0.8 semitones, a wail one."""
_MOVED = 0.6 / 12
"""Octaves by which a pitch has moved: a vibrato has one semitone from top to bottom."""
_STILL = 3
"""Pitches of which one at least has to be there for a tone to go on."""
_BREATH = 750
"""Frames (15 s) for which a tone may go on as it is: somebody who sings breathes by then."""
_HEARD = (100, 4_000)
"""Hz in which the pitch is looked for."""


class Syllables:
    """Hears the onsets of speech in band levels (dB), and how a pitch goes on, frame by frame.

    Speech rises and falls two to eight times a second (the modulation spectrum of Houtgast and Steeneken,
    1985); fans, rain, traffic, waves and the beating of two hums do not, or not in several bands at once.
    Who sings or wails may hold one tone for longer, and begin it slowly; its pitch trembles or glides then.
    """

    def __init__(self) -> None:
        self._levels: deque[NDArray[np.float64]] = deque(maxlen=_SPAN + 1)
        self._onsets: deque[int] = deque(maxlen=_SEVERAL)
        self._count = 0
        self._risen = -_APART
        """When the levels rose last."""
        self._frame: Sound | None = None
        self._track: deque[float | None] = deque(maxlen=_TRACK)
        """The pitches (octaves) of every second frame, with the one before it; None where there is none."""
        self._held = 0
        """Frames for which a pitch may go on as it is."""
        self.begun = False
        """Whether the last frame makes it plain that somebody speaks, or sings, or wails."""

    @property
    def sings(self) -> bool:
        """Whether a pitch lasts that began as a voice does, or moved as one: a breath long at most."""
        return self._held > 0 and any(pitch is not None for pitch in list(self._track)[-_STILL:])

    def hear(self, levels: NDArray[np.float64], frame: Sound, *, stands_out: bool, above: bool) -> None:
        """Hear the next frame; `stands_out` of its room of late, `above` the quietest that it ever was."""
        self._count += 1
        before, self._frame = self._frame, frame
        self._levels.append(levels)
        both = None if before is None or not above else np.concatenate([before, frame])
        if self._count % 2 == 0:
            self._track.append(None if both is None else _pitch(both))
        began = both is not None and self._rises(levels, stands_out=stands_out)
        sung = both is not None and (self._moves() or (began and _pitch(both) is not None))
        self._held = _BREATH if sung else max(self._held - 1, 0)
        self.begun = sung or (began and stands_out and self._again())

    def _moves(self) -> bool:
        """Whether the pitch has gone up or down without a leap, by more than that of a hum seems to."""
        chain: list[float] = []
        for pitch in reversed(self._track):
            if pitch is None or (chain and abs(pitch - chain[-1]) > _LEAP):
                break
            chain.append(pitch)
        return len(chain) >= _FOLLOWED and max(chain) - min(chain) >= _MOVED

    def _rises(self, levels: NDArray[np.float64], *, stands_out: bool) -> bool:
        rises = levels - np.min(np.array(self._levels), axis=0)
        if int(np.sum(rises >= _RISE)) < _BANDS:
            return False
        if stands_out:
            if self._count - self._risen > _APART:
                self._onsets.append(self._count)
            self._risen = self._count
        return True

    def _again(self) -> bool:
        return len(self._onsets) == _SEVERAL and self._count - self._onsets[0] < _WITHIN


def _pitch(sound: Sound) -> float | None:
    """The pitch of 40 ms, in octaves over 1 Hz, or one that is a part of it; None where they have none.

    They have one where they are alike from period to period, by the autocorrelation of their spectrum.
    """
    power = np.square(np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 2 * len(sound))))
    hertz = np.arange(len(power)) * RATE / (2 * len(sound))
    power[(hertz < _HEARD[0]) | (hertz > _HEARD[1])] = 0.0
    alike = np.fft.irfft(power)
    low, high = RATE // _PITCHES[1], RATE // _PITCHES[0]
    # A window that falls off makes a longer period less alike than it is.
    window = np.fft.irfft(np.square(np.abs(np.fft.rfft(np.hanning(len(sound)), 2 * len(sound)))))
    lags = slice(low, high + 1)
    likeness = alike[lags] / window[lags] * float(window[0])
    best = float(np.max(likeness))
    if best <= _LIKENESS * float(alike[0]):
        return None
    # Two periods are as alike as one; the first that is nearly as good as any, at its peak.
    near = int(np.argmax(likeness >= _AS_GOOD * best))
    peak = near + int(np.argmax(likeness[near : near + max((low + near) // 4, 1)]))
    return float(np.log2(RATE / (low + peak)))
