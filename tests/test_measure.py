"""Measuring the board: what a figure means, and that each is really measured, in silence, leaving nothing."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from running import Person
from soundserver import SoundServer

from guide import measure, voices
from guide.duration import RATE
from guide.errors import GuideError, StorageError, VoiceError
from guide.figures import Encoding, FirstSound, Mixing, Speech, Syncing, Unmeasured, data
from guide.folders import Folders
from guide.library import Library
from guide.sound import Sound
from guide.voices.hum import Hum

NOBODY = Path("nobody")
LIBRARY = Library.find(Folders(NOBODY, NOBODY, NOBODY, NOBODY))

# ── what a figure means ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("factor", "says"),
    [
        (
            0.0021,
            "The voice speaks 480 × as fast as it is heard, 2 sentences at a time (240 × one at a time):",
        ),
        (0.9, "speaks 1.1 × as fast as it is heard, 2 sentences at a time (0.56 × one at a time):"),
        (0.9, "it keeps ahead of every session"),
        (0.9, "nothing need be made ready beforehand."),
        (1.1, "speaks 0.91 × as fast as it is heard"),
        (1.1, "a denser one may have to wait. `guide render` makes it ready beforehand."),
        (1.8, "a denser one may have to wait."),
        (2.774, "speaks 2.8 × slower than it is heard: prepare sessions beforehand with `guide render`."),
    ],
)
def test_a_voice_keeps_ahead_or_not(factor: float, says: str) -> None:
    assert says in Speech("a voice", 2 * factor, factor, 2).means


@pytest.mark.parametrize(
    ("share", "says"),
    [
        (0.0035, "Mixing takes 0.35 % of one core while a session plays, and 12 ms at most for a tenth"),
        (0.5, "50 % of one core while a session plays"),
        (0.5, "in time, even while something else wants the core."),
        (0.51, "other programs may make it stutter. `guide render` makes a file"),
    ],
)
def test_mixing_leaves_room_for_others_or_not(share: float, says: str) -> None:
    assert says in Mixing(share, 0.012).means


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        (0.31, "The first sound comes 310 ms after `guide play`: at once."),
        (1.0, "comes 1.0 s after `guide play`: at once."),
        (3.04, "comes 3.0 s after `guide play`: time to sit down."),
        (41.0, "comes 41 s after `guide play`: begin it, then make your place ready."),
    ],
)
def test_the_first_sound_is_a_wait_or_not(seconds: float, says: str) -> None:
    assert says in FirstSound(seconds).means


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        (
            0.003,
            "takes 3.0 ms (6.0 ms at most): if the power goes, a recording lacks its last second at most.",
        ),
        (0.25, "if the power goes, a recording lacks its last second at most."),
        (0.3, "takes 300 ms (600 ms at most): if the power goes, a recording may lack its last 1.1 s."),
        (2.0, "may lack its last 4.5 s."),
    ],
)
def test_a_slow_disk_may_lose_more_of_a_recording(seconds: float, says: str) -> None:
    assert says in Syncing(seconds, 2 * seconds).means


def test_encoding_is_a_time_for_a_session() -> None:
    assert Encoding(1034).means == "FLAC is written 1000 × as fast as it is heard: 20 minutes in 1.2 s."
    assert "20 minutes in 600 s" in Encoding(2).means


def test_as_data_a_figure_has_its_numbers_and_its_meaning() -> None:
    figure = FirstSound(0.5)
    assert data(figure) == {
        "what": "first sound",
        "measured": True,
        "seconds": 0.5,
        "means": figure.means,
    }
    assert data(Unmeasured("voice", "why")) == {"what": "voice", "measured": False, "means": "why"}


# ── really measured ──────────────────────────────────────────────────────────────────────────────────────


def test_the_voice_really_speaks() -> None:
    voice = voices.find("system")
    clips: dict[str, Sound] = {}
    try:
        figure = measure.speech(voice, clips)
    finally:
        voice.close()
    assert figure.voice.startswith("pyttsx3")
    assert set(clips) == set(measure.TEXTS)
    assert sum(len(clip) for clip in clips.values()) > 20 * RATE
    assert 0 < figure.together < 1
    assert 0 < figure.one < 1


class Counted(Hum):
    """A hum that remembers what it was asked for."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def speak(self, text: str, pace: float, pitch: float) -> Sound:
        self.said.append(text)
        return super().speak(text, pace, pitch)


def test_a_slow_voice_is_not_asked_for_more_than_it_takes_to_know(monkeypatch: pytest.MonkeyPatch) -> None:
    voice, clips = Counted(), dict[str, Sound]()
    voice.gain(1.0, 0.0)
    voice.said.clear()
    monkeypatch.setattr(measure, "_ENOUGH", 0.0)  # so that every sentence takes too long
    figure = measure.speech(voice, clips)
    one, *many = voice.said
    assert one == measure.TEXTS[0]
    assert sorted(many) == sorted(measure.TEXTS[: figure.at_once]) == sorted(clips)
    mix = measure._minute(voice, clips, LIBRARY)
    assert mix.frames == 60 * RATE
    assert len(mix.placed) == len(measure.TEXTS) + 1  # it says them again


