"""Where the sentences really are in a finished sound: found by likeness with the clip, not by trust."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from guide.duration import RATE
from guide.sound import Sound

_NEAR = RATE // 4
"""Frames: how far from its place a sentence is looked for."""


@dataclass(frozen=True, slots=True)
class Found:
    """A sentence that was looked for."""

    start: int
    """The frame at which it should begin."""
    off: int
    """Frames by which it begins later; negative is earlier."""


def found(heard: Sound, clips: Iterable[tuple[int, Sound]], near: int = _NEAR) -> list[Found]:
    """Each clip's real place in mono sound, within `near` frames of the one it should have."""
    return [Found(start, _off(heard, start, clip, near)) for start, clip in clips]


def worst(places: Iterable[Found]) -> int:
    """The greatest distance from its place, in frames."""
    return max((abs(place.off) for place in places), default=0)


def _off(heard: Sound, start: int, clip: Sound, near: int) -> int:
    a, b = start - near, start + len(clip) + near
    window = heard[max(a, 0) : b]
    window = np.pad(window, (max(0, -a), max(0, b - len(heard))))
    size = 1 << int(np.ceil(np.log2(len(window) + len(clip))))
    likeness = np.fft.irfft(np.fft.rfft(window, size) * np.conj(np.fft.rfft(clip, size)), size)
    return int(np.argmax(likeness[: 2 * near + 1])) - near
