"""From pace and semitones to espeak's own numbers, by tables from `tests/benchmarks/voice_table.py`."""

import numpy as np

from guide.voices.pool import Setting

DEFAULT = "en-gb+f4"
"""The voice that is there when nobody asked for another; docs/voices.md says why."""
MELODY = 40
"""espeak's pitch range, 50 as the voice was made: a little calmer."""
BASE = 42
"""espeak's pitch for 0 semitones, 50 as the voice was made: a little lower."""
TABLE = 1
"""Goes into the identity of the voice. Raise it when anything here changes."""

NATURAL = 115.0
"""Words a minute at pace 1.0: words ÷ time from the first to the last sample, gaps between sentences too."""
RATES: tuple[tuple[float, int], ...] = (
    (98.7, 80),
    (99.2, 85),
    (104.3, 90),
    (109.6, 95),
    (114.5, 100),
    (124.4, 110),
    (134.2, 120),
    (148.7, 135),
    (162.2, 150),
    (183.9, 175),
    (203.8, 200),
)
"""Words a minute of the default voice, and the espeak rate that gives them. Below 80 espeak does not go."""
GAPS: tuple[tuple[float, int], ...] = ((89.1, 1), (86.0, 2), (80.0, 4), (69.9, 8), (62.1, 12))
"""Words a minute at rate 80 with so much silence between the words: how it goes slower still."""
SEMITONES: tuple[tuple[float, int], ...] = (
    (-6.88, 0),
    (-4.98, 12),
    (-3.14, 24),
    (-1.13, 36),
    (0.0, 42),
    (1.40, 50),
    (2.91, 58),
    (4.43, 66),
    (6.0, 74),
    (7.46, 82),
    (8.86, 90),
    (9.56, 99),
)
"""Semitones from the default voice's own pitch (162 Hz), and the espeak pitch that gives them."""
GAINS: dict[tuple[float, float], float] = {(1.0, 0.0): -2.62}
"""dB that bring the default voice to the loudness of speech, by pace and pitch, with MEASURED_WITH. Whoever
needs a word at once is not kept waiting by five sentences of calibration."""
MEASURED_WITH = ("espeak-ng 1.51", "espeak-ng 1.52")
"""The engines with which GAINS is the same, to 0.1 dB."""


def setting(voice: str, pace: float, pitch: float, library: str) -> Setting:
    """The worker setting for a pace (1.0 is 115 words a minute) and a pitch in semitones.

    Beyond the ends of the tables (62 and 204 words a minute, 7 semitones down, 9.5 up) the nearest there is.
    """
    wanted, gap = pace * NATURAL, 0
    if wanted < RATES[0][0]:
        at_slowest, gap = next((row for row in GAPS if row[0] <= wanted), GAPS[-1])
        wanted *= RATES[0][0] / at_slowest
    return Setting(voice, _between(RATES, wanted), _between(SEMITONES, pitch), MELODY, gap, library)


def _between(table: tuple[tuple[float, int], ...], value: float) -> int:
    keys, numbers = zip(*table, strict=True)
    return round(float(np.interp(value, keys, numbers)))
