"""Whether what stands out of a room begins as speech begins: suddenly, and with a pitch or again and again.

Pure, and cheap: a few comparisons for each frame, and one spectrum more where a sound begins.
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
_HEARD = (100, 4_000)
"""Hz in which the pitch is looked for."""


class Syllables:
    """Hears the onsets of speech in band levels (dB), frame by frame.

    Speech rises and falls two to eight times a second (the modulation spectrum of Houtgast and Steeneken,
    1985); fans, rain, traffic, waves and the beating of two hums do not, or not in several bands at once.
    """

    def __init__(self) -> None:
        self._levels: deque[NDArray[np.float64]] = deque(maxlen=_SPAN + 1)
        self._onsets: deque[int] = deque(maxlen=_SEVERAL)
        self._count = 0
        self._risen = -_APART
        """When the levels rose last."""
        self._frame: Sound | None = None
        self.begun = False
        """Whether the last frame makes it plain that somebody speaks."""

    def hear(self, levels: NDArray[np.float64], frame: Sound, *, stands_out: bool) -> None:
        """Hear the next frame; `stands_out` says that it does, of its room."""
        self.begun = self._begins(levels, frame, stands_out=stands_out)

    def _begins(self, levels: NDArray[np.float64], frame: Sound, *, stands_out: bool) -> bool:
        self._count += 1
        before, self._frame = self._frame, frame
        self._levels.append(levels)
        if not stands_out or before is None:
            return False
        rises = levels - np.min(np.array(self._levels), axis=0)
        if int(np.sum(rises >= _RISE)) < _BANDS:
            return False
        if self._count - self._risen > _APART:
            self._onsets.append(self._count)
        self._risen = self._count
        return self._again() or _has_pitch(np.concatenate([before, frame]))

    def _again(self) -> bool:
        return len(self._onsets) == _SEVERAL and self._count - self._onsets[0] < _WITHIN


def _has_pitch(sound: Sound) -> bool:
    """Whether 40 ms are alike from period to period, by the autocorrelation of their spectrum."""
    power = np.square(np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 2 * len(sound))))
    hertz = np.arange(len(power)) * RATE / (2 * len(sound))
    power[(hertz < _HEARD[0]) | (hertz > _HEARD[1])] = 0.0
    alike = np.fft.irfft(power)
    low, high = RATE // _PITCHES[1], RATE // _PITCHES[0]
    # A window that falls off makes a longer period less alike than it is.
    window = np.fft.irfft(np.square(np.abs(np.fft.rfft(np.hanning(len(sound)), 2 * len(sound)))))
    lags = slice(low, high + 1)
    return float(np.max(alike[lags] / window[lags])) * float(window[0]) > _LIKENESS * float(alike[0])