def test_a_minute_is_mixed_and_encoded_from_what_was_said() -> None:
    voice = Hum()
    clips = {text: voice.speak(text, 1.0, 0.0) for text in measure.TEXTS}
    mix = measure._minute(voice, clips, LIBRARY)
    assert len(mix.placed) == len(measure.TEXTS) + 1  # and the bell
    assert len(mix.layers) == 1
    mixing = measure.mixing(mix)
    assert 0 < mixing.share < 1
    assert mixing.worst >= mixing.share / 10 / 2
    assert measure.encoding(mix).times > 1


def test_the_disk_really_syncs_and_keeps_nothing(tmp_path: Path) -> None:
    figure = measure.syncing(tmp_path / "data")
    assert 0 < figure.seconds <= figure.worst
    assert list((tmp_path / "data").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StorageError, match="data"):
        measure.syncing(tmp_path / "data")


def test_the_first_sound_is_timed_but_not_heard(
    soundserver: SoundServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUIDE_HOME", str(tmp_path))
    monkeypatch.setenv("GUIDE_PLAY_FOR", "99h")  # a person's own options are no business of this
    with soundserver.here(), soundserver.capture() as capture:
        figure = measure.first_sound("hum", None)
    assert 0.05 < figure.seconds < 60
    assert not np.any(capture.sound)
    assert list(tmp_path.iterdir()) == []


def test_a_session_that_comes_to_no_sound_is_a_sentence(soundserver: SoundServer) -> None:
    with soundserver.here(), pytest.raises(GuideError, match="There is no voice 'nobody'"):
        measure.first_sound("system:nobody", None)


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────

EVERYTHING = ["voice", "mixing", "encoding", "first sound", "disk"]


def test_everything_is_measured_and_said(soundserver: SoundServer, tmp_path: Path) -> None:
    person = Person.at_home(tmp_path, soundserver.environment)
    with soundserver.capture() as capture:
        done = person.run("doctor", "--measure")
    assert (done.returncode, done.stderr) == (0, "")
    *figures, end = done.stdout.splitlines()
    assert [line.split(":")[0] for line in figures] == EVERYTHING
    assert all(line.endswith(".") for line in figures)
    assert "another board" in end
    assert not np.any(capture.sound)
    kept = {path.name for path in (tmp_path / "home").rglob("*") if path.is_file()}
    assert kept <= {"welcomed", "config.yaml"}


def test_it_is_there_for_programs_and_says_what_could_not_be_measured(
    no_sound_card: dict[str, str], tmp_path: Path
) -> None:
    person = Person.at_home(tmp_path, no_sound_card)
    done = person.run("doctor", "--measure", "--json", "--voice", "hum")
    assert done.returncode == 1
    figures = {figure["what"]: figure for figure in json.loads(done.stdout)}
    assert list(figures) == EVERYTHING
    assert figures["voice"]["one"] > 0
    assert [what for what, figure in figures.items() if not figure["measured"]] == ["first sound"]
    assert "There is no loudspeaker here" in figures["first sound"]["means"]
    assert [path for path in tmp_path.iterdir() if path.suffix == ".flac"] == []


def test_a_voice_that_does_not_speak_leaves_the_rest_to_be_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def silent(voice: Hum, text: str, pace: float, pitch: float) -> Sound:
        raise VoiceError("it has a cold")

    monkeypatch.setattr(Hum, "speak", silent)
    monkeypatch.setattr(measure, "first_sound", lambda *_: FirstSound(1.0))
    folders = Folders(*(tmp_path / name for name in ("config", "data", "cache", "state")))
    figures = list(measure.measured(folders, LIBRARY, "hum", None))
    assert [figure.what for figure in figures] == ["voice", "first sound", "disk"]
    assert figures[0] == Unmeasured("voice", "it has a cold")


def test_findings_are_there_for_programs_as_well(no_sound_card: dict[str, str], tmp_path: Path) -> None:
    done = Person.at_home(tmp_path, no_sound_card).run("doctor", "--json", "--voice", "hum")
    assert done.returncode == 1
    findings = {finding["what"]: finding for finding in json.loads(done.stdout)}
    assert findings["voice"]["well"]
    assert not findings["devices"]["well"]
    assert findings["devices"]["remedy"]


def test_the_process_that_is_started_finds_this_package() -> None:
    assert Path(measure._search_path().split(os.pathsep)[0], "guide", "measure.py").is_file()
