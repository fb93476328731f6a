"""The shipped sounds, measured as they ship."""

import importlib.util
import math
import os
import subprocess
import sys
import zlib
from pathlib import Path
from types import ModuleType

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
CREDITS = (AUDIO / "CREDITS.md").read_text("utf-8")
DOCS = (ROOT / "docs" / "sounds.md").read_text("utf-8")
CUES = sorted((AUDIO / "cues").glob("*.flac"))
BEDS = sorted(path for path in (AUDIO / "beds").iterdir() if path.is_dir())
LOOPS = [path for bed in BEDS for path in sorted(bed.glob("*.ogg"))]

Samples = NDArray[np.float32]


def _program(name: str) -> ModuleType:
    """A program of the synthesis, as a module."""
    spec = importlib.util.spec_from_file_location(f"synthesis_{name}", AUDIO / "synthesis" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MEASURE, PICTURES = _program("measure"), _program("pictures")


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
def sat(beds: dict[str, Bed]) -> dict[str, dict[str, float]]:
    """What each bed measures."""
    return {name: MEASURE.bed(bed) for name, bed in beds.items()}


@pytest.fixture(scope="module")
def struck() -> dict[str, dict[str, float]]:
    """What each bell measures."""
    return {path.stem: MEASURE.bell(path) for path in BELLS}


@pytest.fixture(scope="module")
def made_again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("audio")
    program = str(AUDIO / "synthesis" / "make.py")
    command = [sys.executable, program, str(out), "--only", "chime", "block", "drone", "night", "soft"]
    ours = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=ours)
    return out


def _stated_peak(kind: str, name: str) -> float:
    """The true peak (dBTP) that audio/CREDITS.md says a sound does not pass."""
    (row,) = [line for line in CREDITS.splitlines() if line.startswith("|") and f"`{kind}/{name}" in line]
    return -float(row.split("|")[-2].strip().removeprefix("−"))


