"""The shipped sounds, measured as they ship."""

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from guide.beds import BED_LUFS, Bed
from guide.bells import BELL_LUFS, load
from guide.duration import RATE
from guide.loudness import integrated, momentary, true_peak

ROOT = Path(__file__).parent.parent
AUDIO = ROOT / "audio"
BELLS = sorted((AUDIO / "bells").glob("*.flac"))
CUES = sorted((AUDIO / "cues").glob("*.flac"))
BEDS = sorted(path for path in (AUDIO / "beds").iterdir() if path.is_dir())
LOOPS = [path for bed in BEDS for path in sorted(bed.glob("*.ogg"))]

Samples = NDArray[np.float32]


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.fixture(scope="module")
def beds() -> dict[str, Bed]:
    return {path.name: Bed.load(path) for path in BEDS}


@pytest.fixture(scope="module")
def loops(beds: dict[str, Bed]) -> dict[str, Samples]:
    pairs = zip(LOOPS, (loop for bed in beds.values() for loop in bed.loops), strict=True)
    return {_name(path): loop.astype(np.float32) / np.float32(32768) for path, loop in pairs}


@pytest.fixture(scope="module")
def made_again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("audio")
    program = str(AUDIO / "synthesis" / "make.py")
    command = [sys.executable, program, str(out), "--only", "chime", "drone", "soft"]
    ours = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=ours)
    return out


