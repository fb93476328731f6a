"""`guide sounds`, as a person types it: what there is, and what it sounds like through a sound server."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from soundserver import SoundServer

import guide
from guide import bells, sounds
from guide.beds import Bed
from guide.duration import RATE, frames
from guide.errors import NotFoundError
from guide.folders import Folders
from guide.library import OTHER_WORDS, Library
from guide.loudness import momentary
from guide.render import block
from guide.script import check_sounds, load
from guide.sound import linear

ROOT = Path(guide.__file__).parent.parent
NOBODY = Path("nobody")
LIBRARY = Library.find(Folders(NOBODY, NOBODY, NOBODY, NOBODY))
COMMAND = [sys.executable, "-P", "-m", "guide", "sounds"]
SHIPPED = sounds.choices(LIBRARY)


class Shell:
    """The command in an empty home, with no loudspeaker in reach."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment | {"PYTHONPATH": str(ROOT)}

    def __call__(self, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*COMMAND, *words], capture_output=True, text=True, check=False,
            env=self._environment | more, timeout=120,
        )  # fmt: skip


@pytest.fixture
def run(no_sound_card: dict[str, str]) -> Shell:
    return Shell(no_sound_card)


# ── what there is ────────────────────────────────────────────────────────────────────────────────────────


def test_of_every_sound_that_ships_it_is_said_what_it_is() -> None:
    files = {path.stem for path in LIBRARY.audio.glob("bells/*")}
    folders = {path.name for path in LIBRARY.audio.glob("beds/*")}
    assert {one.name for one in SHIPPED if one.kind == "bell"} == files
    assert {one.name for one in SHIPPED if one.kind == "bed"} == folders
    assert set(sounds.ABOUT) == files | folders
    assert all(one.about and len(one.about) <= 70 for one in SHIPPED)
    assert set(OTHER_WORDS.values()) <= files
    assert not set(OTHER_WORDS) & (files | folders)


def test_lengths_are_those_of_what_is_heard() -> None:
    for one in SHIPPED:
        if one.kind == "bell":
            assert one.frames == len(bells.load(LIBRARY.bell_path(one.name)))
        else:
            loops = Bed.load(LIBRARY.bed_path(one.name)).loops
            assert one.loops == tuple(sorted(map(len, loops)))
            assert all(one.frames % loop == 0 for loop in one.loops)


@pytest.mark.parametrize("width", [40, 60, 80, 300])
def test_the_list_says_what_each_is_as_wide_as_the_terminal(run: Shell, width: int) -> None:
    done = run("list", COLUMNS=str(width))
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= min(width, 100)
    words = " ".join(done.stdout.split())
    for one in SHIPPED:
        assert one.about in words
        (line,) = [line for line in lines if line.startswith(f"  {one.name}")]
        assert (line[2:] in (one.name, ", ".join((one.name, *one.also)))) == (width == 40)


def test_the_list_as_json_is_whole(run: Shell) -> None:
    listed = json.loads(run("list", "--json").stdout)
    assert [one["name"] for one in listed] == [one.name for one in SHIPPED]
    bowl, rain = (next(one for one in listed if one["name"] == name) for name in ("bowl", "rain"))
    assert bowl == {
        "kind": "bell", "name": "bowl", "also": ["low-bowl"], "about": sounds.ABOUT["bowl"],
        "seconds": 12.0, "loops": [],
    }  # fmt: skip
    assert (rain["kind"], rain["loops"], rain["seconds"]) == ("bed", [17, 19, 23, 29], 17 * 19 * 23 * 29)


def test_a_bell_may_be_called_by_its_other_word() -> None:
    assert sounds.choice(LIBRARY, "low-bowl") == sounds.choice(LIBRARY, "bowl")


def test_a_script_may_use_the_other_word(tmp_path: Path) -> None:
    path = tmp_path / "low.yaml"
    head = "guide: 1\ntitle: Low\nlength: {shortest: 10s, usual: 15s, longest: 20s}\nsteps:\n"
    path.write_text(f"{head}  - bell: {{sound: low-bowl}}\n  - rest: 5s\n")
    assert check_sounds(load(path, LIBRARY.shipped), LIBRARY.bells(), LIBRARY.beds()) == ()