def _envelope(sound: Samples) -> Samples:
    """The peak of each 10 ms."""
    return np.asarray(np.max(np.abs(sound[: len(sound) // 480 * 480]).reshape(-1, 480), axis=1))


def test_the_sounds_a_session_needs_are_there() -> None:
    assert {path.stem for path in BELLS} >= {"bowl", "high-bowl", "block", "chime"}
    assert {path.stem for path in CUES} >= {"listen", "soft", "in", "out", "tone"}
    assert {path.name for path in BEDS} >= {"rain", "ocean", "stream", "night", "drone", "warm-noise"}


def test_all_sounds_together_are_small() -> None:
    files = [path for path in AUDIO.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert sum(path.stat().st_size for path in files) <= 12_000_000
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
    assert true_peak(bell) <= _stated_peak("bells", path.stem)


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
    assert 1 <= len(bell) / RATE <= 12
    assert float(np.max(envelope[-10:])) < 10 ** (-70 / 20) * float(np.max(envelope))
    # Its beats are shorter than an eighth of the time in which it falls by 60 dB.
    eighth = round(MEASURE.dying(bell) * RATE / 8)
    parts = bell[: len(bell) // eighth * eighth].reshape(-1, 2 * eighth)
    peaks = np.max(np.abs(parts), axis=1)
    falls = 20 * np.log10(peaks[:-1] / peaks[1:])[:8]
    assert np.all(falls > 0)
    assert np.all(falls < 18)


@pytest.mark.parametrize("path", BELLS, ids=_name)
def test_the_partials_of_a_bell_are_no_harmonics(path: Path) -> None:
    partials = MEASURE.partials(load(path))
    ratios = np.array(sorted(partials)[1:]) / min(partials)
    assert len(ratios) >= 2
    beside = np.abs(ratios - np.rint(ratios))
    assert np.count_nonzero(beside > 0.1) >= len(ratios) / 2


def test_a_bowl_beats_and_wood_does_not(struck: dict[str, dict[str, float]]) -> None:
    assert all(figures["beating"] > 3 for name, figures in struck.items() if "bowl" in name)
    assert struck["block"]["beating"] < 2
    assert struck["block"]["dying"] < 1.5


@pytest.mark.parametrize("path", BELLS, ids=_name)
def test_the_two_ears_hear_one_bell(path: Path) -> None:
    bell = load(path).astype(np.float64)
    left, right = bell.T
    assert float(np.mean(left * right)) > 0.5 * float(np.std(left) * np.std(right))
    assert not np.array_equal(left, right)


@pytest.mark.parametrize("path", BELLS, ids=_name)
def test_a_bell_is_measured_from_its_stroke(path: Path) -> None:
    """10 ms at least: an attack that is shorter is a click."""
    assert MEASURE.attack(load(path)) >= 10


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
    assert true_peak(minute) <= _stated_peak("beds", path.name)
    assert float(np.max(np.abs(minute.astype(np.float64).mean(axis=0)))) < 1e-4
    assert float(np.ptp(momentary(minute))) < 6.0


@pytest.mark.parametrize("path", LOOPS, ids=_name)
def test_a_loop_has_no_dc(path: Path, loops: dict[str, Samples]) -> None:
    assert float(np.max(np.abs(loops[_name(path)].astype(np.float64).mean(axis=0)))) < 1e-4


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
    assert MEASURE.seam(loop) <= 95


@pytest.mark.parametrize("path", LOOPS, ids=_name)
def test_a_click_where_a_loop_closes_would_be_noticed(path: Path, loops: dict[str, Samples]) -> None:
    loop = loops[_name(path)].copy()
    loop[-1] += np.float32(0.01)
    assert MEASURE.seam(loop) > 95


@pytest.mark.parametrize("path", BEDS, ids=_name)
def test_a_bed_has_no_gap_and_no_blow(path: Path, beds: dict[str, Bed]) -> None:
    minute = beds[path.name].block(0, 60 * RATE)
    power = np.mean(minute.reshape(-1, RATE // 20, 2) ** 2, axis=(1, 2))
    assert float(np.min(power)) > 0.25 * float(np.mean(power))
    assert float(np.max(power)) < 4 * float(np.mean(power))


def test_beds_are_equally_loud(sat: dict[str, dict[str, float]]) -> None:
    loudness = [figures["loudness"] for figures in sat.values()]
    assert max(loudness) - min(loudness) <= 1.0


@pytest.mark.parametrize("path", BEDS, ids=_name)
def test_a_bed_is_wide_and_loses_nothing_from_one_loudspeaker(
    path: Path, sat: dict[str, dict[str, float]]
) -> None:
    assert 0.2 <= sat[path.name]["likeness"] <= 0.9
    assert sat[path.name]["least"] >= 0.1


@pytest.mark.parametrize("path", BEDS, ids=_name)
def test_nothing_in_a_bed_asks_to_be_listened_to(path: Path, sat: dict[str, dict[str, float]]) -> None:
    figures = sat[path.name]
    assert figures["onset"] <= 2.5
    assert figures["steepest"] <= 6
    assert figures["stirring"] <= 12
    assert figures["crest"] <= 18


def test_a_knock_in_a_bed_would_be_noticed(beds: dict[str, Bed]) -> None:
    quiet = beds["warm-noise"].block(0, 20 * RATE)
    knock = quiet.copy()
    time = np.arange(RATE // 20) / RATE
    knock[RATE * 10 :][: len(time)] += (0.5 * np.sin(2 * np.pi * 600 * time) * np.exp(-time / 0.01))[:, None]
    assert MEASURE.onset(quiet) < 2.5 < MEASURE.onset(knock)
    assert MEASURE.steepest(quiet) < 6 < MEASURE.steepest(knock)


def test_a_wave_comes_now_and_then_and_slowly(beds: dict[str, Bed]) -> None:
    short = momentary(beds["ocean"].block(0, 240 * RATE))
    window = np.hanning(21)
    level = np.convolve(short, window / window.sum(), "valid")
    inner = level[1:-1]
    crests = [
        at for at in np.flatnonzero((inner > level[:-2]) & (inner >= level[2:])) + 1
        if level[at] - min(level[max(0, at - 70) : at + 70]) >= 1
    ]  # fmt: skip
    gaps = np.diff(crests) / 10
    assert np.all((gaps >= 8) & (gaps <= 14))
    assert float(np.max(short[10:] - short[:-10])) < 3  # LU in a second


@pytest.mark.parametrize("path", BEDS, ids=_name)
def test_a_bed_is_gentle_in_the_heights(path: Path, beds: dict[str, Bed]) -> None:
    power = np.abs(np.fft.rfft(beds[path.name].block(0, 20 * RATE).mean(axis=1))) ** 2
    hertz = np.fft.rfftfreq(20 * RATE, 1 / RATE)
    assert float(np.sum(power[hertz > 8000]) / np.sum(power)) < 0.01


def test_rain_does_not_hiss_and_the_drone_does_not_boom(beds: dict[str, Bed]) -> None:
    def share(name: str, low: float, high: float) -> float:
        power = np.abs(np.fft.rfft(beds[name].block(0, 20 * RATE).mean(axis=1))) ** 2
        hertz = np.fft.rfftfreq(20 * RATE, 1 / RATE)
        return float(np.sum(power[(hertz >= low) & (hertz < high)]) / np.sum(power))

    assert share("rain", 8000, 24000) < 0.01
    assert share("rain", 1000, 6000) > 0.2
    assert share("drone", 0, 60) < 0.01
    assert share("drone", 180, 1200) > 0.1  # what a small loudspeaker still plays


def _written(name: str) -> list[float]:
    """The figures of a sound in the tables of docs/sounds.md."""
    (row,) = [line for line in DOCS.splitlines() if line.startswith(f"| `{name}` |")]
    return [float(cell.strip().replace("−", "-")) for cell in row.split("|")[2:-1]]


def test_the_page_about_the_sounds_says_what_was_measured(
    sat: dict[str, dict[str, float]], struck: dict[str, dict[str, float]]
) -> None:
    for figures, columns in ((struck, MEASURE.BELL_COLUMNS), (sat, MEASURE.BED_COLUMNS)):
        assert all(title in DOCS for _, title, _ in columns)
        for name, measured in figures.items():
            # Another decoder rounds otherwise, and a seam is a place among some thousand others.
            slack = {"seam": 5.0, "dc": 5e-5, "attack": 1.0}
            for (key, _, _), said in zip(columns, _written(name), strict=True):
                assert said == pytest.approx(measured[key], abs=slack.get(key, 0.11)), (name, key)


@pytest.mark.parametrize("path", BELLS + BEDS, ids=_name)
def test_the_picture_of_a_sound_is_of_that_sound(path: Path, beds: dict[str, Bed]) -> None:
    file = ROOT / "docs" / "sounds" / f"{path.stem}.png"
    assert DOCS.count(f"](sounds/{file.name})") == 1
    assert f"### `{path.stem}`" in DOCS
    shown = file.read_bytes()
    assert len(shown) <= 60_000
    drawn = PICTURES.png(PICTURES.of_bed(beds[path.name]) if path in BEDS else PICTURES.of_bell(path))
    assert shown[:33] == drawn[:33]
    one, other = (_dots(data) for data in (shown, drawn))
    assert one.shape == other.shape
    assert float(np.mean(np.abs(one - other))) < 0.05


def _dots(data: bytes) -> NDArray[np.int16]:
    """The places in the palette of a PNG of four bits, as our program writes it."""
    start = data.index(b"IDAT") + 4
    size = int.from_bytes(data[start - 8 : start - 4], "big")
    packed = np.frombuffer(zlib.decompress(data[start : start + size]), dtype=np.uint8)
    return np.stack([packed >> 4, packed & 15]).astype(np.int16)


def test_the_program_makes_the_same_bell_and_cue_again(made_again: Path) -> None:
    for name in ("bells/chime.flac", "bells/block.flac", "cues/soft.flac"):
        shipped, again = (
            soundfile.read(base / name, dtype="int16")[0].astype(int) for base in (AUDIO, made_again)
        )
        assert shipped.shape == again.shape
        assert int(np.max(np.abs(shipped - again))) <= 1, name


@pytest.mark.parametrize("name", ["drone", "night"])
def test_the_program_makes_the_same_bed_again(name: str, made_again: Path, beds: dict[str, Bed]) -> None:
    for shipped, again in zip(beds[name].loops, Bed.load(made_again / "beds" / name).loops, strict=True):
        assert shipped.shape == again.shape
        difference = shipped.astype(float) - again.astype(float)
        assert float(np.std(difference)) < 0.01 * float(np.std(shipped))
