"""`guide journal` as it is opened: the newest entries, what is in each, and nothing that breaks the page."""

import os
import sys
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from random import Random

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from screen import screen

from guide.cli import guide
from guide.cli.entries import page
from guide.duration import RATE
from guide.folders import Folders
from guide.journal import Entry, Journal, Mark
from guide.journal.waveform import waveform
from guide.legible import columns
from guide.sound import Sound

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=timezone(timedelta(hours=1)))
BLOCKS = "▁▂▃▄▅▆▇█"


def noise(seconds: float, level: float) -> Sound:
    """Noise of an RMS."""
    return np.random.default_rng(1).normal(0, level, round(seconds * RATE)).astype(np.float32)


def written(folder: Path, sound: Sound, name: str = "a.flac") -> Path:
    path = folder / name
    soundfile.write(os.fspath(path), sound, RATE, format="FLAC", subtype="PCM_16")
    return path


# ── waveforms ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_waveform_is_high_where_it_is_loud(tmp_path: Path) -> None:
    sound = np.concatenate([noise(4, 0.001), noise(4, 0.1), noise(4, 0.02), np.zeros(4 * RATE, np.float32)])
    drawn = waveform(written(tmp_path, sound), 16)
    assert drawn[:4] == "▁▁▁▁"
    assert drawn[4:8] == "████"
    assert set(drawn[8:12]) == {"▅"}  # 14 of 36 dB below the loudest
    assert drawn[12:] == "▁▁▁▁"
    assert waveform(tmp_path / "a.flac", 16, "ascii") == "____####====____"


@pytest.mark.parametrize("factor", [1.0, 0.05])
def test_a_soft_voice_is_drawn_like_a_loud_one(tmp_path: Path, factor: float) -> None:
    sound = np.concatenate([noise(2, 0.02), noise(2, 0.1)]) * np.float32(factor)
    assert waveform(written(tmp_path, sound), 4) == "▅▅██"


@pytest.mark.parametrize("frames", [1, 5, 31, 32, 33, 1_000])
def test_a_recording_shorter_than_its_letters_has_as_many(tmp_path: Path, frames: int) -> None:
    assert len(waveform(written(tmp_path, noise(1, 0.1)[:frames]), 32)) == 32


def test_silence_is_flat(tmp_path: Path) -> None:
    assert waveform(written(tmp_path, np.zeros(RATE, np.float32)), 8) == "▁" * 8


def test_a_damaged_recording_has_no_waveform_or_one_and_never_an_error(tmp_path: Path) -> None:
    whole = written(tmp_path, noise(2, 0.1)).read_bytes()
    random = Random(7)
    broken = tmp_path / "broken.flac"
    found = set()
    for number in range(60):
        data = bytearray(whole[: random.randrange(len(whole))] if number % 2 else whole)
        for _ in range(random.randrange(1, 40)):
            if data:
                data[random.randrange(min(len(data), 300 if number % 3 else len(data)))] = random.randrange(
                    256
                )
        broken.write_bytes(data)
        found.add(len(waveform(broken, 16)))
    assert found <= {0, 16}
    assert 0 in found


def test_what_is_no_recording_has_no_waveform(tmp_path: Path) -> None:
    assert waveform(tmp_path / "missing.flac", 8) == ""
    assert waveform(tmp_path, 8) == ""
    os.mkfifo(tmp_path / "pipe.flac")
    assert waveform(tmp_path / "pipe.flac", 8) == ""
    wide = tmp_path / "wide.wav"
    soundfile.write(os.fspath(wide), np.ones((10, 500), np.float32), RATE, format="WAV")
    assert waveform(wide, 8) == ""
    none = tmp_path / "nan.wav"
    soundfile.write(os.fspath(none), np.full((1000, 1), np.nan), RATE, format="WAV", subtype="FLOAT")
    assert waveform(none, 8) == "▁" * 8


