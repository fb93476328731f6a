"""`guide check --practice` on clips that were really spoken: the shipped sessions, and the command itself."""

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from practising import INQUIRY

from guide import loudness
from guide.cli import guide
from guide.expand import turns
from guide.folders import Folders
from guide.library import Library
from guide.practice import practised
from guide.reach import reachable
from guide.rehearsal import rehearsed
from guide.render import block
from guide.script import load
from guide.session import Wish, opened, prepare
from guide.voices import Voice, find

SCRIPTS = Path(__file__).parent.parent / "scripts"
NAMES = sorted(path.stem for path in SCRIPTS.glob("*.yaml"))
LIBRARY = Library.find(Folders.find())


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Voice]:
    """The voice that everybody has. What it said for one session it need not say again for the next."""
    spoken = find("", tmp_path_factory.mktemp("cache"))
    yield spoken
    spoken.close()


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_session_is_good_to_sit_with(name: str, voice: Voice) -> None:
    script = load(SCRIPTS / f"{name}.yaml", SCRIPTS)
    told = practised(script, rehearsed(script, Wish(), voice, LIBRARY))
    assert [str(one) for one in told if one.severity != "hint" and not one.excused] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_session_can_have_every_length_in_every_wording(name: str, voice: Voice) -> None:
    script = load(SCRIPTS / f"{name}.yaml", SCRIPTS)
    opening = opened(script, Wish(ambience="none"), voice, LIBRARY)
    all_of_it = [(script.page.length.shortest, script.page.length.longest)]
    for turn in range(turns(script)):
        given = replace(opening.given, turn=turn)
        assert reachable(script, given, opening.material) == all_of_it, turn


def test_the_course_holds_all_of_its_ideas() -> None:
    assert len(NAMES) == 12
    ideas = {idea for name in NAMES for idea in load(SCRIPTS / f"{name}.yaml", SCRIPTS).page.ideas}
    assert ideas == {f"S{number}" for number in range(1, 25)}


def test_the_voice_is_measured_as_loud_as_the_session_has_it() -> None:
    script = load(SCRIPTS / "hard-moment.yaml", SCRIPTS)
    voice = find("hum")
    measured = rehearsed(script, Wish(), voice, LIBRARY).loudness
    assert measured is not None
    mix = prepare(script, Wish(seed="1"), voice, LIBRARY)
    spoken = [block(mix.mix, event.start, event.frames) for event in mix.timeline.speech()]
    assert measured.lufs == pytest.approx(loudness.integrated(np.concatenate(spoken)), abs=0.3)
    assert measured.peak == pytest.approx(max(map(loudness.true_peak, spoken)), abs=0.01)


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Check":
    monkeypatch.setenv("GUIDE_HOME", str(tmp_path / "home"))
    return Check(tmp_path)


