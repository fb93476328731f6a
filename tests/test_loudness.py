"""Loudness against pyloudnorm, peaks against known waves, and a limiter that does no harm."""

import numpy as np
import pyloudnorm
import pytest

from guide import loudness
from guide.duration import RATE
from guide.loudness import integrated, limited, momentary, true_peak
from guide.sound import Sound, decibels, peak


def tone(hertz: float, seconds: float, amplitude: float, phase: float = 0.0) -> Sound:
    time = np.arange(round(seconds * RATE)) / RATE
    return np.asarray(amplitude * np.sin(2 * np.pi * hertz * time + phase), dtype=np.float32)


def speech_like(seconds: float, seed: int, channels: int = 1) -> Sound:
    """Noise in syllables and sentences, with gaps that the gates must leave out."""
    draw = np.random.default_rng(seed)
    count = round(seconds * RATE)
    noise = draw.standard_normal((count, channels)) * 0.05
    time = np.arange(count) / RATE
    shape = np.maximum(0.0, np.sin(2 * np.pi * 3 * time)) * (np.sin(2 * np.pi * 0.11 * time) > 0)
    sound = (noise * shape[:, np.newaxis]).astype(np.float32)
    return np.ascontiguousarray(sound[:, 0] if channels == 1 else sound)


def test_a_full_scale_tone_of_997_hz_reads_minus_three() -> None:
    assert integrated(tone(997, 5, 1.0)) == pytest.approx(-3.01, abs=0.02)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("seconds", [0.5, 3.0, 45.03])
def test_loudness_agrees_with_pyloudnorm(channels: int, seconds: float) -> None:
    sound = speech_like(seconds, seed=7, channels=channels)
    theirs = pyloudnorm.Meter(RATE).integrated_loudness(sound.astype(np.float64))
    assert integrated(sound) == pytest.approx(theirs, abs=0.1)


@pytest.mark.parametrize("hertz", [50, 150, 700, 2500, 6000, 12000])
def test_the_weighting_agrees_with_pyloudnorm_at_every_pitch(hertz: float) -> None:
    sound = tone(hertz, 3, 0.2)
    theirs = pyloudnorm.Meter(RATE).integrated_loudness(sound.astype(np.float64))
    assert integrated(sound) == pytest.approx(theirs, abs=0.1)


def test_silence_beside_the_voice_does_not_lower_its_loudness() -> None:
    voice = tone(300, 10, 0.1)
    quiet = np.zeros(40 * RATE, dtype=np.float32)
    assert integrated(np.concatenate([quiet, voice, quiet])) == pytest.approx(integrated(voice), abs=0.3)


def test_silence_and_very_short_sounds_have_no_loudness() -> None:
    assert integrated(np.zeros(RATE, dtype=np.float32)) == float("-inf")
    assert integrated(tone(300, 0.3, 0.5)) == float("-inf")
    assert integrated(np.zeros(0, dtype=np.float32)) == float("-inf")
    assert momentary(tone(300, 0.3, 0.5)).shape == (0,)


def test_momentary_loudness_rises_where_the_sound_does() -> None:
    sound = np.concatenate([tone(997, 1, 0.01), tone(997, 1, 0.1)])
    curve = momentary(sound)
    assert curve.shape == (17,)
    assert curve[0] == pytest.approx(-43.01, abs=0.05)
    assert curve[-1] == pytest.approx(-23.01, abs=0.05)


def test_long_sounds_measured_in_stretches_read_as_if_measured_whole() -> None:
    sound = speech_like(61, seed=3)
    whole = momentary(sound)
    part = momentary(sound[30 * RATE :])
    heard = whole[300:] > -100
    heard[:3] = False
    assert part[heard] == pytest.approx(whole[300:][heard], abs=0.01)


def test_a_peak_between_samples_is_seen() -> None:
    sound = tone(RATE / 4, 0.5, 0.5, phase=np.pi / 4)
    assert decibels(peak(sound)) == pytest.approx(-9.03, abs=0.01)
    assert true_peak(sound) == pytest.approx(-6.02, abs=0.25)
    assert true_peak(tone(997, 1, 0.5)) == pytest.approx(-6.02, abs=0.02)
    assert true_peak(np.zeros((100, 2), dtype=np.float32)) == float("-inf")


