"""A script spoken through with a voice, at three lengths and in every wording, so that it can be counted."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from guide import loudness
from guide.clips import Progress, silently
from guide.expand import Item, expand, turns
from guide.library import Library
from guide.practice import Heard, Loudness, Measured
from guide.render import SLEEP_LUFS, VOICE_LUFS
from guide.script.models import Script
from guide.session import Opened, Wish, opened, spoken
from guide.sound import Sound, linear
from guide.voices import Voice

MOST_TURNS = 60
"""Wordings that are looked at: every branch of every choice, unless there are more."""
LENGTHS = ("shortest", "usual", "longest")
_BOTH_SIDES = 10 * float(np.log10(2))
"""dB by which a mono clip is louder from two loudspeakers."""


@dataclass(frozen=True, slots=True)
class _Wording:
    which: str
    target: int
    items: tuple[Item, ...]


def rehearsed(
    script: Script, wish: Wish, voice: Voice, library: Library, progress: Progress = silently
) -> Measured:
    """Every sentence spoken, and every wording at every length arranged, one after the other as asked for.

    Of the clips only the lengths are kept. Raises VoiceError, NotFoundError for a missing sound.
    """
    opening = opened(script, replace(wish, ambience="none"), voice, library)  # no bed need be read
    # Gone through once more for each use, so that not all of them are in memory together.
    opening.clips.add((text for one in _wordings(opening) for text in spoken(one.items)), progress)
    heard = (
        Heard.of(script, one.which, one.target, opening.material(one.items)) for one in _wordings(opening)
    )
    return Measured(heard, _loudness(opening), max(0, turns(script) - MOST_TURNS))


def _wordings(opening: Opened) -> Iterator[_Wording]:
    count = min(turns(opening.script), MOST_TURNS)
    for which in LENGTHS:
        target: int = getattr(opening.script.page.length, which)
        seen: set[int] = set()
        for turn in range(count):
            items = expand(opening.script, replace(opening.given, target=target, turn=turn))
            if hash(items) not in seen:
                seen.add(hash(items))
                yield _Wording(which, target, items)


def _loudness(opening: Opened) -> Loudness | None:
    """The voice as the mix has it at the usual length: from both sides, with the session's gain."""
    usual = next(one for one in _wordings(opening) if one.which == "usual")
    texts = spoken(usual.items)
    if not texts:
        return None
    clips, quieter = opening.clips, SLEEP_LUFS - VOICE_LUFS if opening.plan.sleep else 0
    gain = np.float32(linear(clips.gain() + quieter))
    peak = float("-inf")

    def each() -> Iterator[Sound]:
        nonlocal peak
        for text in texts:
            sample = clips.sample(text)
            sound = sample.read(0, sample.frames) * gain
            peak = max(peak, loudness.true_peak(sound))
            yield sound

    return Loudness(loudness.integrated_of(each()) + _BOTH_SIDES, peak)
