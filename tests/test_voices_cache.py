"""A voice that remembers: what it keeps, what it forgets, and what it does when it cannot."""

import os
import stat
from pathlib import Path

import numpy as np
import pytest

from guide.duration import RATE
from guide.sound import Sound
from guide.voices.cache import Cached, Gains
from guide.voices.hum import Hum

TEXT = "Let the breath come and go."


class Counting(Hum):
    """A hum that counts how often it spoke, and whose clips can be told apart from one time to the next."""

    def __init__(self, identity: str = "counting 1", length: float = 1.0) -> None:
        self.identity = identity
        self.times = 0
        self._length = length

    def speak(self, text: str, pace: float, pitch: float) -> Sound:
        self.times += 1
        clip = super().speak(text, pace, pitch) * np.float32(1 - self.times / 1000)
        return clip[: round(len(clip) * self._length)]


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.flac"))


def test_a_sentence_is_spoken_once_and_is_the_same_ever_after(tmp_path: Path) -> None:
    voice = Counting()
    first = Cached(voice, tmp_path).speak(TEXT, 1.0, 0.0)
    again = Cached(voice, tmp_path).speak(TEXT, 1.0, 0.0)
    assert voice.times == 1
    assert np.array_equal(first, again)
    assert first.dtype == again.dtype == np.float32
    assert np.max(np.abs(first - Hum().speak(TEXT, 1.0, 0.0) * np.float32(0.999))) < 2 / 32768


def test_text_pace_pitch_and_voice_make_different_clips(tmp_path: Path) -> None:
    voice = Counting()
    cached = Cached(voice, tmp_path)
    for text, pace, pitch in ((TEXT, 1.0, 0.0), (TEXT + " ", 1.0, 0.0), (TEXT, 0.9, 0.0), (TEXT, 1.0, 1.0)):
        cached.speak(text, pace, pitch)
    assert voice.times == 4
    other = Counting("counting 2")
    Cached(other, tmp_path).speak(TEXT, 1.0, 0.0)
    assert other.times == 1
    assert len(files(tmp_path)) == 5


def test_clips_are_for_their_owner_alone_and_do_not_show_their_words(tmp_path: Path) -> None:
    folder = tmp_path / "voices"
    Cached(Counting(), folder).speak("Be kind to yourself, Maria.", 1.0, 0.0)
    (clip,) = files(folder)
    assert "maria" not in str(clip.relative_to(tmp_path)).lower()
    assert stat.S_IMODE(clip.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(clip.parent.stat().st_mode) == 0o700
    assert sorted(path.name for path in clip.parent.iterdir()) == [clip.name]


@pytest.mark.parametrize("damage", [b"", b"fLaC and then nothing", None])
def test_a_damaged_clip_is_spoken_anew_and_mended(tmp_path: Path, damage: bytes | None) -> None:
    voice = Counting()
    cached = Cached(voice, tmp_path)
    cached.speak(TEXT, 1.0, 0.0)
    (clip,) = files(tmp_path)
    whole = clip.read_bytes()
    clip.write_bytes(whole[: len(whole) // 8] if damage is None else damage)
    mended = cached.speak(TEXT, 1.0, 0.0)
    assert voice.times == 2
    assert len(mended) == len(Hum().speak(TEXT, 1.0, 0.0))
    assert np.array_equal(cached.speak(TEXT, 1.0, 0.0), mended)
    assert voice.times == 2


@pytest.mark.parametrize("length", [0.01, 40.0])
def test_a_clip_that_does_not_suit_its_words_is_never_kept(tmp_path: Path, length: float) -> None:
    class Odd(Counting):
        def speak(self, text: str, pace: float, pitch: float) -> Sound:
            return np.resize(super().speak(text, pace, pitch), round(3 * RATE * length))

    voice = Odd()
    cached = Cached(voice, tmp_path)
    cached.speak(TEXT, 1.0, 0.0)
    cached.speak(TEXT, 1.0, 0.0)
    assert voice.times == 2
    assert files(tmp_path) == []


def test_what_was_not_used_for_longest_is_forgotten_first(tmp_path: Path) -> None:
    voice = Counting()
    texts = [f"This is sentence number {word}." for word in ("one", "two", "three", "four", "five")]
    Cached(voice, tmp_path).speak(texts[0], 1.0, 0.0)
    size = files(tmp_path)[0].stat().st_size
    cached = Cached(voice, tmp_path, limit=round(size * 4.4))
    for age, text in enumerate(texts[:4]):
        cached.speak(text, 1.0, 0.0)
        for path in files(tmp_path):
            if path.stat().st_mtime > 2_000_000:
                os.utime(path, (1_000_000 + age, 1_000_000 + age))
    cached.speak(texts[0], 1.0, 0.0)
    cached.speak(texts[4], 1.0, 0.0)
    assert sum(path.stat().st_size for path in files(tmp_path)) <= size * 4.4
    spoken = voice.times
    cached.speak(texts[0], 1.0, 0.0)
    cached.speak(texts[4], 1.0, 0.0)
    assert voice.times == spoken
    cached.speak(texts[1], 1.0, 0.0)
    assert voice.times == spoken + 1


def test_pinned_sentences_are_never_forgotten(tmp_path: Path) -> None:
    voice = Counting()
    line = "Thank you. It is kept."
    cached = Cached(voice, tmp_path, limit=1, pinned=[line])
    cached.speak(line, 1.0, 0.0)
    for word in ("one", "two", "three"):
        cached.speak(f"Then came number {word}.", 1.0, 0.0)
    cached.speak(line, 1.0, 0.0)
    assert voice.times == 4
    assert len(files(tmp_path)) <= 2


def test_a_sentence_that_is_pinned_later_is_kept_from_then_on(tmp_path: Path) -> None:
    voice = Counting()
    Cached(voice, tmp_path).speak(TEXT, 1.0, 0.0)
    Cached(voice, tmp_path, pinned=[TEXT]).speak(TEXT, 1.0, 0.0)
    small = Cached(voice, tmp_path, limit=1)
    small.speak("Something else that needs its room.", 1.0, 0.0)
    small.speak(TEXT, 1.0, 0.0)
    assert voice.times == 2


def test_where_nothing_can_be_written_it_only_does_not_remember(tmp_path: Path) -> None:
    blocked = tmp_path / "a file, not a folder"
    blocked.write_text("in the way")
    voice = Counting()
    cached = Cached(voice, blocked / "voices")
    assert len(cached.speak(TEXT, 1.0, 0.0)) == len(cached.speak(TEXT, 1.0, 0.0))
    assert voice.times == 2
    gains = Gains(blocked / "gains")
    gains.put("a voice", -3.0)
    assert gains.get("a voice") is None


def test_gains_are_kept_and_nonsense_in_their_files_is_not_believed(tmp_path: Path) -> None:
    gains = Gains(tmp_path / "gains")
    assert gains.get("a voice") is None
    gains.put("a voice", -3.25)
    assert Gains(tmp_path / "gains").get("a voice") == -3.25
    assert gains.get("another voice") is None
    (file,) = (tmp_path / "gains").iterdir()
    for nonsense in ("", "loud", "nan", "9e9"):
        file.write_text(nonsense)
        assert gains.get("a voice") is None


def test_gain_identity_and_closing_are_those_of_the_voice_it_remembers(tmp_path: Path) -> None:
    voice = Counting()
    cached = Cached(voice, tmp_path)
    assert cached.identity == voice.identity
    assert cached.gain(1.0, 0.0) == voice.gain(1.0, 0.0)
    cached.close()
