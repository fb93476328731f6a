"""What every voice promises, held against each: the hum, espeak in both its forms, and one that remembers."""

import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest

from guide.clips import Clips
from guide.duration import RATE
from guide.errors import NotFoundError, VoiceError
from guide.loudness import true_peak
from guide.sound import Sound, peak
from guide.voices import VOICES, Voice, find, speak_all, speak_each
from guide.voices.cache import Cached
from guide.voices.finish import suits
from guide.voices.hum import Hum
from guide.voices.system import System

TEXTS = (
    "Breathe in.",
    "Let yourself arrive, just as you are.",
    "Perhaps there is a place in you that keeps its guard up.",
    "If it helps, place a hand where you feel it most, and let it rest there.",
)


@pytest.fixture(scope="module", params=["hum", "system", "embedded", "cached"])
def voice(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Voice]:
    made: Voice
    if request.param == "hum":
        made = Hum()
    elif request.param == "cached":
        made = Cached(System(), tmp_path_factory.mktemp("cache"))
    else:
        made = System(library=request.param)
    try:
        _ = made.identity
    except VoiceError as error:
        pytest.skip(str(error))
    yield made
    made.close()


@pytest.mark.parametrize("text", TEXTS)
def test_a_clip_is_mono_float32_and_sounds(voice: Voice, text: str) -> None:
    clip = voice.speak(text, 1.0, 0.0)
    assert clip.ndim == 1
    assert clip.dtype == np.float32
    assert 0.05 < peak(clip) < 1.0
    assert suits(text, len(clip), 1.0)


@pytest.mark.parametrize("text", TEXTS)
def test_a_clip_begins_and_ends_in_silence_but_without_waiting(voice: Voice, text: str) -> None:
    clip = voice.speak(text, 1.0, 0.0)
    assert peak(clip[:48]) < 0.01
    assert peak(clip[-48:]) < 0.01
    loud = np.flatnonzero(np.abs(clip) > 0.004 * peak(clip))
    assert loud[0] < 0.06 * RATE
    assert len(clip) - loud[-1] < 0.06 * RATE


def test_a_session_of_clips_is_as_loud_as_promised_and_never_too_high(voice: Voice) -> None:
    factor = 10 ** (voice.gain(1.0, 0.0) / 20)
    clips = [voice.speak(text, 1.0, 0.0) * factor for text in TEXTS]
    both = np.repeat(np.concatenate(clips)[:, np.newaxis], 2, axis=1).astype(np.float64)
    assert pyloudnorm.Meter(RATE).integrated_loudness(both) == pytest.approx(-18.0, abs=1.0)
    assert max(true_peak(clip.astype(np.float32)) for clip in clips) <= -1.99


def test_a_slower_pace_takes_longer_and_a_higher_pitch_is_another_sound(voice: Voice) -> None:
    slow, usual, quick = (len(voice.speak(TEXTS[2], pace, 0.0)) for pace in (0.8, 1.0, 1.25))
    assert slow > 1.1 * usual > 1.2 * quick
    low, high = (np.abs(np.fft.rfft(voice.speak(TEXTS[2], 1.0, pitch), 1 << 19)) for pitch in (-4.0, 4.0))
    assert _middle(high) > 1.02 * _middle(low)


