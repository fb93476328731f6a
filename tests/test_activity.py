"""Someone who speaks is heard, and a room that hums is not."""

import io
import shutil
import subprocess
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from guide.activity import FRAME, Activity, Advice, Level, State
from guide.duration import RATE
from guide.sound import Sound, linear, resampled


def whole(samples: NDArray[Any]) -> Sound:
    return np.asarray(samples, dtype=np.float32)


def at(sound: NDArray[Any], level: float) -> Sound:
    """The sound at a level, root of the mean square in dBFS, as a 16-bit converter would deliver it."""
    loud = sound * (linear(level) / np.sqrt(np.mean(np.square(sound))))
    return whole(np.clip(np.rint(loud * 32_768), -32_768, 32_767) / 32_768)


def noise(seconds: float, slope: float, seed: int = 3) -> Sound:
    """Noise whose power falls with the frequency to `slope`: 0 is white, 1 pink, 2 the rumble of a fan."""
    count = round(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    spectrum /= (np.arange(len(spectrum)) * RATE / count + 20) ** (slope / 2)
    return whole(np.fft.irfft(spectrum, count))


def hum(seconds: float) -> Sound:
    time = np.arange(round(seconds * RATE)) / RATE
    return whole(np.sum([np.sin(2 * np.pi * 50 * k * time + k) / k for k in range(1, 30)], axis=0))


def babble(seconds: float) -> Sound:
    """Like a voice: a gliding tone with overtones, in syllables of a fifth of a second and words apart."""
    time = np.arange(round(seconds * RATE)) / RATE
    phase = np.cumsum(2 * np.pi * (120 + 20 * np.sin(2 * np.pi * 0.7 * time)) / RATE)
    voice = np.sum([np.sin(k * phase) / k for k in range(1, 30)], axis=0)
    syllables = np.clip(np.sin(2 * np.pi * 2.5 * time), 0, 1) ** 0.5 * (np.sin(2 * np.pi * 0.4 * time) > -0.3)
    return whole(voice * syllables)


def listen(sound: Sound, block: int = FRAME) -> list[State]:
    activity = Activity()
    return [activity.push(sound[start : start + block]) for start in range(0, len(sound), block)]


ROOMS = {
    "white noise": at(noise(12, 0), -40),
    "a fan": at(noise(12, 2), -25),
    "a street": at(noise(12, 1), -30),
    "mains hum": at(hum(12), -25),
    "hum and hiss": at(hum(12), -30) + at(noise(12, 1), -50),
    "a fan that swings": at(noise(12, 1) * (1 + 0.3 * np.sin(np.arange(12 * RATE) / RATE * 4.4)), -35),
    "nothing at first": np.concatenate([np.zeros(3 * RATE), at(noise(9, 1), -50)]).astype(np.float32),
}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_without_a_voice_is_silent(room: str) -> None:
    states = listen(ROOMS[room])
    assert states[-1].voiced_seconds == 0
    assert states[-1].silent_for == pytest.approx(len(ROOMS[room]) / RATE, abs=0.02)
    assert not any(state.voice for state in states)


@pytest.mark.parametrize(
    ("voice", "room"), [(-20, "quiet"), (-30, "a street"), (-40, "mains hum"), (-45, "quiet")]
)
def test_a_voice_stands_out_of_its_room(voice: float, room: str) -> None:
    around = at(noise(12, 1), -65) if room == "quiet" else at(ROOMS[room], voice - 8)
    sound = around.copy()
    sound[3 * RATE : 9 * RATE] += at(babble(6), voice)
    states = listen(sound)
    assert 1.5 < states[-1].voiced_seconds < 6
    assert not any(state.voice for state in states[: 3 * 50])
    assert states[-1].silent_for == pytest.approx(3, abs=0.9)


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
@pytest.mark.parametrize("level", [-20, -35, -50])
def test_real_speech_is_heard_however_quiet(level: float) -> None:
    words = "I met a wall today, somewhere in my chest. It felt like stone, and then like an old friend."
    spoken = subprocess.run(["espeak-ng", "--stdout", "-s", "120", words], capture_output=True, check=True)
    samples, rate = soundfile.read(io.BytesIO(spoken.stdout), dtype="float32")
    speech = resampled(samples, rate)
    sound = at(noise(len(speech) / RATE + 8, 1), -68)
    sound[3 * RATE : 3 * RATE + len(speech)] += at(speech, level)
    states = listen(sound)
    assert states[-1].voiced_seconds > 0.45 * len(speech) / RATE
    assert not any(state.voice for state in states[: 3 * 50])
    assert states[-1].silent_for == pytest.approx(5, abs=1)


def test_a_knock_is_not_a_voice() -> None:
    sound = at(noise(8, 1), -65)
    for second in range(4, 8):
        sound[second * RATE : second * RATE + RATE // 50] += at(noise(0.02, 0), -10)
    assert listen(sound)[-1].voiced_seconds == 0


def test_a_squeak_is_not_a_voice() -> None:
    """A pipe, a door, a smoke alarm: one tone in one band, however long."""
    sound = at(noise(8, 1), -65)
    for second in range(4, 8):
        squeak = np.sin(2 * np.pi * 1_000 * np.arange(RATE // 2) / RATE) * np.hanning(RATE // 2)
        sound[second * RATE : second * RATE + RATE // 2] += at(squeak, -30)
    assert listen(sound)[-1].voiced_seconds == 0


def test_the_size_of_the_blocks_changes_nothing() -> None:
    sound = at(noise(6, 1), -60)
    sound[2 * RATE : 5 * RATE] += at(babble(3), -25)
    even, odd = listen(sound)[-1], listen(sound, block=1_777)[-1]
    assert (even.voiced_seconds, even.silent_for) == (odd.voiced_seconds, odd.silent_for)
    assert even.voiced_seconds > 0


def test_no_sound_at_all_changes_nothing() -> None:
    activity = Activity()
    before = activity.push(at(babble(1), -20))
    assert activity.push(np.zeros(0, dtype=np.float32)) == before


def test_a_level_tells_peak_and_mean() -> None:
    sine = 0.5 * np.sin(2 * np.pi * 1_000 * np.arange(RATE) / RATE)
    level = Level.of(whole(sine))
    assert level.peak == pytest.approx(-6.02, abs=0.01)
    assert level.rms == pytest.approx(-9.03, abs=0.01)
    assert not level.clipped
    assert not level.muted


def test_full_scale_twice_in_a_row_is_clipping_and_once_is_not() -> None:
    block = np.full(100, 0.1, dtype=np.float32)
    block[50] = 1.0
    assert not Level.of(block).clipped
    block[51] = 1.0
    assert Level.of(block).clipped


def test_silence_has_no_level_and_a_moving_last_bit_is_silence() -> None:
    assert Level.of(np.zeros(10, dtype=np.float32)).peak == float("-inf")
    bit = np.array([0, 1, 0, -1, 0] * 20) / 32_768
    assert Level.of(whole(bit)).muted
    assert not Level.of(whole(bit * 4)).muted


def advice(sound: Sound) -> list[Advice | None]:
    return [state.advice for state in listen(sound)]


def test_a_muted_microphone_is_noticed_after_two_seconds_and_forgiven_after_half_a_one() -> None:
    room = at(noise(2, 1), -60)
    told = advice(np.concatenate([room, np.zeros(3 * RATE, dtype=np.float32), room]))
    assert told.index(Advice.MUTED) == 4 * 50 - 1
    assert told[5 * 50 : 5 * 50 + 24] == [Advice.MUTED] * 24
    assert told[5 * 50 + 24 :] == [None] * (2 * 50 - 24)


def test_a_short_dropout_is_not_a_muted_microphone() -> None:
    room = at(noise(2, 1), -60)
    assert set(advice(np.concatenate([room, np.zeros(int(1.9 * RATE), dtype=np.float32), room]))) == {None}


def test_a_voice_that_clips_is_told_and_one_peak_is_not() -> None:
    voice = np.clip(at(babble(3), -12) * 12, -1, 1).astype(np.float32)
    quiet = at(noise(6, 1), -60)
    told = advice(np.concatenate([quiet[: 2 * RATE], voice, quiet]))
    assert Advice.CLIPPING in told[100:250]
    assert told[-1] is None
    once = quiet.copy()
    once[RATE : RATE + 10] = 1.0
    assert Advice.CLIPPING not in advice(once)


def test_a_quiet_voice_is_told_until_it_is_well_louder() -> None:
    room = at(noise(22, 1), -75)
    voice = np.concatenate([at(babble(8), -52), at(babble(6), -46), at(babble(6), -30)])
    sound = room.copy()
    sound[2 * RATE :] += voice
    told = advice(sound)
    assert Advice.QUIET in told[: 10 * 50]
    assert told[15 * 50] is Advice.QUIET
    assert told[-1] is None


def test_a_good_voice_is_left_in_peace() -> None:
    sound = at(noise(10, 1), -60)
    sound[2 * RATE :] += at(babble(8), -25)
    assert set(advice(sound)) == {None}
