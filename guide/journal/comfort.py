"""How much louder a quiet recording is played; what is kept stays as the microphone heard it.

One gain for all of a recording, so that nothing pumps. It is measured before the first sound, in a bounded
part: three minutes at most are read, and the thirty seconds of them that are loudest are looked at. Nothing
is waited for longer in a long recording than in a short one.
"""

from typing import Any

import numpy as np

from guide.activity import Activity
from guide.duration import RATE
from guide.loudness import integrated_of
from guide.sound import Sound

MOST = 20.0
"""Decibels, the most that a recording is raised by: more would bring up the room, not the voice."""
CEILING = -1.0
"""The true peak that nothing raised goes above (dBTP)."""
_LOUDNESS = -21.0
"""LUFS of one channel, which from both sides is the −18 of the guide's own voice."""
_PIECE = 5 * RATE
_PIECES = 36
_LOUDEST = 6
_VOICE = 0.3
"""Seconds of voice under which nobody is in a recording: then nothing is raised."""


def lift(file: Any) -> float:
    """Decibels, 0 to MOST, by which a recording is raised; `file` is an open SoundFile, left anywhere.

    0 where no voice is found, and where it is loud enough by itself.
    """
    pieces = _loudest(file)
    activity = Activity()
    voiced = [activity.push(piece).voiced_seconds for piece in pieces]
    if not voiced or voiced[-1] < _VOICE:
        return 0.0
    loudness = integrated_of(pieces)
    return float(np.clip(_LOUDNESS - loudness, 0.0, MOST)) if np.isfinite(loudness) else 0.0


def mono(samples: Sound) -> Sound:
    """`(frames, channels)` as `(frames,)`, the mean of the channels; one channel keeps every bit."""
    return samples[:, 0] if samples.shape[1] == 1 else samples.mean(axis=1, dtype=np.float32)


def _loudest(file: Any) -> list[Sound]:
    """The loudest pieces of those that are read, in their order."""
    whole = int(file.frames)
    count = min(_PIECES, -(-whole // _PIECE))
    pieces: list[Sound] = []
    for number in range(count):
        # All of a short one; of a long one from its beginning to its end, evenly.
        start = number * _PIECE if whole <= _PIECES * _PIECE else number * (whole - _PIECE) // (count - 1)
        file.seek(start)
        pieces.append(mono(file.read(_PIECE, dtype="float32", always_2d=True)))
    powers = [float(np.sum(np.square(piece))) for piece in pieces]
    chosen = sorted(range(len(pieces)), key=lambda number: -powers[number])[:_LOUDEST]
    return [pieces[number] for number in sorted(chosen)]