def test_a_peak_between_samples_at_any_place_of_a_long_sound_is_seen() -> None:
    sound = np.zeros((200_000, 2), dtype=np.float32)
    for place in (65_536, 65_534, 131_072, 199_990):
        struck = sound.copy()
        struck[place : place + 2, 1] = 0.5
        assert true_peak(struck) > decibels(0.5) + 1.0


def worst(amplitude: float) -> Sound:
    """The samples, none above the amplitude, with the highest peak between two of them."""
    return np.asarray(np.sign(loudness._between()[1]) * amplitude, dtype=np.float32)


@pytest.mark.parametrize("amplitude", [0.1, 0.55, 0.6, 0.9])
@pytest.mark.parametrize("place", [0, 1, 16, 63, 64, 5_000, 65_519, 65_536, 99_967])
def test_no_peak_is_passed_over_where_the_samples_are_low(amplitude: float, place: int) -> None:
    sound = np.random.default_rng(place).uniform(-0.3, 0.3, 99_999).astype(np.float32)
    sound[place : place + 32] = worst(amplitude)[: len(sound) - place]
    sound[30_000] = 0.8
    everywhere = float(np.max(loudness._peak_by_frame(sound)))
    assert true_peak(sound) == pytest.approx(decibels(everywhere), abs=1e-5)
    assert true_peak(limited(sound, -3.0)) <= -3.0


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("smooth", [1, 3, 30])
def test_what_no_peak_of_a_block_may_pass_is_passed_by_none(channels: int, smooth: int) -> None:
    draw = np.random.default_rng(smooth)
    noise = draw.standard_normal((20_000, channels)) * 10.0 ** draw.uniform(-4, 0, (20_000, 1)).round()
    sound = np.cumsum(noise, axis=0)[::smooth] if smooth > 1 else noise
    sound[draw.integers(0, len(sound), 40)] = 0
    peaks = loudness._peak_by_frame(sound.astype(np.float32))
    most = loudness._most_by_block(sound.astype(np.float32))
    by_block = np.maximum.reduceat(peaks, np.arange(0, len(peaks), loudness._BLOCK))
    assert np.all(by_block <= most)
    assert np.mean(most) < 8 * np.mean(by_block)


def test_a_short_pulse_may_be_twice_its_samples() -> None:
    assert true_peak(worst(0.5)) > decibels(0.9)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("channels", [1, 2])
def test_the_limiter_keeps_its_ceiling(seed: int, channels: int) -> None:
    sound = speech_like(4, seed, channels) * np.float32(12.0)
    assert true_peak(sound) > 0
    calm = limited(sound, -2.0)
    assert calm.shape == sound.shape
    assert calm.dtype == np.float32
    assert -3.0 < true_peak(calm) <= -2.0


def test_the_limiter_leaves_alone_what_is_low_enough() -> None:
    sound = speech_like(3, seed=5)
    assert np.array_equal(limited(sound, -2.0), sound)


def test_the_limiter_leaves_alone_what_is_far_from_a_peak() -> None:
    sound = tone(220, 4, 0.3)
    sound[2 * RATE] = 0.95
    calm = limited(sound, -2.0)
    near = slice(2 * RATE - 1600, 2 * RATE + 1600)
    assert np.allclose(np.delete(calm, near), np.delete(sound, near), atol=2e-3)
    assert np.array_equal(
        limited(sound[RATE:], -2.0)[: RATE - 2000], limited(sound, -2.0)[RATE:][: RATE - 2000]
    )


def test_the_limiter_does_not_distort() -> None:
    """A tone that swells over the ceiling stays a tone: its harmonics stay 60 dB below it."""
    time = np.arange(4 * RATE) / RATE
    sound = (tone(200, 4, 1.0) * (0.5 + 0.9 * np.exp(-((time - 2) ** 2) / 0.3))).astype(np.float32)
    calm = limited(sound, -2.0)
    spectrum = np.abs(np.fft.rfft(calm * np.hanning(len(calm))))
    fundamental = spectrum[750:850].max()
    assert spectrum[1550:2450].max() < fundamental * 1e-3


def test_the_limiter_takes_an_empty_sound() -> None:
    assert limited(np.zeros(0, dtype=np.float32), -2.0).shape == (0,)
