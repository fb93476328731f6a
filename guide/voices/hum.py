"""A voice that hums: one soft tone for each word.

It needs nothing, and the same text is always the same sound: for tests, previews and bare machines.
"""

import re
from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from zlib import crc32

import numpy as np

from guide.duration import RATE, frames
from guide.errors import NotFoundError, VoiceError
from guide.sound import Sound, faded
from guide.voices import Voice
from guide.voices.finish import CALIBRATION, gain_of

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_SCALE = (0, 2, 4, 7, 9, 12)
"""Semitones of the tones that a word may have: no two of them clash."""
_LOWEST = 196.0
"""Hz of the lowest tone, a G."""
_WORD_SECONDS = 0.45
"""At pace 1.0: with the gaps between sentences of seven to twelve words, 115 words a minute."""
_LEVEL = 0.2


def voice(
    setting: str,
    cache: Path | None,  # noqa: ARG001 - there is nothing to remember
    pinned: Collection[str],  # noqa: ARG001
    patience: float | None = None,  # noqa: ARG001 - and nothing to wait for
) -> Voice:
    """The one hum there is. Raises NotFoundError for a setting, since it has none."""
    if setting:
        raise NotFoundError(f"The voice 'hum' has no variant '{setting}'; it is just 'hum'.")
    return Hum()


class Hum:
    """One soft tone per word, its pitch by the letters."""

    identity = "hum 1"

    def speak(self, text: str, pace: float, pitch: float) -> Sound:
        """See Voice. Raises VoiceError where there are no words."""
        words = _WORD.findall(text)
        if not words:
            raise VoiceError(f"There is nothing to speak in “{text.strip()[:60]}”.")
        return np.concatenate([_tone(word.lower(), pace, pitch) for word in words])

    def recall(self, text: str, pace: float, pitch: float) -> int | None:  # noqa: ARG002 - it keeps nothing
        """See Voice."""
        return None

    def gain(self, pace: float, pitch: float) -> float:  # noqa: ARG002 - a hum is as loud at every pace
        """See Voice."""
        return self._gain

    def close(self) -> None:
        """See Voice. There is nothing to end."""

    @cached_property
    def _gain(self) -> float:
        return gain_of(self.speak(text, 1.0, 0.0) for text in CALIBRATION)


def _tone(word: str, pace: float, pitch: float) -> Sound:
    """A tone that swells and fades, with a little of its octave."""
    step = _SCALE[crc32(word.encode("utf-8", "replace")) % len(_SCALE)] + pitch
    hertz = _LOWEST * 2.0 ** (step / 12.0)
    count = frames(_WORD_SECONDS / pace)
    turns = 2.0 * np.pi * hertz * np.arange(count) / RATE
    tone = _LEVEL * (np.sin(turns) + 0.25 * np.sin(2.0 * turns))
    return faded(tone.astype(np.float32), count // 4, count // 2)
