"""The clips of a session: a few in memory, the others where the voice keeps them, and none ever half."""

import threading
from pathlib import Path

import numpy as np
import pytest

from guide import clips as module
from guide.clips import Clips
from guide.duration import RATE, frames
from guide.errors import VoiceError
from guide.sound import Sound
from guide.voices.cache import Cached
from guide.voices.hum import Hum

TEXTS = [f"This is the sentence number {number} of them all." for number in range(12)]


class Keeping:
    """A voice that keeps what it said, and counts how often it is asked to say or read it."""

    identity = "keeping"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.kept: dict[str, int] = {}
        self.silent = False
        self.longer = 0

    def speak(self, text: str, pace: float, pitch: float) -> Sound:
        self.asked.append(text)
        if self.silent:
            raise VoiceError("It fell silent.")
        clip = Hum().speak(text, pace, pitch)
        self.kept[text] = len(clip)
        return np.concatenate([clip, np.full(self.longer, 0.5, dtype=np.float32)])

    def recall(self, text: str, _pace: float, _pitch: float) -> int | None:
        return self.kept.get(text)

    def gain(self, _pace: float, _pitch: float) -> float:
        return 0.0

    def close(self) -> None:
        """Nothing to end."""


def whole(clips: Clips, text: str) -> Sound:
    sample = clips.sample(text)
    return sample.read(0, sample.frames)


def test_what_is_read_is_what_was_said_to_a_sixteenth_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROOM", 1)
    voice = Keeping()
    clips = Clips(voice, 1.0, 0.0)
    clips.add(TEXTS)
    for text in TEXTS:
        assert np.allclose(whole(clips, text), Hum().speak(text, 1.0, 0.0), atol=1 / 65536)


def test_only_so_much_of_a_keeping_voice_is_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    voice = Keeping()
    clips = Clips(voice, 1.0, 0.0)
    size = 2 * len(Hum().speak(TEXTS[0], 1.0, 0.0))
    monkeypatch.setattr(module, "_ROOM", 3 * size + size // 2)
    for text in TEXTS:
        clips.add([text])  # one by one: of several at a time any may be the last
    voice.asked.clear()
    for text in TEXTS[-3:]:
        whole(clips, text)
    assert voice.asked == []
    whole(clips, TEXTS[0])
    assert voice.asked == [TEXTS[0]]


def test_all_of_a_voice_that_keeps_nothing_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROOM", 1)
    clips = Clips(Hum(), 1.0, 0.0)
    clips.add(TEXTS)
    assert len(clips._held) == len(TEXTS)
    assert not clips._recent


def test_what_is_known_needs_not_be_said_again() -> None:
    voice = Keeping()
    Clips(voice, 1.0, 0.0).add(TEXTS)
    voice.asked.clear()
    clips = Clips(voice, 1.0, 0.0)
    assert clips.recall(["never said", *TEXTS]) == voice.kept
    clips.add(TEXTS)
    assert voice.asked == []


def test_a_clip_is_warm_before_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROOM", 1)
    voice = Keeping()
    clips = Clips(voice, 1.0, 0.0)
    clips.add(TEXTS)
    clips.warm([TEXTS[4], "never said"])
    for thread in threading.enumerate():
        if thread.name == "clips":
            thread.join(20)
    voice.asked.clear()
    whole(clips, TEXTS[4])
    assert voice.asked == []


@pytest.mark.parametrize("longer", [0, 400])
def test_another_take_has_the_room_of_the_first_and_ends_softly(
    longer: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ROOM", 1)
    voice = Keeping()
    clips = Clips(voice, 1.0, 0.0)
    clips.add(TEXTS)
    voice.longer = longer
    sound = whole(clips, TEXTS[0])
    assert len(sound) == clips.lengths[TEXTS[0]]
    assert abs(sound[-1]) < 0.001


def test_words_that_are_lost_are_silence_while_it_plays_and_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_ROOM", 1)
    voice = Keeping()
    clips = Clips(voice, 1.0, 0.0)
    clips.add(TEXTS)
    voice.silent = True
    assert not np.any(whole(clips, TEXTS[0]))
    voice.silent = False
    assert np.any(whole(clips, TEXTS[0]))


def test_words_that_are_lost_are_an_error_for_what_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROOM", 1)
    voice = Keeping()
    clips = Clips(voice, 1.0, 0.0)
    clips.add(TEXTS)
    clips.insist()
    voice.silent = True
    with pytest.raises(VoiceError, match="fell silent"):
        whole(clips, TEXTS[0])


def test_a_cache_that_is_emptied_meanwhile_costs_time_and_no_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ROOM", 1)
    clips = Clips(Cached(Hum(), tmp_path), 1.0, 0.0)
    clips.add(TEXTS)
    assert not clips._held
    for path in tmp_path.rglob("*.flac"):
        path.unlink()
    for text in TEXTS:
        assert np.allclose(whole(clips, text), Hum().speak(text, 1.0, 0.0), atol=1 / 32768)


def test_an_estimate_is_near_and_goes_with_the_pace() -> None:
    quick, slow = Clips(Hum(), 1.25, 0.0), Clips(Hum(), 0.8, 0.0)
    text = "Let the shoulders come down, and rest here for a while."
    assert slow.estimate(text) == pytest.approx(quick.estimate(text) * 1.25 / 0.8, rel=1e-3)
    assert frames(3) < Clips(Hum(), 1.0, 0.0).estimate(text) < 7 * RATE
