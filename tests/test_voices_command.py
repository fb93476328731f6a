"""`guide voices`, as a person types it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

import guide


class Shell:
    """The command in an empty home, with no loudspeaker in reach."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self._environment = environment | {"PYTHONPATH": str(Path(guide.__file__).parent.parent)}

    def __call__(self, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-P", "-m", "guide", "voices", *words],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            env=self._environment | more,
            timeout=120,
        )


@pytest.fixture
def run(tmp_path: Path, no_sound_card: dict[str, str]) -> Shell:
    folder = tmp_path / "here"
    folder.mkdir()
    return Shell(folder, no_sound_card)


def test_the_list_shows_the_default_first_and_the_voices_of_a_language(run: Shell) -> None:
    done = run("list", "--language", "en")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].split()[0] == "system"
    names = [line.split()[0] for line in lines if line.strip()]
    assert "hum" in names
    assert "en-gb" in names
    assert "de" not in names
    assert "f4" in done.stdout


def test_the_list_as_json_is_whole(run: Shell) -> None:
    listed = json.loads(run("list", "--json").stdout)
    assert listed["default"] == "system"
    assert [voice["name"] for voice in listed["voices"]] == ["system", "hum"]
    assert {"en-gb", "de"} <= {voice["language"] for voice in listed["espeak"]}
    assert {"f4", "klatt"} <= set(listed["variants"])


def test_trying_a_voice_writes_a_file_that_sounds(run: Shell) -> None:
    done = run("try", "hum", "--text", "One. Two.", "--output", "tried.wav")
    assert done.returncode == 0
    assert "tried.wav" in done.stdout
    sound, rate = soundfile.read(run.folder / "tried.wav")
    assert rate == 48_000
    assert sound.shape == (round(48_000 * (0.45 * 2 + 0.7)), 2)
    assert np.max(np.abs(sound)) > 0.05


def test_without_a_loudspeaker_it_says_so_and_writes_a_file(run: Shell) -> None:
    done = run("try", "hum", "--text", "One.")
    assert done.returncode == 0
    assert "loudspeaker" in done.stderr
    (file,) = run.folder.glob("*.flac")
    assert file.name in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("try", "humm"), "hum"),
        (("try", "en-gb+f44"), "f4"),
        (("try", "hum", "--text", "…"), "nothing to speak"),
        (("try", "hum", "--output", "tried.xyz"), ".flac"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(run: Shell, words: tuple[str, ...], said: str) -> None:
    done = run(*words)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_machine_without_espeak_still_lists_the_hum(run: Shell) -> None:
    done = run("list", "--json", GUIDE_ESPEAK="parrot")
    assert [voice["name"] for voice in json.loads(done.stdout)["voices"]] == ["system", "hum"]
    assert "GUIDE_ESPEAK" in done.stderr
