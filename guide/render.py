"""What a timeline sounds like: `block(mix, at, n)`, a pure function of the absolute frame.

Nothing here keeps a position. Every gain and fade is computed from the frame itself, and every frame is
summed in the same order, so that seeking is free and the size of the blocks changes nothing, not one bit.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from guide.beds import BED_LUFS, Bed
from guide.duration import frames
from guide.sound import Sound, linear
from guide.timeline import Event, Timeline

VOICE_LUFS = -18.0
"""Loudness of the speech (practice of spoken-word producers: AES TD1004 asks −16 to −20 LUFS)."""
SLEEP_LUFS = -20.0
NEAREST_BED = -20.0
"""dB: a bed is never closer to the voice than this (WCAG 2.2, technique G56)."""

_LIFT = 3.0
"""dB by which a bed is eased up in a long silence."""
_LONG_SILENCE = frames(4)
_AFTER, _RISE, _FALL, _BEFORE = frames(0.3), frames(1.5), frames(2), frames(0.2)
"""A bed begins to rise 0.3 s after a word, for 1.5 s; it falls for 2 s, until 0.2 s before the next word."""
_BED_IN, _BED_OUT = frames(4), frames(10)
_SLEEP_OUT = frames(180)
_QUICKEST = frames(0.25)
"""A change of beds never takes less, whatever is written: a cut clicks."""
_BELL_UNDER, _SLEEP_BELL_UNDER = -4.0, -6.0
"""dB of a bell's greatest momentary loudness under the voice's loudness."""

_NOTHING: NDArray[np.float64] = np.zeros(0)

Read = Callable[[int, int], Sound]
"""The samples from one frame of a sound to another, mono or stereo."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A sound that can be read in pieces."""

    frames: int
    read: Read

    @classmethod
    def of(cls, sound: Sound | NDArray[np.int16]) -> "Sample":
        """An array in memory; int16 is kept as it is and made float32 piece by piece."""
        if sound.dtype == np.int16:
            return cls(len(sound), lambda a, b: sound[a:b].astype(np.float32) / np.float32(32768))
        return cls(len(sound), lambda a, b: np.asarray(sound[a:b], dtype=np.float32))


@dataclass(frozen=True, slots=True)
class Sounds:
    """Everything that a timeline needs to be heard."""

    clips: Mapping[str, Sample]
    """Each sentence's finished clip, by its text; what is not there yet stays silent."""
    bells: Mapping[str, Sample]
    """Each bell, its greatest momentary loudness −18 LUFS."""
    beds: Mapping[str, Bed]
    tones: Mapping[str, Sample]
    """The tones of breathing, `in` and `out`."""
    voice_gain: float
    """dB that bring the clips to −18 LUFS."""
    echoes: Mapping[str, Sample] = field(default_factory=dict)
    """The listener's own words, at −18 LUFS, by their names; what is gone stays silent."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A sound at its frame."""

    start: int
    sample: Sample
    gain: np.float32


@dataclass(frozen=True, slots=True)
class Span:
    """Where a bed is to sound, and how: all in frames, and dB against the voice."""

    sound: str
    start: int
    end: int
    fade_in: int
    fade_out: int
    level: float
    """dB while somebody speaks."""
    lift: float
    """dB that it rises in long silences."""
    steep_in: int = 1
    """As a Layer has it."""
    steep_out: int = 1


@dataclass(frozen=True, slots=True)
class Layer:
    """A bed from `start` to `end`, faded at both."""

    bed: Bed
    start: int
    end: int
    fade_in: int
    fade_out: int
    gain: float
    """dB while somebody speaks."""
    lift: float
    """dB that it rises in long silences."""
    steep_in: int = 1
    """1 for a fade of equal power, 2 for one of equal amplitude: between two levels of the same bed."""
    steep_out: int = 1


@dataclass(frozen=True, slots=True)
class Mix:
    """A timeline with its sounds, ready to be heard from any frame."""

    frames: int
    placed: tuple[Placed, ...]
    """Ordered by start."""
    starts: tuple[int, ...]
    longest: int
    """Frames of the longest placed sound: how far back one has to look."""
    layers: tuple[Layer, ...]
    ease: tuple[NDArray[np.float64], NDArray[np.float64]]
    """Frames, and how far a bed is eased up there: 0 under words, 1 in long silences."""


def compose(timeline: Timeline, sounds: Sounds, *, bed: str, level: float, sleep: bool = False) -> Mix:
    """Join a timeline with its sounds. `bed` begins (or `none`), `level` dB against the voice."""
    loudness = SLEEP_LUFS if sleep else VOICE_LUFS
    placed = tuple(sorted(_placed(timeline.events, sounds, loudness, sleep=sleep), key=lambda one: one.start))
    laid = spans(timeline, bed, level, sleep=sleep)
    layers = tuple(_layers(sounds.beds, laid, loudness))
    return Mix(
        timeline.frames,
        placed,
        tuple(one.start for one in placed),
        max((one.sample.frames for one in placed), default=0),
        layers,
        ease(timeline.voiced(), timeline.frames),
    )


def _placed(events: Sequence[Event], sounds: Sounds, loudness: float, *, sleep: bool) -> Iterator[Placed]:
    offset = loudness - VOICE_LUFS
    voice = np.float32(linear(sounds.voice_gain + offset))
    bell = np.float32(linear(offset + (_SLEEP_BELL_UNDER if sleep else _BELL_UNDER)))
    tone = np.float32(linear(offset))
    for event in events:
        if event.kind == "speech":
            if event.text in sounds.clips:  # else it is still to be spoken, or was passed by before it was
                yield Placed(event.start, sounds.clips[event.text], voice)
        elif event.kind == "bell":
            yield Placed(event.start, sounds.bells[event.sound], bell)
        elif event.kind == "echo":
            if event.sound in sounds.echoes:
                yield Placed(event.start, sounds.echoes[event.sound], tone)
        elif event.kind == "breath" and event.cue:
            yield Placed(event.start, sounds.tones[event.cue], tone)


