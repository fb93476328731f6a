"""A quiet recording is played louder, by one gain, and what is kept is what the microphone heard."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from rooms import at, bed, heard, hum, noise, quiet

from guide.duration import RATE, frames
from guide.journal.comfort import CEILING, MOST, lift
from guide.journal.hearing import Place, Verb, hear
from guide.loudness import integrated, true_peak
from guide.sinks import Tape
from guide.sound import Sound, decibels, linear
from guide.voices.system import System

WORDS = ("I met a wall today, somewhere in my chest.", "It felt like stone, and then like an old friend.")


@pytest.fixture(scope="module")
def said() -> Iterator[Sound]:
    """Some eight seconds of real speech."""
    voice = System(workers=2)
    pause = np.zeros(RATE // 2, dtype=np.float32)
    yield np.concatenate([part for words in WORDS for part in (pause, voice.speak(words, 1.0, 0.0), pause)])
    voice.close()


def recording(folder: Path, sound: Sound) -> Path:
    path = folder / "recording.flac"
    soundfile.write(os.fspath(path), sound, RATE)
    return path


def spoken(said: Sound, loudness: float, room: float = -80) -> Sound:
    """Speech of an integrated loudness (LUFS) over the noise of a room (dBFS)."""
    voice = said * np.float32(linear(loudness - integrated(said)))
    return heard(voice, np.resize(quiet(10, room), len(said)))


def played(path: Path, count: int, **options: Any) -> Sound:
    tape = Tape()
    hear(path, tape, **options)
    return tape.sound()[:count, 0]


LEVELS = [(-40, 19), (-30, 9), (-22, 1), (-20, 0), (-15, 0), (-55, MOST)]


@pytest.mark.parametrize(("loudness", "gain"), LEVELS)
def test_a_quiet_voice_is_raised_by_one_gain_and_a_loud_one_stays(
    said: Sound, tmp_path: Path, loudness: float, gain: float
) -> None:
    sound = spoken(said, loudness)
    path = recording(tmp_path, sound)
    before = path.read_bytes()
    loud = played(path, len(sound), as_is=False)
    with soundfile.SoundFile(path) as file:
        factor = linear(lift(file))
    assert decibels(factor) == pytest.approx(gain, abs=0.4)
    middle = slice(RATE // 10, -RATE // 10)
    if factor == 1 or true_peak(sound * np.float32(factor)) < CEILING:
        assert np.allclose(loud[middle], sound[middle] * np.float32(factor), atol=2e-6)
    assert path.read_bytes() == before


def test_as_it_is_it_is_played_bit_for_bit(said: Sound, tmp_path: Path) -> None:
    sound = spoken(said, -40)
    middle = slice(RATE // 10, -RATE // 10)
    assert np.array_equal(played(recording(tmp_path, sound), len(sound), as_is=True)[middle], sound[middle])


@pytest.mark.parametrize("room", ["rain", "hiss", "hum", "nothing"])
def test_where_nobody_speaks_no_noise_is_brought_up(tmp_path: Path, room: str) -> None:
    rooms: dict[str, NDArray[Any]] = {
        "rain": bed("rain", 8),
        "hiss": noise("hiss", 8, 20, 20_000, 0),
        "hum": hum(8),
    }
    sound = heard(at(rooms[room], -55)) if room in rooms else np.zeros(8 * RATE, dtype=np.float32)
    middle = slice(RATE // 10, -RATE // 10)
    assert np.array_equal(played(recording(tmp_path, sound), len(sound), as_is=False)[middle], sound[middle])


def test_a_knock_in_a_quiet_recording_stays_under_the_ceiling_and_moves_nothing_else(
    said: Sound, tmp_path: Path
) -> None:
    sound = spoken(said, -38)
    knock, where = slice(4 * RATE, 4 * RATE + 480), slice(4 * RATE - RATE // 10, 4 * RATE + RATE // 10)
    sound[knock] += np.random.default_rng(1).uniform(-0.6, 0.6, 480).astype(np.float32)
    loud = played(recording(tmp_path, sound), len(sound), as_is=False)
    assert true_peak(loud) <= CEILING + 0.01
    rest = np.ones(len(sound), dtype=bool)
    rest[where] = rest[: RATE // 10] = rest[-RATE // 10 :] = False
    factor = float(np.dot(loud[rest], sound[rest]) / np.dot(sound[rest], sound[rest]))
    assert decibels(factor) > 10
    assert np.allclose(loud[rest], sound[rest] * np.float32(factor), atol=2e-5)


def test_a_leap_in_a_raised_recording_lands_where_it_does_in_one_that_is_not(
    said: Sound, tmp_path: Path
) -> None:
    path = recording(tmp_path, np.tile(spoken(said, -38), 3))
    sounds = []
    for as_is in (False, True):
        wishes: list[tuple[int, Verb]] = [(RATE, "on"), (13 * RATE, "back")]

        def ask(place: Place, wishes: list[tuple[int, Verb]] = wishes) -> Verb | None:
            return wishes.pop(0)[1] if wishes and place.at >= wishes[0][0] else None

        tape = Tape()
        hear(path, tape, ask, as_is=as_is)
        sounds.append(tape.sound()[:, 0])
    raised, plain = sounds
    factor = float(np.dot(raised, plain) / np.dot(plain, plain))
    assert decibels(factor) > 10
    assert np.allclose(raised, plain * np.float32(factor), atol=2e-5)


class Counted:
    """An open file of any length, most of it the same, that counts what is read."""

    def __init__(self, length: int, sound: Sound) -> None:
        self.frames = length
        self.read_frames = 0
        self._sound = sound
        self._at = 0

    def seek(self, at: int) -> None:
        self._at = at

    def read(self, count: int, **_: object) -> Sound:
        count = min(count, self.frames - self._at)
        self.read_frames += count
        return np.take(self._sound, range(self._at, self._at + count), mode="wrap").reshape(-1, 1)


@pytest.mark.parametrize("length", [0, 0.1, 3, 60, 181, 1_200])
def test_what_is_read_before_it_sounds_is_bounded(said: Sound, length: float) -> None:
    file = Counted(frames(length), spoken(said, -38))
    raised = lift(file)
    assert file.read_frames <= frames(180)
    assert file.read_frames == min(file.frames, frames(180))
    assert raised == (0 if length < 1 else pytest.approx(17, abs=1.5))


def test_a_few_words_in_a_long_silence_are_found(said: Sound, tmp_path: Path) -> None:
    sound = np.resize(quiet(10, -75), 150 * RATE).astype(np.float32)
    sound[97 * RATE :][: len(said)] += spoken(said, -38)
    with soundfile.SoundFile(recording(tmp_path, sound)) as file:
        assert lift(file) == pytest.approx(17, abs=1)