@pytest.mark.parametrize(
    ("word", "meant"), [("oceam", "ocean"), ("boul", "bowl"), ("warm_noise", "warm-noise")]
)
def test_a_misspelt_name_is_guessed(word: str, meant: str) -> None:
    with pytest.raises(NotFoundError, match=f"no sound called '{word}'. Did you mean '{meant}'"):
        sounds.choice(LIBRARY, word)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("sounds try b", ["block", "bowl"]),
        ("sounds try o", ["ocean"]),
        ("play self-love --ambience n", ["night", "none"]),
        ("render self-love --ambience w", ["warm-noise"]),
    ],
)
def test_a_shell_completes_the_names(line: str, names: list[str], no_sound_card: dict[str, str]) -> None:
    words = {"COMP_WORDS": f"guide {line}", "COMP_CWORD": str(len(line.split()))}
    done = subprocess.run(
        COMMAND[:-1],
        capture_output=True,
        text=True,
        check=False,
        env=no_sound_card | {"PYTHONPATH": str(ROOT), "_GUIDE_COMPLETE": "bash_complete"} | words,
        timeout=60,
    )
    assert done.stdout.split() == [f"plain,{name}" for name in names]


# ── what it sounds like ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", [one.name for one in SHIPPED if one.kind == "bed"])
def test_a_bed_alone_is_as_loud_as_in_the_silences_of_a_session(name: str) -> None:
    mix, timeline = sounds.alone(LIBRARY, sounds.choice(LIBRARY, name), frames(20))
    assert timeline.frames == mix.frames == frames(20)
    heard = block(mix, 0, frames(20))
    # 24 dB under −18 LUFS, and 3 dB more where nobody speaks; all the same, give or take their waves.
    assert float(np.median(momentary(heard[frames(4) : frames(10)]))) == pytest.approx(-39, abs=3)
    assert float(np.max(np.abs(heard[:100]))) < 1e-4
    assert float(np.max(np.abs(heard[-100:]))) < 1e-4


def test_without_a_loudspeaker_it_says_so(run: Shell) -> None:
    done = run("try", "rain")
    assert (done.returncode, done.stdout) == (1, "")
    assert "loudspeaker" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_length_is_for_beds_alone(run: Shell) -> None:
    done = run("try", "bowl", "--for", "3s")
    assert done.returncode == 2
    assert "--for is for a bed" in done.stderr


def test_a_bell_is_heard_as_in_a_session(soundserver: SoundServer) -> None:
    with soundserver.capture() as capture:
        done = soundserver.run(*COMMAND, "try", "block", PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr
    assert sounds.ABOUT["block"] in done.stdout
    mix, _ = sounds.alone(LIBRARY, sounds.choice(LIBRARY, "block"), 0)
    wanted = block(mix, 0, mix.frames) * np.float32(linear(-8))  # the volume that nobody has changed yet
    assert float(np.max(momentary(capture.sound))) == pytest.approx(float(np.max(momentary(wanted))), abs=0.5)
    assert float(np.max(np.abs(capture.sound))) == pytest.approx(float(np.max(np.abs(wanted))), rel=0.1)


def test_a_bed_is_heard_as_long_as_was_asked(soundserver: SoundServer) -> None:
    with soundserver.capture() as capture:
        done = soundserver.run(*COMMAND, "try", "drone", "--for", "5s", PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr
    sounding = np.flatnonzero(np.max(np.abs(capture.sound), axis=1) > 1e-5)
    assert 4.5 * RATE < sounding[-1] - sounding[0] <= 5 * RATE


def test_ctrl_c_ends_it_softly(soundserver: SoundServer) -> None:
    with (
        soundserver.capture() as capture,
        soundserver.child(*COMMAND, "try", "warm-noise", "--for", "1h", PYTHONPATH=str(ROOT)) as process,
    ):
        at = capture.wait_for_sound(level=2e-3)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert errors == ""
    assert "warm-noise" in output
    rest = capture.sound[at:]
    sounding = np.flatnonzero(np.max(np.abs(rest), axis=1) > 1e-5)
    assert sounding[-1] > RATE  # it fades for two seconds,
    last = rest[: sounding[-1] + 1][-RATE // 10 :]
    assert float(np.max(np.abs(last))) < 0.1 * float(np.max(np.abs(rest[: RATE // 2])))  # to nothing
