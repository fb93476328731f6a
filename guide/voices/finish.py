"""From what an engine says to a clip that may be mixed: the same for every voice.

The edges are trimmed, a little warmth is given, the peaks are held, both ends are faded.
"""

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from guide.duration import RATE, frames
from guide.errors import VoiceError
from guide.loudness import integrated, limited
from guide.sound import Sound, faded, linear, peak, resampled

FINISHING = 1
"""Goes into the name of every cached clip. Raise it with every change of this file that can be heard."""

TARGET = -18.0
"""LUFS of speech in the mix, where a mono clip sounds from both sides."""
_BOTH_SIDES = 3.01
"""dB by which a mono clip gains in loudness when it sounds from both sides."""
_CEILING = -2.0
"""dBTP that no clip passes once the voice's gain is applied."""
_FULL = -0.5
"""dBTP that no clip passes before it: it is stored as 16-bit whole numbers."""

_EDGE = frames(0.020)
_FADE = frames(0.010)
_SILENT = linear(-50.0)
"""What counts as silence at the edges, as a part of the clip's peak."""

WARMTH: tuple[tuple[float, float], ...] = (
    (20, -30),
    (50, -18),
    (80, -3),
    (130, 1.0),
    (220, 1.5),
    (400, 1.0),
    (900, 0.0),
    (2500, -0.5),
    (4000, -1.5),
    (6000, -3.5),
    (9000, -4.5),
    (24000, -6.0),
)
"""The tone curve, as Hz and dB: no rumble, a little body, softer sibilants; smooth between the points."""

CALIBRATION = (
    "Let yourself arrive, just as you are.",
    "Feel the weight of your body, held by the floor beneath you.",
    "Notice the breath as it comes in, and as it goes out again.",
    "If your mind wanders, that is all right; come back when you can.",
    "There is nothing here that you have to do well.",
)
"""What a voice says to have its loudness measured."""


def finish(raw: Sound, rate: int, gain: float) -> Sound:
    """A clip from an engine's mono samples at any rate (Hz), for a voice whose gain is known (dB).

    Mono float32 at RATE: edges trimmed to 20 ms, fades of 10 ms, true peak at most −2 dBTP after the gain.
    Raises VoiceError where there is nothing but silence.
    """
    return faded(limited(toned(raw, rate), min(_CEILING - gain, _FULL)), _FADE, _FADE)


def toned(raw: Sound, rate: int) -> Sound:
    """The same without limiter and fades: what the voice's loudness is measured on. Raises VoiceError."""
    return _trimmed(resampled(_warmed(_trimmed(raw, rate), rate), rate), RATE)


def gain_of(clips: Iterable[Sound]) -> float:
    """The gain in dB that brings these clips, sounding from both sides, to the loudness of speech."""
    loudness = integrated(np.concatenate(list(clips))) + _BOTH_SIDES
    if not np.isfinite(loudness):
        raise VoiceError("The voice is silent: its loudness cannot be measured.")
    return round(TARGET - loudness, 2)


def suits(text: str, length: int, pace: float) -> bool:
    """Whether so many frames can be this text: no voice is so hasty or so slow that a true clip fails."""
    letters = sum(character.isalpha() for character in text)
    others = sum(not character.isalpha() and not character.isspace() for character in text)
    least = min(0.1 + 0.015 * letters / pace, 0.2 + 0.01 * letters / pace)
    most = 2.0 + (0.35 * letters + 1.5 * others) / min(pace, 1.0)
    return least <= length / RATE <= most


def _trimmed(sound: Sound, rate: int) -> Sound:
    """From 20 ms before the first to 20 ms after the last sample that can be heard."""
    heard = np.flatnonzero(np.abs(sound) > max(_SILENT * peak(sound), 1e-5))
    if not heard.size:
        raise VoiceError("There is no sound in it.")
    edge = round(_EDGE * rate / RATE)
    padded = np.pad(sound, edge)
    return padded[heard[0] : heard[-1] + 2 * edge + 1].astype(np.float32)


def _warmed(sound: Sound, rate: int) -> Sound:
    """Through the tone curve, with no delay (zero phase): at the engine's own rate, where there is less."""
    size = _quick_size(len(sound) + rate // 4)
    spectrum = np.fft.rfft(sound.astype(np.float32, copy=False), size)
    spectrum *= _curve(size, rate)
    return np.asarray(np.fft.irfft(spectrum, size)[: len(sound)], dtype=np.float32)


def _quick_size(least: int) -> int:
    """A size for a transform: few different ones, none much larger than it must be."""
    step = 1 << max(0, least.bit_length() - 3)
    return -(-least // step) * step


@lru_cache(maxsize=16)
def _curve(size: int, rate: int) -> NDArray[np.float32]:
    points = np.array(WARMTH)
    octaves = np.log2(np.maximum(np.fft.rfftfreq(size, 1 / rate), points[0, 0]))
    even = np.linspace(np.log2(points[0, 0]), np.log2(RATE / 2), 512)
    level = np.interp(even, np.log2(points[:, 0]), points[:, 1])
    bell = np.hanning(41)
    smooth = np.convolve(np.pad(level, 20, mode="edge"), bell / bell.sum(), mode="valid")
    return np.asarray(10.0 ** (np.interp(octaves, even, smooth) / 20.0), dtype=np.float32)
