"""Lengths and times of the clock in words, as somebody says them: a voice never meets a figure. Pure."""

from typing import Protocol

from guide.duration import RATE

DAY = 24 * 60
"""Minutes."""


class Numerals(Protocol):
    """How a language says them."""

    def amount(self, frames: int) -> str:
        """A length: to five seconds under a minute, to half a minute under ten, then to a minute."""

    def about(self, frames: int) -> str:
        """A length of which only a part is known: one of `ABOUT`, so that all can be made ahead."""

    def clock(self, minute: int) -> str:
        """A time of the clock, by its minutes since midnight: `a quarter past ten`."""

    def day_part(self, minute: int) -> str:
        """What tells it from the same one twelve hours later, with a space before it, or nothing."""


_GRID: tuple[int, ...] = (*range(1, 11), 12, 15, 20, 25, 30, 40, 50, 60)
"""Minutes that `about` knows."""
EXACT = 10
"""Up to so many minutes a length is no longer `about`."""
ABOUT = (0, *(minutes * 60 * RATE for minutes in _GRID), 2 * 3600 * RATE)
"""A length, in frames, for each thing that `about` can say."""


def nearest(frames: int) -> int | None:
    """The minutes of the grid that are nearest; 0 for less than one, None for more than all."""
    minutes = frames / (60 * RATE)
    if minutes < 1:
        return 0
    if minutes > _GRID[-1] + 5:
        return None
    return min(_GRID, key=lambda known: abs(known - minutes))


def parts_of(frames: int) -> tuple[int, int, bool, int]:
    """Hours, minutes, whether there is half a minute more, and seconds where there is nothing else."""
    seconds = max(0, frames) / RATE
    if seconds < 57.5:
        return 0, 0, False, max(5, 5 * round(seconds / 5))
    if seconds < 585:
        halves = max(2, round(seconds / 30))
        return 0, halves // 2, bool(halves % 2), 0
    hours, minutes = divmod(round(seconds / 60), 60)
    return hours, minutes, False, 0