def spans(timeline: Timeline, bed: str, level: float, *, sleep: bool = False) -> Iterator[Span]:
    """The beds of a timeline that begins with `bed` (or `none`) at `level` dB against the voice, in order."""
    end = timeline.frames
    last_fade = max(_BED_OUT, min(_SLEEP_OUT, end // 5)) if sleep else _BED_OUT
    level = min(level, NEAREST_BED)
    begun = [(0, bed, level, _BED_IN)]
    for change in timeline.beds:
        level = min(change.level if change.level is not None else level, NEAREST_BED)
        begun.append((change.start, change.sound, level, max(change.fade, _QUICKEST)))
    ends = [(start + fade, fade) for start, _, _, fade in begun[1:]] + [(end, last_fade)]
    names = ["", *(name for _, name, _, _ in begun), ""]
    for place, ((start, name, decibels, fade_in), (stop, fade_out)) in enumerate(
        zip(begun, ends, strict=True), 1
    ):
        if name != "none":
            stop_ = min(stop, end)
            room = stop_ - start
            lift = min(_LIFT, NEAREST_BED - decibels)
            steep = [2 if names[beside] == name else 1 for beside in (place - 1, place + 1)]
            fades = (min(fade_in, room), min(fade_out, room))
            yield Span(name, start, stop_, *fades, decibels, lift, *steep)


def _layers(beds: Mapping[str, Bed], laid: Iterable[Span], loudness: float) -> Iterator[Layer]:
    for one in laid:
        gain = loudness - BED_LUFS + one.level
        fades = (one.fade_in, one.fade_out)
        yield Layer(beds[one.sound], one.start, one.end, *fades, gain, one.lift, one.steep_in, one.steep_out)


def ease(speech: Sequence[Event], end: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The corners of the line that says how far a bed is eased up: frames, and 0 to 1 there."""
    at: list[int] = [0]
    up: list[float] = [1.0 if not speech or speech[0].start >= _LONG_SILENCE else 0.0]
    quiet_since = 0
    for start, stop in [(event.start, event.end) for event in speech] + [(end + _LONG_SILENCE, end)]:
        if start - quiet_since >= _LONG_SILENCE:
            if quiet_since:
                at += [quiet_since + _AFTER, quiet_since + _AFTER + _RISE]
                up += [0.0, 1.0]
            if start < end:
                at += [start - _BEFORE - _FALL, start - _BEFORE]
                up += [1.0, 0.0]
        quiet_since = max(quiet_since, stop)
    return np.asarray(at, dtype=np.float64), np.asarray(up, dtype=np.float64)


def block(mix: Mix, at: int, n: int) -> Sound:
    """The `n` frames from frame `at` on, float32 `(n, 2)`; silence before 0 and after the end."""
    out = np.zeros((n, 2), dtype=np.float32)
    for layer in mix.layers:
        a, b = max(at, layer.start), min(at + n, layer.end)
        if a < b:
            bed, gain = layer.bed.block(a, b - a), _bed_gain(mix, layer, a, b)
            out[a - at : b - at] += _with(bed, gain)
    first = bisect_left(mix.starts, at - mix.longest)
    for one in mix.placed[first : bisect_right(mix.starts, at + n - 1)]:
        a, b = max(at, one.start), min(at + n, one.start + one.sample.frames, mix.frames)
        if a < b:
            sound = one.sample.read(a - one.start, b - one.start) * one.gain
            for side in (0, 1):
                out[a - at : b - at, side] += sound[:, side] if sound.ndim == 2 else sound
    return out


def _with(sound: Sound, gain: Sound) -> Sound:
    """A stereo sound with a gain for each of its frames, or with one; the sound itself is changed."""
    if len(gain) == 1:
        sound *= gain[0]
    else:
        for side in (0, 1):  # each by itself: both together take twice as long
            sound[:, side] *= gain
    return sound


def _bed_gain(mix: Mix, layer: Layer, a: int, b: int) -> Sound:
    """The factor on a bed at each frame from `a` to `b`, shape `(b - a,)`; `(1,)` where it does not change.

    Sums and products only: they are exact to the last bit whatever the length of the array, powers are not.
    """
    low, high = linear(layer.gain), linear(layer.gain + layer.lift)
    gain = low + (high - low) * _eased(mix.ease, a, b)
    into, out = a < layer.start + layer.fade_in, b > layer.end - layer.fade_out
    index = np.arange(a, b, dtype=np.float64) if into or out else _NOTHING
    if into:
        gain = gain * _rising((index - layer.start) / layer.fade_in) ** layer.steep_in
    if out:
        gain = gain * _rising((layer.end - index) / layer.fade_out) ** layer.steep_out
    return gain.astype(np.float32)


def _eased(ease: tuple[NDArray[np.float64], NDArray[np.float64]], a: int, b: int) -> NDArray[np.float64]:
    """How far the bed is eased up at each frame from `a` to `b`; one value where it is the same for all."""
    at, up = ease
    around = up[max(0, np.searchsorted(at, a, "right") - 1) : np.searchsorted(at, b - 1, "left") + 1]
    if around.size and np.all(around == around[0]):
        return around[:1]
    return np.interp(np.arange(a, b, dtype=np.float64), at, up)


def _rising(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """A quarter of a sine from 0 to 1: two of them, one rising and one falling, keep the power the same."""
    return np.asarray(np.sin(0.5 * np.pi * np.clip(share, 0.0, 1.0)))
