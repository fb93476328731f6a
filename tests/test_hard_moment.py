"""A hard moment: the voice comes first, nothing is asked, and nothing waits that need not."""

import contextlib
import os
import pty
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from meditations import script
from running import Person, place_of
from screen import screen
from slow import Slow
from soundserver import SoundServer
from test_live import STOP, Run, opening

from guide.duration import RATE, frames, words
from guide.errors import VoiceError
from guide.live import Live, begin
from guide.player import Verb
from guide.render import block
from guide.saved import Saved
from guide.script import load
from guide.script.models import Script
from guide.session import Wish
from guide.support import WHERE
from guide.voices import find
from guide.voices.hum import Hum
from guide.voices.setting import GAINS
from guide.voices.system import System

SCRIPTS = Path(__file__).parent.parent / "scripts"
HARD = load(SCRIPTS / "hard-moment.yaml", SCRIPTS)
LIBRARY = opening(HARD, Hum(), frames(180)).library
FIRST = "Start with your feet."


class Board(Slow):
    """A voice as on a small board: a second until it can speak, then half a second for each sentence."""

    def __init__(self, length: Callable[[str], int], start: float = 1.0, each: float = 0.5) -> None:
        super().__init__(1.0, length)
        self._start, self._each = start, each

    def work(self, text: str) -> int:  # noqa: ARG002 - for it they are all the same
        wait = self._each if self.said else self._start + self._each
        return frames(wait)


def lengths(share: float = 1.0) -> Callable[[str], int]:
    """Clips as long as they are estimated, or a share of it."""
    clips = opening(HARD, Hum(), frames(180)).clips
    return lambda text: round(share * clips.estimate(text))


def live(one: Script, voice: Slow, target: int | None = None) -> Live:
    return begin(one, Wish(target=target, seed="a", own_lines={"stop": STOP}), voice, LIBRARY)


def first_sound(run: Run) -> int:
    return int(np.flatnonzero(np.abs(run.sound).max(axis=1))[0])


@pytest.mark.parametrize("share", [0.75, 1.0, 1.3])
def test_a_slow_voice_is_heard_in_a_second_and_a_half_and_it_ends_when_it_should(
    share: float, tmp_path: Path
) -> None:
    voice = Board(lengths(share))
    run = Run(live(HARD, voice), voice, tmp_path)
    begun = first_sound(run)
    assert begun <= frames(1.5 + 0.04)
    assert voice.said[0] == FIRST
    assert run.end.finished
    timeline = run.final.timeline
    assert timeline.events[0].start == 0, "its time begins with the first word"
    heard = run.sound[len(run.sound) - timeline.frames :]
    mixed = block(run.final.mix, 0, timeline.frames)
    assert np.array_equal(heard[frames(0.03) :], mixed[frames(0.03) :])
    # Its rests give way as far as they may; beyond that it is not cut, and says that it ends later.
    late = timeline.frames - timeline.target
    assert timeline.target == frames(180)
    assert run.notes[-1] == (f"ends {words(late // RATE * RATE)} later" if late >= RATE else "")
    assert (late >= RATE) == (share > 1.2)


def test_nothing_is_spoken_before_it_may_sound_however_little_it_fits() -> None:
    for target in (None, frames(1), frames(150), frames(3600)):
        voice = Board(lengths(2.0))
        begun = live(HARD, voice, target)
        assert voice.said == []
        length = HARD.page.length
        asked = begun.prepared.plan.asked
        assert asked == min(max(target or length.usual, length.shortest), length.longest)


def test_a_stop_while_it_waits_to_begin_is_silence(tmp_path: Path) -> None:
    voice = Board(lengths(), start=20.0)
    run = Run(live(HARD, voice), voice, tmp_path, presses={0.1: "stop"})
    assert not run.end.finished
    assert not run.sound.any()
    assert len(run.sound) < frames(6)