class Check:
    """An author with a folder, who checks what is in it with a voice that needs no words."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, text: str, name: str = "stone.yaml") -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    def __call__(self, *words: str | Path) -> Result:
        return CliRunner().invoke(guide, ["check", "--practice", "--voice", "hum", *map(str, words)])


def test_a_good_session_passes(check: Check) -> None:
    run = check(check.write(INQUIRY))
    assert (run.exit_code, run.stdout) == (0, "1 script: nothing to mend.\n")


def test_an_error_fails_and_stands_on_a_line_of_its_own(check: Check) -> None:
    path = check.write(INQUIRY.replace("Have another look", "You must look"))
    run = check(path)
    assert run.exit_code == 1
    told, summed = run.stdout.splitlines()
    assert told.startswith(f"{path}:47:9: error: 'You must' is a command; offer it instead")
    assert told.endswith(" [commands]")
    assert summed == "1 script: 1 error."


def test_warnings_and_hints_do_not_fail_and_are_counted(check: Check) -> None:
    run = check(
        check.write(INQUIRY.replace("in: 4s, out: 6s", "in: 6s, out: 4s").replace("[S3, S13]", "[S3]"))
    )
    assert run.exit_code == 0
    assert run.stdout.splitlines()[-1] == "1 script: 1 warning, 1 hint."


def test_an_excuse_is_shown_with_its_reason_and_does_not_fail(check: Check) -> None:
    text = INQUIRY.replace("rest: {about: 16s, least: 12s}", "rest: {about: 9s, least: 9s, most: 9s}")
    run = check(
        check.write(text + "excuse:\n  question-rest: It is asked twice, and the second time rests.\n")
    )
    assert run.exit_code == 0
    assert "[question-rest] (excused: It is asked twice, and the second time rests.)" in run.stdout
    assert "hint: 1:0" in run.stdout


def test_what_looks_after_the_listener_stays_a_warning_when_it_is_excused(check: Check) -> None:
    text = INQUIRY.replace("Have another look", "You must look")
    run = check(check.write(text + "excuse: {commands: The stone says it.}\n"))
    assert run.exit_code == 0
    assert ": warning: 'You must' is a command" in run.stdout


def test_problems_come_first_and_stop_the_rest_of_that_file_only(check: Check) -> None:
    wrong = check.write(INQUIRY.replace("- bell\n", "- bel\n", 1), "a.yaml")
    other = check.write(INQUIRY.replace("Have another look", "You must look"), "b.yaml")
    run = check(wrong, other)
    assert run.exit_code == 1
    first, second, summed = run.stdout.splitlines()
    assert first == f"{wrong}:9:5: unknown step 'bel'; did you mean 'bell'?"
    assert "[commands]" in second
    assert summed == "2 scripts: 1 problem, 1 error."


def test_json_tells_all_of_it_with_fields(check: Check) -> None:
    asked = INQUIRY.replace("rest: {about: 16s, least: 12s}", "rest: {about: 9s, least: 9s, most: 9s}")
    wrong = check.write("guide: 1\n", "wrong.yaml")
    run = check("--json", check.write(asked), wrong)
    data = json.loads(run.stdout)
    (one,) = [one for one in data if one["criterion"] == "question-rest"]
    assert one["line"] == 35
    assert (one["severity"], one["figure"], one["unit"], one["target"]) == ("error", 9.0, "s", "10 s or more")
    assert (one["number"], one["session"], one["length"]) == (6, "stone", 195.0)
    assert 60 < one["at"] < 70
    assert one["about"] == "If it were a stone, what would it weigh?"
    assert one["excused"] is None
    problems = [one for one in data if one["criterion"] is None]
    assert {one["path"] for one in problems} == {str(wrong)}
    assert set(problems[0]) == {"path", "line", "column", "message", "criterion", "severity"}


def test_what_two_sessions_share_is_said_once(check: Check) -> None:
    part = check.write("guide: 1\nsteps:\n  - say: You must look.\n", "parts/asked.yaml")
    text = INQUIRY.replace("  - part: Looking\n", "  - include: asked\n  - part: Looking\n")
    check.write(text, "a.yaml")
    check.write(text, "b.yaml")
    told = [line for line in check(check.folder).stdout.splitlines() if "[commands]" in line]
    assert len(told) == 1
    assert told[0].startswith(f"{part}:3:5: error: 'You must'")


def test_a_part_alone_says_what_is_counted_elsewhere(check: Check) -> None:
    run = check(check.write("guide: 1\nsteps:\n  - say: Here is a stone.\n", "parts/a.yaml"))
    assert run.exit_code == 0
    assert run.stdout.splitlines() == [
        "1 part: nothing to mend.",
        "The rests and the pace of a part are counted with the sessions that include it.",
    ]


def test_a_session_in_another_language_is_counted_without_its_words(check: Check) -> None:
    text = INQUIRY.replace("guide: 1", "guide: 1\nlanguage: de", 1).replace(
        "Have another look", "You must look"
    )
    text = text.replace("rest: {about: 16s, least: 12s}", "rest: {about: 9s, least: 9s, most: 9s}")
    run = check(check.write(text))
    assert run.exit_code == 1
    assert "[question-rest]" in run.stdout
    assert "[commands]" not in run.stdout


def test_a_voice_without_practice_is_a_mistake(check: Check) -> None:
    run = CliRunner().invoke(guide, ["check", "--voice", "hum", str(check.write(INQUIRY))])
    assert run.exit_code == 2
    assert "Without --practice nothing is spoken" in run.stderr


def test_a_voice_that_does_not_exist_is_said_as_elsewhere(check: Check) -> None:
    run = CliRunner().invoke(guide, ["check", "--practice", "--voice", "hmm", str(check.write(INQUIRY))])
    assert run.exit_code == 1
    assert "There is no voice 'hmm'. Did you mean 'hum'?" in run.stderr


def test_a_script_may_come_through_a_pipe(check: Check) -> None:
    pipe = check.folder / "pipe.yaml"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text(INQUIRY))
    writer.start()
    run = check(pipe)
    writer.join()
    assert (run.exit_code, run.stdout) == (0, "1 script: nothing to mend.\n")
