"""Pace and pitch as people mean them, held against what the default voice really does."""

from collections.abc import Iterator

import numpy as np
import pytest

from guide.duration import RATE
from guide.errors import VoiceError
from guide.loudness import true_peak
from guide.sound import Sound, peak
from guide.voices import find, speak_all
from guide.voices.finish import finish, gain_of, suits
from guide.voices.setting import setting
from guide.voices.system import System

PARAGRAPH = (
    "Bring your attention to your hands, and notice how they rest.",
    "There may be warmth in them, or a slight hum, or not much at all.",
    "It is all right as it is.",
    "Now let the shoulders drop a little, as far as they like to.",
    "You can open your eyes at any time, or move, or stop.",
    "Stay with the breath for a while, in the place where it is easy to feel.",
)
GAP = 0.7


@pytest.fixture(scope="module")
def voice() -> Iterator[System]:
    system = System()
    yield system
    system.close()


def articulation(voice: System, pace: float) -> float:
    """Words a minute of a paragraph: from its first to its last sample."""
    clips = speak_all(voice, PARAGRAPH, pace, 0.0)
    length = sum(map(len, clips.values())) / RATE + GAP * (len(PARAGRAPH) - 1)
    return sum(len(text.split()) for text in PARAGRAPH) * 60 / length


@pytest.mark.parametrize("pace", [0.95, 1.0])
def test_the_default_voice_speaks_105_to_125_words_a_minute(voice: System, pace: float) -> None:
    assert 105 <= articulation(voice, pace) <= 125


@pytest.mark.parametrize("pace", [0.6, 0.75, 0.85, 1.2, 1.5])
def test_a_pace_is_that_part_of_115_words_a_minute(voice: System, pace: float) -> None:
    assert articulation(voice, pace) == pytest.approx(115 * pace, rel=0.08)


def test_every_pace_and_pitch_has_a_setting_and_faster_is_never_slower() -> None:
    paces = np.linspace(0.6, 1.6, 41)
    found = [setting("en-gb", float(pace), 0.0, "auto") for pace in paces]
    assert all(80 <= one.rate <= 260 for one in found)
    gaps = [one.gap for one in found]
    assert gaps == sorted(gaps, reverse=True)
    assert [one.rate for one in found if not one.gap] == sorted(one.rate for one in found if not one.gap)
    pitches = [setting("en-gb", 1.0, float(pitch), "auto").pitch for pitch in range(-12, 13)]
    assert pitches == sorted(pitches)
    assert 0 <= pitches[0] < pitches[-1] <= 99


def test_the_setting_of_the_environment_chooses_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUIDE_ESPEAK", "parrot")
    with pytest.raises(VoiceError, match="GUIDE_ESPEAK"):
        find()


def tone(seconds: float, amplitude: float, rate: int) -> Sound:
    time = np.arange(round(seconds * rate)) / rate
    return np.asarray(amplitude * np.sin(2 * np.pi * 300 * time), dtype=np.float32)


def test_finishing_trims_fades_and_resamples() -> None:
    rate = 22_050
    quiet = np.zeros(rate // 2, dtype=np.float32)
    clip = finish(np.concatenate([quiet, tone(1.0, 0.3, rate), quiet]), rate, gain=0.0)
    assert len(clip) / RATE == pytest.approx(1.04, abs=0.03)
    assert abs(clip[0]) < 1e-6
    assert abs(clip[-1]) < 1e-4
    assert np.max(np.abs(np.diff(clip[:960]))) < 0.02


@pytest.mark.parametrize("gain", [-6.0, 0.0, 3.0, 9.0])
def test_finishing_holds_the_peaks_so_that_the_gain_leaves_them_under_minus_two(gain: float) -> None:
    loud = finish(tone(1.0, 0.99, RATE), RATE, gain)
    assert true_peak(loud) + gain <= -2.0 + 1e-6 or gain == -6.0
    assert true_peak(loud) <= -0.5 + 1e-6


def test_finishing_softens_sibilance_and_keeps_the_body() -> None:
    noise = np.random.default_rng(1).standard_normal(4 * RATE).astype(np.float32) * np.float32(0.05)
    before = np.abs(np.fft.rfft(noise, 1 << 18)) ** 2
    after = np.abs(np.fft.rfft(finish(noise, RATE, 0.0), 1 << 18)) ** 2

    def change(low: int, high: int) -> float:
        bins = slice(low * (1 << 18) // RATE, high * (1 << 18) // RATE)
        return float(10 * np.log10(after[bins].sum() / before[bins].sum()))

    assert -5.5 < change(6000, 9000) < -2.5
    assert 0.5 < change(150, 400) < 2.0
    assert abs(change(1000, 2000)) < 0.6
    assert change(20, 40) < -12


def test_silence_cannot_be_finished_and_has_no_gain() -> None:
    quiet = np.zeros(RATE, dtype=np.float32)
    with pytest.raises(VoiceError):
        finish(quiet, RATE, 0.0)
    with pytest.raises(VoiceError):
        gain_of([quiet])


@pytest.mark.parametrize(
    ("text", "seconds", "well"),
    [
        ("Breathe in.", 0.9, True),
        ("Breathe in.", 0.05, False),
        ("Breathe in.", 30.0, False),
        ("Feel the weight of your body, held by the chair or the floor beneath you.", 4.5, True),
        ("Feel the weight of your body, held by the chair or the floor beneath you.", 0.6, False),
        ("In 1987, on 12/31, it was 23:59.", 9.0, True),
        ("In.", 0.3, True),
    ],
)
def test_a_length_suits_its_words_or_does_not(text: str, seconds: float, well: bool) -> None:
    assert suits(text, round(seconds * RATE), 1.0) is well


def test_a_clip_of_the_default_voice_has_no_click(voice: System) -> None:
    """Above 12 kHz, where espeak has next to nothing, no sample stands far out."""
    clip = voice.speak(PARAGRAPH[0], 1.0, 0.0)
    spectrum = np.fft.rfft(clip)
    spectrum[: 12_000 * len(clip) // RATE] = 0
    assert np.max(np.abs(np.fft.irfft(spectrum, len(clip)))) < 0.02 * peak(clip)