@pytest.mark.parametrize("verbs", [("toggle", "toggle"), ("skip", "back"), ("louder", "back")])
def test_whatever_is_pressed_while_it_waits_it_begins(verbs: tuple[Verb, Verb], tmp_path: Path) -> None:
    voice = Board(lengths())
    presses = {0.1 + 0.4 * n: verb for n, verb in enumerate(verbs)}
    run = Run(live(HARD, voice), voice, tmp_path, presses=presses)
    assert run.end.finished
    assert {event.text for event in run.final.timeline.speech()} <= {*voice.said}


def test_a_voice_that_cannot_speak_ends_the_waiting_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guide.live._AGAIN", (0.0,))
    voice = Board(lengths())
    voice.fails = {FIRST: 99}
    run = Run(live(HARD, voice), voice, tmp_path)
    assert isinstance(run.problem, VoiceError)
    assert FIRST in str(run.problem)


def test_a_session_that_begins_with_a_bell_does_not_wait_for_its_words(tmp_path: Path) -> None:
    bell = script("""
        kind: quick
        length: {shortest: 10s, usual: 30s, longest: 3m}
        steps: [bell: {sound: chime, settle: 1s}, say: Then a few words., rest: {about: 20s, most: 45s}]
    """)
    voice = Board(lengths(), start=5.0)
    run = Run(live(bell, voice), voice, tmp_path)
    assert first_sound(run) <= frames(0.15)
    assert run.end.finished


def test_what_ships_for_a_hard_moment_needs_no_calibration() -> None:
    voice = HARD.page.voice
    assert (voice.pace, voice.pitch) in GAINS
    measured = []
    for _ in range(3):
        system = System()
        measured.append(system._remembered(voice.pace, voice.pitch))
        system.close()
    # On a busy machine one espeak process in a hundred is 0.3 dB louder from some sentence on.
    assert statistics.median(measured) == pytest.approx(GAINS[voice.pace, voice.pitch], abs=0.1)


# ── the program as a person has it ───────────────────────────────────────────────────────────────────────


@pytest.fixture
def person(soundserver: SoundServer, tmp_path: Path) -> Person:
    """Somebody who has never had this program before."""
    someone = Person.at_home(tmp_path, soundserver.environment)
    (someone.folders.state / "welcomed").unlink()
    return someone


def first_words(person: Person) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    voice = HARD.page.voice
    return find("", person.folders.cache).speak(FIRST, voice.pace, voice.pitch)