def _envelope(sound: Samples) -> Samples:
    """The peak of each 10 ms."""
    return np.asarray(np.max(np.abs(sound[: len(sound) // 480 * 480]).reshape(-1, 480), axis=1))


def _flux(sound: Samples) -> NDArray[np.float64]:
    """How much is louder, in the spectrum of each 1,024 frames, than 512 frames before; both channels."""
    windows = np.lib.stride_tricks.sliding_window_view(sound, 1024, axis=0)[::512]
    spectra = np.abs(np.fft.rfft(windows * np.hanning(1024), axis=2))
    rises = np.maximum(np.diff(spectra, axis=0), 0)
    return np.asarray(np.sqrt(np.sum(rises**2, axis=(1, 2))))


def test_the_sounds_a_session_needs_are_there() -> None:
    assert {path.stem for path in BELLS} >= {"bowl", "chime"}
    assert {path.stem for path in CUES} >= {"listen", "soft", "in", "out", "tone"}
    assert {path.name for path in BEDS} >= {"rain", "drone"}


def test_all_sounds_together_are_small() -> None:
    assert (
        sum(path.stat().st_size for path in AUDIO.rglob("*.*") if path.suffix in (".flac", ".ogg"))
        <= 12_000_000
    )
    for bed in BEDS:
        assert sum(path.stat().st_size for path in bed.iterdir()) <= 1_600_000, bed.name


@pytest.mark.parametrize("path", BELLS + CUES, ids=_name)
def test_bells_and_cues_are_16_bit_flac_at_our_rate(path: Path) -> None:
    info = soundfile.info(path)
    assert (info.samplerate, info.format, info.subtype) == (RATE, "FLAC", "PCM_16")
    assert info.channels == (2 if path in BELLS else 1)


@pytest.mark.parametrize("path", BELLS, ids=_name)
def test_a_bell_is_as_loud_as_the_voice_and_no_louder(path: Path) -> None:
    bell = load(path)
    assert float(np.max(momentary(bell))) == pytest.approx(BELL_LUFS, abs=0.2)
    assert true_peak(bell) <= -3.0


@pytest.mark.parametrize("path", BELLS, ids=_name)
def test_a_bell_begins_at_once_and_does_not_startle(path: Path) -> None:
    envelope: Samples = np.maximum.accumulate(np.max(np.abs(load(path)), axis=1))
    top = float(np.max(envelope[: RATE // 5]))
    assert envelope[0] < 0.001 * top
    assert int(np.argmax(envelope > 0.001 * top)) <= RATE * 5 // 1000
    tenth, nine_tenths = (int(np.argmax(envelope > share * top)) for share in (0.1, 0.9))
    assert nine_tenths - tenth >= RATE * 10 // 1000


@pytest.mark.parametrize("path", BELLS, ids=_name)
def test_a_bell_dies_away_by_70_db_with_no_cut(path: Path) -> None:
    bell = load(path)
    envelope = _envelope(bell)
    assert 6 <= len(bell) / RATE <= 12
    assert float(np.max(envelope[-10:])) < 10 ** (-70 / 20) * float(np.max(envelope))
    seconds = np.array([float(np.max(np.abs(part))) for part in np.array_split(bell, len(bell) // RATE)])
    falls = 20 * np.log10(seconds[:-1] / seconds[1:])
    assert np.all(falls > 0)
    assert np.all(falls < 18)


@pytest.mark.parametrize("path", BELLS, ids=_name)
def test_the_two_ears_hear_one_bell(path: Path) -> None:
    bell = load(path).astype(np.float64)
    left, right = bell.T
    assert float(np.mean(left * right)) > 0.5 * float(np.std(left) * np.std(right))
    assert not np.array_equal(left, right)


@pytest.mark.parametrize("path", CUES, ids=_name)
def test_a_cue_is_soft_and_has_no_corner(path: Path) -> None:
    cue = load(path)
    loudest = float(np.max(momentary(cue)))
    assert -30 <= loudest <= (-19.8 if path.stem == "tone" else -24.0)
    assert 0.5 <= len(cue) / RATE <= 2.0
    assert float(np.max(np.abs(cue[:: len(cue) - 1]))) <= 2 / 32768
    envelope = _envelope(cue)
    assert float(np.max(envelope[:2])) < 0.3 * float(np.max(envelope))


@pytest.mark.parametrize(("name", "rises"), [("in", True), ("out", False)])
def test_a_breath_rises_in_and_falls_out(name: str, rises: bool) -> None:
    cue = load(AUDIO / "cues" / f"{name}.flac")[:, 0]

    def pitch(part: Samples) -> int:
        return int(np.argmax(np.abs(np.fft.rfft(part))))

    third = len(cue) // 3
    assert (pitch(cue[-third:]) > pitch(cue[:third])) is rises


@pytest.mark.parametrize("path", BELLS + CUES, ids=_name)
def test_a_struck_sound_has_no_dc(path: Path) -> None:
    assert float(np.max(np.abs(load(path).astype(np.float64).mean(axis=0)))) < 1e-4


@pytest.mark.parametrize("path", BEDS, ids=_name)
def test_a_bed_comes_around_again_only_after_hours(path: Path, beds: dict[str, Bed]) -> None:
    lengths = [len(loop) for loop in beds[path.name].loops]
    seconds = [length // RATE for length in lengths]
    assert all(length % RATE == 0 for length in lengths)
    assert len(lengths) in (3, 4)
    assert all(17 <= length <= 31 for length in seconds)
    assert math.lcm(*seconds) == math.prod(seconds) >= 3 * 3600


@pytest.mark.parametrize("path", BEDS, ids=_name)
@pytest.mark.parametrize("at", [0, 3600 * RATE + 12_345])
def test_a_bed_has_its_loudness_and_headroom(path: Path, at: int, beds: dict[str, Bed]) -> None:
    minute = beds[path.name].block(at, 60 * RATE)
    assert integrated(minute) == pytest.approx(BED_LUFS, abs=0.3)
    assert true_peak(minute) <= -6.0
    assert float(np.max(np.abs(minute.astype(np.float64).mean(axis=0)))) < 1e-4
    assert float(np.ptp(momentary(minute))) < 6.0


@pytest.mark.parametrize("path", LOOPS, ids=_name)
def test_a_loop_closes_with_no_step(path: Path, loops: dict[str, Samples]) -> None:
    loop = loops[_name(path)]
    steps = np.max(np.abs(np.diff(loop, axis=0)), axis=1)
    assert float(np.max(np.abs(loop[0] - loop[-1]))) <= float(np.quantile(steps, 0.999))
    bends = np.max(np.abs(np.diff(loop, 2, axis=0)), axis=1)
    around = np.max(np.abs(np.diff(np.concatenate([loop[-2:], loop[:2]]), 2, axis=0)), axis=1)
    assert float(np.max(around)) <= float(np.quantile(bends, 0.999))


@pytest.mark.parametrize("path", LOOPS, ids=_name)
def test_a_loop_closes_with_no_change_of_its_sound(path: Path, loops: dict[str, Samples]) -> None:
    loop = loops[_name(path)]
    usual = float(np.quantile(_flux(loop), 0.95))
    # The flux of a low tone depends on where in its wave a window begins: hence the mean over several places.
    around = range(-256, 257, 64)
    at_seam = [_flux(np.concatenate([loop[place - 1024 :], loop[: place + 512]])) for place in around]
    assert float(np.mean(at_seam)) <= usual


@pytest.mark.parametrize("path", BEDS, ids=_name)
def test_a_bed_has_no_gap_and_no_blow(path: Path, beds: dict[str, Bed]) -> None:
    minute = beds[path.name].block(0, 60 * RATE)
    power = np.mean(minute.reshape(-1, RATE // 20, 2) ** 2, axis=(1, 2))
    assert float(np.min(power)) > 0.25 * float(np.mean(power))
    assert float(np.max(power)) < 4 * float(np.mean(power))


def test_rain_does_not_hiss_and_the_drone_does_not_boom(beds: dict[str, Bed]) -> None:
    def share(name: str, low: float, high: float) -> float:
        power = np.abs(np.fft.rfft(beds[name].block(0, 20 * RATE).mean(axis=1))) ** 2
        hertz = np.fft.rfftfreq(20 * RATE, 1 / RATE)
        return float(np.sum(power[(hertz >= low) & (hertz < high)]) / np.sum(power))

    assert share("rain", 8000, 24000) < 0.01
    assert share("rain", 1000, 6000) > 0.2
    assert share("drone", 0, 60) < 0.01
    assert share("drone", 180, 1200) > 0.1  # what a small loudspeaker still plays


def test_the_program_makes_the_same_bell_and_cue_again(made_again: Path) -> None:
    for name in ("bells/chime.flac", "cues/soft.flac"):
        shipped, again = (
            soundfile.read(base / name, dtype="int16")[0].astype(int) for base in (AUDIO, made_again)
        )
        assert shipped.shape == again.shape
        assert int(np.max(np.abs(shipped - again))) <= 1, name


def test_the_program_makes_the_same_bed_again(made_again: Path, beds: dict[str, Bed]) -> None:
    for shipped, again in zip(
        beds["drone"].loops, Bed.load(made_again / "beds" / "drone").loops, strict=True
    ):
        assert shipped.shape == again.shape
        difference = shipped.astype(float) - again.astype(float)
        assert float(np.std(difference)) < 0.01 * float(np.std(shipped))
