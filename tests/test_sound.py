"""Arrays of sound: gains, fades, resampling, files."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from guide.duration import RATE
from guide.errors import StorageError
from guide.sound import Fader, Sound, decibels, faded, linear, peak, raised_cosine, read, resampled


def ones(count: int, channels: int | None = None) -> Sound:
    return np.ones((count,) if channels is None else (count, channels), dtype=np.float32)


@given(st.floats(-120, 40))
def test_decibels_and_factors_are_one_thing(gain: float) -> None:
    assert decibels(linear(gain)) == pytest.approx(gain, abs=1e-9)


def test_gains_are_what_they_are() -> None:
    assert linear(0) == 1
    assert linear(-20) == pytest.approx(0.1)
    assert linear(6.0206) == pytest.approx(2, rel=1e-5)
    assert decibels(0) == float("-inf")


def test_a_peak_has_no_sign() -> None:
    assert peak(np.array([0.1, -0.5, 0.3], dtype=np.float32)) == 0.5
    assert peak(np.zeros((0, 2), dtype=np.float32)) == 0


@given(st.integers(0, 500), st.integers(0, 700), st.integers(0, 700), st.sampled_from([None, 1, 2]))
def test_a_fade_changes_only_the_edges_and_only_the_copy(
    count: int, into: int, out: int, channels: int | None
) -> None:
    sound = ones(count, channels)
    result = faded(sound, into, out)
    assert np.all(sound == 1)
    assert result.shape == sound.shape
    assert result.dtype == np.float32
    assert np.all(result[into : max(into, count - out)] == 1)
    if count and into:
        assert np.all(result[0] == 0)
    if count and out:
        assert np.all(result[-1] == 0)


def test_a_raised_cosine_rises_without_a_corner() -> None:
    curve = raised_cosine(1000)
    assert curve[0] == 0
    assert curve[500] == pytest.approx(0.5)
    assert np.all(np.diff(curve) > 0)
    assert np.max(np.abs(np.diff(curve, 2))) < 1e-5
    assert len(raised_cosine(0)) == 0


@given(
    st.lists(st.integers(1, 400), min_size=1, max_size=10),
    st.lists(st.tuples(st.integers(0, 10), st.floats(0, 1), st.integers(1, 1000)), max_size=4),
)
def test_a_fader_never_jumps_however_it_is_cut_and_called(
    sizes: list[int], moves: list[tuple[int, float, int]]
) -> None:
    fader = Fader(0.0)
    curve = [np.zeros((1, 2), dtype=np.float32)]
    shortest = 1000
    for place, size in enumerate(sizes):
        for when, value, length in moves:
            if when == place:
                fader.toward(value, length)
                shortest = min(shortest, length)
        curve.append(fader.over(ones(size, 2)))
    assert np.max(np.abs(np.diff(np.concatenate(curve), axis=0))) <= np.pi / 2 / shortest + 1e-6


@given(st.lists(st.integers(1, 400), min_size=1, max_size=10), st.integers(1, 600))
def test_a_fader_arrives_where_it_was_sent_and_stays(sizes: list[int], length: int) -> None:
    fader = Fader(1.0)
    fader.toward(0.25, length)
    assert fader.moving
    curve = np.concatenate([fader.over(ones(size, 2)) for size in sizes])
    whole = Fader(1.0)
    whole.toward(0.25, length)
    assert np.allclose(curve, whole.over(ones(sum(sizes), 2)))
    assert np.all(curve[length - 1 :] == np.float32(0.25))
    assert fader.moving == (sum(sizes) < length)


def test_a_fader_that_is_fully_open_changes_not_one_bit() -> None:
    sound = np.random.default_rng(0).standard_normal((1000, 2)).astype(np.float32)
    assert np.array_equal(Fader(1.0).over(sound), sound)
    assert not np.any(Fader(0.0).over(sound))


@pytest.mark.parametrize("rate", [22_050, 16_000, 44_100])
@pytest.mark.parametrize("channels", [None, 2])
def test_resampling_keeps_length_and_pitch(rate: int, channels: int | None) -> None:
    def tone(at: int) -> Sound:
        wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(at) / at)
        return np.asarray(wave if channels is None else wave[:, None].repeat(channels, 1), dtype=np.float32)

    result = resampled(tone(rate), rate)
    assert result.shape == tone(RATE).shape
    assert result.dtype == np.float32
    assert np.max(np.abs(result - tone(RATE))[1000:-1000]) < 1e-3
    assert np.array_equal(resampled(tone(RATE), RATE), tone(RATE))


def test_a_file_is_read_at_the_one_rate(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, ones(24_000) / 2, 24_000)
    assert read(path).shape == (RATE,)
    soundfile.write(path, ones(RATE, 2) / 2, RATE)
    assert np.allclose(read(path), 0.5, atol=1e-4)


@pytest.mark.parametrize("data", [None, b"", b"RIFF", b"not a sound at all" * 100])
def test_a_file_that_is_no_sound_is_a_sentence(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "broken.wav"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(StorageError, match=r"broken\.wav cannot be read"):
        read(path)


def test_memory_may_be_asked_for_frugally_on_any_system() -> None:
    """In a process of its own: it holds for all of its life."""
    code = (
        "from guide.memory import frugal; frugal(); import sys; sys.platform = 'plan9'; frugal(); print('on')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "on\n"