@pytest.mark.parametrize("stdin", ["closed", "null", "terminal"])
def test_the_very_first_time_it_speaks_and_asks_nothing(
    person: Person, soundserver: SoundServer, stdin: str
) -> None:
    master, terminal = pty.openpty()
    given = {"closed": None, "null": subprocess.DEVNULL, "terminal": terminal}[stdin]
    command = [sys.executable, "-m", "guide", "play", "hard-moment"]
    if stdin == "closed":
        command = ["sh", "-c", 'exec "$@" <&-', "sh", *command]
    with soundserver.capture() as capture:
        process = subprocess.Popen(
            command, env=person.environment, cwd=person.folder, stdin=given,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            at = capture.wait_for_sound(0.001)
            capture.wait(frames(3))
            told, problem = left(process)
        finally:
            process.kill()
            os.close(master)
            os.close(terminal)
    assert process.returncode == 0, problem
    clip = first_words(person)
    assert abs(place_of(clip, capture.sound) - at) < frames(0.1), "the first sound is the first word"
    # The page that comes once comes afterwards, and waits for no key.
    assert told.index(FIRST) < told.index(WHERE) < told.index("Since this was the first time")
    assert "Press Enter" not in told
    assert (person.folders.state / "welcomed").exists()


@pytest.mark.parametrize(
    ("option", "setting", "reason"),
    [
        ("nosuch", "", "There is no voice 'nosuch'."),
        ("sytem", "", "There is no voice 'sytem'. Did you mean 'system'?"),
        ("", "en-gb+gone", "The voice 'en-gb' has no variant 'gone'."),
    ],
)
def test_a_voice_that_is_not_there_is_no_reason_to_wait(
    person: Person, soundserver: SoundServer, option: str, setting: str, reason: str
) -> None:
    (person.folders.config / "config.yaml").write_text(f"voice: {setting}\n" if setting else "")
    words = ["play", "hard-moment", "--plain", *(["--voice", option] if option else [])]
    with soundserver.capture() as capture:
        process = begun(person, *words)
        at = capture.wait_for_sound(0.001)
        capture.wait(frames(3))
        told, problem = left(process)
    assert process.returncode == 0, problem
    assert abs(place_of(first_words(person), capture.sound) - at) < frames(0.1), "the default voice speaks"
    assert f"'{option or setting}' cannot be had; the usual voice speaks\n" in told
    assert reason in problem
    (sitting,) = person.journal.sittings()
    assert sitting.frames > 0


WRONG = {
    "no YAML": ("nonsense: [", {}, "this is not YAML", 1),
    "no setting": ("voise: hum", {}, "there is no setting 'voise'", 1),
    "no command": ("options: {nosuch: {for: 5m}}", {}, "there is no command 'nosuch'", 1),
    "no length": ("", {"GUIDE_PLAY_FOR": "long"}, "Invalid value for '--for'", 2),
    "no bed": ("ambience: rian", {}, "There is no ambience called 'rian'.", 1),
    "nobody's home": ("", {"GUIDE_HOME": "~nosuchuser/x"}, "leads nowhere", 1),
    "a home that cannot be": ("", {"GUIDE_HOME": "/tmp/" + "x" * 300}, "cannot be read", 1),
}


@pytest.mark.parametrize("what", WRONG)
def test_settings_that_are_wrong_are_told_and_left_aside(
    person: Person, soundserver: SoundServer, what: str
) -> None:
    settings, environment, reason, code = WRONG[what]
    (person.folders.config / "config.yaml").write_text(settings)
    person.environment.update(environment)  # type: ignore[attr-defined]
    refused = person.run("play", "self-love")
    assert (refused.returncode, reason in refused.stderr) == (code, True)
    with soundserver.capture() as capture:
        process = begun(person, "play", "hard-moment", "--plain")
        capture.wait_for_sound(0.001)
        told, problem = left(process)
    assert process.returncode == 0, problem
    assert FIRST in told
    assert reason in problem
    assert "Traceback" not in problem


def test_without_any_voice_the_words_go_by_on_the_screen_and_it_says_so_first(
    person: Person, soundserver: SoundServer
) -> None:
    person.environment["GUIDE_ESPEAK"] = "nowhere"  # type: ignore[index]
    command = person.command("play", "hard-moment", "--plain", "--voice", "nosuch")
    with soundserver.capture() as capture, screen(command, person.environment, person.folder) as shown:
        shown.wait_for(FIRST)
        shown.wait_for("Feel them meet the floor")
        shown.press("qq")
        assert shown.end() == 0
        assert not capture.sound.any()
    assert shown.text.index("no voice can be had; the words are to be read") < shown.text.index(FIRST)
    assert "GUIDE_ESPEAK is 'nowhere'" in shown.text
    assert (one := person.journal.sittings()[0]).frames > 0, one


def test_without_a_voice_and_a_loudspeaker_there_is_nothing_to_write(
    tmp_path: Path, no_sound_card: dict[str, str]
) -> None:
    person = Person.at_home(tmp_path, {**no_sound_card, "GUIDE_ESPEAK": "nowhere"})
    done = person.run("play", "hard-moment")
    assert done.returncode == 1
    assert "GUIDE_ESPEAK is 'nowhere'" in done.stderr
    assert list(person.folder.glob("*.flac")) == []


def test_a_voice_that_never_answers_is_not_drawn_as_speaking_and_no_moment_of_it_is_kept(
    person: Person, tmp_path: Path
) -> None:
    person.environment["PYTHONPATH"] = stuck(tmp_path)  # type: ignore[index]
    process = begun(person, "play", "hard-moment", "--plain")
    assert process.stdout is not None
    told = process.stdout.readline()
    process.terminate()
    for line in process.stdout:
        told += line
        if "(coming to rest)" in line:
            process.terminate()
    _, problem = process.communicate(timeout=60)
    assert (process.returncode, problem) == (0, "")
    assert "(coming to rest)" in told
    assert FIRST not in told
    assert person.journal.sittings() == []
    assert not of_this(tmp_path), "the process that hangs is not left behind"


def test_a_voice_that_never_answers_gives_way_to_the_words_in_some_seconds(
    person: Person, tmp_path: Path
) -> None:
    person.environment["PYTHONPATH"] = stuck(tmp_path)  # type: ignore[index]
    # With a voice of one's own there are two that hang.
    process = begun(person, "play", "hard-moment", "--plain", "--voice", "en-gb+f3")
    assert process.stdout is not None
    told = ""
    for line in process.stdout:
        told += line
        if FIRST in line:
            break
    _, problem = left(process)
    assert process.returncode == 0, problem
    assert "no voice can be had; the words are to be read" in told
    assert "the usual voice speaks" not in told
    assert problem.count("gave an answer in 6 s") == 1, "they are waited for once"
    assert "the speech process" not in problem


def stuck(folder: Path) -> str:
    """Where Python finds an engine that never answers."""
    (folder / "stuck").mkdir()
    (folder / "stuck" / "pyttsx3.py").write_text("import time\ntime.sleep(600)\n")
    return str(folder / "stuck")


def of_this(folder: Path) -> list[str]:
    """The processes that were started with this folder in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if os.fsencode(folder) in path.read_bytes() and path.parent.name != str(os.getpid()):
                found.append(path.parent.name)
    return found


def left(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """What it said, once it was stopped twice: a soft landing is heard in other tests."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        return process.communicate(timeout=0.5)
    process.terminate()
    return process.communicate(timeout=60)


def begun(person: Person, *words: str) -> "subprocess.Popen[str]":
    """The program, begun with nobody at its keyboard."""
    return subprocess.Popen(
        person.command(*words), env={**person.environment, "PYTHONUNBUFFERED": "1"}, cwd=person.folder,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_in_a_terminal_it_speaks_with_no_key_pressed_and_leaves_the_page_afterwards(
    person: Person, soundserver: SoundServer
) -> None:
    command = person.command("play", "hard-moment")
    with soundserver.capture() as capture, screen(command, person.environment, person.folder) as shown:
        capture.wait_for_sound(0.001)
        assert "Before the first time" not in shown.text
        assert "Press Enter" not in shown.text
        shown.press("qq")
        shown.wait_for("Nobody listens")
        assert shown.end() == 0
        assert "--resume" not in shown.text
    assert shown.text.index(WHERE) < shown.text.index("Since this was the first time")


def test_a_length_set_for_good_is_brought_within_its_own(person: Person, soundserver: SoundServer) -> None:
    person.environment["GUIDE_PLAY_FOR"] = "20m"  # type: ignore[index]
    with (
        soundserver.capture() as capture,
        screen(person.command("play", "hard-moment", "--plain"), person.environment, person.folder) as shown,
    ):
        capture.wait_for_sound(0.001)
        shown.wait_for("'hard-moment' is 4m long")
        shown.press("qq")
        assert shown.end() == 0


def test_what_was_stopped_before_can_still_be_gone_on_with(person: Person, soundserver: SoundServer) -> None:
    (person.folders.state / "welcomed").touch()
    path = person.write(
        "short.yaml",
        """
        guide: 1
        title: Short
        length: {shortest: 8s, usual: 10s, longest: 60s}
        steps:
          - say: One sentence.
          - rest: {about: 4s, most: 45s}
          - say: Another.
          - rest: {about: 4s, most: 45s}
        """,
    )
    with screen(person.command("play", str(path)), person.environment, person.folder) as shown:
        shown.wait_for("One sentence.")
        shown.press("qq")
        shown.wait_for(WHERE)
        assert shown.end() == 0
    before = Saved(person.folders.state).unfinished()
    assert before is not None
    command = person.command("play", "hard-moment")
    with soundserver.capture() as capture, screen(command, person.environment, person.folder) as shown:
        capture.wait_for_sound(0.001)
        shown.press("qq")
        assert shown.end() == 0
    assert Saved(person.folders.state).unfinished() == before
