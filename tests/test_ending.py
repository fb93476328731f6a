"""Silence ends a recording, if asked: never while somebody speaks, and in every room at last."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from rooms import at, heard, hum, noise, quiet, steady, sung, uneven, wailed, whispered

from guide.activity import FRAME, Activity
from guide.bells import load
from guide.cli import guide
from guide.duration import RATE, frames, seconds
from guide.ending import NOTICE, Ending, read_silence
from guide.folders import Folders
from guide.library import Library
from guide.sound import Sound, linear
from guide.voices.system import System

WORDS = (
    "I met a wall today, somewhere in my chest.",
    "It felt like stone.",
    "And then, like an old friend, it let me lean on it, and I noticed that I was breathing.",
    "Yes.",
)
AFTER = 20
QUIET = quiet(20)
STEADY, UNEVEN = steady(), uneven()


@pytest.fixture(scope="module")
def said() -> Iterator[list[Sound]]:
    """Sentences in the embedded voice, real speech."""
    voice = System(workers=2)
    yield [voice.speak(words, 1.0, 0.0) for words in WORDS]
    voice.close()


class Followed:
    """What becomes of a recording: where it was warned of its end, and where it ended."""

    def __init__(self, sound: Sound, *, block: int = FRAME, after: float = AFTER, begun: bool = True) -> None:
        activity, ending = Activity(), Ending(frames(after))
        self.warned: list[float] = []
        self.ended: float | None = None
        for start in range(0, len(sound), block):
            piece = sound[start : start + block]
            at = start + len(piece)
            word = ending.hear(at, frames(activity.push(piece).quiet_for), begun=begun)
            if word == "warn":
                self.warned.append(seconds(at))
            if word == "end":
                self.ended = seconds(at)
                return


def talk(said: list[Sound], length: float, pause: float = 0.4) -> Sound:
    """The sentences one after the other, for so many seconds, with nothing after the last one."""
    one = np.concatenate([np.concatenate([each, np.zeros(frames(pause))]) for each in said])
    return np.resize(one, frames(length)).astype(np.float32)


def spoken_in(room: Sound, speech: Sound, level: float, start: float) -> Sound:
    """Speech of a level (dBFS, of the parts that sound) in a room, from a second on."""
    loud = speech * np.float32(linear(level) / np.sqrt(np.mean(np.square(speech[speech != 0]))))
    voice = np.zeros(len(room), dtype=np.float32)
    voice[frames(start) :][: len(loud)] = loud[: len(room) - frames(start)]
    return heard(room, voice)


def for_long(room: NDArray[Any], level: float, length: int) -> Sound:
    """A room at a level, over the noise of a microphone, for so many seconds."""
    return heard(at(np.resize(room, length * RATE), level), np.resize(QUIET, length * RATE))


@cache
def around(name: str, level: float) -> Sound:
    return for_long(STEADY[name], level, 70)


# ── rooms ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("level", [-60, -40, -20])
@pytest.mark.parametrize("name", STEADY)
def test_a_steady_room_of_any_level_ends_it_at_its_time(name: str, level: float) -> None:
    followed = Followed(around(name, level)[: 30 * RATE])
    assert followed.warned == [pytest.approx(AFTER - 5, abs=0.05)]
    assert followed.ended == pytest.approx(AFTER, abs=0.05)


@pytest.mark.parametrize("level", [-50, -25])
@pytest.mark.parametrize("name", UNEVEN)
def test_what_comes_and_goes_holds_it_back_for_two_minutes_at_most(name: str, level: float) -> None:
    followed = Followed(for_long(UNEVEN[name], level, 160))
    assert followed.ended is not None
    assert AFTER - 0.05 < followed.ended < 120 + AFTER + 5


@pytest.mark.parametrize("rise", [0.01, 0.5, 2.0])
@pytest.mark.parametrize("level", [-50, -25])
def test_a_fan_that_starts_is_the_room_a_moment_later(rise: float, level: float) -> None:
    fan = at(noise("fan", 40, 60, 1_500, -5), level)
    fan *= np.clip((np.arange(len(fan)) / RATE - 10) / rise, 0, 1).astype(np.float32)
    followed = Followed(heard(fan, quiet(40)))
    assert followed.ended == pytest.approx(10 + rise / 2 + 3.5 + AFTER, abs=2.5)


def test_a_fan_that_stops_leaves_a_room_that_ends_it(said: list[Sound]) -> None:
    fan = at(noise("fan", 60, 60, 1_500, -5), -30)
    fan[frames(12) :] = 0
    followed = Followed(heard(fan, quiet(60)))
    assert followed.ended == pytest.approx(AFTER, abs=0.5)
    whisper = spoken_in(heard(fan, quiet(60)), talk(said, 20), -50, 15)
    assert Followed(whisper).ended == pytest.approx(35 + AFTER, abs=1.5)


@settings(max_examples=25, deadline=None)
@given(low=st.floats(40, 2_000), width=st.floats(1.5, 60), tilt=st.floats(-6, 3), level=st.floats(-75, -15))
def test_any_steady_noise_ends_it(low: float, width: float, tilt: float, level: float) -> None:
    room = at(noise(f"{low}", 24, low, min(low * width, 20_000), tilt), level)
    assert Followed(heard(room, quiet(24))).ended == pytest.approx(AFTER, abs=1.5)


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("whisper", [False, True], ids=["spoken", "whispered"])
@pytest.mark.parametrize("above", [12, 2])
@pytest.mark.parametrize("name", ["a fan", "a hum", "rain", "ocean"])
def test_it_never_ends_while_somebody_speaks_and_ends_after_that(
    said: list[Sound], name: str, above: float, whisper: bool
) -> None:
    """At the least, the voice is hardly louder than the room."""
    words = [whispered(each) for each in said] if whisper else said
    sound = spoken_in(around(name, -50), talk(words, 30), -50 + above, 8)
    followed = Followed(sound)
    assert followed.warned == [pytest.approx(8 + 30 + AFTER - 5, abs=5)]
    assert followed.ended == pytest.approx(followed.warned[0] + 5, abs=0.05)


@pytest.mark.parametrize("whisper", [False, True], ids=["spoken", "whispered"])
def test_a_quiet_voice_in_a_quiet_room_does_not_disappear(said: list[Sound], whisper: bool) -> None:
    """Peaks of −45 dBFS over a floor of −60; of a whisper, which has more of them, −36."""
    words = talk([whispered(each) for each in said] if whisper else said, 30)
    words *= np.float32(linear(-36 if whisper else -45) / np.max(np.abs(words)))
    room = np.resize(quiet(20, -60), 65 * RATE)
    room[8 * RATE : 38 * RATE] += words
    assert Followed(heard(room)).ended == pytest.approx(38 + AFTER, abs=4)


@pytest.mark.parametrize("name", ["a fan", "rain", "wind", "two hums"])
def test_one_word_now_and_then_keeps_it_open_however_long(said: list[Sound], name: str) -> None:
    """Longer than what only stands out is waited for."""
    word = np.concatenate([said[3], np.zeros(frames(12), dtype=np.float32)])
    source = STEADY.get(name, UNEVEN.get(name))
    assert source is not None
    room = for_long(source, -50, 165)
    assert Followed(spoken_in(room, np.resize(word, frames(155)), -38, 5)).ended is None


def test_sobs_without_a_voice_keep_it_open() -> None:
    """Air in short thrusts, four at a time."""
    time = np.arange(18 * RATE) / RATE
    thrust = np.clip(np.sin(2 * np.pi * 2.5 * time), 0, 1) ** 0.5 * (time % 9 < 1.6)
    sound = noise("sobs", 18, 300, 4_000, -3) * thrust
    assert Followed(for_long(sound, -45, 165)).ended is None


@pytest.mark.parametrize(("pitch", "vibrato"), [(110, 0.5), (220, 0.0), (440, 0.25)])
@pytest.mark.parametrize("rise", [0.03, 0.3])
def test_somebody_who_sings_with_short_breaths_keeps_it_open(
    pitch: float, vibrato: float, rise: float
) -> None:
    """Tones of 6 s and breaths of 0.4 s, 25 dB over the room: nearly all of the last seconds is the voice."""
    song = np.resize(sung(pitch, vibrato, rise=rise), 58 * RATE).astype(np.float32)
    sound = spoken_in(np.resize(quiet(20, -60), 90 * RATE), song, -35, 0)
    assert Followed(sound).ended == pytest.approx(58 + AFTER, abs=1.5)
    activity = Activity()
    assert activity.push(sound).voiced_seconds > 40


@pytest.mark.parametrize("above", [8, 20])
@pytest.mark.parametrize("name", ["quiet", "a fan"])
def test_somebody_who_wails_keeps_it_open_however_long(name: str, above: float) -> None:
    """They swell slowly, and so never begin as speech does."""
    room = np.resize(QUIET if name == "quiet" else STEADY[name], 150 * RATE)
    cries = np.resize(wailed(1), 150 * RATE).astype(np.float32)
    assert Followed(spoken_in(at(room, -50), cries, -50 + above, 0)).ended is None


@pytest.mark.parametrize("rise", [0.02, 2.0])
@pytest.mark.parametrize("pitch", [50, 120])
def test_a_hum_that_starts_and_stays_is_nobody_who_sings(pitch: float, rise: float) -> None:
    """It has no breath of fifteen seconds."""
    tone = at(hum(60, pitch), -30)
    tone *= np.clip((np.arange(len(tone)) / RATE - 10) / rise, 0, 1).astype(np.float32)
    ended = Followed(heard(tone, quiet(60))).ended
    assert ended is not None
    assert ended < 10 + rise + 15 + AFTER + 1


@settings(max_examples=20, deadline=None)
@given(
    name=st.sampled_from(sorted(STEADY)),
    floor=st.floats(-65, -30),
    above=st.floats(8, 25),
    which=st.integers(0, 3),
    start=st.floats(2, 14),
)
def test_any_sentence_after_any_floor_keeps_it_open(
    said: list[Sound], *, name: str, floor: float, above: float, which: int, start: float
) -> None:
    clip = said[which]
    room = around(name, -40)[: 45 * RATE] * np.float32(linear(floor + 40))
    sound = spoken_in(room, clip, floor + above, start)
    expected = start + len(clip) / RATE + AFTER
    assert Followed(sound).ended == pytest.approx(expected, abs=1.2)


@settings(max_examples=15, deadline=None)
@given(sizes=st.lists(st.integers(0, 5 * FRAME), min_size=1, max_size=8).filter(any))
def test_blocks_of_any_size_say_the_same(said: list[Sound], sizes: list[int]) -> None:
    sound = spoken_in(around("rain", -50)[: 12 * RATE], said[2], -40, 2)
    states = {}
    activity, at, turn = Activity(), 0, 0
    while at < len(sound):
        size = sizes[turn % len(sizes)]
        state = activity.push(sound[at : at + size])
        at, turn = min(at + size, len(sound)), turn + 1
        states[at // FRAME] = (state.quiet_for, state.silent_for, state.voiced_seconds, state.voice)
    even = Activity()
    for frame in range(len(sound) // FRAME):
        state = even.push(sound[frame * FRAME :][:FRAME])
        expected = (state.quiet_for, state.silent_for, state.voiced_seconds, state.voice)
        assert states.get(frame + 1, expected) == expected


# ── our own tones ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["listen", "soft", "ending"])
@pytest.mark.parametrize("level", [0, -20, -40])
def test_our_own_tone_in_the_room_is_no_voice_and_a_word_beside_it_is(
    said: list[Sound], name: str, level: float
) -> None:
    tone = load(Library.find(Folders.nowhere()).cue_path(name))[:, 0] * np.float32(linear(level))
    room = quiet(9)
    sound = heard(room)
    sound[frames(3) :][: len(tone)] += tone
    for spoken in (False, True):
        activity = Activity()
        activity.push(sound[: frames(2.9)])
        activity.expect_tone(len(tone) + RATE)
        word = np.zeros_like(sound)
        if spoken:
            clip = said[1] * np.float32(linear(-20))
            word[frames(3.1) :][: len(clip)] = clip
        state = activity.push((sound + word)[frames(2.9) :])
        assert (state.voiced_seconds > 0.1) is spoken
        assert (state.quiet_for < 8.9) is spoken


# ── when ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "length"), [("20s", 20), ("30", 30), ("1m30s", 90), (" 10m ", 600), ("never", 0), ("Never ", 0)]
)
def test_a_silence_is_read(text: str, length: float) -> None:
    assert read_silence(text) == frames(length)


@pytest.mark.parametrize("text", ["19s", "0", "11m", "soon", "", "-30s", "nan", "1e3", "9" * 40])
def test_another_silence_is_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"20s and 10m|not a length of time|too long|more than a day"):
        read_silence(text)


def test_nothing_ends_where_nobody_asked_for_it() -> None:
    assert Followed(quiet(40), after=0).ended is None


def test_nothing_ends_before_somebody_has_begun() -> None:
    assert Followed(quiet(40), begun=False).warned == []


@given(
    after=st.integers(20, 600),
    moments=st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=200),
    begun=st.booleans(),
)
def test_an_end_is_always_told_five_seconds_before_and_never_comes_upon_a_voice(
    after: int, moments: list[tuple[int, bool]], begun: bool
) -> None:
    ending, at, quiet_for, told = Ending(frames(after)), 0, 0, None
    for length, voice in moments:
        at += frames(length)
        quiet_for = 0 if voice else quiet_for + frames(length)
        word = ending.hear(at, quiet_for, begun=begun)
        if voice:
            assert word == "go on"
            told = None
        if word == "warn":
            assert told is None
            told = at
        if word == "end":
            assert told is not None
            assert at - told >= NOTICE
            assert quiet_for >= frames(after)
            assert begun
            break


@pytest.mark.parametrize("command", ["reflect", "play"])
@pytest.mark.parametrize(
    ("silence", "sentence"), [("5s", "'5s' is not between 20s and 10m"), ("soon", "not a length of time")]
)
def test_a_wrong_silence_on_the_command_line_is_a_sentence(
    command: str, silence: str, sentence: str, tmp_path: Path
) -> None:
    words = [command, "--end-after-silence", silence]
    result = CliRunner().invoke(guide, words, env={"GUIDE_HOME": str(tmp_path)})
    assert result.exit_code == 2
    assert sentence in " ".join(result.stderr.split())