def _middle(spectrum: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Where half of the energy below 600 Hz lies, in bins."""
    energy = np.cumsum(spectrum[: 600 * (1 << 19) // RATE] ** 2)
    return float(np.searchsorted(energy, energy[-1] / 2))


@pytest.mark.parametrize("text", ["", "   ", "…", "🙂"])
def test_what_has_no_words_is_an_error_and_not_silence(voice: Voice, text: str) -> None:
    with pytest.raises(VoiceError):
        voice.speak(text, 1.0, 0.0)


def test_many_sentences_at_once_each_get_their_own_sound(voice: Voice) -> None:
    heard: list[str] = []
    clips = speak_all(voice, [*TEXTS, *TEXTS], 1.0, 0.0, lambda text, _: heard.append(text))
    assert list(clips) == list(TEXTS)
    assert sorted(heard) == sorted(TEXTS)
    lengths = [len(clips[text]) for text in TEXTS]
    alone = [len(voice.speak(text, 1.0, 0.0)) for text in TEXTS]
    assert lengths == pytest.approx(alone, abs=0.1 * RATE)


def test_an_error_in_one_of_many_sentences_reaches_the_caller() -> None:
    with pytest.raises(VoiceError, match="nothing to speak"):
        speak_all(Hum(), ["Breathe in.", "…", "And out."], 1.0, 0.0)


class Counting(Hum):
    """A hum that knows how many of its clips are still held by somebody."""

    def __init__(self) -> None:
        self.begun = 0
        self.held: list[None] = []  # as long as there are clips; a list needs no lock
        self.too_many = threading.Event()

    def speak(self, text: str, pace: float, pitch: float) -> Sound:
        self.begun += 1
        if self.begun > 9:  # four at a time, as many that wait for them, and one that was taken
            self.too_many.set()
        clip = super().speak(text, pace, pitch)
        self.held.append(None)
        weakref.finalize(clip, self.held.pop)
        return clip


def test_only_a_few_clips_are_held_while_many_are_spoken() -> None:
    voice = Counting()
    texts = [f"Sentence number {n}." for n in range(60)]
    heard = []
    for text, clip in speak_each(voice, texts, 1.0, 0.0):
        assert len(clip) > 0
        del clip
        heard.append(text)
        assert len(voice.held) <= 8
        assert voice.begun <= len(heard) + 8
    assert sorted(heard) == sorted(texts)
    assert voice.begun == 60
    clips = Clips(voice, 1.0, 0.0)
    most = 0

    def progress(_done: int, _of: int) -> None:
        nonlocal most
        most = max(most, len(voice.held))

    clips.add(texts, progress)
    assert most <= 9
    assert list(clips.lengths)
    assert not voice.held


def test_while_nobody_asks_for_more_no_more_is_spoken() -> None:
    voice = Counting()
    each = speak_each(voice, [f"Sentence number {n}." for n in range(60)], 1.0, 0.0)
    next(each)
    assert not voice.too_many.wait(1.0)
    each.close()
    assert voice.begun <= 9


def test_who_hears_of_each_clip_can_end_the_speaking() -> None:
    voice = Counting()

    def enough(_text: str, _clip: Sound) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        speak_all(voice, [f"Sentence number {n}." for n in range(60)], 1.0, 0.0, enough)
    assert voice.begun <= 9


def test_the_default_voice_is_first_in_the_table_and_every_entry_can_be_made(tmp_path: Path) -> None:
    assert next(iter(VOICES)) == "system"
    for name in ["", *VOICES]:
        find(name).close()
        find(name, tmp_path).close()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("humm", "'hum'"),
        ("sytem", "'system'"),
        ("piper:amy", "There is no voice"),
        ("hum:loud", "no variant"),
    ],
)
def test_a_misspelt_voice_is_an_error_with_a_near_name(name: str, hint: str) -> None:
    with pytest.raises(NotFoundError, match=hint):
        find(name)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("en-bg", "en-gb"),
        ("system:en-gbb", "en-gb"),
        ("en-gb+f33", "f3"),
        ("../../../etc/passwd", "There is no voice"),
        ("en-gb+../../../../etc/passwd", "no variant"),
    ],
)
def test_an_espeak_voice_that_is_not_there_is_an_error_with_near_names(name: str, hint: str) -> None:
    with pytest.raises(VoiceError, match=hint):
        find(name)


def test_any_espeak_voice_can_be_asked_for() -> None:
    voice = find("en-us+f3")
    assert "en-us+f3" in voice.identity
    assert len(voice.speak(TEXTS[1], 1.0, 0.0)) > RATE
    voice.close()
