"""Time in its three forms: text for people, seconds at the border, whole frames inside.

Everything inside counts frames at RATE. This module needs nothing, so that `guide list` stays quick.
"""

import re

RATE = 48_000
"""Frames per second, everywhere (Hz)."""

_UNITS = re.compile(
    r"(?:(?P<h>\d+(?:\.\d+)?)\s*h)?\s*(?:(?P<m>\d+(?:\.\d+)?)\s*m(?:in)?)?\s*(?:(?P<s>\d+(?:\.\d+)?)\s*s)?"
)
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):([0-5]\d(?:\.\d+)?)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LONGEST_TEXT = 32
_LONGEST = 24 * 3600.0


def parse(text: str) -> float:
    """Seconds of a duration as people write it: `20s`, `1m30s`, `2h`, `1:30`, `1:02:03`, `90`.

    Raises ValueError, with a sentence, for anything else, and for more than a day.
    """
    word = text.strip().lower()
    if len(word) > _LONGEST_TEXT:
        raise ValueError("that is too long to be a length of time")
    seconds = _read(word)
    if seconds is None:
        raise ValueError(f"'{word}' is not a length of time; write it like 20s, 1m30s or 1:30")
    if seconds > _LONGEST:
        raise ValueError(f"'{word}' is more than a day")
    return seconds


def _read(word: str) -> float | None:
    if _NUMBER.fullmatch(word):
        return float(word)
    if clock := _CLOCK.fullmatch(word):
        hours, minutes, seconds = clock.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)
    units = _UNITS.fullmatch(word)
    if word and units and any(units.groups()):
        return float(units["h"] or 0) * 3600 + float(units["m"] or 0) * 60 + float(units["s"] or 0)
    return None


def frames(seconds: float) -> int:
    """Whole frames at RATE nearest to a number of seconds."""
    return round(seconds * RATE)


def seconds(count: int) -> float:
    """Seconds that a number of frames lasts."""
    return count / RATE


def clock(count: int) -> str:
    """Frames as a clock for people, `12:30` or `1:02:03`; parts of a second are dropped."""
    whole = max(0, count) // RATE
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"


def words(count: int) -> str:
    """Frames as a length that `parse` reads again: `20m`, `1m30s`, `1h5m`, `2.5s`."""
    hundredths = round(count * 100 / RATE)
    whole, part = divmod(hundredths, 100)
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    tail = f"{secs}.{part:02d}".rstrip("0").rstrip(".") if part else str(secs)
    text = (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes else "")
    return text + (f"{tail}s" if tail != "0" or not text else "")
