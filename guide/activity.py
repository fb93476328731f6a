"""What is in the sound of a microphone: how loud it is, whether someone speaks, what to say about it.

Pure: blocks in, values out; time is counted in the sound itself.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from guide.duration import RATE, seconds
from guide.sound import Sound, decibels
from guide.syllables import Syllables

FRAME = RATE // 50
"""The voice is looked for in frames of 20 ms."""

_EDGES = (150, 300, 500, 800, 1_300, 2_200, 4_000, 7_000)
"""Seven bands (Hz) in which a voice lives, above the hum of mains and most of the rumble of fans."""
_ABOVE_TONES = 4
"""The first band that none of our tones is in: of D5, the highest, only the faint twelfth is."""
_REMEMBERED = 200
"""Frames (4 s) by which the room is known: even steady talk leaves the room audible for a fifth of that."""
_ROOM_SHARE = 20
"""Percentile of those frames, in each band, that is taken for the room."""
_ABOVE_ROOM = 9.0
"""Decibels over the room at which a band is taken for voice."""
_BANDS_OF_VOICE = 2
"""Bands that must rise together: a voice is broad, a squeak or a ringing pipe is not."""
_LEAST = -75.0
"""Band level (dBFS) under which nothing is a voice: the last bits of a converter."""
_MOMENT = 10
"""Frames (200 ms) of which the quietest of a take are remembered: who sings takes no longer for a breath."""
_RUN = 4
"""Frames in a row that make a voice (80 ms): a knock, a click and a rustle are shorter."""

_PATIENCE = 6_000
"""Frames (2 minutes) for which what stands out and never begins as speech does is taken for somebody there:
breath may be all that a person has just now. After that it is a hum that beats, a street, the sea."""

_FULL_SCALE = 0.999
_ONE_BIT = 1.5 / 32_768
_QUIET, _QUIET_NO_MORE = -45.0, -41.0
"""Level of the voice (dBFS) at which it is too quiet to be heard well later, and where it is not any more."""


class Advice(Enum):
    """What a person may want to know while they speak; the value is the sentence."""

    MUTED = "The microphone is muted: nothing at all arrives."
    CLIPPING = "That is very loud; a little further from the microphone is clearer."
    QUIET = "That is very quiet; a little closer to the microphone is clearer."


@dataclass(frozen=True, slots=True)
class Level:
    """How loud one block is."""

    peak: float
    """The loudest sample in dBFS; −inf for digital silence."""
    rms: float
    """The root of the mean square in dBFS; −inf for digital silence."""
    clipped: bool
    """Two samples in a row at full scale: more came than the converter can say."""
    muted: bool
    """Not more than the last bit moves: no microphone in a room is that still."""

    @classmethod
    def of(cls, block: Sound) -> "Level":
        """The level of a block `(n,)`; of no samples it is silence."""
        if not block.size:
            return cls(float("-inf"), float("-inf"), clipped=False, muted=True)
        low, high = float(block.min()), float(block.max())
        loudest = max(-low, high)
        return cls(
            peak=decibels(loudest),
            rms=decibels((float(np.dot(block, block)) / len(block)) ** 0.5),
            clipped=loudest >= _FULL_SCALE and _clips(block),
            muted=high - low <= 2 * _ONE_BIT,
        )


def _clips(block: Sound) -> bool:
    full = np.abs(block) >= _FULL_SCALE
    return bool(np.any(full[1:] & full[:-1]))


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a take up to now."""

    level: Level
    """Of the last block that held any sound."""
    voice: bool
    """Someone is speaking now."""
    voiced_seconds: float
    """Voice since the beginning."""
    silent_for: float
    """Seconds since the last voice, or since the beginning."""
    quiet_for: float
    """Seconds since anything that may be a person; what is meant by silence where that ends a take.

    As `silent_for`, but what stands out without ever beginning as speech does holds it back for two minutes
    at most.
    """
    advice: Advice | None
    """What to say to the person, steady enough to be shown."""


