"""Bells, as sums of dying partials: `BELLS` names them, `ring` makes one sound.

A struck shell or tube rings in modes that are not harmonics. Each mode of a round body comes as a pair,
almost the same, since no body is perfectly round; the two beat slowly, and that is the life of the sound.

Where the numbers come from:

- Bowl: bending of a thin ring, f(n) ∝ n(n² − 1)/√(n² + 1) for n = 2, 3, 4 … (Rayleigh, The Theory of Sound;
  Fletcher and Rossing, The Physics of Musical Instruments). It gives 1 : 2.83 : 5.42 : 8.77 : 12.9. The
  Tibetan bowl of the Synthesis ToolKit's banded waveguides (after Essl and Cook, Proc. ICMC 1999) has
  1 : 2.99 : 5.70 : 9.01 : 12.8, its lowest pair 0.8 % apart. On the beating of real bowls: Inácio, Henrique
  and Antunes, "The Dynamics of Tibetan Singing Bowls", Acta Acustica 92 (2006); Terwagne and Bush, "Tibetan
  Singing Bowls", Nonlinearity 24 (2011).
- Block: bending of a free bar of wood, f(k) ∝ 3.011², 5², 7² …, which is 1 : 2.76 : 5.40 (Fletcher and
  Rossing), over the air in its hollow, whose pitch is set between the first two. Wood dies within a second.
- Chime: bending of a free tube, f(k) ∝ 3.011², 5², 7², 9² … (Fletcher and Rossing; Rossing, "Acoustics of
  Percussion Instruments, Part I", The Physics Teacher 14 (1976)). Modes 4, 5 and 6 lie nearly as 2 : 3 : 4,
  and the ear hears a note an octave below mode 4 that is not there.

Loudness and dying time of each mode are chosen by ear and by eye: a soft mallet, warm, nothing sharp.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from waves import Wave, eased, factor, moments, placed

BOWL = 220.0
"""The bowl's lowest mode (Hz): A below middle C, a fifth of the drone."""
HIGH_BOWL = 587.33
"""The high bowl's lowest mode (Hz): D, an octave and a fourth above the low bowl's."""
BLOCK = 293.66
"""The block's lowest mode (Hz): D above the low bowl's A."""
CHIME = 587.33
"""The chime's fourth mode (Hz): D; the note that is heard is the D an octave below."""
_HOLLOW = 1.83
"""The pitch of the air in the block, of its lowest mode."""
_SECOND = 0.45
"""How loud the weaker one of a pair is beside the stronger; below 1, so that no beat falls silent."""
_MEETING = 0.4
"""When the two of each pair first meet (seconds after the stroke): the sound opens before it fades."""
_SPREAD = 0.42, 0.60
"""Where the two of a pair stand between the ears, from 0 (left) to 1 (right)."""


@dataclass(frozen=True, slots=True)
class Mode:
    """One pair of partials."""

    frequency: float
    """Between the two (Hz)."""
    level: float
    """At the stroke, beside the loudest mode (dB)."""
    dying: float
    """Time to fall by 60 dB (seconds)."""
    beat: float
    """How often the two meet (Hz): their distance."""


@dataclass(frozen=True, slots=True)
class Bell:
    """One stroke of one bell."""

    modes: tuple[Mode, ...]
    """Its pairs of partials."""
    length: float
    """How long it is heard (seconds): long enough for each mode to die by more than 70 dB by itself."""
    onset: float
    """How long the stroke takes to reach its full strength (seconds): the softness of the mallet."""


def ring_ratio(lobes: int) -> float:
    """The frequency of a thin ring's bending mode, of the one with two lobes (a number)."""

    def bend(n: int) -> float:
        return float(n * (n * n - 1) / np.sqrt(n * n + 1))

    return bend(lobes) / bend(2)


def bar_ratio(mode: int) -> float:
    """The frequency of a free bar's bending mode, of its first (a number)."""
    return ((2 * mode + 1) / 3.011) ** 2 if mode > 1 else 1.0


def tube_ratio(mode: int) -> float:
    """The frequency of a free tube's bending mode, of its fourth (a number)."""
    return (3.011 if mode == 1 else 2 * mode + 1) ** 2 / 81


_Row = tuple[float, float, float]
"""Level, dying time and beat of a mode, as in Mode."""


def _modes(ratios: Iterable[float], base: float, rows: Iterable[_Row]) -> tuple[Mode, ...]:
    return tuple(Mode(base * ratio, *row) for ratio, row in zip(ratios, rows, strict=True))


BELLS = {
    "bowl": Bell(
        _modes(
            map(ring_ratio, (2, 3, 4, 5, 6, 7)),
            BOWL,
            [
                *((0, 8.9, 0.55), (-6, 7.2, 0.85), (-15, 4.8, 1.3)),
                *((-25, 3.0, 1.9), (-34, 1.8, 2.6), (-43, 1.0, 3.3)),
            ],
        ),
        length=12.0,
        onset=0.032,
    ),
    "high-bowl": Bell(
        _modes(
            map(ring_ratio, (2, 3, 4, 5)),
            HIGH_BOWL,
            [(0, 7.4, 0.62), (-13, 5.0, 0.95), (-25, 2.8, 1.5), (-38, 1.4, 2.2)],
        ),
        length=10.0,
        onset=0.030,
    ),
    "block": Bell(
        _modes(
            (bar_ratio(1), _HOLLOW, bar_ratio(2), bar_ratio(3)),
            BLOCK,
            [(0, 0.95, 0), (-7, 0.60, 0), (-12, 0.42, 0), (-25, 0.25, 0)],
        ),
        length=1.5,
        onset=0.026,
    ),
    "chime": Bell(
        _modes(
            map(tube_ratio, (2, 3, 4, 5, 6, 7, 8, 9)),
            CHIME,
            [
                *((-17, 6.0, 0.30), (-10, 6.2, 0.45), (0, 6.2, 0.70), (-5, 5.2, 0.95)),
                *((-11, 4.0, 1.25), (-19, 2.9, 1.6), (-28, 2.0, 2.1), (-37, 1.4, 2.7)),
            ],
        ),
        length=8.0,
        onset=0.026,
    ),
}
"""Each bell by its name."""

_LAST = 0.4
"""How long the end is eased (seconds), where the sound is already more than 70 dB down."""


def ring(bell: Bell) -> Wave:
    """One stroke, `(frames, 2)`, at no particular level."""
    time = moments(bell.length)
    total = np.zeros((len(time), 2))
    for mode in bell.modes:
        strength = factor(mode.level) * np.exp(-np.log(1000.0) * time / mode.dying)
        turns = mode.frequency * time
        apart = mode.beat / 2 * (time - _MEETING)
        total += placed(strength * np.sin(2 * np.pi * (turns - apart)), _SPREAD[0])
        total += placed(_SECOND * strength * np.sin(2 * np.pi * (turns + apart)), _SPREAD[1])
    return eased(total, bell.onset, _LAST)