def test_a_long_recording_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second for each letter, however long it is."""
    path = written(tmp_path, noise(60, 0.1))
    read, asked = soundfile.SoundFile.read, []

    def counting(self: soundfile.SoundFile, frames: int = -1, **wish: object) -> Sound:
        asked.append(frames)
        sound: Sound = read(self, frames, **wish)
        return sound

    monkeypatch.setattr(soundfile.SoundFile, "read", counting)
    assert len(waveform(path, 16)) == 16
    assert asked == [RATE // 2] * 16


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────

ENTRIES = st.lists(
    st.builds(
        lambda created, session, title, kind, text, frames: Entry(
            0, created, session, title, None, None, kind,
            words=text if kind == "written" else None,
            recording=text if kind == "spoken" else None,
            frames=frames if kind == "spoken" else 0,
            marks=(Mark("a", text, 5),) if kind == "marked" else (),
        ),
        st.datetimes(timezones=st.just(UTC)),
        st.none() | st.text(max_size=30),
        st.none() | st.text(max_size=90),
        st.sampled_from(["spoken", "written", "marked"]),
        st.text(max_size=90),
        st.integers(0, 10 * 3600 * RATE),
    ),
    min_size=1,
    max_size=15,
)  # fmt: skip


@settings(deadline=None)
@given(
    ENTRIES,
    st.integers(40, 90),
    st.sampled_from(["utf-8", "ascii", "latin-1"]),
    st.sampled_from([None, "", "x" * 32]),
    st.integers(1, 12),
)
def test_a_page_fits_its_width_and_its_letters_and_moves_no_cursor(
    made: list[Entry], width: int, encoding: str, shape: str | None, most: int
) -> None:
    entries = [
        Entry(**{name: getattr(one, name) for name in Entry.__slots__} | {"id": number})
        for number, one in enumerate(made, 1)
    ]
    lines = page(entries, NOW, width, encoding, most=most, drawn=lambda _: shape)
    assert all(columns(line) <= width for line in lines), lines
    "\n".join(lines).encode(encoding)
    assert not any(unicodedata.category(letter) in ("Cc", "Zl", "Zp") for line in lines for letter in line)
    digits = len(str(len(entries)))
    newest = list(range(len(entries), 0, -1))[:most]
    assert [int(line[:digits]) for line in lines if line[:digits].strip()] == newest


def test_each_kind_shows_what_is_in_it() -> None:
    entries = [
        Entry(8, NOW - timedelta(days=400), None, None, None, None, "spoken", recording="8.flac"),
        Entry(
            9, NOW - timedelta(days=1, hours=1), "bedtime", "Held Through the Night", None, None, "spoken",
            recording="9.flac", frames=62 * RATE,
        ),
        Entry(
            10, NOW - timedelta(days=1), "releasing-the-wall", None, None, None, "written",
            words="A wall\nof mist.",
        ),
        Entry(
            11, NOW, "five-questions", "Five Honest Questions", None, None, "marked",
            marks=(Mark("r", "Respect", 5),),
        ),
    ]  # fmt: skip
    shapes = {8: None, 9: "▁▂▃"}
    assert page(entries, NOW, 80, drawn=lambda entry: shapes[entry.id]) == [
        "11  today, 20:00 · Five Honest Questions · marks",
        "    Respect 5",
        "10  yesterday, 20:00 · releasing-the-wall · written",
        "    A wall of mist.",
        " 9  yesterday, 19:00 · Held Through the Night · spoken, 1:02",
        "    ▁▂▃",
        " 8  20 October 2025, 20:00 · Reflection · spoken, 0:00",
        "    its recording 8.flac is gone",
        "",
        "  guide journal show 11   read it whole",
        "  guide journal play 9    hear it",
        "  guide journal list      all 4",
    ]
    assert page(entries[:2], NOW, 40, drawn=lambda _: "")[:3] == [
        "9  yesterday, 19:00 · spoken, 1:02",
        "   Held Through the Night",
        "8  20 October 2025, 20:00 · spoken, 0:00",
    ]


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    monkeypatch.setenv("GUIDE_HOME", os.fspath(tmp_path / "home"))
    return Journal.open(Folders.find())


def spoken(journal: Journal, sound: Sound) -> Path:
    recording = journal.begin(now=NOW)
    recording.take.write(sound)
    entry = journal.keep(recording)
    assert entry is not None
    return journal.path(entry)


def typed() -> list[str]:
    result = CliRunner().invoke(guide, ["journal"])
    assert result.exception is None, result.exc_info
    assert result.stderr == ""
    return result.stdout.splitlines()


def test_the_journal_opens_at_its_newest_page(journal: Journal) -> None:
    spoken(journal, np.concatenate([noise(1, 0.001), noise(1, 0.1)]))
    journal.delete(journal.write("In the bin.", now=NOW).id)
    for number in range(12):
        journal.write(f"Words {number}.", now=NOW)
    lines = typed()
    assert len([line for line in lines if line.strip().startswith("Words")]) == 10
    assert lines[1] == "    Words 11."
    assert lines[-2:] == ["  guide journal show 14   read it whole", "  guide journal list      all 13"]


def test_a_missing_and_a_damaged_recording_leave_the_page_whole(journal: Journal) -> None:
    spoken(journal, np.concatenate([noise(1, 0.001), noise(1, 0.1)]))
    spoken(journal, noise(1, 0.1)).write_bytes(b"fLaC no more")
    spoken(journal, noise(1, 0.1)).unlink()
    lines = typed()
    assert lines[0].startswith("3  ")
    assert lines[1].endswith("is gone")
    assert lines[2].startswith("2  ")
    assert lines[3].startswith("1  ")
    assert lines[4].strip() == "▁" * 16 + "█" * 16
    assert "  guide journal play 1   hear it" in lines


def test_a_page_in_a_real_terminal_has_as_many_entries_as_have_room(journal: Journal, tmp_path: Path) -> None:
    for number in range(15):
        journal.write(f"Words {number}.", now=NOW)
    with screen([sys.executable, "-m", "guide", "journal"], dict(os.environ), tmp_path) as shown:
        shown.wait_for("guide journal list all 15")
        assert shown.end() == 0
        text = shown.text
    assert text.count("Words") == 10
    assert len(text.splitlines()) <= 24