class Activity:
    """Hears whether someone speaks, in a room that it gets to know as it listens.

    A frame is voice when several bands together stand out of what those bands were like in the last four
    seconds. Steady hum and fans are the room, however loud; a quiet voice in a quiet room still stands out.
    The floor is a low percentile of each band (Stahl, Fischer and Bippus, 2000), a steadier kin of the
    minimum statistics of R. Martin (2001): a fan that starts is the room after some three seconds.

    So would be a tone that somebody holds. While it stands out of the quietest moment of the take, and has a
    pitch that began as a voice does or moves, it is voice all the same.
    """

    def __init__(self) -> None:
        self._rest: Sound = np.zeros(0, dtype=np.float32)
        self._room: deque[NDArray[np.float64]] = deque(maxlen=_REMEMBERED)
        self._before: NDArray[np.float64] | None = None
        self._floor: NDArray[np.float64] = np.full(len(_EDGES) - 1, _LEAST)
        self._moment: deque[NDArray[np.float64]] = deque(maxlen=_MOMENT)
        self._quietest: NDArray[np.float64] = np.full(len(_EDGES) - 1, np.inf)
        """Each band in the quietest moment that it had, in dB."""
        self._window = np.hanning(FRAME)
        self._scale = 2 / (FRAME * float(np.sum(np.square(self._window))))
        bins = np.fft.rfftfreq(FRAME, 1 / RATE)
        self._starts = np.searchsorted(bins, _EDGES)
        self._heard = 0
        self._run = 0
        self._voiced = 0
        self._silent = 0
        self._unclear = 0
        self._plain = False
        """Whether this run of voice has begun as speech does."""
        self._tone = 0
        """Frames in which a tone of ours may be heard from now on."""
        self._syllables = Syllables()
        self._level = Level.of(self._rest)
        self._adviser = _Adviser()

    def expect_tone(self, count: int) -> None:
        """One of our own tones may be heard in the next `count` frames of sound: what it has is no voice."""
        self._tone = max(self._tone, -(-count // FRAME))

    def push(self, block: Sound) -> State:
        """Hear the next block `(n,)` of any size, also none; what is known now."""
        alone = len(block) == FRAME and not self._rest.size
        if block.size and not alone:
            self._level = Level.of(block)
        sound = np.concatenate([self._rest, block])
        whole = len(sound) // FRAME * FRAME
        for frame in sound[:whole].reshape(-1, FRAME):
            level = self._hear(frame)
            self._level = level if alone else self._level
        self._rest = sound[whole:]
        return State(
            level=self._level,
            voice=self._run >= _RUN,
            voiced_seconds=seconds(self._voiced * FRAME),
            silent_for=seconds(self._silent * FRAME),
            quiet_for=seconds(max(self._silent, self._unclear - _PATIENCE) * FRAME),
            advice=self._adviser.advice,
        )

    def _hear(self, frame: Sound) -> Level:
        """Hear one frame; its level."""
        level = Level.of(frame)
        voiced = not level.muted and self._stands_out(frame)
        self._tone = max(0, self._tone - 1)
        self._run = self._run + 1 if voiced else 0
        self._plain = self._run > 0 and (self._plain or self._syllables.begun)
        if self._run == _RUN:
            self._voiced += _RUN
            self._silent = 0
        elif self._run > _RUN:
            self._voiced += 1
        else:
            self._silent += 1
        self._unclear = 0 if self._plain and self._run >= _RUN else self._unclear + 1
        self._adviser.hear(level, voiced=self._run >= _RUN)
        return level

    def _stands_out(self, frame: Sound) -> bool:
        bands = self._bands(frame)
        # Two frames together are steadier than one, and forget a knock at once.
        both = bands if self._before is None else (bands + self._before) / 2
        self._before = bands
        levels = 10 * np.log10(both + 1e-12)
        self._room.append(levels)
        self._heard += 1
        if self._heard % 5 == 1:  # the room does not change faster, and this is the dear part
            self._floor = np.maximum(np.percentile(np.array(self._room), _ROOM_SHARE, axis=0), _LEAST)
        lowest = _ABOVE_TONES if self._tone else 0
        self._remember(bands)
        out = levels[lowest:] > self._floor[lowest:] + _ABOVE_ROOM
        voiced = int(np.sum(out)) >= _BANDS_OF_VOICE
        above = int(np.sum(levels > self._quietest + _ABOVE_ROOM)) >= _BANDS_OF_VOICE
        alone = not self._tone
        self._syllables.hear(levels, frame, stands_out=voiced and alone, above=(voiced or above) and alone)
        return voiced or (above and self._syllables.sings)

    def _remember(self, bands: NDArray[np.float64]) -> None:
        self._moment.append(bands)
        if len(self._moment) == _MOMENT:
            levels = 10 * np.log10(np.mean(np.array(self._moment), axis=0) + 1e-12)
            self._quietest = np.minimum(self._quietest, np.maximum(levels, _LEAST))

    def _bands(self, frame: Sound) -> NDArray[np.float64]:
        """The power of each band, so that a sine at full scale within one is about −3 dBFS."""
        spectrum = np.fft.rfft(frame * self._window)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        return np.add.reduceat(power, self._starts)[:-1] * self._scale


@dataclass(slots=True)
class _Adviser:
    """Advice with patience: it comes when a thing lasts, and goes when it has been gone for a while."""

    advice: Advice | None = None
    _still: int = 0
    """Frames of digital silence in a row."""
    _alive: int = 0
    """Frames of anything else in a row."""
    _clips: deque[int] = field(default_factory=lambda: deque(maxlen=3))
    """When the last clipped frames were."""
    _voice: deque[float] = field(default_factory=lambda: deque(maxlen=100))
    """Mean squares of the last two seconds of voice."""
    _frames: int = 0
    _muted: bool = False
    _clipping: bool = False
    _quiet: bool = False

    def hear(self, level: Level, *, voiced: bool) -> None:
        self._frames += 1
        self._still, self._alive = (self._still + 1, 0) if level.muted else (0, self._alive + 1)
        if level.clipped:
            self._clips.append(self._frames)
        if voiced:
            self._voice.append(10 ** (level.rms / 10))
        self._muted = self._still >= 100 or (self._muted and self._alive < 25)
        self._clipping = self._is_clipping()
        self._quiet = self._is_quiet()
        self.advice = (
            Advice.MUTED
            if self._muted
            else Advice.CLIPPING
            if self._clipping
            else Advice.QUIET
            if self._quiet
            else None
        )

    def _is_clipping(self) -> bool:
        """Three clipped frames within two seconds; until three seconds without any."""
        if not self._clips:
            return False
        if self._clipping:
            return self._frames - self._clips[-1] < 150
        return len(self._clips) == 3 and self._frames - self._clips[0] < 100

    def _is_quiet(self) -> bool:
        """A second of voice under the limit; until two seconds of voice are well over it."""
        if len(self._voice) < 50:
            return False
        level = 10 * float(np.log10(np.mean(self._voice) + 1e-12))
        return level < (_QUIET_NO_MORE if self._quiet else _QUIET)
